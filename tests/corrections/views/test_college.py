"""The college's page: its cases alone, its moves alone, one official at a time."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.models import AuditEvent, FileView, StoredFile
from corrections.models import CorrectionRequest, Evidence
from corrections.services.request import take_request_for_college
from corrections.states import RequestState
from enrollment.models import ClassGroup, StudentRecord
from enrollment.states import AssignmentRole
from tests.factories import enrolment, people
from tests.factories.corrections import RIGHT_NAME, make_request
from tests.factories.imaging import make_member

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


def secretary_of(name: str) -> User:
    """The secretary of another college."""
    user = people.make_user()
    enrolment.assign(user, AssignmentRole.COLLEGE_SECRETARY, college=enrolment.make_college(name))
    return user


def with_proof(case: CorrectionRequest, stored_proof: StoredFile) -> str:
    """The address of a proof of the case."""
    proof = Evidence.objects.create(
        request=case, file=stored_proof, added_at=case.submitted_at, added_by="本人"
    )
    return reverse("corrections:evidence_file", args=[proof.pk])


def test_new_college_of_a_moved_student_opens_the_proofs(
    secretary: User, record: StudentRecord, stored_proof: StoredFile, client_of
) -> None:
    case = make_request(record)
    proof = with_proof(case, stored_proof)
    science, law = secretary_of("理学院"), secretary_of("法学院")
    group = enrolment.make_class("物理学 2201 班", college=enrolment.make_college("理学院"))
    StudentRecord.objects.filter(pk=record.pk).update(class_group=group, college=group.college)

    text = client_of(science).get(page(case)).content.decode()

    assert proof in text
    assert client_of(science).get(proof).status_code == 200
    assert client_of(law).get(proof).status_code == 404
    assert FileView.objects.filter(viewer_id=str(science.pk), subject_id=record.pk).count() == 1


def test_college_opens_proofs_of_a_class_without_a_college(
    secretary: User, record: StudentRecord, stored_proof: StoredFile, client_of
) -> None:
    merged = ClassGroup.objects.create(school=record.school, name="合班", entry_grade=2022)
    case = make_request(record, member=make_member(record, class_group=merged))
    proof = with_proof(case, stored_proof)

    assert proof in client_of(secretary).get(page(case)).content.decode()
    assert client_of(secretary).get(proof).status_code == 200
    assert client_of(secretary_of("理学院")).get(proof).status_code == 404


def test_draft_shows_the_college_no_proof(
    secretary: User, record: StudentRecord, stored_proof: StoredFile, client_of
) -> None:
    proof = with_proof(make_request(record, RequestState.DRAFT), stored_proof)

    assert client_of(secretary).get(proof).status_code == 404
