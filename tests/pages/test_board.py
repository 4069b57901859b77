"""The work-board of the desk, which everybody of the office has open on the same screen."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from common import audit
from corrections.models import CaseStay
from corrections.selectors.ageing import overdue_requests
from corrections.states import RequestState
from enrollment.models import StudentRecord
from tests.factories import people
from tests.factories.corrections import make_request
from tests.factories.graduation import make_sanction_handler
from xuexin.pages.desk.board import work_board

pytestmark = [pytest.mark.page, pytest.mark.django_db]

CASES = "/admin/corrections/correctionrequest/"


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


@pytest.mark.parametrize(
    ("state", "in_days", "is_late"),
    [
        # Handed in on a Friday it is not late on Sunday: the term of its state counts, in working days.
        (RequestState.SUBMITTED, 3, False),
        (RequestState.SUBMITTED, -1, True),
        (RequestState.AWAITING_PROVINCE, 100, False),
        (RequestState.RETURNED, -1, False),
    ],
)
def test_case_is_late_by_the_term_of_its_state(
    record: StudentRecord,
    li: User,
    client_of,
    state: RequestState,
    in_days: int,
    *,
    is_late: bool,
) -> None:
    at_work = timezone.now()
    request = make_request(record, state, submitted_at=at_work - timedelta(days=30))
    CaseStay.objects.create(
        request=request,
        state=state,
        entered_at=at_work - timedelta(days=30),
        entered_by="测试",
        due_at=at_work + timedelta(days=in_days),
    )
    client = client_of(li)

    listed = client.get(f"{CASES}?waiting=late").content.decode()
    cell = [each for each in work_board(now=at_work) if each.label == "勘误过了期限没办"]

    assert [(each.count, each.is_late) for each in cell] == [(int(is_late), is_late)]
    assert (f"{CASES}{request.pk}/change/" in listed) is is_late
    assert list(overdue_requests(now=at_work)) == ([request] if is_late else [])
