"""Dates and durations in the styles that rosters use."""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

__all__ = ["NO_DATE", "ParsedDate", "parse_date", "parse_duration", "parse_year"]


class ParsedDate(NamedTuple):
    """A date cell: the day, or why there is none."""

    day: date | None
    is_readable: bool
    has_day: bool


NO_DATE = ParsedDate(day=None, is_readable=True, has_day=False)
_UNREADABLE = ParsedDate(day=None, is_readable=False, has_day=False)

_YEARS = range(1850, 2200)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})?")
_SEPARATED = re.compile(
    r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})(?:\s*[-/.月]\s*([0-9]{1,2})\s*日?|\s*月)?"
    r"(?:[T\s]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
)
# Day numbers of spreadsheets count from the last day of 1899; the range keeps years apart from them.
_SERIAL = re.compile(r"[1-7][0-9]{4}")
_SERIAL_EPOCH = date(1899, 12, 30)
_EMPTY = frozenset({"", "-", "--", "/", "无", "0", "00000000", "0000-00-00"})


@lru_cache(maxsize=32_768)
def parse_date(text: str) -> ParsedDate:
    """Return the date of a cell: 20250831, 2025-08-31, 2025/8/31, 2025年08月31日, 2025.8, 45900.

    A month without a day stands for its first day. Anything else is unreadable, never guessed.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain in _EMPTY:
        return NO_DATE
    match = _COMPACT.fullmatch(plain) or _SEPARATED.fullmatch(plain)
    if match is None:
        return _from_serial(plain)
    year, month, day = int(match[1]), int(match[2]), int(match[3] or 1)
    if year not in _YEARS:
        return _UNREADABLE
    try:
        return ParsedDate(day=date(year, month, day), is_readable=True, has_day=bool(match[3]))
    except ValueError:
        return _UNREADABLE


def _from_serial(plain: str) -> ParsedDate:
    if not _SERIAL.fullmatch(plain):
        return _UNREADABLE
    return ParsedDate(
        day=_SERIAL_EPOCH + timedelta(days=int(plain)), is_readable=True, has_day=True
    )


_NUMERALS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8}
_DURATION = re.compile(r"([0-9]{1,2}(?:\.[0-9]+)?|[一二两三四五六七八])(年半)?\s*(?:学?年制?)?")
_MOST_YEARS = 20


@lru_cache(maxsize=256)
def parse_duration(text: str) -> Decimal | None:
    """Return the years of a 学制 cell ("4", "4 年", "2.5", "四年制", "两年半"), or None."""
    match = _DURATION.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        return None
    number = match[1]
    years = Decimal(_NUMERALS[number]) if number in _NUMERALS else Decimal(number)
    years += Decimal("0.5") if match[2] else 0
    tenths = years.quantize(Decimal("0.1"))
    return tenths if 0 < years <= _MOST_YEARS and tenths == years else None


_YEAR = re.compile(r"((?:19|20|18)[0-9]{2})\s*[级届年]?")


@lru_cache(maxsize=1024)
def parse_year(text: str) -> int | None:
    """Return the year of a grade or graduating-class cell ("2022", "2022级", "2026届"), or None."""
    match = _YEAR.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return int(match[1]) if match else None
