from datetime import UTC, datetime

import pytest

from common.wording import local
from reports.states import extends_from, months_on

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("at", "months", "last_day"),
    [
        (datetime(2026, 6, 12, 6, 0, tzinfo=UTC), 1, "2026-07-12"),
        (datetime(2026, 6, 12, 6, 0, tzinfo=UTC), 6, "2026-12-12"),
        (datetime(2026, 8, 31, 6, 0, tzinfo=UTC), 6, "2027-02-28"),
        (datetime(2027, 8, 31, 6, 0, tzinfo=UTC), 6, "2028-02-29"),
        (datetime(2026, 12, 31, 6, 0, tzinfo=UTC), 2, "2027-02-28"),
        # 23:30 UTC is the next morning in Shanghai.
        (datetime(2026, 6, 11, 23, 30, tzinfo=UTC), 1, "2026-07-12"),
    ],
)
def test_report_lasts_to_the_end_of_a_day(at: datetime, months: int, last_day: str) -> None:
    end = local(months_on(at, months))

    assert (end.hour, end.minute, end.second) == (0, 0, 0)
    assert f"{end.date().fromordinal(end.date().toordinal() - 1)}" == last_day


def test_extension_opens_a_month_before_the_last_day_is_over() -> None:
    expires_at = months_on(datetime(2026, 6, 12, 6, 0, tzinfo=UTC), 3)

    assert f"{local(extends_from(expires_at)):%F %H:%M}" == "2026-08-13 00:00"
