"""Cells that say who a row is about: name, document number, sex and birth date."""

import re
from datetime import date

from accounts.identity import (
    DocumentType,
    Sex,
    birth_date_of,
    canonical_number,
    check_number,
    has_lookalike_x,
    is_fifteen_digits,
    name_match_key,
    name_problems,
    parse_document_type,
    sex_of,
)
from enrollment.importers.cells import has_lost_digits
from enrollment.importers.dates import ParsedDate
from enrollment.importers.findings import Finding, Wording, error, warning

__all__ = ["IdentityCells"]

_RESIDENT_ID, _OTHER = DocumentType.RESIDENT_ID, DocumentType.OTHER
_MALE = (Sex.MALE, str(Sex.MALE.label))
_FEMALE = (Sex.FEMALE, str(Sex.FEMALE.label))
_SEXES = {
    "男": _MALE,
    "女": _FEMALE,
    "男性": _MALE,
    "女性": _FEMALE,
    "1": _MALE,
    "2": _FEMALE,
    "M": _MALE,
    "F": _FEMALE,
}
_ASSUMED_RESIDENT = re.compile(r"[0-9]{15}|[0-9]{17}[0-9X]")


class IdentityCells:
    """Reads the cells that identify a person; made once for a file."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._column = wording.column

    def name_key(self, row_no: int, name: str, found: list[Finding]) -> str:
        if not name:
            found.append(self._wording.missing(row_no, "name", "missing_name"))
            return ""
        for problem in name_problems(name):
            column = self._column("name")
            found.append(warning(row_no, column, problem.code, problem.message))
        return name_match_key(name)

    def number(
        self, row_no: int, raw: str, type_text: str, found: list[Finding]
    ) -> tuple[DocumentType, str]:
        """Return the kind and the key of the document number."""
        if not raw:
            found.append(self._wording.missing(row_no, "id_number", "missing_id_number"))
            return _OTHER, ""
        if has_lost_digits(raw):
            found.append(self._wording.lost_digits(row_no, "id_number", "id_number_lost_digits"))
            return _OTHER, ""
        named = parse_document_type(type_text) if type_text else None
        key = canonical_number(raw, named)
        kind = named or self._assumed_type(row_no, key, type_text, found)
        if key != raw:
            self._remark_spelling(row_no, raw, found)
        for problem in check_number(key, kind):
            column = self._column("id_number")
            found.append(warning(row_no, column, problem.code, problem.message))
        return kind, key

    def _assumed_type(
        self, row_no: int, key: str, type_text: str, found: list[Finding]
    ) -> DocumentType:
        if type_text:
            message = (
                f"不认识证件类型“{type_text[:20]}”，请改成证件上的名称，如 居民身份证、护照；"
                "确实是别的证件，填“其他”。"
            )
            found.append(error(row_no, self._column("id_type"), "unknown_id_type", message))
            return _OTHER
        if _ASSUMED_RESIDENT.fullmatch(key):
            return _RESIDENT_ID
        message = "没有证件类型，号码又不像居民身份证，先按“其他”导入，请补上证件类型。"
        found.append(warning(row_no, self._column("id_number"), "assumed_id_type", message))
        return _OTHER

    def _remark_spelling(self, row_no: int, raw: str, found: list[Finding]) -> None:
        column = self._column("id_number")
        if is_fifteen_digits(raw):
            message = "这是 15 位的旧号码，匹配时按 18 位处理，请向学生核对现在的号码。"
            found.append(warning(row_no, column, "fifteen_digits", message))
        if has_lookalike_x(raw):
            message = "末位不是字母 X，是一个相似的字，匹配时按 X 处理，请更正名册。"
            found.append(warning(row_no, column, "lookalike_x", message))

    def sex(
        self,
        row_no: int,
        sex_text: str,
        birth: ParsedDate,
        number: tuple[DocumentType, str],
        found: list[Finding],
    ) -> str:
        """Return the sex as text, after comparing sex and birth date with the number."""
        kind, key = number
        if birth.day is not None and key:
            stated_birth = birth_date_of(key, kind)
            if stated_birth is not None and not _same_day(birth, stated_birth):
                message = "出生日期和证件号码里的不一致，请对照证件核对。"
                found.append(
                    warning(row_no, self._column("birth_date"), "birth_date_contradiction", message)
                )
        if not sex_text:
            return ""
        named = _SEXES.get(sex_text) or _SEXES.get(sex_text.upper())
        if named is None:
            message = "性别应填“男”或“女”，请更正。"
            found.append(warning(row_no, self._column("sex"), "unknown_sex", message))
            return sex_text
        stated = sex_of(key, kind) if key else None
        if stated is not None and stated is not named[0]:
            message = "性别和证件号码里的不一致，请对照证件核对。"
            found.append(warning(row_no, self._column("sex"), "sex_contradiction", message))
        return named[1]


def _same_day(birth: ParsedDate, stated: date) -> bool:
    """A birth date given as a month agrees with every day of it."""
    if birth.day is None or birth.has_day:
        return birth.day == stated
    return (birth.day.year, birth.day.month) == (stated.year, stated.month)
