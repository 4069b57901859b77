"""What the desk does about sessions: made, moved, checked in at, taken to the capture unit."""

from collections.abc import Sequence

from common.admin import (
    Act,
    Cell,
    Deed,
    Download,
    NothingForm,
    Panel,
    ReasonForm,
    facts,
    moment_text,
    rehearsal,
)
from common.masking import MaskKind, mask
from imaging.admin.capture_forms import (
    CounterForm,
    MoveForm,
    PackForm,
    PaymentForm,
    SessionForm,
    terms_of,
)
from imaging.admin.pictures import picture_url
from imaging.models import CaptureSession, CaptureVisit
from imaging.selectors.capture_desk import expected_members, session_count, to_be_told
from imaging.services.arrivals import Person, check_in, person_at_counter, void_visit
from imaging.services.capture_fees import Payment, note_payment
from imaging.services.capture_packs import PackFile, cards_for, errata_pack, vendor_pack
from imaging.services.sessions import cancel_session, create_session, move_session, tell_missing
from imaging.states import SessionKind

__all__ = ["COUNTER", "CREATE_SESSION", "SESSION_DEEDS", "VISIT_DEEDS", "payment_words"]


def payment_words(visit: CaptureVisit) -> str:
    """Whether it was paid, in words for the desk."""
    if not visit.is_paid:
        return "没有记交费"
    return f"交过费，收据号 {visit.receipt_no}" if visit.receipt_no else "交过费，没有收据号"


def _create(_obj: None, act: Act) -> CaptureSession:
    return create_session(
        campaign=act.given["campaign"],
        kind=SessionKind(act.given["kind"]),
        terms=terms_of(act.given),
        class_groups=list(act.given["class_groups"]),
        actor=act.actor,
        now=act.now,
    )


def _preview_create(_obj: None, act: Act) -> Sequence[Panel]:
    """Made and taken back again, so that what is counted is what the service would tell."""
    with rehearsal():
        session = _create(None, act)
        concerned = to_be_told(session, now=act.now)
        count = concerned.count()
        told = concerned.filter(record__binding__isnull=False).count()
    pairs: list[tuple[str, object]] = [
        ("批次", session.campaign),
        ("种类", session.get_kind_display()),
        ("地点", session.place),
        ("开始", moment_text(session.starts_at)),
        ("结束", moment_text(session.ends_at)),
        ("收费", session.fee_words),
        ("马上通知", f"{told} 人"),
        ("还没有账号，通知不到", f"{count - told} 人"),
    ]
    whom = (
        "通知这些班里还没拍过的人。"
        if session.kind == SessionKind.CLASS
        else "通知请了假、没拍上、要重拍，又还没约补拍的人。"
    )
    return [facts("会新建", pairs, note=whom)]


def _preview_move(session: CaptureSession, act: Act) -> Sequence[Panel]:
    given = act.given
    count = expected_members(session, now=act.now).count()
    rows = (
        ("地点", session.place.name, given["place"].name),
        ("开始", moment_text(session.starts_at), moment_text(given["starts_at"])),
        ("结束", moment_text(session.ends_at), moment_text(given["ends_at"])),
        ("名额", session.capacity, given["capacity"]),
        ("收费", session.fee_words, given["fee_text"] if given["has_fee"] else "免费"),
    )
    return [
        Panel.of(
            "会改成",
            ("", "现在", "改为"),
            rows,
            note=f"时间或地点变了，会通知这一场的 {count} 人。",
        ),
        facts("理由", [("理由", act.reason)]),
    ]


def _move(session: CaptureSession, act: Act) -> str:
    move_session(
        session=session, terms=terms_of(act.given), reason=act.reason, actor=act.actor, now=act.now
    )
    return "已改"


def _preview_cancel(session: CaptureSession, act: Act) -> Sequence[Panel]:
    count = session_count(session, now=act.now)
    return [
        facts(
            "会取消",
            [("会通知", f"{count.expected} 人"), ("会结束的预约", session.seats_taken)],
            note="取消了不能恢复，要另外新建一场。",
        )
    ]


def _cancel(session: CaptureSession, act: Act) -> str:
    cancel_session(session=session, reason=act.reason, actor=act.actor, now=act.now)
    return "已取消，通知了这一场的人"


def _tell(session: CaptureSession, act: Act) -> str:
    told = tell_missing(session=session, actor=act.actor, now=act.now)
    return f"通知了 {told} 人去约补拍；通知过的不会再发"


def _preview_tell(session: CaptureSession, act: Act) -> Sequence[Panel]:
    count = session_count(session, now=act.now)
    return [facts("会通知", [("没到的人", f"{count.missing} 人"), ("请假的，不通知", count.away)])]


def _preview_counter(session: CaptureSession, act: Act) -> Sequence[Panel]:
    person = person_at_counter(
        session=session, typed=act.given["code"], actor=act.actor, now=act.now
    )
    return [_person_panel(person, fee=session.fee_words if session.has_fee else "")]


