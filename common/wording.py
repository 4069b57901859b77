"""How moments, days, spans, sizes and numbers are written in Chinese: one place for pages, mails and prints.

Everything here is pure. Moments must be aware and are shown in Asia/Shanghai, whatever they came in.
"""

from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

__all__ = [
    "NumberKind",
    "count_cn",
    "date_cn",
    "date_sentence",
    "days_left",
    "duration",
    "file_size",
    "local",
    "moment_field",
    "moment_sentence",
    "moment_short",
    "number_groups",
    "number_spoken",
    "numeral_cn",
    "until_field",
    "until_sentence",
    "year_cn",
]

NumberKind = Literal["id_number", "student_no", "candidate_no", "code", "plain"]

_ZONE = ZoneInfo("Asia/Shanghai")
_WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
_DIGITS = "〇一二三四五六七八九"
_MASK = "*"
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_TEN = 10
_TWO = 2
_KILO = 1024

# Lengths of the groups a number is read in; what is left over is cut into fours.
_ID_18 = 18
_ID_15 = 15
_CANDIDATE = 14
_GROUPS: dict[tuple[str, int], tuple[int, ...]] = {
    ("id_number", _ID_18): (6, 8, 4),
    ("id_number", _ID_15): (6, 6, 3),
    ("candidate_no", _CANDIDATE): (2, 2, 4, 6),
}


def local(at: datetime) -> datetime:
    """Return the moment as the clocks in Asia/Shanghai show it; a naive one is a mistake."""
    if at.tzinfo is None:
        message = "a moment must be aware"
        raise ValueError(message)
    return at.astimezone(_ZONE)


def _weekday(day: date) -> str:
    return _WEEKDAYS[day.weekday()]


def _clock(at: datetime) -> str:
    return f"{at.hour:02d}:{at.minute:02d}"


def _until(at: datetime) -> tuple[date, str]:
    """Day and clock of a deadline: midnight belongs to the day that it ends, as 24:00."""
    shown = local(at)
    if (shown.hour, shown.minute, shown.second) == (0, 0, 0):
        return shown.date() - _DAY, "24:00"
    return shown.date(), _clock(shown)


def date_sentence(day: date) -> str:
    """A day inside a sentence: 6月16日（星期二）."""
    return f"{day.month}月{day.day}日（{_weekday(day)}）"


def date_cn(day: date) -> str:
    """A day in a field of a record: 2026年06月30日."""
    return f"{day.year}年{day.month:02d}月{day.day:02d}日"


def moment_sentence(at: datetime) -> str:
    """A moment inside a sentence: 6月16日（星期二）23:00."""
    shown = local(at)
    return f"{date_sentence(shown.date())}{_clock(shown)}"


def moment_field(at: datetime) -> str:
    """A moment in a field: 2026年6月12日 星期五 14:32."""
    shown = local(at)
    return f"{shown.year}年{shown.month}月{shown.day}日 {_weekday(shown)} {_clock(shown)}"


def moment_short(at: datetime) -> str:
    """A moment in a caption beside others: 6月12日 14:32."""
    shown = local(at)
    return f"{shown.month}月{shown.day}日 {_clock(shown)}"


def until_sentence(at: datetime) -> str:
    """A deadline inside a sentence; it is over *at* that moment, so midnight is 24:00 of the day before."""
    day, clock = _until(at)
    return f"{date_sentence(day)}{clock}"


def until_field(at: datetime) -> str:
    """A deadline in a field: 2026年9月30日 星期三 24:00."""
    day, clock = _until(at)
    return f"{day.year}年{day.month}月{day.day}日 {_weekday(day)} {clock}"


def days_left(deadline: datetime, *, now: datetime) -> str:
    """How much time is left in its largest whole unit, never more than there is; 已截止 from the deadline on."""
    left = deadline - now
    if left <= timedelta(0):
        return "已截止"
    for unit, name in ((_DAY, "天"), (_HOUR, "小时"), (_MINUTE, "分钟")):
        if left >= unit:
            return f"还有 {left // unit} {name}"
    return "还有不到 1 分钟"


def duration(delta: timedelta) -> str:
    """A span in its largest unit that divides it: 24 小时, 3 天, 90 分钟; up to 48 hours stay hours."""
    minutes = max(delta // _MINUTE, 0)
    hours, rest = divmod(minutes, 60)
    if rest:
        return f"{minutes} 分钟"
    if hours > _TWO * 24 and hours % 24 == 0:
        return f"{hours // 24} 天"
    return f"{hours} 小时"


def file_size(size: int) -> str:
    """A file's size as people say it: 512 字节, 64 KB, 1.5 MB."""
    if size < _KILO:
        return f"{size} 字节"
    amount, unit = float(size), "字节"
    for larger in ("KB", "MB", "GB"):
        if amount < _KILO:
            break
        amount, unit = amount / _KILO, larger
    shown = f"{amount:.0f}" if amount >= _TEN else f"{amount:.1f}".removesuffix(".0")
    return f"{shown} {unit}"


def numeral_cn(number: int) -> str:
    """1 to 99 in Chinese numerals (一, 十二, 三十), anything else in figures."""
    tens, ones = divmod(number, _TEN)
    if not 0 < number < _TEN * _TEN:
        return str(number)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def count_cn(number: int, measure: str) -> str:
    """A small count with its measure word, as spoken: 一处, 两处, 十二处; from 20 on in figures."""
    if number == _TWO:
        return f"两{measure}"
    if 0 < number < _TWO * _TEN:
        return f"{numeral_cn(number)}{measure}"
    return f"{number} {measure}"


def year_cn(year: int) -> str:
    """A year digit by digit: 二〇二六."""
    return "".join(_DIGITS[int(digit)] for digit in str(year))


def number_groups(value: str, kind: NumberKind = "plain") -> tuple[str, ...]:
    """Cut a number (whole or masked) into the groups it is read in: 6-8-4, 2-2-4-6, else fours."""
    if kind == "plain":
        return (value,) if value else ()
    groups: list[str] = []
    rest = value
    for length in _GROUPS.get((kind, len(value)), ()):
        groups.append(rest[:length])
        rest = rest[length:]
    while rest:
        groups.append(rest[:4])
        rest = rest[4:]
    return tuple(groups)


def number_spoken(value: str, label: str) -> str:
    """What a screen reader says instead of a masked number: which characters are left to see."""
    head, tail = value.split(_MASK, 1)[0], value.rsplit(_MASK, 1)[-1]
    seen = [f"开头 {head}"] if head else []
    if tail:
        seen.append(f"末尾 {tail}")
    return "，".join([label, *seen, "其余已隐去"] if label else [*seen, "其余已隐去"])
