"""A batch seen photo by photo: which files, whose, what was found; a page at a time, in few queries."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Min, Prefetch, Q, QuerySet

from common.masking import MaskKind, mask
from enrollment.models import StudentRecord
from enrollment.states import Severity
from imaging.matching import MatchReason
from imaging.models import BatchFinding, BatchItem, CaptureEntry, PhotoBatch
from imaging.states import MatchState, PhotoOutcome

__all__ = [
    "FindingKind",
    "Shot",
    "finding_kinds",
    "has_items",
    "outcome_counts",
    "shots",
    "shots_of",
]

_OUTCOMES: Final = frozenset(PhotoOutcome.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One file of a batch as the contact sheet shows it; the name of the person is masked."""

    file_name: str
    outcome: str
    student_no: str = ""
    person: str = ""
    record_id: int | None = None
    entry_id: int | None = None
    item_id: int | None = None
    has_small: bool = False
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingKind:
    """One kind of finding in a batch: how many files have it, and the first message."""

    code: str
    severity: str
    count: int
    example: str


def has_items(batch: PhotoBatch) -> bool:
    """Whether the files of the batch are known one by one: it was checked, and its archive is kept."""
    return BatchItem.objects.filter(batch=batch).exists()


def outcome_counts(batch: PhotoBatch) -> dict[str, int]:
    """How many files of each outcome; without items how many photos of each match state."""
    counted: Counter[str] = Counter()
    rows: Iterable[tuple[str, int]] = (
        BatchItem.objects.filter(batch=batch)
        .order_by()
        .values_list("outcome")
        .annotate(Count("pk"))
    )
    counted.update(dict(rows))
    if not counted:
        entries = CaptureEntry.objects.filter(batch=batch).order_by()
        counted.update(dict(entries.values_list("state").annotate(Count("pk"))))
    return {
        choice: counted[choice]
        for choice in (*PhotoOutcome.values, *MatchState.values)
        if counted[choice]
    }


def finding_kinds(batch: PhotoBatch) -> list[FindingKind]:
    """The findings by kind, what refuses first, then the most frequent; two queries."""
    counted = list(
        BatchFinding.objects.filter(batch=batch)
        .order_by()
        .values("code", "severity")
        .annotate(counted=Count("pk"), first=Min("pk"))
        .order_by("severity", "-counted", "code")
    )
    examples = BatchFinding.objects.in_bulk([row["first"] for row in counted])
    return [
        FindingKind(
            code=row["code"],
            severity=str(Severity(row["severity"]).label),
            count=row["counted"],
            example=examples[row["first"]].message,
        )
        for row in counted
    ]


def shots_of(
    batch: PhotoBatch, *, outcome: str = "", code: str = "", number: str = ""
) -> QuerySet[Any, Any]:
    """The files of a batch, or where those are not known its photos, as `shots` takes them.

    Chosen by outcome (or match state), by a kind of finding, by the beginning of a student number.
    """
    if has_items(batch):
        return _items(batch, outcome=outcome, code=code, number=number)
    entries = CaptureEntry.objects.filter(batch=batch).select_related("record")
    if outcome in MatchState.values:
        entries = entries.filter(state=outcome)
    if code:
        entries = entries.filter(reason=code)
    if number:
        said = Q(record__student_no__startswith=number) | Q(student_no__startswith=number)
        entries = entries.filter(said)
    return entries.order_by("pk").only(
        *("file_name", "state", "reason", "warnings", "record__student_no", "record__name")
    )


def _items(batch: PhotoBatch, *, outcome: str, code: str, number: str) -> QuerySet[Any, Any]:
    found = BatchFinding.objects.order_by("pk").only("item_id", "message")
    items = (
        BatchItem.objects.filter(batch=batch)
        .select_related("record")
        .prefetch_related(Prefetch("findings", found))
        .order_by("position")
        .only(*_ITEM_COLUMNS)
    )
    if outcome in _OUTCOMES:
        items = items.filter(outcome=outcome)
    if code:
        coded = BatchFinding.objects.filter(batch=batch, code=code).values("item")
        items = items.filter(pk__in=coded)
    return items.filter(record__student_no__startswith=number) if number else items


_ITEM_COLUMNS: Final = (
    *("file_name", "outcome", "entry_id", "sheet_id", "record__student_no", "record__name"),
)


def shots(rows: Iterable[BatchItem | CaptureEntry]) -> list[Shot]:
    """These rows of `shots_of` as the page shows them."""
    return [_of_item(row) if isinstance(row, BatchItem) else _of_entry(row) for row in rows]


def _of_item(item: BatchItem) -> Shot:
    return Shot(
        file_name=str(item.file_name),
        outcome=str(item.get_outcome_display()),
        student_no=item.record.student_no if item.record else "",
        person=_masked(item.record),
        record_id=item.record_id,
        entry_id=item.entry_id,
        item_id=item.pk,
        has_small=item.sheet_id is not None,
        findings=tuple(finding.message for finding in item.findings.all()),
    )


def _of_entry(entry: CaptureEntry) -> Shot:
    reasons = [MatchReason(entry.reason).message] if entry.reason in set(MatchReason) else []
    return Shot(
        file_name=str(entry.file_name),
        outcome=str(entry.get_state_display()),
        student_no=entry.record.student_no if entry.record else "",
        person=_masked(entry.record),
        record_id=entry.record_id,
        entry_id=entry.pk,
        findings=(*reasons, *(str(each["message"]) for each in entry.warnings)),
    )


def _masked(record: StudentRecord | None) -> str:
    return mask(record.name, MaskKind.NAME) if record is not None else ""
