"""The work-board of the desk, which everybody of the office has open on the same screen."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from accounts.states import Role
from common import audit
from enrollment.models import StudentRecord
from tests.factories import people
from tests.factories.graduation import make_sanction_handler

pytestmark = [pytest.mark.page, pytest.mark.django_db]


@pytest.mark.parametrize("is_handler", [True, False])
def test_sanctions_are_on_nobodys_board(
    is_handler: bool, record: StudentRecord, li: User, client_of, now: datetime
) -> None:
    """Not even on their handler's: what stands on the wall is read over the shoulder."""
    viewer = (
        make_sanction_handler()
        if is_handler
        else people.make_staff(Role.REGISTRAR, "wall@example.test")
    )
    audit.record("correction.taken", actor=li, now=now, obj=record, subject=record)
    for serial in range(20):
        moment = now + timedelta(seconds=serial)
        audit.record("sanction.viewed", actor=li, now=moment, obj=record, subject=record)

    text = client_of(viewer).get("/admin/").content.decode().split("最近的操作</h2>")[1]

    assert "处分" not in text
    assert "受理" in text
