"""What leaves the house for the capture unit, and cards for students: made, counted, written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from common import audit
from common.actors import Actor
from common.errors import NotAllowedError
from common.masking import MaskKind, mask
from common.ratelimit import Limit, hit
from common.wording import local, moment_field
from imaging.documents.cards import Card, render_cards
from imaging.documents.lists import Table, table_csv, table_xlsx, zip_of
from imaging.models import Campaign, CampaignMember, CaptureSession, CaptureTicket
from imaging.policies import check_can_run_capture
from imaging.selectors.capture_desk import expected_members
from imaging.selectors.capture_lists import errata_of, pack_lines, sessions_of

__all__ = ["PACKS", "PackFile", "cards_for", "errata_pack", "vendor_pack"]

PACKS: Final = Limit("capture-packs", 60, 3600)
_MOST_CARDS: Final = 1_000
_ZIP: Final = "application/zip"
_HOW_TO = """\
怎么交照片
1. 照片文件用采集号命名，例如 7K3R9FHM2X.jpg；或者照相机编号不改，另附一张清单，列名为“文件名”和“采集号”（CSV 或 XLSX）。
2. 采集号十位，最后一位是校验：打错一位或相邻两位颠倒，学校这边会认出来，不会挂到别人名下。
3. 只用采集号，不要向学生登记姓名、证件号码、学号，也不要在文件名里写。
4. 学生说采集号换过的，以当时扫到的为准。
5. 照片和清单打成一个 ZIP 交教务处。
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackFile:
    """A file ready to be handed out."""

    name: str
    content_type: str
    data: bytes


def vendor_pack(
    *, campaign: Campaign, session: CaptureSession | None, actor: Actor, now: datetime
) -> PackFile:
    """A ZIP of tickets, sessions and class aliases for the capture unit: no name, no number.

    For one session, or with None for the whole campaign. The event is the only write.
    """
    _check(actor, now=now)
    lines = pack_lines(campaign, session=session, now=now)
    if not lines:
        raise NotAllowedError("还没有人有采集号，请先发放采集号。")
    tickets = Table(
        title="采集号",
        columns=("采集号", "场次", "班级代号"),
        rows=[(line.ticket, _number(line.session), line.alias) for line in lines],
    )
    sessions = _session_table([session] if session is not None else sessions_of(campaign))
    data = zip_of(
        {
            "采集号.csv": table_csv(tickets),
            "采集号.xlsx": table_xlsx(tickets, at=now),
            "场次.csv": table_csv(sessions),
            "场次.xlsx": table_xlsx(sessions, at=now),
            "怎么交照片.txt": _HOW_TO.encode("utf-8-sig"),
        },
        at=now,
    )
    _write_down("capturepack.taken", campaign, session, len(lines), actor=actor, now=now)
    part = f"场次{session.pk}-" if session is not None else ""
    return PackFile(name=f"采集号-{part}{_stamp(now)}.zip", content_type=_ZIP, data=data)


def errata_pack(*, campaign: Campaign, actor: Actor, now: datetime) -> PackFile:
    """A ZIP of what was wrong with delivered photos, by ticket, for the capture unit: no name, no number."""
    _check(actor, now=now)
    errata = errata_of(campaign, now=now)
    if not errata:
        raise NotAllowedError("没有要退回采集单位的差错。")
    table = Table(
        title="差错",
        columns=("采集号", "场次", "差错", "请采集单位", "文件摘要前 16 位（SHA-256）"),
        rows=[
            (
                each.ticket,
                _number(each.session),
                each.finding.text,
                each.finding.ask,
                each.fingerprint,
            )
            for each in errata
        ],
    )
    data = zip_of({"差错.csv": table_csv(table), "差错.xlsx": table_xlsx(table, at=now)}, at=now)
    _write_down("captureerrata.taken", campaign, None, len(errata), actor=actor, now=now)
    return PackFile(name=f"采集差错-{_stamp(now)}.zip", content_type=_ZIP, data=data)


@transaction.atomic
def cards_for(*, session: CaptureSession, actor: Actor, now: datetime, reason: str) -> PackFile:
    """Paper cards of the old layout for everybody expected who has a ticket, as a PDF to be cut.

    They bear names, so every student sees in the ledger that a card was printed.
    """
    _check(actor, now=now)
    people = list(
        expected_members(session, now=now)
        .select_related("record__school", "class_group")
        .order_by("class_group__name", "record__student_no")[: _MOST_CARDS + 1]
    )
    if len(people) > _MOST_CARDS:
        raise NotAllowedError(f"一次最多打印 {_MOST_CARDS} 张卡，请把这一场分开。")
    tickets = CaptureTicket.objects.filter(campaign=session.campaign_id, voided_at=None)
    codes = dict(tickets.values_list("record", "code"))
    people = [member for member in people if member.record_id in codes]
    if not people:
        raise NotAllowedError("还没有人有采集号，请先发放采集号。")
    foot = f"{actor.actor_label} {moment_field(now)} 打印。卡上有姓名，裁开后发给学生本人，拍完由本人带走。"
    data = render_cards(
        [_card(member, codes[member.record_id]) for member in people],
        title=f"采集卡 场次 {session.pk}",
        foot=foot,
        at=now,
        is_demo=any(member.record.school.is_demo for member in people),
    )
    _write_down_cards(session, people, actor=actor, now=now, reason=reason)
    return PackFile(
        name=f"采集卡-场次{session.pk}-{_stamp(now)}.pdf", content_type="application/pdf", data=data
    )


def _check(actor: Actor, *, now: datetime) -> None:
    check_can_run_capture(actor)
    hit(PACKS, actor.actor_id, now=now)


def _session_table(sessions: Sequence[CaptureSession]) -> Table:
    return Table(
        title="场次",
        columns=("场次", "种类", "开始", "结束", "地点", "地址"),
        rows=[
            (
                str(each.pk),
                each.get_kind_display(),
                f"{local(each.starts_at):%Y-%m-%d %H:%M}",
                f"{local(each.ends_at):%Y-%m-%d %H:%M}",
                each.place.name,
                each.place.address,
            )
            for each in sessions
        ],
    )


def _card(member: CampaignMember, ticket: str) -> Card:
    record = member.record
    return Card(
        school_code=record.school.code,
        school_name=record.school.name,
        name=record.name,
        sex=record.sex,
        student_no=record.student_no,
        document_no=mask(record.id_number or "", MaskKind.DOCUMENT_NO),
        class_name=member.class_group.name if member.class_group else "",
        ticket=ticket,
    )


def _write_down(
    action: str,
    campaign: Campaign,
    session: CaptureSession | None,
    count: int,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    audit.record(
        action,
        actor=actor,
        now=now,
        obj=session or campaign,
        details={"campaign": campaign.pk, "count": count},
    )


def _write_down_cards(
    session: CaptureSession,
    people: Sequence[CampaignMember],
    *,
    actor: Actor,
    now: datetime,
    reason: str,
) -> None:
    audit.record_many(
        audit.event(
            "capturecard.revealed",
            actor=actor,
            now=now,
            obj=session,
            subject=member.record,
            reason=reason,
        )
        for member in people
    )


def _number(session: int | None) -> str:
    return "" if session is None else str(session)


def _stamp(now: datetime) -> str:
    return f"{local(now):%m%d-%H%M}"
