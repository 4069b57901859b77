"""The export holds the person's verification reports with every check, and nobody else's."""

from datetime import datetime

import pytest

from accounts.models import User
from enrollment.models import StudentRecord
from reports.matching import grouped
from reports.services.check import check_report
from tests.factories.reports import make_report
from xuexin.own_data.parts.reports import report_items

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


def test_own_reports_come_with_their_checks_and_no_pin(
    alice: User, monitor: User, record: StudentRecord, now: datetime
) -> None:
    report = make_report(record, pin="4711")
    check_report(code=report.code, pin="4711", address="203.0.113.7", now=now)

    (item,) = report_items(alice, now)

    text = item.content().decode()
    for words in (grouped(report.code), "青岚文化公司", "203.0.*.*", "有效", "汉语言文学"):
        assert words in text
    assert "4711" not in text
    assert report.pin_hash not in text
    assert list(report_items(monitor, now)) == []
