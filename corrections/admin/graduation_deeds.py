"""What the office may do with a round, one button each."""

from collections.abc import Callable, Sequence
from typing import Final, cast

from accounts.models import User
from common import audit as trail
from common.admin import Act, Deed, Download, NothingForm, Panel, facts, rehearsal
from common.policy import allowed
from common.wording import local
from corrections.admin.graduation_forms import (
    DeadlineForm,
    FetchForm,
    ItemForm,
    NextRoundForm,
    NoteForm,
    NoticeForm,
    NoticeObjectionForm,
    RemoveItemForm,
)
from corrections.models import Certificate, GraduationAudit
from corrections.policies.graduation import audit_actions, check_notice_is_over
from corrections.selectors.graduation import checklists_of
from corrections.selectors.graduation_scope import to_propose
from corrections.selectors.graduation_tables import certificate_table, student_table, totals_table
from corrections.selectors.graduation_totals import totals_of
from corrections.services.graduation import (
    MOST_AT_ONCE,
    NewItem,
    add_item,
    close_audit,
    decide_all,
    draw_students,
    fetch_certificates,
    move_deadline,
    next_round,
    open_audit,
    print_registered,
    propose_all,
    publish_notice,
    record_notice_objection,
    remove_item,
    retract_notice,
)
from corrections.states.graduation import (
    OUT,
    AuditAction,
    AuditOutcome,
    AuditState,
    ItemSource,
)
from imaging.documents.workbook import XLSX

__all__ = ["AUDIT_DEEDS"]

_PRINTED: Final = {AuditState.NOTICE, AuditState.CLOSED}


def _user(act: Act) -> User:
    return cast("User", act.actor)


def _can(action: AuditAction) -> Callable[[GraduationAudit, Act], bool]:
    return lambda audit, act: action in audit_actions(_user(act), audit, now=act.now)


def _in(*states: AuditState) -> Callable[[GraduationAudit, Act], bool]:
    return lambda audit, _act: audit.state in states


def _draw(audit: GraduationAudit, act: Act) -> str:
    return f"列入 {draw_students(audit=audit, actor=_user(act), now=act.now)} 人"


def _preview_draw(audit: GraduationAudit, act: Act) -> Sequence[Panel]:
    with rehearsal():
        amount = draw_students(audit=audit, actor=_user(act), now=act.now)
    return [facts("会列入", [("人数", f"{amount} 人")], note="这一届在籍、还不在名单上的学生。")]


def _add(audit: GraduationAudit, act: Act) -> str:
    new = NewItem(
        title=act.given["title"],
        source=ItemSource(act.given["source"]),
        ask_whom=act.given["ask_whom"],
        is_required=act.given["is_required"],
        otherwise=AuditOutcome(act.given["otherwise"]),
    )
    item = add_item(audit=audit, new=new, actor=_user(act), now=act.now)
    return f"已加上“{item.title}”"


def _remove(_audit: GraduationAudit, act: Act) -> str:
    item = act.given["item"]
    remove_item(item=item, actor=_user(act), now=act.now)
    return f"已去掉“{item.title}”"


def _open(audit: GraduationAudit, act: Act) -> str:
    open_audit(audit=audit, actor=_user(act), now=act.now)
    return "已开始，学生会收到通知"


def _deadline(audit: GraduationAudit, act: Act) -> str:
    move_deadline(
        audit=audit,
        confirm_until=act.given["confirm_until"],
        reason=act.given["reason"],
        actor=_user(act),
        now=act.now,
    )
    return "已改期"


def _rest(done: int, otherwise: str) -> str:
    """What to do about those who are left: one click does no more than a request can bear."""
    return "一次最多这么多，请再点一次接着办" if done >= MOST_AT_ONCE else otherwise


def _waits_for_us(audit: GraduationAudit, act: Act) -> bool:
    return (
        audit.state == AuditState.CHECKING and to_propose(audit, _user(act), now=act.now).exists()
    )


