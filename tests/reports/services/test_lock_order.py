"""A report and a new photo of the same record: one waits for the other, and none is stopped."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import CaptureEntry
from imaging.services.capture import attach_entry
from reports.models import VerificationReport
from reports.services import report
from tests.factories.imaging import make_member, make_photo, portrait
from tests.factories.racing import Meeting
from tests.imaging.services.deliveries import deliver
from tests.reports.services.test_report import DRAFT

pytestmark = [pytest.mark.unit, pytest.mark.django_db(transaction=True)]


def test_report_with_a_photo_while_another_one_is_put_forward(
    alice: User, record: StudentRecord, li: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photo(record)
    make_member(record)
    deliver({"20990000.jpg": portrait(3)}, now=now)
    entry = CaptureEntry.objects.latest("pk")
    draft = replace(DRAFT, with_photo=True)
    seen = report.seen_digest(record, draft, now=now)
    meeting, create = Meeting(), report._create

    def slow(*args: Any, **kwargs: Any) -> VerificationReport:
        made = create(*args, **kwargs)
        meeting.stop()
        return made

    monkeypatch.setattr(report, "_create", slow)

    told = meeting.told(
        lambda: report.issue_report(record=record, draft=draft, seen=seen, actor=alice, now=now),
        lambda: attach_entry(entry=entry, record=record, actor=li, now=now, reason="是本人"),
    )

    assert told == ["", ""]
    entry.refresh_from_db()
    assert entry.record_id == record.pk
    assert VerificationReport.objects.filter(record=record).count() == 1
