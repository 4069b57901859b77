"""Being photographed in a copy of one's own data: with what was written down about paying."""

from datetime import datetime

import pytest

from accounts.models import User
from enrollment.models import StudentRecord
from tests.factories import capture, imaging
from xuexin.own_data.parts.capture import capture_items

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


def test_visit_is_told_with_its_cost_and_receipt(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    member = imaging.make_member(record)
    session = capture.make_session(
        member.campaign, starts_at=now, has_fee=True, fee_text="20 元，现场交"
    )
    capture.make_visit(session, member, at=now, is_paid=True, receipt_no="No.0012")

    (item,) = capture_items(alice, now)

    assert item.data["visits"] == [
        {
            "place": session.place.name,
            "fee": "20 元，现场交",
            "is_paid": True,
            "receipt_no": "No.0012",
            "arrived_at": now,
            "voided_at": None,
        }
    ]
