"""照片更正 at the desk: which photos go where, what every student sees after, what falls, who is told."""

from collections.abc import Callable, Iterable, Sequence

from django.urls import reverse
from django.utils import timezone

from common.admin import Cell, Panel, moment_text
from common.errors import DomainError
from common.masking import MaskKind, mask
from common.wording import until_sentence
from enrollment.models import StudentRecord
from imaging.admin.pictures import face_cell, picture_cell
from imaging.models import CaptureEntry, PhotoRepair, PhotoVersion
from imaging.services.repair import Consequence
from imaging.states import Conclusion, MatchState, PhotoKind

__all__ = [
    "consequence_panels",
    "duplicates_panel",
    "foreseen",
    "moves_panel",
    "record_cell",
    "repair_url",
]

_NO_PHOTO = "没有照片"
_NOT_THERE = "–"


def repair_url(repair: PhotoRepair) -> str:
    """The page of a case."""
    return reverse("admin:imaging_photorepair_change", args=[repair.pk])


def record_cell(record: StudentRecord) -> Cell:
    """A record by number and name, leading to its page."""
    url = reverse("admin:enrollment_studentrecord_change", args=[record.pk])
    return Cell(text=f"{record.student_no} {record.name}", url=url)


def moves_panel(repair: PhotoRepair) -> Panel:
    """Every photo of the case: where it was when this was proposed, and where it goes."""
    moves = repair.moves.select_related("entry", "from_record", "to_record").order_by("pk")
    return Panel.of(
        "照片从哪里到哪里",
        ("照片", "采集信息", "提出时", "改为"),
        (
            (
                picture_cell(
                    move.entry_id, f"采集照片 {move.entry_id}", url=_entry_url(move.entry)
                ),
                _said(move.entry),
                _where(move.from_state, move.from_record),
                _where(move.to_state, move.to_record),
            )
            for move in moves
        ),
    )


def _entry_url(entry: CaptureEntry) -> str:
    return reverse("admin:imaging_captureentry_change", args=[entry.pk])


def _said(entry: CaptureEntry) -> str:
    """What came with the photo: one number and the masked name."""
    number = entry.student_no or mask(entry.document_no or "", MaskKind.DOCUMENT_NO)
    words = (number or entry.candidate_no or entry.ticket, mask(entry.name, MaskKind.NAME))
    return " ".join(word for word in words if word) or _NOT_THERE


def _where(state: str, record: StudentRecord | None) -> Cell:
    return Cell(text=str(MatchState(state).label)) if record is None else record_cell(record)


def foreseen(look: Callable[[], Sequence[Consequence]]) -> list[Panel]:
    """The panels of a rehearsal, or the reason why the act cannot be done now."""
    try:
        return consequence_panels(look())
    except DomainError as error:
        return [Panel.of("会怎样", (), [], empty=f"现在办不成：{error}")]


def consequence_panels(found: Sequence[Consequence]) -> list[Panel]:
    """What each student sees now and after, which conclusions fall, who is told and how."""
    if not found:
        return [Panel.of("会怎样", (), [], empty="没有学籍的照片会变，也不会通知谁。")]
    admission = _admission(each.record for each in found)
    return [
        Panel.of(
            "每个人看到的照片",
            ("学籍", "现在", "以后", "录取照片", "班级"),
            (
                (
                    record_cell(each.record),
                    _picture(each.entry_before, "现在的照片"),
                    _picture(each.entry_after, "以后的照片"),
                    _picture(admission.get(each.record.pk, 0), "录取照片"),
                    each.record.class_group,
                )
                for each in found
            ),
            note="录取照片拿来对照。点开是大图，打开会记入查看记录。",
        ),
        Panel.of(
            "结论和通知",
            ("学籍", "现在的照片结论", "办了以后", "发给学生的消息"),
            (
                (
                    record_cell(each.record),
                    _conclusion(each),
                    Cell(text=_after(each), is_loud=each.fallen is not None),
                    _messages(each),
                )
                for each in found
            ),
        ),
    ]


def _admission(records: Iterable[StudentRecord]) -> dict[int, int]:
    """Record → the entry of its admission photo, which faces can be compared with by eye."""
    rows = PhotoVersion.objects.filter(
        record__in=[record.pk for record in records], kind=PhotoKind.ADMISSION, is_current=True
    )
    return dict(rows.values_list("record", "entry"))


def _picture(entry_id: int, alt: str) -> Cell | str:
    return face_cell(entry_id, alt) if entry_id else _NO_PHOTO


def _conclusion(each: Consequence) -> str:
    said = []
    if each.is_certified:
        said.append("随学历证书登记")
    if each.fallen is not None:
        locks_at = each.fallen.locks_at
        is_locked = locks_at is not None and locks_at <= timezone.now()
        said.append(f"{each.fallen.get_state_display()}，{'已锁定' if is_locked else '未锁定'}")
    return "；".join(said) or Conclusion.PENDING.label


def _after(each: Consequence) -> str:
    if each.entry_before == each.entry_after:
        return "不变"
    if each.next_round is not None:
        until = until_sentence(each.next_round.member.closes_at)
        return f"结论失效，重新核对，{until} 截止"
    if each.fallen is not None:
        return "结论失效"
    return "按新照片核对" if each.entry_after else "等有了照片再核对"


def _messages(each: Consequence) -> str:
    if not each.is_bound:
        return "没有绑定账号，通知不到"
    lines = dict.fromkeys(f"{told.channel}：{told.subject}" for told in each.told)
    return "；".join(lines) or "不发"


def duplicates_panel(
    rows: Sequence[CaptureEntry],
    *,
    title: str = "可能重复的照片",
    this: int = 0,
    shown: frozenset[int] | None = None,
    is_choosing: bool = False,
) -> Panel:
    """Photos that say the same person, side by side, oldest first; `shown` are the current ones among them."""
    if shown is None:
        current = PhotoVersion.objects.filter(entry__in=[row.pk for row in rows], is_current=True)
        shown = frozenset(current.values_list("entry", flat=True))
    columns = ("哪一张", "状态", "学籍", "采集信息", "批次", "收到时间")
    return Panel.of(
        title,
        ("照片", "办理", *columns) if is_choosing else ("照片", *columns),
        (
            (
                face_cell(row.pk, f"采集照片 {row.pk}"),
                *([Cell(text="留这张，作废其余", url=_keep_url(row))] if is_choosing else []),
                "这一张" if row.pk == this else Cell(text=str(row), url=_entry_url(row)),
                "现在的照片" if row.pk in shown else row.get_state_display(),
                record_cell(row.record) if row.record else _NOT_THERE,
                _said(row),
                str(row.batch),
                moment_text(row.received_at),
            )
            for row in rows
        ),
        note="同一个人，或者字节完全相同。先看清哪张要留。",
    )


def _keep_url(entry: CaptureEntry) -> str:
    return reverse("admin:imaging_captureentry_do", args=[entry.pk, "duplicates"])
