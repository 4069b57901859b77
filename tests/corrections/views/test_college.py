"""The college's page: its cases alone, its moves alone, one official at a time."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.models import AuditEvent
from corrections.models import CorrectionRequest
from corrections.services.request import take_request_for_college
from corrections.states import RequestState
from enrollment.models import StudentRecord
from enrollment.states import AssignmentRole
from tests.factories import enrolment, people
from tests.factories.corrections import RIGHT_NAME, make_request

pytestmark = [pytest.mark.page, pytest.mark.django_db]


def page(request: CorrectionRequest) -> str:
    """The address of the case."""
    return reverse("corrections:college_case", args=[request.pk])


def test_list_shows_what_waits(
    secretary: User, alice: User, record: StudentRecord, client_of
) -> None:
    case = make_request(record)

    text = client_of(secretary).get(reverse("corrections:college_list")).content.decode()

    assert page(case) in text
    assert "沈*溪" in text
    assert "沈若溪" not in text


@pytest.mark.parametrize("name", ["alice", "monitor", "chen", "li", "auditor", "eve"])
def test_nobody_else_finds_the_pages(
    name: str, record: StudentRecord, client_of, request: pytest.FixtureRequest
) -> None:
    case = make_request(record)
    client = client_of(request.getfixturevalue(name))

    assert client.get(reverse("corrections:college_list")).status_code == 404
    assert client.get(page(case)).status_code == 404
    assert client.post(page(case), {"move": "TAKE"}).status_code == 404


def test_other_college_finds_nothing(record: StudentRecord, client_of) -> None:
    other = people.make_user()
    college = enrolment.make_college("法学院")
    enrolment.assign(other, AssignmentRole.COLLEGE_SECRETARY, college=college)

    assert client_of(other).get(page(make_request(record))).status_code == 404


def test_taken_and_handed_on(
    secretary: User, alice: User, record: StudentRecord, client_of
) -> None:
    case = make_request(record)
    client = client_of(secretary)

    text = client.get(page(case)).content.decode()
    client.post(page(case), {"move": "TAKE"})
    silent = client.post(page(case), {"move": "FORWARD", "note": " "}).content.decode()
    client.post(page(case), {"move": "FORWARD", "note": "与户口本一致"})

    case.refresh_from_db()
    assert RIGHT_NAME in text
    assert "这一步要写说明" in silent
    assert (case.state, case.college_reviewer) == (RequestState.OFFICE_REVIEW, secretary)
    assert AuditEvent.objects.filter(action="case.viewed", subject_id=str(record.pk)).exists()


def test_second_official_takes_over_with_a_reason(
    secretary: User, leader: User, alice: User, record: StudentRecord, client_of, now
) -> None:
    case = take_request_for_college(
        request=make_request(record), actor=secretary, now=timezone.now()
    )
    client = client_of(leader)

    page_text = client.get(page(case)).content.decode()
    client.post(page(case), {"move": "TAKE_OVER", "note": "柳老师请假"})

    case.refresh_from_db()
    assert 'value="FORWARD"' not in page_text
    assert case.holder == leader


def test_office_decides_nothing_here(
    secretary: User, alice: User, record: StudentRecord, client_of
) -> None:
    case = make_request(record, RequestState.OFFICE_REVIEW)

    text = client_of(secretary).get(page(case)).content.decode()

    assert 'name="move"' not in text


@pytest.mark.parametrize("count", [1, 3])
def test_list_query_count(
    secretary: User, class_group, client_of, count: int, django_assert_num_queries
) -> None:
    for _ in range(count):
        make_request(enrolment.make_record(class_group=class_group))
    client = client_of(secretary)
    client.get(reverse("corrections:college_list"))

    # Session, person, colleges, cases, and what the frame asks.
    with django_assert_num_queries(6):
        client.get(reverse("corrections:college_list"))
