"""A roster file as typed rows with findings, one row at a time, in bounded memory."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from common.masking import MaskKind, mask
from enrollment.importers.cells import TableRow, UnreadableTableError
from enrollment.importers.findings import Finding, error, warning
from enrollment.importers.headers import (
    FIELD_LABELS,
    LINE_HEADER,
    REMARK_HEADER,
    ColumnMap,
    map_columns,
)
from enrollment.importers.row_reader import RowReader
from enrollment.importers.values import RosterValues, Schools
from enrollment.states import Severity

__all__ = [
    "Finding",
    "ParsedRoster",
    "ParsedRow",
    "RosterValues",
    "original_rows",
    "parse_roster",
]

# Titles may stand above the header; a row with this many known names is the header.
_HEADER_WITHIN = 10
_HEADER_NAMES = 2

_ROW_BITS = 32
_ROW_MASK = (1 << _ROW_BITS) - 1
_DIGEST_MASK = (1 << 62) - 1


class ParsedRow(NamedTuple):
    """One row of a roster; `row_no` is its line, counting the header as 1."""

    row_no: int
    values: RosterValues
    findings: list[Finding]
    is_repeat: bool
    cells: list[str]
    columns: ColumnMap

    @property
    def is_refused(self) -> bool:
        """Whether a finding refuses the row by itself; see also `ParsedRoster.late_findings`."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def raw(self) -> dict[str, str]:
        """The row as delivered, by the file's own column names, without empty cells."""
        pairs = zip(self.columns.headers, self.cells, strict=False)
        return {header: str(cell) for header, cell in pairs if cell}

    @property
    def extra(self) -> dict[str, str]:
        """The cells of columns that are no field and are kept aside."""
        headers, cells = self.columns.headers, self.cells
        aside = (*self.columns.unknown, *self.columns.repeated)
        return {headers[index]: str(cells[index]) for index in aside if cells[index]}


class ParsedRoster:
    """The rows of a roster, to be read through once.

    `findings` speaks of the whole file and is complete from the start. `late_findings` speaks of
    rows that were handed out before their contradiction turned up; it is complete, like
    `row_count`, when the last row has been read. Rows named there by an error are refused.
    """

    def __init__(self, rows: Iterable[TableRow], schools: Schools) -> None:
        self._rows = iter(rows)
        self.columns, self._header_line = _find_header(self._rows)
        self.findings = list(_column_findings(self.columns))
        self.late_findings: list[Finding] = []
        self.row_count = 0
        self._reader = RowReader(self.columns, schools)
        self._width = len(self.columns.headers)
        self._repeats = _Repeats(self.columns)

    @property
    def present_fields(self) -> frozenset[str]:
        """The fields that the file has a column for; others must not overwrite stored values."""
        return frozenset(self.columns.index_of)

    @property
    def unknown_headers(self) -> list[str]:
        """Names of the columns that were not recognised and are kept aside."""
        headers = self.columns.headers
        return [headers[index] for index in self.columns.unknown if headers[index]]

    def __iter__(self) -> Iterator[ParsedRow]:
        width, read = self._width, self._reader.read
        columns, repeats, offset = self.columns, self._repeats, self._header_line - 1
        for line, cells, notes in self._rows:
            if not any(cells):
                continue
            row_no = line - offset
            found: list[Finding] = []
            fitted = [*cells, ""] if len(cells) == width else _fitted(cells, width, row_no, found)
            values = read(row_no, fitted, found)
            for note in notes:
                column = columns.headers[note.position]
                found.append(warning(row_no, column, note.code, note.message))
            self.row_count += 1
            is_repeat = repeats.see(row_no, values, found, self.late_findings)
            yield ParsedRow(row_no, values, found, is_repeat, fitted, columns)


def parse_roster(
    rows: Iterable[TableRow],
    *,
    default_school_code: str = "",
    known_schools: AbstractSet[str],
    school_codes_by_name: Mapping[str, str] | None = None,
) -> ParsedRoster:
    """Return the roster in these table rows, checked row by row while it is read.

    Raises `UnreadableTableError` when no header is found. Memory does not grow with the width of
    the file: of earlier rows only digests are kept.
    """
    schools = Schools(known_schools, default_school_code, school_codes_by_name or {})
    return ParsedRoster(rows, schools)


