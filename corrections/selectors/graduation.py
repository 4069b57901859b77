"""The checklist of a student: imported items and what the portal knows itself, and what follows from it."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from common.wording import local, moment_short
from corrections.models import AuditedStudent, AuditItem, GraduationAudit, ItemMark, Sanction
from corrections.states.graduation import (
    OWN_SOURCES,
    AuditOutcome,
    ItemSource,
    ItemState,
    ResultState,
)
from enrollment.models import Graduation
from imaging.models import CampaignMember, VerificationConclusion
from imaging.states import Conclusion, ConclusionKind

__all__ = [
    "AuditStanding",
    "CheckedItem",
    "StudentChecklist",
    "checklist_of",
    "checklists_of",
    "has_changed",
    "standing_of",
    "worked_out",
]


class AuditStanding(StrEnum):
    """What the items of one student come to."""

    PASS = "都达到了"  # noqa: S105 -- a word of the page, no password
    OPEN = "还有待定的项目"
    FAIL = "有没达到的项目"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedItem:
    """One line: the item, how the student stands, in whose words, and since when."""

    item: AuditItem
    state: ItemState
    note: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentChecklist:
    """All lines of one student, in the order of the list."""

    lines: tuple[CheckedItem, ...]

    @property
    def standing(self) -> AuditStanding:
        """What the required items come to."""
        return standing_of(self.lines)

    @property
    def suggested(self) -> AuditOutcome | None:
        """The result that follows from the items; None while one is open."""
        return worked_out(self.lines)

    @property
    def lacking(self) -> tuple[CheckedItem, ...]:
        """The required items that are not met."""
        return tuple(
            line for line in self.lines if line.item.is_required and line.state != ItemState.MET
        )

    @property
    def digest(self) -> str:
        """A digest of what the list says, item by item: another one means that something changed."""
        said = [[line.item.pk, line.item.is_required, line.state, line.note] for line in self.lines]
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def standing_of(lines: Iterable[CheckedItem]) -> AuditStanding:
    """Open before failed: as long as a required item is open nothing is settled."""
    states = {line.state for line in lines if line.item.is_required}
    if ItemState.OPEN in states:
        return AuditStanding.OPEN
    return AuditStanding.FAIL if ItemState.NOT_MET in states else AuditStanding.PASS


def worked_out(lines: Collection[CheckedItem]) -> AuditOutcome | None:
    """毕业 when every required item is met, nothing while one is open, else what the failed ones lead to.

    One that leads to 暂缓 outweighs those that lead to 结业: who can still make up for it is put off.
    """
    standing = standing_of(lines)
    if standing is AuditStanding.OPEN:
        return None
    if standing is AuditStanding.PASS:
        return AuditOutcome.GRADUATE
    failed = {
        line.item.otherwise
        for line in lines
        if line.item.is_required and line.state == ItemState.NOT_MET
    }
    return AuditOutcome.DEFER if AuditOutcome.DEFER in failed else AuditOutcome.COMPLETE


def has_changed(student: AuditedStudent, checklist: StudentChecklist) -> bool:
    """Whether the facts are others than those that were decided on."""
    return student.state == ResultState.DECIDED and student.decided_digest != checklist.digest


def checklist_of(student: AuditedStudent, *, now: datetime) -> StudentChecklist:
    """The list of one student."""
    return checklists_of(student.audit, [student], now=now)[student.pk]


def checklists_of(
    audit: GraduationAudit, students: Collection[AuditedStudent], *, now: datetime
) -> dict[int, StudentChecklist]:
    """The lists of many students of one round by their key; at most six queries for all of them."""
    items = list(audit.items.order_by("position", "pk"))
    marks = {
        (mark.student_id, mark.item_id): mark
        for mark in ItemMark.objects.filter(student__in=students)
    }
    known = _known(audit, items, [student.record_id for student in students], now=now)
    return {
        student.pk: StudentChecklist(
            lines=tuple(
                _line(item, marks.get((student.pk, item.pk)), known, student.record_id)
                for item in items
            )
        )
        for student in students
    }


Known = Mapping[ItemSource, Mapping[int, tuple[ItemState, str]]]


def _line(item: AuditItem, mark: ItemMark | None, known: Known, record_id: int) -> CheckedItem:
    source = ItemSource(item.source)
    if source in OWN_SOURCES:
        state, note = known[source][record_id]
        return CheckedItem(item=item, state=state, note=note)
    if mark is None:
        return CheckedItem(item=item, state=ItemState.OPEN, note="还没有导入结果")
    return CheckedItem(
        item=item, state=ItemState(mark.state), note=mark.note or "", since=mark.set_at
    )


def _known(
    audit: GraduationAudit, items: Iterable[AuditItem], records: list[int], *, now: datetime
) -> Known:
    """What the portal knows itself, asked only for the items that are on the list."""
    asked = {ItemSource(item.source) for item in items} & OWN_SOURCES
    found: dict[ItemSource, Mapping[int, tuple[ItemState, str]]] = {}
    if ItemSource.SANCTIONS in asked:
        found[ItemSource.SANCTIONS] = _sanctions(records, now=now)
    registered: dict[int, datetime] = {}
    if asked - {ItemSource.SANCTIONS}:
        registered = _registered(records)
        found[ItemSource.REGISTRATION] = {
            record: (ItemState.MET, f"{moment_short(registered[record])} 登记")
            if record in registered
            else (ItemState.OPEN, "还没有登记")
            for record in records
        }
    for source, kind in _KINDS.items():
        if source in asked:
            found[source] = _concluded(audit, kind, records, set(registered), now=now)
    return found


_KINDS = {ItemSource.PHOTO: ConclusionKind.PHOTO, ItemSource.DATA: ConclusionKind.DATA}


def _sanctions(records: list[int], *, now: datetime) -> dict[int, tuple[ItemState, str]]:
    """Whether one is in force today; which one it is stands with the named staff alone."""
    day = local(now).date()
    under = set(
        Sanction.objects.in_force_on(day)
        .filter(record__in=records)
        .values_list("record", flat=True)
    )
    return {
        record: (ItemState.NOT_MET, "有没解除的处分")
        if record in under
        else (ItemState.MET, "没有生效的处分")
        for record in records
    }


def _registered(records: list[int]) -> dict[int, datetime]:
    current = Graduation.objects.filter(record__in=records, superseded_at=None)
    return dict(current.values_list("record", "registered_at"))


def _concluded(
    audit: GraduationAudit,
    kind: ConclusionKind,
    records: list[int],
    registered: Collection[int],
    *,
    now: datetime,
) -> dict[int, tuple[ItemState, str]]:
    """Locked as right, on what is there now; a registered certificate locks too."""
    said: dict[int, tuple[ItemState, str]] = {}
    if audit.campaign_id is not None:
        if kind == ConclusionKind.PHOTO:
            waived = CampaignMember.objects.filter(
                campaign=audit.campaign_id,
                record__in=records,
                removed_at=None,
                photo_waived_at__isnull=False,
            )
            said = dict.fromkeys(
                waived.values_list("record", flat=True), (ItemState.MET, "免交照片")
            )
        rows = (
            VerificationConclusion.objects.filter(
                round__is_current=True,
                round__member__campaign=audit.campaign_id,
                round__member__record__in=records,
                round__member__removed_at=None,
                kind=kind,
            )
            .with_validity()
            .select_related("round__member")
            .only("state", "locks_at", "round__member__record_id")
        )
        for row in rows:
            record = row.round.member.record_id
            said[record] = _of_conclusion(row, is_frozen=record in registered, now=now)
    return {record: said.get(record, (ItemState.OPEN, "还没有核对")) for record in records}


def _of_conclusion(
    row: VerificationConclusion, *, is_frozen: bool, now: datetime
) -> tuple[ItemState, str]:
    is_valid: bool = row.holds  # type: ignore[attr-defined]  # annotated
    if row.state == Conclusion.PENDING:
        return ItemState.OPEN, "还没有核对"
    if not is_valid:
        return ItemState.OPEN, "内容变了，要重新核对"
    if row.state == Conclusion.INCORRECT:
        return ItemState.OPEN, "报告有误，还没有改好"
    if row.is_locked_at(now) or is_frozen:
        return ItemState.MET, "核对为正确，已锁定"
    return ItemState.OPEN, "核对为正确，还没有锁定"
