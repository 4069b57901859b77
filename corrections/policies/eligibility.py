"""Whether a correction may be asked for: months, the final term, what may not go together."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from common.errors import NotAllowedError
from common.wording import date_cn, local
from corrections.models import CorrectionRules
from enrollment.models import StudentRecord

__all__ = ["bars", "check_eligible", "key_bars", "key_days"]

_TOGETHER = frozenset({"name", "id_number"})


def key_bars(rules: CorrectionRules, record: StudentRecord, *, now: datetime) -> list[str]:
    """Why key fields of the record cannot be asked for on this day, in sentences."""
    today = local(now).date()
    found = []
    if rules.months and today.month not in rules.months:
        months = "、".join(f"{month} 月" for month in sorted(rules.months))
        found.append(f"关键信息只在 {months}受理，现在不在受理时间。")
    if _is_final(rules, record, today):
        found.append("已经到了毕业前的最后一段时间，关键信息不再受理。")
    return found


def key_days(rules: CorrectionRules, record: StudentRecord, *, now: datetime) -> list[str]:
    """Until which day key fields can be asked for, and from which again, where that can be said.

    Counted back from the expected graduation; nothing where the rules set no end, or it has come.
    """
    today = local(now).date()
    if _is_final(rules, record, today):
        return []
    last, following = last_day(rules, record), next_day(rules, today)
    if last is not None and last < (following or today):
        return ["预计毕业以前不再有受理关键信息的时间，要改请联系教务处。"]
    found = []
    if following is not None:
        found.append(f"关键信息下一次受理从 {date_cn(following)} 开始。")
    if last is not None:
        found.append(f"按你的预计毕业日期倒推，关键信息最晚 {date_cn(last)} 可以申请。")
    return found


def last_day(rules: CorrectionRules, record: StudentRecord) -> date | None:
    """The last day in one of the months before the final term; None where there is no final term."""
    ends = record.expected_graduation_date
    if not rules.final_days or ends is None:
        return None
    day = ends - timedelta(days=rules.final_days + 1)
    while rules.months and day.month not in rules.months:
        day = day.replace(day=1) - timedelta(days=1)
    return day


def next_day(rules: CorrectionRules, today: date) -> date | None:
    """The first day of the next month in which key fields are taken; None while they are."""
    if not rules.months or today.month in rules.months:
        return None
    day = today
    while day.month not in rules.months:
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day


def bars(
    rules: CorrectionRules, record: StudentRecord, fields: Collection[str], *, now: datetime
) -> list[str]:
    """Why these fields cannot be asked for; nothing when they can."""
    found = []
    if set(fields) & set(rules.key_fields):
        found += key_bars(rules, record, now=now)
    if rules.bars_name_with_number and set(fields) >= _TOGETHER:
        found.append("姓名和证件号码不能在同一张勘误单里一起改。")
    return found


def check_eligible(
    rules: CorrectionRules, record: StudentRecord, fields: Collection[str], *, now: datetime
) -> None:
    """NotAllowedError with every reason against it."""
    if found := bars(rules, record, fields, now=now):
        raise NotAllowedError("".join(found))


def _is_final(rules: CorrectionRules, record: StudentRecord, today: date) -> bool:
    """Half-open: on the day itself it is the final term already."""
    ends = record.expected_graduation_date
    if not rules.final_days or ends is None:
        return False
    return today >= ends - timedelta(days=rules.final_days)