def _person_panel(person: Person, *, fee: str) -> Panel:
    record = person.member.record
    photo = (
        Cell(text="录取照片", image=picture_url(person.photo.entry_id, large=True), is_loud=True)
        if person.photo is not None
        else Cell(text="没有录取照片，请仔细看证件", is_loud=True)
    )
    rows: list[tuple[str, object]] = [
        ("应该是这个人", photo),
        ("姓名", Cell(text=mask(record.name, MaskKind.NAME), is_loud=True)),
        ("学号", mask(record.student_no, MaskKind.STUDENT_NO)),
        ("证件号码", mask(record.id_number or "", MaskKind.DOCUMENT_NO)),
        ("班级", person.member.class_group),
    ]
    if fee:
        rows.append(("收费", fee))
    if person.visit is not None:
        said = f"{moment_text(person.visit.arrived_at)} 已经报到（{person.visit.arrived_by}）"
        rows.append(("注意", Cell(text=said, is_loud=True)))
    elif not person.is_expected:
        rows.append(("注意", Cell(text="不在这一场的名单里；人对就可以拍", is_loud=True)))
    return facts("看证件原件：人、证件、照片是同一个人，才点报到", rows)


def _check_in(session: CaptureSession, act: Act) -> str:
    payment = Payment(
        is_paid=act.given.get("is_paid", False), receipt_no=act.given.get("receipt_no", "")
    )
    visit, is_new = check_in(
        session=session,
        typed=act.given["code"],
        payment=payment,
        actor=act.actor,
        now=act.now,
    )
    name = mask(visit.member.record.name, MaskKind.NAME)
    if is_new:
        return f"{name} 已报到，可以拍了"
    return f"{name} 在 {moment_text(visit.arrived_at)} 已经报到，没有重复记；交费要改，到“到场”里改"


def _pack(session: CaptureSession, act: Act) -> Download:
    is_whole = act.given["scope"] == "campaign"
    return _download(
        vendor_pack(
            campaign=session.campaign,
            session=None if is_whole else session,
            actor=act.actor,
            now=act.now,
        )
    )


def _errata(session: CaptureSession, act: Act) -> Download:
    return _download(errata_pack(campaign=session.campaign, actor=act.actor, now=act.now))


def _cards(session: CaptureSession, act: Act) -> Download:
    return _download(cards_for(session=session, actor=act.actor, now=act.now, reason=act.reason))


def _download(file: PackFile) -> Download:
    return Download(name=file.name, content_type=file.content_type, data=file.data)


def _stands(session: CaptureSession, _act: Act) -> bool:
    return session.cancelled_at is None


def _is_coming(session: CaptureSession, act: Act) -> bool:
    return session.cancelled_at is None and act.now < session.ends_at


def _is_over(session: CaptureSession, act: Act) -> bool:
    return session.cancelled_at is None and session.ends_at <= act.now


CREATE_SESSION = Deed(
    name="create",
    label="新建拍照场次",
    form=SessionForm,
    asks_first=True,
    preview=_preview_create,
    run=_create,
)
COUNTER = Deed(
    name="counter",
    label="报到",
    form=CounterForm,
    asks_first=True,
    asks_last=("is_paid", "receipt_no"),
    is_offered=_stands,
    preview=_preview_counter,
    run=_check_in,
)
SESSION_DEEDS: tuple[Deed, ...] = (
    COUNTER,
    Deed(
        name="pack",
        label="给采集单位的名单",
        lead="ZIP：采集号、场次、班级代号，没有姓名和任何号码。下载会记入审计。",
        form=PackForm,
        is_offered=_stands,
        run=_pack,
    ),
    Deed(
        name="cards",
        label="打印纸质采集卡",
        lead="只给还要纸卡的采集单位用。卡上有姓名、学号和姓名区位码，发给学生本人；每名学生在“谁看过我的信息”里看得到。",
        form=ReasonForm,
        is_offered=_stands,
        run=_cards,
    ),
    Deed(
        name="errata",
        label="退回采集单位的差错",
        lead="整个批次，按采集号列出：没交的、对不上的、学生说有误的。没有姓名和任何号码。这一次的照片交完再出。",
        form=NothingForm,
        is_offered=_stands,
        run=_errata,
    ),
    Deed(
        name="tell",
        label="通知没到的人",
        lead="没到、没请假、也没在别处拍过的，发消息请他们约补拍。",
        form=NothingForm,
        is_offered=_is_over,
        preview=_preview_tell,
        run=_tell,
    ),
    Deed(
        name="move",
        label="改时间、地点、名额",
        form=MoveForm,
        asks_first=True,
        is_offered=_is_coming,
        preview=_preview_move,
        run=_move,
    ),
    Deed(
        name="cancel",
        label="取消这一场",
        is_offered=_is_coming,
        preview=_preview_cancel,
        run=_cancel,
        is_danger=True,
    ),
)


def _void(visit: CaptureVisit, act: Act) -> str:
    void_visit(visit=visit, reason=act.reason, actor=act.actor, now=act.now)
    return "已作废，这名学生可以重新报到或约补拍"


def _note_payment(visit: CaptureVisit, act: Act) -> str:
    note_payment(
        visit=visit,
        payment=Payment(is_paid=act.given["is_paid"], receipt_no=act.given["receipt_no"]),
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return f"已记：{payment_words(visit)}"


VISIT_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="payment",
        label="记交费和收据号",
        lead="报到时没记的补上，记错的改过来。学生在“去拍照”里看得到。这里只是记下来，不收款。",
        form=PaymentForm,
        is_offered=lambda visit, _act: visit.voided_at is None and bool(visit.session.has_fee),
        run=_note_payment,
    ),
    Deed(
        name="void",
        label="作废这次到场",
        lead="报到报错了人。照片如果已经交来，另外到“采集信息”里处理。",
        is_offered=lambda visit, _act: visit.voided_at is None,
        run=_void,
        is_danger=True,
    ),
)
