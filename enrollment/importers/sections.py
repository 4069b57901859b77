"""Optional columns of a roster that belong to further sections of a record, not to the record itself."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from enrollment.importers.dates import parse_date
from enrollment.states import GraduationOutcome, UpgradeState

__all__ = ["SectionRow", "has_section_columns", "section_row", "unknown_to_sections"]

_NAMES: dict[str, tuple[str, ...]] = {
    "batch": ("录取批次", "LQPC", "批次名称"),
    "category": ("录取类型", "录取类别", "LQLX"),
    "origin": ("生源地", "生源所在地", "SYD", "生源省份"),
    "admitted_date": ("录取日期", "LQRQ", "录取时间"),
    "major_text": ("录取专业名称", "LQZY"),
    "aid_title": ("资助项目", "资助名称", "奖助项目"),
    "aid_year": ("资助学年", "奖助学年"),
    "aid_amount": ("资助金额", "奖助金额"),
    "upgrade_state": ("前置学历核查", "前置学历核查结果", "专升本前置学历", "专科学历核查结果"),
    "upgrade_note": ("前置学历核查说明",),
    "upgrade_date": ("前置学历核查日期",),
    "outcome": ("毕结业结论", "毕(结)业结论", "毕业结论", "BJYJL"),
    "conferred_date": ("毕结业日期", "毕(结)业日期", "BJYRQ", "证书日期", "实际毕业日期"),
    "certificate_no": ("证书编号", "毕业证书编号", "毕业证编号", "ZSBH", "学历证书编号"),
}
_BLANKS = re.compile("[\\s\u200b-\u200f\u2060\ufeff*:_]+")
_AMOUNT = re.compile(r"\d{1,7}(\.\d{1,2})?")


def _plain(text: str) -> str:
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()


_FIELDS = {_plain(name): field for field, names in _NAMES.items() for name in names}
_OUTCOMES = {str(outcome.label): outcome for outcome in GraduationOutcome}
_UPGRADES = {
    "通过": UpgradeState.PASSED,
    "已通过": UpgradeState.PASSED,
    "核查通过": UpgradeState.PASSED,
    "合格": UpgradeState.PASSED,
    "未通过": UpgradeState.FAILED,
    "不通过": UpgradeState.FAILED,
    "核查未通过": UpgradeState.FAILED,
    "不合格": UpgradeState.FAILED,
    "待核查": UpgradeState.PENDING,
    "等待核查": UpgradeState.PENDING,
    "未核查": UpgradeState.PENDING,
}


class SectionRow(NamedTuple):
    """What one row says about further sections; whatever cannot be read is left out."""

    admission: dict[str, str | date]
    aid: tuple[str, str, str] | None
    upgrade: tuple[UpgradeState, str, date | None] | None
    graduation: tuple[GraduationOutcome, date, str] | None


def has_section_columns(headers: Iterable[str]) -> bool:
    """Whether a file has any column for a further section."""
    return any(_plain(header) in _FIELDS for header in headers)


def unknown_to_sections(headers: Iterable[str]) -> list[str]:
    """The columns that nothing reads."""
    return [header for header in headers if _plain(header) not in _FIELDS]


def section_row(cells: Mapping[str, str]) -> SectionRow:
    """Read the kept cells of one row by their headers."""
    texts = {
        field: text.strip()
        for header, text in cells.items()
        if (field := _FIELDS.get(_plain(header))) and text.strip()
    }
    return SectionRow(_admission(texts), _aid(texts), _upgrade(texts), _graduation(texts))


def _day(texts: Mapping[str, str], field: str) -> date | None:
    found = parse_date(texts.get(field, ""))
    return found.day if found.is_readable else None


def _admission(texts: Mapping[str, str]) -> dict[str, str | date]:
    longest = {"batch": 50, "category": 50, "origin": 100, "major_text": 100}
    found: dict[str, str | date] = {
        field: texts[field][:length] for field, length in longest.items() if field in texts
    }
    if day := _day(texts, "admitted_date"):
        found["admitted_date"] = day
    return found


def _aid(texts: Mapping[str, str]) -> tuple[str, str, str] | None:
    if "aid_title" not in texts:
        return None
    amount = texts.get("aid_amount", "").removesuffix("元").replace(",", "")
    year = texts.get("aid_year", "").removesuffix("学年")[:20]
    return texts["aid_title"][:100], year, amount if _AMOUNT.fullmatch(amount) else ""


def _upgrade(texts: Mapping[str, str]) -> tuple[UpgradeState, str, date | None] | None:
    state = _UPGRADES.get(_plain(texts.get("upgrade_state", "")))
    if state is None:
        return None
    return state, texts.get("upgrade_note", "")[:200], _day(texts, "upgrade_date")


def _graduation(texts: Mapping[str, str]) -> tuple[GraduationOutcome, date, str] | None:
    outcome = _OUTCOMES.get(_plain(texts.get("outcome", "")))
    day = _day(texts, "conferred_date")
    if outcome is None or day is None or "certificate_no" not in texts:
        return None
    return outcome, day, texts["certificate_no"]