def original_rows(
    rows: Iterable[TableRow],
) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header and the rows as delivered, numbered as findings number them; nothing is checked.

    The columns of our own error workbooks are left out.
    """
    source = iter(rows)
    columns, header_line = _find_header(source)
    own = frozenset({LINE_HEADER, REMARK_HEADER})
    wanted = [index for index, header in enumerate(columns.headers) if header not in own]
    width = len(columns.headers)

    def numbered() -> Iterator[tuple[int, list[str]]]:
        for line, cells, _notes in source:
            if any(cells):
                whole = [*cells, *([""] * (width - len(cells)))]
                beyond = [str(cell) for cell in cells[width:]]
                kept = [str(whole[index]) for index in wanted]
                yield line - header_line + 1, [*kept, *beyond]

    return [columns.headers[index] for index in wanted], numbered()


def _find_header(rows: Iterator[TableRow]) -> tuple[ColumnMap, int]:
    for row in rows:
        columns = map_columns([str(cell) for cell in row.cells])
        if len(columns.index_of) >= _HEADER_NAMES:
            return columns, row.line
        if row.line >= _HEADER_WITHIN:
            break
    raise UnreadableTableError(
        "没有认出表头：第一行应是列名，如 姓名、学号、证件号码，或 XM、XH、SFZH，请补上后再导入。"
    )


def _column_findings(columns: ColumnMap) -> Iterator[Finding]:
    for index in columns.unknown:
        header = columns.headers[index]
        if header:
            message = f"不认识“{header[:30]}”这一列，内容另存，不写入学籍。"
            yield warning(1, header[:60], "unknown_column", message)
    for index in columns.repeated:
        header = columns.headers[index]
        message = f"“{header[:30]}”和另一列说的是同一项，只用另一列，这一列另存。"
        yield warning(1, header[:60], "repeated_column", message)


def _fitted(cells: list[str], width: int, row_no: int, found: list[Finding]) -> list[str]:
    """Return as many cells as there are headers, and the empty one that absent fields point to."""
    if len(cells) < width:
        return [*cells, *([""] * (width + 1 - len(cells)))]
    if any(cells[width:]):
        message = "这一行的格子比表头多，请核对是否错列，多出的内容不导入。"
        found.append(warning(row_no, "", "cells_beyond_header", message))
    return [*cells[:width], ""]


class _Repeats:
    """Finds student numbers and document numbers that come again, keeping one number per row."""

    def __init__(self, columns: ColumnMap) -> None:
        self._number_column = columns.header_of("student_no")
        self._document_column = columns.header_of("id_number")
        # Digest of (school, student number) → digest of the content and the row that had it first.
        self._first: dict[int, int] = {}
        self._documents: dict[int, int] = {}
        # Only numbers that came again: all their rows, and whether they contradict each other.
        self._again: dict[int, list[int]] = {}
        self._contradicted: set[int] = set()

    def see(
        self, row_no: int, values: RosterValues, found: list[Finding], late: list[Finding]
    ) -> bool:
        """Return whether this row is an identical repeat of an earlier one."""
        if not values.student_no:
            return False
        key = hash((values.school_code, values.student_no))
        # The number is compared by its key: two spellings of it are no contradiction.
        content = (hash(values[1:]) & _DIGEST_MASK) << _ROW_BITS
        first = self._first.setdefault(key, content | row_no)
        if first & _ROW_MASK == row_no:
            self._see_document(row_no, values, found, late)
            return False
        first_row = first & _ROW_MASK
        rows = self._again.setdefault(key, [first_row])
        rows.append(row_no)
        if first >> _ROW_BITS == content >> _ROW_BITS and key not in self._contradicted:
            message = f"和第 {first_row} 行完全相同，只导入那一行。"
            found.append(warning(row_no, self._number_column, "repeated_row", message))
            return True
        if key not in self._contradicted:
            self._contradicted.add(key)
            late.extend(self._contradiction(row, row_no) for row in rows[:-1])
        found.append(self._contradiction(row_no, first_row))
        return False

    def _contradiction(self, row_no: int, other: int) -> Finding:
        message = f"和第 {other} 行学号相同，内容不同，请只留下对的一行。"
        return error(row_no, self._number_column, "student_no_conflict", message)

    def _see_document(
        self, row_no: int, values: RosterValues, found: list[Finding], late: list[Finding]
    ) -> None:
        if not values.id_key:
            return
        key = hash(values.id_key)
        seen = self._documents.setdefault(key, row_no << 1)
        first_row = seen >> 1
        if first_row == row_no:
            return
        found.append(self._shared_document(row_no, first_row, values.id_number))
        if not seen & 1:
            self._documents[key] = seen | 1
            late.append(self._shared_document(first_row, row_no, values.id_number))

    def _shared_document(self, row_no: int, other: int, number: str) -> Finding:
        masked = mask(number, MaskKind.DOCUMENT_NO)
        message = (
            f"{FIELD_LABELS['id_number']} {masked} 和第 {other} 行相同：同一人有两条学籍可以不改，"
            "不是同一人请更正。"
        )
        return warning(row_no, self._document_column, "shared_id_number", message)
