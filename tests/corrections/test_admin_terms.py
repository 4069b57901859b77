"""Terms of cases and where cases lie, at the desk."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.models import AuditEvent
from corrections.models import CaseTerm
from corrections.services.terms import follow_cases
from corrections.states import RequestState
from enrollment.models import StudentRecord
from tests.factories.corrections import make_request

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
TERMS = "/admin/corrections/caseterm/"
STAYS = "/admin/corrections/casestay/"


def test_term_is_entered_and_written_down(client_of: ClientOf, li: User) -> None:
    client = client_of(li)

    client.post(f"{TERMS}add/", {"stage": "OFFICE_REVIEW", "workdays": "3", "basis": "教务处通知"})

    term = CaseTerm.objects.get()
    page = client.get(f"{TERMS}{term.pk}/change/").content.decode()
    assert (term.stage, term.workdays) == (RequestState.OFFICE_REVIEW, 3)
    assert AuditEvent.objects.filter(action="caseterm.created").count() == 1
    assert "现在的期限" in page


@pytest.mark.parametrize("workdays", ["0", "251", "-1", "三天"])
def test_impossible_term_is_refused(client_of: ClientOf, li: User, workdays: str) -> None:
    given = {"stage": "OFFICE_REVIEW", "workdays": workdays, "basis": ""}

    response = client_of(li).post(f"{TERMS}add/", given)

    assert response.status_code == 200
    assert not CaseTerm.objects.exists()


def test_overdue_cases_are_found(client_of: ClientOf, li: User, record: StudentRecord) -> None:
    make_request(record)
    follow_cases(now=timezone.now() - timedelta(days=90))
    client = client_of(li)

    late = client.get(f"{STAYS}?now=overdue").content.decode()
    old = client.get(f"{STAYS}?now=month").content.decode()

    assert late.count(record.student_no) == 1
    assert old.count(record.student_no) == 1
    assert "超期" in late


def test_fresh_cases_are_not_overdue(client_of: ClientOf, li: User, record: StudentRecord) -> None:
    make_request(record)
    follow_cases(now=timezone.now())
    client = client_of(li)

    late = client.get(f"{STAYS}?now=overdue").content.decode()
    current = client.get(f"{STAYS}?now=current").content.decode()

    assert late.count(record.student_no) == 0
    assert current.count(record.student_no) == 1
