"""Whether a correction may be asked for: months, the final term, what may not go together."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from common.errors import NotAllowedError
from common.wording import local
from corrections.models import CorrectionRules
from enrollment.models import StudentRecord

__all__ = ["bars", "check_eligible", "key_bars"]

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
