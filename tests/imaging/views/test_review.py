"""The pages of the people who are named for an identity review, and what its student reads."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.models import AuditEvent, FileView, OutboxMessage
from common.outbox import rendered
from enrollment.models import StudentRecord
from enrollment.services.visibility import hide_record
from imaging.models import IdentityReview, ReviewDocument
from imaging.services import review as service
from imaging.services.review.words import tell_ended, tell_opened
from imaging.states.review import DocumentNeed, PanelOpinion, ReviewState, SeatRole
from tests.factories import imaging
from tests.factories import review as reviewing
from tests.factories.corrections import picture_bytes

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
WEEK = timedelta(days=7)


@pytest.fixture
def at() -> datetime:
    """The pages read the clock."""
    return timezone.now()


@pytest.fixture
def wu(at: datetime) -> User:
    """A handler."""
    return reviewing.make_handler("wu@example.test", at=at)


@pytest.fixture
def review(alice: User, record: StudentRecord, at: datetime) -> IdentityReview:
    """The case about Alice."""
    imaging.make_photo(record)
    return reviewing.make_review(record, at=at)


@pytest.fixture
def seated(review: IdentityReview, secretary: User, at: datetime) -> User:
    """The college's person of the case."""
    reviewing.make_seat(review, secretary, SeatRole.COLLEGE, at=at)
    return secretary


def page(review: IdentityReview) -> str:
    return reverse("imaging:review_page", args=[review.pk])


def step(review: IdentityReview, name: str) -> str:
    return reverse("imaging:review_step", args=[review.pk, name])


def picture() -> io.BytesIO:
    file = io.BytesIO(picture_bytes())
    file.name = "身份证.jpg"
    return file


