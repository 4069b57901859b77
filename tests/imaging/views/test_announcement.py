"""Formal notices are read by those whom they concern, and are not there for anybody else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import Announcement, AnnouncementRead
from imaging.services.announcements import attach_file, withdraw_announcement
from tests.factories import enrolment, imaging
from tests.imaging.services.test_announcements import PDF, make

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
DAY = timedelta(days=1)


@pytest.fixture
def post(li: User) -> Callable[..., Announcement]:
    """Publishes a notice that is shown now."""

    def published(**changes: Any) -> Announcement:
        found = make(li, timezone.now() - timedelta(minutes=1), **changes)
        cache.clear()  # what is done on commit
        return found

    return published


def status(client: Client, found: Announcement) -> int:
    return client.get(f"/announcements/{found.pk}/").status_code


def test_public_notice_is_read_before_log_in(client: Client, post: Any) -> None:
    found = post(is_public=True)

    page = client.get(f"/announcements/{found.pk}/").content.decode()

    assert "教〔2026〕7 号" in page
    assert "<strong>照片</strong>" in page
    assert "行政楼 101" in page
    assert found.title in client.get("/").content.decode()
    assert found.title in client.get("/announcements/").content.decode()


def test_other_notice_is_not_there_before_log_in(client: Client, post: Any) -> None:
    found = post()

    assert status(client, found) == 404
    assert found.title not in client.get("/").content.decode()
    assert found.title not in client.get("/announcements/").content.decode()


@pytest.mark.parametrize(
    ("readers", "let_in"),
    [
        ((), {"alice", "monitor", "chen", "secretary", "leader", "li", "auditor"}),
        (("STUDENT",), {"alice", "monitor", "li", "auditor"}),
        (("MONITOR",), {"monitor", "li", "auditor"}),
        (("COUNSELLOR",), {"chen", "li", "auditor"}),
        (("COLLEGE",), {"secretary", "leader", "li", "auditor"}),
    ],
    ids=["all", "students", "monitors", "counsellors", "colleges"],
)
def test_roles_decide_who_reads(
    readers: tuple[str, ...],
    let_in: set[str],
    post: Any,
    client_of: ClientOf,
    request: pytest.FixtureRequest,
) -> None:
    found = post(readers=readers)
    people = ("eve", "alice", "monitor", "chen", "secretary", "leader", "li", "auditor")

    read = {who for who in people if status(client_of(request.getfixturevalue(who)), found) == 200}

    assert read == let_in


def test_college_cohort_and_campaign_narrow_students(
    post: Any, alice: User, record: StudentRecord, client_of: ClientOf
) -> None:
    client = client_of(alice)
    campaign = imaging.make_campaign()
    elsewhere = enrolment.make_college("理学院")
    assert record.college_id is not None
    for changes, expected in (
        ({"colleges": (record.college_id,)}, 200),
        ({"colleges": (elsewhere.pk,)}, 404),
        ({"graduating_class": record.graduating_class}, 200),
        ({"graduating_class": 1999}, 404),
        ({"campaign_id": campaign.pk}, 404),
    ):
        assert status(client, post(**changes)) == expected, changes
    member = imaging.make_member(record, campaign)
    found = post(campaign_id=campaign.pk)
    assert status(client, found) == 200
    member.removed_at, member.removed_by = timezone.now(), "李老师"
    member.save()
    assert status(client, found) == 404


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [(-1, None, 200), (1, None, 404), (-2, -1, 404), (-2, 1, 200)],
    ids=["open", "coming", "over", "within"],
)
def test_time_decides_without_anybody_s_act(
    opens: int, closes: int | None, expected: int, post: Any, alice: User, client_of: ClientOf
) -> None:
    now = timezone.now()
    found = post(
        opens_at=now + opens * DAY, closes_at=None if closes is None else now + closes * DAY
    )

    assert status(client_of(alice), found) == expected


def test_draft_and_withdrawn_are_nobody_s(
    post: Any, li: User, alice: User, client_of: ClientOf
) -> None:
    draft = make(li, timezone.now() - DAY, "DRAFT", is_public=True)
    gone = post(is_public=True)
    withdraw_announcement(announcement=gone, reason="错了", actor=li, now=timezone.now())
    cache.clear()

    for person in (alice, li):
        assert [status(client_of(person), each) for each in (draft, gone)] == [404, 404]


def test_file_is_for_who_may_read_its_notice(
    post: Any, li: User, alice: User, eve: User, client: Client, client_of: ClientOf
) -> None:
    found, other = post(), post(is_public=True)
    added = attach_file(announcement=found, data=PDF, name="附表.pdf", actor=li, now=timezone.now())
    address = f"/announcements/{found.pk}/files/{added.pk}/"

    sent = client_of(alice).get(address)
    assert (sent.status_code, b"".join(sent)) == (200, PDF)
    assert sent["Cache-Control"] == "no-store, private"
    for stranger in (client, client_of(eve)):
        assert stranger.get(address).status_code == 404
    assert client.get(f"/announcements/{other.pk}/files/{added.pk}/").status_code == 404


def test_script_in_a_notice_is_shown_as_text(post: Any, alice: User, client_of: ClientOf) -> None:
    found = post(
        title="<script>alert(1)</script>",
        body="<img src=x onerror=alert(1)>",
        duties="javascript:alert(1) <b>",
        room="<svg onload=a>",
    )

    for address in (f"/announcements/{found.pk}/", "/announcements/", "/"):
        page = client_of(alice).get(address).content.decode()
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page
        assert "<svg onload" not in page


def test_opening_is_counted_once_and_nobody_is_named(
    post: Any, alice: User, li: User, client_of: ClientOf
) -> None:
    found = post()
    for _ in range(2):
        client_of(alice).get(f"/announcements/{found.pk}/")

    assert AnnouncementRead.objects.filter(announcement=found).count() == 1
    desk = client_of(li).get(f"/admin/imaging/announcement/{found.pk}/change/").content.decode()
    assert "1 个" in desk
    assert "alice@" not in desk


@pytest.mark.parametrize("amount", [1, 3])
def test_headlines_cost_one_question_about_records_and_one_about_roles(
    amount: int, post: Any, alice: User, client_of: ClientOf, django_assert_num_queries: Any
) -> None:
    for _ in range(amount):
        post()
    client = client_of(alice)
    client.get("/announcements/")  # the headlines are kept

    with django_assert_num_queries(6):  # session, user, office role, records, roles, standing
        client.get("/announcements/")
