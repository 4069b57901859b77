"""What a checked roster would do, and an applied one did: row by row, field by field."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.identity import DocumentType
from common.masking import MaskKind, mask
from common.wording import date_cn
from enrollment.importers.certified import locked_finding
from enrollment.importers.facts import Facts, Merger, decoder, settled
from enrollment.models import NearMatch, RosterFinding, RosterImport, RosterRow, School
from enrollment.selectors.fields import FIELD_LABELS
from enrollment.selectors.roster import Stored, stored_by_id, stored_records
from enrollment.selectors.roster_later import CONCLUSIONS_LOST
from enrollment.states import EnrollmentStatus, RowOutcome, SamePerson

__all__ = [
    "FieldChange",
    "PreviewRow",
    "RowKind",
    "conclusions_lost",
    "count_kinds",
    "preview_rows",
    "rows_of_kind",
    "shown_facts",
    "shown_rows",
]

_MASKED = {"id_number": MaskKind.DOCUMENT_NO, "name": MaskKind.NAME}
_DAYS = frozenset({"birth_date", "entry_date", "expected_graduation_date"})
_CHOICES: dict[str, dict[str, str]] = {
    "id_type": {kind.value: str(kind.label) for kind in DocumentType},
    "enrollment_status": {status.value: str(status.label) for status in EnrollmentStatus},
}
_LABELS = FIELD_LABELS | {"school_code": "院校代码", "student_no": "学号"}
_WRITING = (RowOutcome.CREATE, RowOutcome.UPDATE)


class RowKind(StrEnum):
    """By what the rows of a preview are chosen; the value stands in the address."""

    CREATE = "create"
    UPDATE = "update"
    KEY = "key"
    MOVED = "moved"
    NEAR = "near"
    LEFT = "left"
    UNCHANGED = "unchanged"

    @property
    def label(self) -> str:
        """The kind as staff read it."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    RowKind.CREATE: "新增",
    RowKind.UPDATE: "更新",
    RowKind.KEY: "关键信息有变",
    RowKind.MOVED: "换班",
    RowKind.NEAR: "疑似同一人",
    RowKind.LEFT: "不导入",
    RowKind.UNCHANGED: "无变化",
}
_NEAR = Exists(NearMatch.objects.filter(row=OuterRef("pk")))
_CONDITIONS: dict[RowKind, Q] = {
    RowKind.CREATE: Q(outcome=RowOutcome.CREATE),
    RowKind.UPDATE: Q(outcome=RowOutcome.UPDATE),
    RowKind.KEY: Q(outcome=RowOutcome.UPDATE, changes_key=True),
    RowKind.MOVED: Q(outcome=RowOutcome.UPDATE, changes_class=True),
    RowKind.NEAR: Q(_NEAR),
    RowKind.LEFT: Q(outcome__in=[RowOutcome.SKIP, RowOutcome.ERROR]),
    RowKind.UNCHANGED: Q(outcome=RowOutcome.UNCHANGED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of a row, before and after; name and document number are masked."""

    name: str
    label: str
    old: str
    new: str
    is_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """One staged row for people: what it does, which fields it changes, what was found in it."""

    row_no: int
    student_no: str
    name: str
    outcome: RowOutcome
    changes: list[FieldChange]
    remarks: tuple[str, ...] = ()
    record_id: int | None = None


def count_kinds(roster: RosterImport) -> dict[RowKind, int]:
    """How many rows there are of each kind."""
    near = NearMatch.objects.filter(roster=roster, decision=SamePerson.UNDECIDED)
    counted = RosterRow.objects.filter(roster=roster).aggregate(
        **{
            kind.value: Count("pk", filter=condition)
            for kind, condition in _CONDITIONS.items()
            if kind is not RowKind.NEAR
        }
    )
    counted[RowKind.NEAR.value] = near.values("row").distinct().count()
    return {kind: counted[kind.value] for kind in RowKind}


def conclusions_lost(roster: RosterImport) -> int:
    """How many conclusions that hold now the roster would make invalid."""
    rows = RosterRow.objects.filter(roster=roster, outcome=RowOutcome.UPDATE, is_applied=False)
    return sum(count(rows) for count in CONCLUSIONS_LOST)


def rows_of_kind(
    roster: RosterImport, kind: RowKind, *, student_no: str = ""
) -> QuerySet[RosterRow]:
    """Staged rows of a kind in file order; with the beginning of a student number only those."""
    rows = RosterRow.objects.filter(_CONDITIONS[kind], roster=roster).order_by("row_no")
    return rows.filter(student_no__startswith=student_no) if student_no else rows


def preview_rows(
    roster: RosterImport,
    *,
    outcome: RowOutcome | None = None,
    start: int = 0,
    limit: int = 50,
) -> list[PreviewRow]:
    """Staged rows that create or update, in file order; empty once the staged values were erased."""
    wanted = [outcome] if outcome else _WRITING
    rows = RosterRow.objects.filter(roster=roster, outcome__in=wanted, values__isnull=False)
    return shown_rows(roster, list(rows.order_by("row_no")[start : start + limit]))


def shown_rows(roster: RosterImport, rows: Sequence[RosterRow]) -> list[PreviewRow]:
    """These rows for people, with old and new values of changed fields.

    Before applying they are compared with the records as they stand now; afterwards with the former
    values that were kept. Rows that write nothing, or whose values were erased, have no changes.
    """
    decode = decoder(roster.value_fields)
    facts = {row.pk: decode(row.values) for row in rows if row.values is not None}
    waiting = [
        (facts[row.pk].school_code, row.student_no)
        for row in rows
        if row.pk in facts and not row.is_applied
    ]
    stored = stored_records(waiting)
    others = stored_by_id(row.record_id for row in rows if row.record_id)
    remarks = _remarks(roster, [row.row_no for row in rows])
    shower = _Shower(roster)
    return [
        shower.shown(
            row,
            facts.get(row.pk),
            stored.get((facts[row.pk].school_code, row.student_no)) if row.pk in facts else None,
            others.get(row.record_id or 0),
            tuple(remarks.get(row.row_no, ())),
        )
        for row in rows
    ]


def shown_facts(facts: Facts) -> dict[str, str]:
    """The values of a row as people read them, by field name; name and number masked."""
    return {name: _shown(name, text) for name, text in _texts(facts, "").items()}


def _remarks(roster: RosterImport, lines: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = RosterFinding.objects.filter(roster=roster, row_no__in=lines).order_by("severity", "pk")
    for finding in rows:
        where = f"{finding.column}：" if finding.column else ""
        text = f"{finding.get_severity_display()}　{where}{finding.message}"
        found.setdefault(finding.row_no, []).append(text)
    return found


class _Shower:
    """Draws the rows of one import."""

    def __init__(self, roster: RosterImport) -> None:
        self._merger = Merger(frozenset(roster.present_fields))
        self._keys = {
            code: frozenset(names)
            for code, names in School.objects.values_list("code", "key_fields")
        }

    def shown(
        self,
        row: RosterRow,
        facts: Facts | None,
        own: Stored | None,
        other: Stored | None,
        remarks: tuple[str, ...],
    ) -> PreviewRow:
        """One row."""
        changes: list[FieldChange] = []
        met = own or other
        if own is None and other is not None and facts is not None and not row.is_applied:
            remarks += self._locked(row, facts, other)
        name = facts.name if facts else met.facts.name if met else ""
        if facts is not None and row.outcome in _WRITING:
            changes = self._changes(row, facts, own, other)
        return PreviewRow(
            row_no=row.row_no,
            student_no=row.student_no,
            name=name,
            outcome=RowOutcome(row.outcome),
            changes=changes,
            remarks=remarks,
            record_id=row.record_id,
        )

    def _changes(
        self, row: RosterRow, facts: Facts, own: Stored | None, other: Stored | None
    ) -> list[FieldChange]:
        old, new, old_number = self._before_and_after(row, facts, own, other)
        before = _texts(old, old_number)
        after = _texts(new, row.student_no)
        keys = self._keys.get(facts.school_code, frozenset()) if old else frozenset()
        return [
            FieldChange(
                name=name,
                label=label,
                old=_shown(name, before.get(name, "")),
                new=_shown(name, after[name]),
                is_key=name in keys,
            )
            for name, label in _LABELS.items()
            if name in after and after[name] != before.get(name, "")
            if old or name not in {"school_code", "student_no"}
        ]

    def _before_and_after(
        self, row: RosterRow, facts: Facts, own: Stored | None, other: Stored | None
    ) -> tuple[Facts | None, Facts, str]:
        if row.written_at is not None and row.outcome == RowOutcome.UPDATE:
            former: dict[str, Any] = dict(row.former or {})
            number = str(former.pop("student_no", row.student_no))
            old = facts._replace(**former)
            return old, self._merged(old, facts), number
        stored = own or other
        if row.is_applied or stored is None:
            return None, settled(facts), ""
        return stored.facts, self._over(stored, facts), stored.student_no

    def _locked(self, row: RosterRow, facts: Facts, other: Stored) -> tuple[str, ...]:
        """A row taken for another number's record was checked before anybody knew whose it is."""
        wanted = self._merger.merged(other.facts, facts)
        finding = locked_finding(row.row_no, other.facts, wanted) if other.is_certified else None
        return (finding.message,) if finding else ()

    def _over(self, stored: Stored, facts: Facts) -> Facts:
        return stored.merged(facts, self._merger)._replace(school_code=facts.school_code)

    def _merged(self, old: Facts, facts: Facts) -> Facts:
        return self._merger.merged(old, facts)._replace(school_code=facts.school_code)


def _texts(facts: Facts | None, student_no: str) -> dict[str, str]:
    if facts is None:
        return {}
    values = {
        name: "" if value is None else str(value)
        for name, value in facts._asdict().items()
        if name in _LABELS
    }
    return values | {"student_no": student_no}


def _shown(name: str, text: str) -> str:
    if not text:
        return ""
    if name in _MASKED:
        return mask(text, _MASKED[name])
    if name in _DAYS:
        return date_cn(date.fromisoformat(text))
    if name == "duration_years":
        return f"{float(text):g} 年"
    return _CHOICES.get(name, {}).get(text, text)
