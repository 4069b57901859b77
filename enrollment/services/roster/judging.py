"""Reading a roster and judging what each row would do, chunk by chunk, without writing anything."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO, NamedTuple

from enrollment.importers.certified import locked_finding
from enrollment.importers.facts import (
    NO_TOUCH,
    Comparer,
    Facts,
    Merger,
    Touch,
    differing,
    facts_of,
)
from enrollment.importers.findings import Finding
from enrollment.importers.roster import ParsedRow, parse_roster
from enrollment.importers.tables import read_table
from enrollment.models import School
from enrollment.selectors.roster import Stored, stored_records
from enrollment.states import RowOutcome, Severity

__all__ = ["CHUNK", "Inspection", "Judged", "Judgement", "Tally", "judge"]

CHUNK = 4_000


class Judged(NamedTuple):
    """A row of the file with what it would do: to the record that it meets, and to what."""

    row: ParsedRow
    outcome: RowOutcome
    facts: Facts | None
    met: Stored | None
    merged: Facts | None = None
    changed: Sequence[int] = ()
    touch: Touch = NO_TOUCH


class Judgement(NamedTuple):
    """What a row does, the record's facts then, and the places in which they are new."""

    outcome: RowOutcome
    facts: Facts
    changed: Sequence[int] = ()


def judge(facts: Facts, stored: Stored | None, merger: Merger) -> Judgement:
    """What a good row does to the record that stands under its number.

    Of a record that is to be made the facts are not `settled` yet.
    """
    if stored is None:
        return Judgement(RowOutcome.CREATE, facts)
    merged = stored.merged(facts, merger)
    changed = differing(stored.facts, merged)
    return Judgement(RowOutcome.UPDATE if changed else RowOutcome.UNCHANGED, merged, changed)


class Tally:
    """The outcome of every row, one byte each, because a late contradiction takes rows back."""

    _CODES = tuple(RowOutcome)

    def __init__(self) -> None:
        self._codes = bytearray()

    def see(self, row_no: int, outcome: RowOutcome) -> None:
        """Note or correct the outcome of a row."""
        missing = row_no + 1 - len(self._codes)
        if missing > 0:
            self._codes.extend(bytes(missing))
        self._codes[row_no] = self._CODES.index(outcome) + 1

    def counts(self) -> Counter[RowOutcome]:
        """How many rows have each outcome."""
        return Counter(
            {outcome: self._codes.count(code) for code, outcome in enumerate(self._CODES, start=1)}
        )


class Inspection:
    """One pass over a roster file: `chunks` first, then `late_findings` and `tally` are complete."""

    def __init__(self, file: BinaryIO, file_name: str, school: School | None) -> None:
        """Read up to the header; `UnreadableTableError` when there is none."""
        codes: dict[str, str] = {}
        names: Counter[str] = Counter()
        key_fields: dict[str, list[str]] = {}
        for code, name, fields in School.objects.values_list("code", "name", "key_fields"):
            codes[code], key_fields[code] = name, fields
            names[name] += 1
        self.parsed = parse_roster(
            read_table(file, file_name),
            default_school_code=school.code if school else "",
            known_schools=frozenset(codes),
            # A name that two schools share says nothing.
            school_codes_by_name={name: code for code, name in codes.items() if names[name] == 1},
        )
        self.tally = Tally()
        self._merger = Merger(self.parsed.present_fields)
        self._comparer = Comparer(key_fields)

    @property
    def file_findings(self) -> list[Finding]:
        """What is odd about the file as a whole."""
        return self.parsed.findings

    @property
    def late_findings(self) -> list[Finding]:
        """What turned up about rows after they were handed out."""
        return self.parsed.late_findings

    def chunks(self) -> Iterator[list[Judged]]:
        """Rows with their outcomes; some become errors by `refuse_late` after the last chunk."""
        rows = iter(self.parsed)
        while chunk := list(islice(rows, CHUNK)):
            yield self._judged(chunk)

    def refuse_late(self) -> list[int]:
        """Take back the rows that a late finding refuses, and say which they are."""
        refused = sorted(
            {finding.row for finding in self.late_findings if finding.severity is Severity.ERROR}
        )
        for row_no in refused:
            self.tally.see(row_no, RowOutcome.ERROR)
        return refused

    def _judged(self, chunk: list[ParsedRow]) -> list[Judged]:
        good = [not (row.is_repeat or (row.findings and row.is_refused)) for row in chunk]
        stored = stored_records(
            (row.values.school_code, row.values.student_no)
            for row, is_good in zip(chunk, good, strict=True)
            if is_good
        )
        judged = [
            self._judge(row, stored) if is_good else Judged(row, _bad(row), None, None)
            for row, is_good in zip(chunk, good, strict=True)
        ]
        for one in judged:
            self.tally.see(one.row.row_no, one.outcome)
        return judged

    def _judge(self, row: ParsedRow, stored: dict[tuple[str, str], Stored]) -> Judged:
        facts = facts_of(row.values)
        met = stored.get((row.values.school_code, row.values.student_no)) if stored else None
        outcome, merged, changed = judge(facts, met, self._merger)
        if met is not None and met.is_certified:
            wanted = self._merger.merged(met.facts, facts)
            if finding := locked_finding(row.row_no, met.facts, wanted):
                row.findings.append(finding)
        if met is None or outcome is not RowOutcome.UPDATE:
            return Judged(row, outcome, facts, met)
        touch = self._comparer.touch(met.facts, merged, changed)
        return Judged(row, outcome, facts, met, merged, changed, touch)


def _bad(row: ParsedRow) -> RowOutcome:
    """A repeat is skipped unless it is wrong in itself."""
    return RowOutcome.ERROR if row.is_refused else RowOutcome.SKIP