def test_whoever_is_not_named_finds_nothing(
    review: IdentityReview, at: datetime, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    paper = reviewing.make_paper(review, at=at)
    paths = [
        reverse("imaging:review_list"),
        page(review),
        reverse("imaging:review_document", args=[paper.pk]),
        reverse("imaging:review_photo", args=[review.pk, "graduation"]),
    ]
    for name in ("li", "auditor", "alice", "monitor", "chen", "secretary", "leader", "eve"):
        client = client_of(request.getfixturevalue(name))
        assert [client.get(path).status_code for path in paths] == [404] * 4, name
        assert client.post(step(review, "paper")).status_code == 404, name
    assert not FileView.objects.exists()
    assert not AuditEvent.objects.filter(action__startswith="review.").exists()


def test_every_look_is_a_line(
    review: IdentityReview, seated: User, at: datetime, client_of: ClientOf
) -> None:
    paper = reviewing.make_paper(review, at=at)
    client = client_of(seated)
    for _ in range(2):
        assert client.get(page(review)).status_code == 200
        shown = client.get(reverse("imaging:review_document", args=[paper.pk]))
        assert shown["Cache-Control"] == "no-store, private"
        client.get(reverse("imaging:review_photo", args=[review.pk, "graduation"]))
    client.get(reverse("imaging:review_list"))

    subject = str(review.record_id)
    looks = AuditEvent.objects.filter(action="review.viewed", subject_id=subject)
    assert looks.count() == 2
    assert FileView.objects.filter(subject_id=subject, viewer_id=str(seated.pk)).count() == 4
    assert AuditEvent.objects.filter(action="review.listed").count() == 1


def test_document_that_was_taken_off_is_gone_for_the_college(
    review: IdentityReview, seated: User, wu: User, at: datetime, client_of: ClientOf
) -> None:
    paper = reviewing.make_paper(review, at=at)
    service.remove_document(document=paper, reason="传错了", actor=wu, now=at)
    path = reverse("imaging:review_document", args=[paper.pk])

    assert [client_of(user).get(path).status_code for user in (seated, wu)] == [404, 200]


def test_college_hands_in_papers_and_confirms(
    review: IdentityReview, seated: User, wu: User, at: datetime, client_of: ClientOf
) -> None:
    client = client_of(seated)
    rule = review.rules.documents.get(title="身份证")
    answer = client.post(step(review, "paper"), {"rule": rule.pk, "evidence": picture()})
    assert answer.status_code == 302
    assert ReviewDocument.objects.get().added_by == seated.actor_label
    assert "核实无误" not in client.get(page(review)).content.decode()

    for each in review.rules.documents.filter(need="ALWAYS").exclude(pk=rule.pk):
        reviewing.make_paper(review, each, at=at)
    service.submit_to_college(review=review, actor=wu, now=at)
    assert "核实无误，提交" in client.get(page(review)).content.decode()
    empty = client.post(step(review, "confirm"), {"opinion": ""})
    assert empty.status_code == 422
    client.post(step(review, "confirm"), {"opinion": "本人到场，一致"})

    review.refresh_from_db()
    assert review.state == ReviewState.CONFIRMED


def test_broken_file_is_explained_beside_the_field(
    review: IdentityReview, seated: User, client_of: ClientOf
) -> None:
    file = io.BytesIO(b"no picture")
    file.name = "x.jpg"
    rule = review.rules.documents.get(title="身份证")
    answer = client_of(seated).post(step(review, "paper"), {"rule": rule.pk, "evidence": file})

    assert answer.status_code == 422
    assert "打不开这个文件" in answer.content.decode()


def test_panel_gives_opinions_and_its_chair_the_conclusion(
    review: IdentityReview, seated: User, wu: User, at: datetime, client_of: ClientOf
) -> None:
    reviewing.complete(review, [DocumentNeed.ALWAYS, DocumentNeed.PANEL], at=at)
    service.submit_to_college(review=review, actor=wu, now=at)
    service.confirm_by_college(review=review, opinion="一致", actor=seated, now=at)
    chair, *members = reviewing.make_panel(review, at=at)
    service.convene_panel(review=review, actor=wu, now=at)
    for user in (chair, *members):
        client_of(user).post(step(review, "opinion"), {"opinion": "SAME", "grounds": "面部一致"})
    said = {"opinion": "SAME", "minutes": "三人到会", "met_date": timezone.localdate(at)}
    assert client_of(members[0]).post(step(review, "agree"), said).status_code == 404
    shown = client_of(chair).get(page(review)).content.decode()
    assert 'id="opinion_opinion_0"' in shown
    assert 'id="agree_opinion_0"' in shown
    client_of(chair).post(step(review, "agree"), said)

    review.refresh_from_db()
    assert (review.state, review.panel_opinion) == (ReviewState.AGREED, PanelOpinion.SAME)


def test_home_leads_named_people_to_their_cases(
    review: IdentityReview, seated: User, leader: User, client_of: ClientOf
) -> None:
    assert "身份复核" in client_of(seated).get("/").content.decode()
    assert "身份复核" not in client_of(leader).get("/").content.decode()


def test_student_reads_one_sentence_and_no_suspicion(
    review: IdentityReview, alice: User, at: datetime, client_of: ClientOf
) -> None:
    shown = client_of(alice).get("/").content.decode()
    assert "当面核实一次" in shown
    assert "带身份证原件到人文学院办理" in shown
    for word in ("比对", "不确定", "复核", review.case_no):
        assert word not in shown
    hide_record(record=review.record, reason="按规定", actor=alice, now=at, is_told=False)
    alone = client_of(alice).get("/").content.decode()
    assert "带身份证原件到人文学院办理" in alone
    assert "你不用做什么" not in alone
    IdentityReview.objects.update(state=ReviewState.AT_COLLEGE)
    assert "你不用再做什么" in client_of(alice).get("/").content.decode()


@pytest.mark.parametrize("is_released", [True, False])
def test_messages_say_nothing_of_the_case(
    is_released: bool, review: IdentityReview, alice: User, at: datetime
) -> None:
    tell_opened(review, now=at)
    tell_ended(review, is_released=is_released, now=at)
    texts = ["".join(rendered(row)) for row in OutboxMessage.objects.filter(user=alice)]

    assert len(texts) == 4
    for text in texts:
        assert "当面核实" in text
        assert not [word for word in ("比对", "复核", "作弊", "嫌疑", "不通过") if word in text]