def _many(
    service: Callable[..., int], word: str, who: str
) -> tuple[
    Callable[[GraduationAudit, Act], Sequence[Panel]], Callable[[GraduationAudit, Act], str]
]:
    """The look ahead and the act for everybody whose items are settled."""

    def preview(audit: GraduationAudit, act: Act) -> Sequence[Panel]:
        with rehearsal():
            done = service(audit=audit, actor=_user(act), now=act.now)
        note = f"{who}、没有待答复的异议的学生，一次大约 {MOST_AT_ONCE} 人。"
        return [facts(f"会{word}", [("人数", f"{done} 人")], note=note)]

    def run(audit: GraduationAudit, act: Act) -> str:
        done = service(audit=audit, actor=_user(act), now=act.now)
        return f"已{word} {done} 人；{_rest(done, '其余的请逐个看')}"

    return preview, run


_preview_propose, _propose = _many(propose_all, "提出", "各项目都定下来")
_preview_decide, _decide = _many(decide_all, "审定", "学院提出的和各项目得出的一致")


def _publish(audit: GraduationAudit, act: Act) -> str:
    publish_notice(
        audit=audit,
        opens_at=act.given["opens_at"],
        closes_at=act.given["closes_at"],
        text=act.given["text"],
        actor=_user(act),
        now=act.now,
    )
    return f"已发布，到时间在 /graduation/notices/{audit.pk}/ 打开"


def _retract(audit: GraduationAudit, act: Act) -> str:
    retract_notice(audit=audit, reason=act.given["note"], actor=_user(act), now=act.now)
    return "已撤回，公示页马上打不开"


def _close(audit: GraduationAudit, act: Act) -> str:
    close_audit(audit=audit, actor=_user(act), now=act.now)
    return "已归档"


def _next(audit: GraduationAudit, act: Act) -> GraduationAudit:
    return next_round(
        audit=audit, confirm_until=act.given["confirm_until"], actor=_user(act), now=act.now
    )


def _objection(audit: GraduationAudit, act: Act) -> str:
    record_notice_objection(
        audit=audit,
        name=act.given["name"],
        contact=act.given["contact"],
        reason=act.given["reason"],
        actor=_user(act),
        now=act.now,
    )
    return "已登记，在“毕业审核异议”里答复"


def _print(audit: GraduationAudit, act: Act) -> str:
    done = print_registered(audit=audit, actor=_user(act), now=act.now)
    others = "其余的没有登记学历、结论不一致、编号已经用过，或者是你本人的"
    return f"登记了 {done} 本证书；{_rest(done, others)}"


def _fetch(audit: GraduationAudit, act: Act) -> str:
    done = fetch_certificates(
        audit=audit,
        college=act.given["college"],
        fetcher=act.given["fetcher"],
        actor=_user(act),
        now=act.now,
    )
    return f"{act.given['college'].name}领走 {done} 本；{_rest(done, '学生会收到通知')}"


def _file(audit: GraduationAudit, act: Act, name: str, data: bytes) -> Download:
    trail.record(
        "graduationaudit.listed", actor=act.actor, now=act.now, obj=audit, details={"content": name}
    )
    return Download(name=f"{name}-{local(act.now):%m%d-%H%M}.xlsx", content_type=XLSX, data=data)


def _list(audit: GraduationAudit, act: Act) -> Download:
    students = list(
        audit.students.exclude(state__in=OUT)
        .select_related("record__major", "record__class_group", "college")
        .order_by("college__name", "record__student_no", "pk")
    )
    lists = checklists_of(audit, students, now=act.now)
    return _file(
        audit,
        act,
        "毕业资格审核名单",
        student_table(students, lists, taken_by=act.actor, now=act.now),
    )


def _totals(audit: GraduationAudit, act: Act) -> Download:
    return _file(
        audit,
        act,
        "毕业资格审核统计",
        totals_table(totals_of(audit), taken_by=act.actor, now=act.now),
    )


def _certificates(audit: GraduationAudit, act: Act) -> Download:
    rows = (
        Certificate.objects.filter(student__audit=audit)
        .select_related("student__record__class_group", "student__college")
        .order_by("student__college__name", "student__record__student_no", "pk")
    )
    return _file(
        audit,
        act,
        "证书发放表",
        certificate_table(rows, taken_by=act.actor, now=act.now),
    )


