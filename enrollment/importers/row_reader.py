"""One row of cells read into typed values, with everything that is wrong or odd about it."""

import re
from datetime import date
from decimal import Decimal
from operator import gt, itemgetter

from enrollment.importers.cells import has_lost_digits
from enrollment.importers.dates import NO_DATE, ParsedDate, parse_date, parse_duration, parse_year
from enrollment.importers.findings import Finding, Wording, error, warning
from enrollment.importers.headers import FIELD_LABELS, ColumnMap
from enrollment.importers.identity_cells import IdentityCells
from enrollment.importers.statuses import parse_status
from enrollment.importers.values import (
    CELL_FIELDS,
    CELL_MAXIMA,
    READ_CELLS,
    RosterValues,
    Schools,
)
from enrollment.states import EnrollmentStatus

__all__ = ["RowReader"]

# Gaokao entrants 14 digits, postgraduates 15 and since 2011 16; others are made by schools.
_USUAL_CANDIDATE_NO = re.compile(r"[0-9]{14,16}")


class RowReader:
    """Turns the cells of a row into values and findings; made once for a file."""

    def __init__(self, columns: ColumnMap, schools: Schools) -> None:
        self._wording = Wording(columns)
        self._column = self._wording.column
        self._identity = IdentityCells(self._wording)
        self._schools = schools
        self._pick = itemgetter(*(columns.index_of.get(field, -1) for field in CELL_FIELDS))

    def read(self, row_no: int, cells: list[str], found: list[Finding]) -> RosterValues:
        """Return the values of `cells`, which end with one empty cell for the absent fields."""
        texts: tuple[str, ...] = self._pick(cells)
        if any(map(gt, map(len, texts), CELL_MAXIMA)):
            self._refuse_long(row_no, texts, found)
        school, school_name, student_no, candidate_no, name, sex, birth_text, *rest = texts[
            :READ_CELLS
        ]
        id_type, id_number, entry_text, leave_text, grade, leaving, duration, status = rest
        kind, key = self._identity.number(row_no, id_number, id_type, found)
        birth = self._date(row_no, "birth_date", birth_text, found)
        entry = self._date(row_no, "entry_date", entry_text, found).day
        leave = self._date(row_no, "expected_graduation_date", leave_text, found).day
        return RosterValues(
            str(id_number),
            key,
            kind,
            self._school(row_no, school, school_name, found),
            self._student_no(row_no, student_no, found),
            self._candidate_no(row_no, candidate_no, found),
            name,
            self._identity.name_key(row_no, name, found),
            self._identity.sex(row_no, sex, birth, (kind, key), found),
            birth.day,
            entry,
            leave,
            self._year(row_no, "entry_grade", grade, entry, found),
            self._year(row_no, "graduating_class", leaving, leave, found),
            self._duration(row_no, duration, found),
            self._status(row_no, status, found),
            status,
            *texts[READ_CELLS:],
        )

    def _refuse_long(self, row_no: int, texts: tuple[str, ...], found: list[Finding]) -> None:
        for field, text, most in zip(CELL_FIELDS, texts, CELL_MAXIMA, strict=True):
            if len(text) > most:
                message = f"这一格有 {len(text)} 个字，最多 {most} 个，请核对是否错列后改短。"
                found.append(error(row_no, self._column(field), "value_too_long", message))

    def _school(self, row_no: int, code: str, name: str, found: list[Finding]) -> str:
        schools = self._schools
        code = code or (schools.code_by_name.get(name, "") if name else "")
        if not code and name and schools.code_by_name:
            message = f"院校名称“{name[:30]}”不在系统里，请先建立这个学校，或加上院校代码列。"
            found.append(error(row_no, self._column("school_name"), "unknown_school", message))
            return ""
        code = code or schools.default_code
        if not code:
            message = "没有院校代码，请加上院校代码列，或在导入时指定学校。"
            found.append(error(row_no, self._column("school_code"), "missing_school", message))
        elif code not in schools.codes:
            message = f"院校代码“{code[:10]}”不在系统里，请先建立这个学校，或改正代码。"
            found.append(error(row_no, self._column("school_code"), "unknown_school", message))
        return code

    def _student_no(self, row_no: int, text: str, found: list[Finding]) -> str:
        if not text:
            found.append(self._wording.missing(row_no, "student_no", "missing_student_no"))
        elif has_lost_digits(text):
            found.append(self._wording.lost_digits(row_no, "student_no", "student_no_lost_digits"))
        return str(text)

    def _candidate_no(self, row_no: int, text: str, found: list[Finding]) -> str:
        if not text:
            return ""
        if _USUAL_CANDIDATE_NO.fullmatch(text) and type(text) is str:
            return text
        if has_lost_digits(text):
            message = "考生号在表格里是数值，末尾几位可能已经丢失，请设为文本格式后重新填写。"
            code = "candidate_no_lost_digits"
        else:
            message = "考生号一般是 14 位数字，研究生 15 或 16 位，请核对；确是这样可以不改。"
            code = "unusual_candidate_no"
        found.append(warning(row_no, self._column("candidate_no"), code, message))
        return str(text)

    def _date(self, row_no: int, field: str, text: str, found: list[Finding]) -> ParsedDate:
        if not text:
            return NO_DATE
        parsed = parse_date(text)
        if not parsed.is_readable:
            message = (
                f"读不懂{FIELD_LABELS[field]}“{text[:20]}”，请写成 2025-08-31 或 20250831 的样子。"
            )
            found.append(error(row_no, self._column(field), "unreadable_date", message))
        return parsed

    def _duration(self, row_no: int, text: str, found: list[Finding]) -> Decimal | None:
        if not text:
            return None
        years = parse_duration(text)
        if years is None:
            message = f"读不懂学制“{text[:10]}”，先不导入这一格，请写成 4 或 2.5 的样子。"
            found.append(
                warning(row_no, self._column("duration_years"), "unreadable_duration", message)
            )
        return years

    def _year(
        self, row_no: int, field: str, text: str, fallback: date | None, found: list[Finding]
    ) -> int | None:
        """Return the year of a cell, or of the date that implies it."""
        year = parse_year(text) if text else None
        if text and year is None:
            message = f"读不懂{FIELD_LABELS[field]}“{text[:10]}”，请写成四位年份，如 2022。"
            found.append(warning(row_no, self._column(field), "unreadable_year", message))
        if year is None and fallback is not None:
            return fallback.year
        return year

    def _status(self, row_no: int, text: str, found: list[Finding]) -> EnrollmentStatus | None:
        if not text:
            return None
        status = parse_status(text)
        if status is None:
            message = f"不认识学籍状态“{text[:20]}”，先按“其他”导入，请核对。"
            found.append(
                warning(row_no, self._column("enrollment_status"), "unknown_status", message)
            )
            return EnrollmentStatus.OTHER
        return status
