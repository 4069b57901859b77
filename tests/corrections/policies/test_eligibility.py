"""What the rules allow on which day, at the boundaries."""

from datetime import UTC, date, datetime

import pytest

from common.errors import NotAllowedError
from corrections.models import CorrectionRules
from corrections.policies.eligibility import bars, check_eligible, key_days
from enrollment.models import StudentRecord

pytestmark = pytest.mark.unit

ENDS = date(2027, 7, 1)


def rules(**fields: object) -> CorrectionRules:
    """An edition that is nowhere kept."""
    usual = {"key_fields": ["name", "id_number"], "months": [3, 9], "final_days": 0}
    return CorrectionRules(**{**usual, **fields})


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment in Shanghai, eight hours before UTC."""
    moment = datetime(year, month, day, hour, minute, tzinfo=UTC)
    return datetime.fromtimestamp(moment.timestamp() - 8 * 3_600, tz=UTC)


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        (at(2026, 8, 31, 23, 59), False),
        (at(2026, 9, 1), True),
        (at(2026, 9, 30, 23, 59), True),
        (at(2026, 10, 1), False),
    ],
)
def test_key_fields_have_their_months(now: datetime, is_open: bool) -> None:
    record = StudentRecord(expected_graduation_date=ENDS)

    found = bars(rules(), record, ["name"], now=now)

    assert found == ([] if is_open else ["关键信息只在 3 月、9 月受理，现在不在受理时间。"])


@pytest.mark.parametrize(
    ("now", "final_days", "words"),
    [
        # 2027-03-03 begins the final term of 120 days.
        (at(2026, 10, 1), 120, ["下一次受理从 2027年03月01日 开始", "最晚 2027年03月02日 可以"]),
        (at(2026, 9, 30, 23, 59), 120, ["最晚 2027年03月02日 可以"]),
        # Of 150 days 2027-02-01: what is left ends with September.
        (at(2026, 9, 30, 23, 59), 150, ["最晚 2026年09月30日 可以"]),
        (at(2026, 10, 1), 150, ["不再有受理关键信息的时间"]),
        (at(2027, 2, 1), 150, []),
        (at(2026, 12, 31), 0, ["下一次受理从 2027年03月01日 开始"]),
        (at(2026, 9, 1), 0, []),
    ],
)
def test_days_of_key_fields_are_counted_back_from_the_graduation(
    now: datetime, final_days: int, words: list[str]
) -> None:
    record = StudentRecord(expected_graduation_date=ENDS)

    found = key_days(rules(final_days=final_days), record, now=now)

    assert len(found) == len(words)
    assert all(word in said for word, said in zip(words, found, strict=True))


def test_last_day_is_the_day_before_the_final_term_where_no_month_is_set() -> None:
    record = StudentRecord(expected_graduation_date=ENDS)

    found = key_days(rules(months=[], final_days=120), record, now=at(2026, 12, 1))

    assert found == ["按你的预计毕业日期倒推，关键信息最晚 2027年03月02日 可以申请。"]


def test_other_fields_have_no_months() -> None:
    record = StudentRecord(expected_graduation_date=ENDS)

    assert bars(rules(), record, ["political_status"], now=at(2026, 1, 1)) == []


@pytest.mark.parametrize(
    ("now", "count"),
    [(at(2027, 3, 2, 23, 59), 0), (at(2027, 3, 3), 1), (at(2027, 3, 4), 1)],
)
def test_final_term_begins_so_many_days_before_the_end(now: datetime, count: int) -> None:
    record = StudentRecord(expected_graduation_date=ENDS)

    assert len(bars(rules(final_days=120), record, ["name"], now=now)) == count


def test_without_a_date_of_graduation_there_is_no_final_term() -> None:
    assert bars(rules(final_days=120), StudentRecord(), ["name"], now=at(2027, 3, 3)) == []


def test_name_and_number_do_not_go_together() -> None:
    both = ["name", "id_number"]
    now = at(2026, 9, 1)

    with pytest.raises(NotAllowedError, match="不能在同一张勘误单里一起改"):
        check_eligible(rules(), StudentRecord(), both, now=now)
    check_eligible(rules(bars_name_with_number=False), StudentRecord(), both, now=now)
    check_eligible(rules(), StudentRecord(), ["name"], now=now)