AUDIT_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="draw",
        label="从名册列入学生",
        form=NothingForm,
        lead="可以再做一次：只补还不在名单上的。",
        is_offered=lambda audit, _act: (
            audit.round_no == 1 and audit.state in {AuditState.DRAFT, AuditState.CHECKING}
        ),
        preview=_preview_draw,
        run=_draw,
    ),
    Deed(
        name="add-item",
        label="加项目",
        form=ItemForm,
        is_offered=_in(AuditState.DRAFT),
        run=_add,
    ),
    Deed(
        name="remove-item",
        label="去掉项目",
        form=RemoveItemForm,
        is_offered=_in(AuditState.DRAFT),
        run=_remove,
    ),
    Deed(
        name="open",
        label=AuditAction.OPEN.label,
        form=NothingForm,
        lead="学生马上看得到自己的清单，会收到通知；项目从此不能再改。",
        is_offered=_can(AuditAction.OPEN),
        run=_open,
    ),
    Deed(
        name="deadline",
        label="改学生核对截止",
        form=DeadlineForm,
        is_offered=_in(AuditState.DRAFT, AuditState.CHECKING),
        run=_deadline,
    ),
    Deed(
        name="propose-all",
        label="没有学院的学生：按各项目提出",
        form=NothingForm,
        lead="学生由所在学院提出；没有学院的由教务处在这里提出，审定要由另一位老师办理。",
        is_offered=_waits_for_us,
        preview=_preview_propose,
        run=_propose,
    ),
    Deed(
        name="decide-all",
        label="按学院提出的审定",
        form=NothingForm,
        lead="学生会收到通知。",
        is_offered=_in(AuditState.CHECKING),
        preview=_preview_decide,
        run=_decide,
    ),
    Deed(
        name="publish",
        label=AuditAction.PUBLISH.label,
        form=NoticeForm,
        lead=(
            "公示页不登录就能看，姓名、学号只显示一部分，只列准予毕业的人。"
            "所有人都审定了、审定以后没有变化，才能发布。"
        ),
        is_offered=_can(AuditAction.PUBLISH),
        run=_publish,
        is_danger=True,
    ),
    Deed(
        name="record-objection",
        label="登记来电、来信的异议",
        form=NoticeObjectionForm,
        lead="只在公示期内登记。",
        is_offered=lambda audit, act: audit.is_on_notice_at(act.now),
        run=_objection,
    ),
    Deed(
        name="retract",
        label=AuditAction.RETRACT.label,
        form=NoteForm,
        lead="公示页马上打不开，回到审核。改好以后重新发布，公示期从头算。",
        is_offered=_can(AuditAction.RETRACT),
        run=_retract,
        is_danger=True,
    ),
    Deed(
        name="close",
        label=AuditAction.CLOSE.label,
        form=NothingForm,
        lead="公示结束、异议都答复了才能归档；对公示的异议有成立的，先撤回公示，改好再公示。归档以后结果和数字不再变。",
        is_offered=_can(AuditAction.CLOSE),
        run=_close,
        is_danger=True,
    ),
    Deed(
        name="next-round",
        label="建下一轮",
        form=NextRoundForm,
        lead="结业、暂缓的学生进入下一轮，已达到的项目带过去。",
        is_offered=_in(AuditState.CLOSED),
        run=_next,
    ),
    Deed(
        name="print",
        label="登记印好的证书",
        form=NothingForm,
        lead="给学历已登记、结论和审定一致的学生，按登记的证书编号建立发放记录。",
        is_offered=lambda audit, _act: audit.state in _PRINTED,
        run=_print,
    ),
    Deed(
        name="fetch",
        label="学院领取证书",
        form=FetchForm,
        lead=(
            "这个学院已印制的证书全部交给学院，学生会收到通知。"
            "公示结束、对公示的异议都答复了才能领；有一份成立的，先撤回公示，改好再公示。"
        ),
        is_offered=lambda audit, act: (
            audit.state in _PRINTED and allowed(check_notice_is_over, audit, now=act.now)
        ),
        run=_fetch,
    ),
    Deed(
        name="list",
        label="下载名单",
        form=NothingForm,
        lead="XLSX，每人每个项目的情况。含姓名、学号，用完请删除。",
        run=_list,
    ),
    Deed(
        name="totals", label="下载统计", form=NothingForm, lead="XLSX，按学院、专业。", run=_totals
    ),
    Deed(
        name="certificates",
        label="下载证书发放表",
        form=NothingForm,
        lead="XLSX，含证书编号和签收栏。",
        is_offered=lambda audit, _act: audit.state in _PRINTED,
        run=_certificates,
    ),
)
