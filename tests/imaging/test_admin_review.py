"""Identity reviews at the desk: for the named handlers alone, each look written down, each step a button."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from common.models import AuditEvent, PurgeProof
from enrollment.models import StudentRecord
from imaging.models import IdentityReview, ReviewHandler, ReviewImport, ReviewRules
from imaging.services import review as service
from imaging.services.retention import REVIEW_RULE
from imaging.states.review import ReviewEndAction, ReviewEndKind, ReviewState, SeatRole
from tests.factories import people
from tests.factories import review as reviewing
from tests.factories.corrections import picture_bytes

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
CASES = "/admin/imaging/identityreview/"
IMPORTS = "/admin/imaging/reviewimport/"


@pytest.fixture
def at() -> datetime:
    """The desk reads the clock."""
    return timezone.now()


@pytest.fixture
def wu(at: datetime) -> User:
    """A handler."""
    return reviewing.make_handler("wu@example.test", at=at)


@pytest.fixture
def zheng(at: datetime) -> User:
    """Another handler."""
    return reviewing.make_handler("zheng@example.test", at=at)


@pytest.fixture
def review(alice: User, record: StudentRecord, at: datetime) -> IdentityReview:
    """The case about Alice."""
    return reviewing.make_review(record, at=at)


def do(review: IdentityReview, name: str) -> str:
    return reverse("admin:imaging_identityreview_do", args=[review.pk, name])


def page(review: IdentityReview) -> str:
    return reverse("admin:imaging_identityreview_change", args=[review.pk])


def upload(client: Client, record: StudentRecord, text: str) -> ReviewImport:
    file = io.BytesIO(text.encode())
    file.name = "比对.csv"
    due = timezone.localtime(timezone.now() + timedelta(days=7))
    said = {
        "school": record.school_id,
        "file": file,
        "due_at_0": f"{due:%Y-%m-%d}",
        "due_at_1": f"{due:%H:%M}",
        "due_at": f"{due:%Y-%m-%dT%H:%M}",
    }
    answer = client.post(f"{IMPORTS}add/", said)
    assert answer.status_code == 302, answer.content.decode()
    return ReviewImport.objects.get()


def test_office_that_is_not_named_finds_nothing(
    review: IdentityReview, wu: User, li: User, auditor: User, client_of: ClientOf
) -> None:
    made = people.make_staff(Role.REGISTRAR, "root@example.test")
    superuser = User.objects.create_superuser("super@example.test", "Xq7-strong-enough")
    paths = [
        CASES,
        f"{CASES}add/",
        page(review),
        f"{CASES}{review.pk}/history/",
        f"{CASES}{review.pk}/delete/",
        f"{CASES}{review.pk}/",
        f"{CASES}987654/change/",
        do(review, "submit"),
        IMPORTS,
        f"{IMPORTS}add/",
    ]
    for user in (li, auditor, made, superuser):
        client = client_of(user)
        assert [client.get(path).status_code for path in paths] == [404] * len(paths)
        assert client.post(do(review, "submit")).status_code == 404
        index = client.get("/admin/").content.decode()
        assert CASES not in index
        assert review.case_no not in index
    assert CASES in client_of(wu).get("/admin/").content.decode()


def test_logs_of_the_desk_tell_others_nothing(
    review: IdentityReview, wu: User, li: User, at: datetime, client_of: ClientOf
) -> None:
    paper = reviewing.make_paper(review, at=at)
    named = client_of(wu)
    named.get(page(review))
    named.get(reverse("imaging:review_document", args=[paper.pk]))
    logs = [
        "/admin/common/auditevent/",
        f"/admin/common/auditevent/?q={review.record_id}",
        "/admin/common/fileview/",
        f"/admin/enrollment/studentrecord/{review.record_id}/change/",
        "/admin/",
    ]
    for path in logs:
        shown = client_of(li).get(path)
        assert shown.status_code == 200, path
        assert page(review) not in shown.content.decode(), path
        assert "办理核实" not in shown.content.decode(), path
    assert page(review) in named.get(logs[0]).content.decode()
    assert "办理核实" in named.get(logs[2]).content.decode()
    event = AuditEvent.objects.filter(action="review.viewed").latest("pk")
    one = reverse("admin:common_auditevent_change", args=[event.pk])
    assert client_of(li).get(one).status_code == 302  # as for an event that is not there


def test_every_page_of_a_case_is_a_line(
    review: IdentityReview, wu: User, client_of: ClientOf
) -> None:
    client = client_of(wu)
    for path in (page(review), page(review), do(review, "seat"), f"{CASES}{review.pk}/history/"):
        assert client.get(path).status_code == 200

    looks = AuditEvent.objects.filter(action="review.viewed", subject_id=str(review.record_id))
    assert looks.count() == 4
    client.get(CASES)
    assert AuditEvent.objects.filter(action="review.listed", actor_id=str(wu.pk)).count() == 1


def test_handler_does_not_find_the_own_case(
    wu: User, record: StudentRecord, at: datetime, client_of: ClientOf
) -> None:
    people.make_identity(wu, name=record.name, number=record.id_number)
    review = reviewing.make_review(record, at=at)

    assert client_of(wu).get(page(review)).status_code == 302
    assert review.case_no not in client_of(wu).get(CASES).content.decode()


def test_results_become_cases(
    alice: User, record: StudentRecord, wu: User, client_of: ClientOf
) -> None:
    client = client_of(wu)
    made = upload(client, record, "学号,比对结果\n2022040127,未通过\n2022049999,异常\n")
    shown = client.get(reverse("admin:imaging_reviewimport_change", args=[made.pk]))
    assert "名册里没有这个学号" in shown.content.decode()
    client.post(reverse("admin:imaging_reviewimport_do", args=[made.pk, "apply"]))

    review = IdentityReview.objects.get()
    record.refresh_from_db()
    assert record.hidden_at is not None
    text = client.get(page(review)).content.decode()
    assert "还差：身份证、手持身份证照片、本人承诺书、学院身份核实表" in text


def test_whole_way_by_buttons(
    review: IdentityReview,
    wu: User,
    zheng: User,
    secretary: User,
    at: datetime,
    client_of: ClientOf,
) -> None:
    client = client_of(wu)
    for rule in review.rules.documents.filter(need="ALWAYS"):
        file = io.BytesIO(picture_bytes())
        file.name = "x.jpg"
        client.post(do(review, "add-paper"), {"rule": rule.pk, "evidence": file})
    said = {"role": "COLLEGE", "login": "secretary@example.test", "name": "周老师"}
    client.post(do(review, "seat"), said)
    client.post(do(review, "submit"))
    review.refresh_from_db()
    assert review.state == ReviewState.AT_COLLEGE
    service.confirm_by_college(review=review, opinion="一致", actor=secretary, now=at)
    today = timezone.localdate(at)
    client.post(do(review, "file"), {"filing_no": "备 2026-17", "filing_date": today})
    answer = client.post(do(review, "export"), {"is_marked": "no", "reason": "报送省级"})
    assert answer["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as found:
        assert len(found.namelist()) == 6
    client.post(do(review, "propose-end"), {"kind": "AGREED", "reason": "省级同意备案"})
    refused = client.get(do(review, "confirm-end"), follow=True).content.decode()
    assert "现在不能" in refused
    client_of(zheng).post(do(review, "confirm-end"))

    review.refresh_from_db()
    assert (review.state, review.filing_no) == (ReviewState.RELEASED, "备 2026-17")


def test_registrar_names_handlers_at_the_desk(li: User, client_of: ClientOf) -> None:
    people.make_staff(Role.REGISTRAR, "wang@example.test")
    client = client_of(li)
    add = reverse("admin:imaging_reviewhandler_add")
    own = client.post(add, {"login": "li@example.test", "name": "李老师"})
    assert "不能指定自己" in own.content.decode()
    client.post(add, {"login": "wang@example.test", "name": "王老师"})

    made = ReviewHandler.objects.get()
    client.post(reverse("admin:imaging_reviewhandler_do", args=[made.pk, "end"]))
    made.refresh_from_db()
    assert made.ended_at is not None


def test_rules_are_written_by_handlers(
    wu: User, li: User, record: StudentRecord, client_of: ClientOf
) -> None:
    add = reverse("admin:imaging_reviewrules_add")
    assert client_of(li).get(add).status_code == 403
    said = {
        "school": record.school_id,
        "papers": "身份证 | 必交 | 2",
        "folder_rule": "{学号}",
        "file_rule": "{学号}{材料}",
        "basis": "",
    }
    refused = client_of(wu).post(add, said).content.decode()
    assert "要有{序号}" in refused
    client_of(wu).post(add, {**said, "file_rule": "{学号}-{序号}"})
    assert ReviewRules.objects.get().file_rule == "{学号}-{序号}"


def test_papers_go_with_proof_when_their_time_is_over(
    review: IdentityReview, wu: User, zheng: User, at: datetime, settings
) -> None:
    settings.RETAIN_DAYS = {**settings.RETAIN_DAYS, "evidence": 180}
    paper = reviewing.make_paper(review, at=at)
    later = at + timedelta(days=400)
    assert REVIEW_RULE.count(later) == 0  # an open case keeps everything
    end = service.propose_end(
        review=review, kind=ReviewEndKind.MISTAKEN, reason="导错", actor=wu, now=at
    )
    service.decide_end(end=end, action=ReviewEndAction.CONFIRM, actor=zheng, now=at)
    assert REVIEW_RULE.count(at + timedelta(days=179)) == 0
    assert REVIEW_RULE.erase(at + timedelta(days=180), 10) == 1

    paper.file.refresh_from_db()
    assert paper.file.purged_at is not None
    proof = PurgeProof.objects.get()
    assert (proof.sha256, proof.subject_id) == (paper.file.sha256, str(review.record_id))
    assert REVIEW_RULE.count(later) == 0


def test_seat_holder_is_no_office(
    review: IdentityReview, secretary: User, at: datetime, client_of: ClientOf
) -> None:
    reviewing.make_seat(review, secretary, SeatRole.COLLEGE, at=at)

    assert client_of(secretary).get(page(review)).status_code == 404
