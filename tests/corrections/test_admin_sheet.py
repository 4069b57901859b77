"""Class sheets at the desk: accepted, returned, renewed, and let in late."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from corrections.models import ClassSheet, HandInReopening
from corrections.states import SheetState
from enrollment.models import StudentRecord
from imaging.models import CampaignMember
from tests.factories.imaging import make_campaign, make_member, make_photo
from tests.factories.people import PASSWORD
from tests.factories.sheets import make_sheet

pytestmark = [pytest.mark.page, pytest.mark.django_db]

DAY = timedelta(days=1)


@pytest.fixture
def desk(client_of: Callable[[User], Client], li: User) -> Client:
    """The registrar's browser; the password was shown again just now, as for every acceptance."""
    client = client_of(li)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.fixture
def member(record: StudentRecord) -> CampaignMember:
    """Alice in a campaign whose sheets are due these days."""
    now = timezone.now()
    make_photo(record)
    campaign = make_campaign(
        opens_at=now - 9 * DAY,
        closes_at=now - 4 * DAY,
        sheet_freeze_at=now - 3 * DAY,
        hand_in_at=now + DAY,
    )
    return make_member(record, campaign)


def sheet_of(member: CampaignMember, state: SheetState) -> ClassSheet:
    assert member.class_group is not None
    return make_sheet(member.campaign, member.class_group, state, at=timezone.now() - DAY)


def deed(sheet: ClassSheet, name: str) -> str:
    return f"/admin/corrections/classsheet/{sheet.pk}/do/{name}/"


def test_sheet_that_was_handed_in_is_accepted(desk: Client, member: CampaignMember) -> None:
    sheet = sheet_of(member, SheetState.SUBMITTED)

    page = desk.get(deed(sheet, "accept")).content.decode()
    desk.post(deed(sheet, "accept"), {"note": "章齐"})

    sheet.refresh_from_db()
    assert "不是“无误”的行" in page
    assert sheet.state == SheetState.ACCEPTED


def test_sheet_that_was_handed_in_stands_on_the_board(desk: Client, member: CampaignMember) -> None:
    sheet = sheet_of(member, SheetState.SUBMITTED)

    board = {work.label: work for work in desk.get("/admin/").context["board"]}

    waiting = board["反馈表等着接收"]
    assert waiting.count == 1
    assert str(sheet) in desk.get(waiting.url).content.decode()


def test_office_shows_the_password_again_before_it_accepts(
    client_of: Callable[[User], Client], li: User, member: CampaignMember
) -> None:
    sheet = sheet_of(member, SheetState.SUBMITTED)
    desk, accept = client_of(li), deed(sheet, "accept")

    asked = desk.get(accept)
    refused = desk.post(accept, {"note": ""})
    sheet.refresh_from_db()
    assert sheet.state == SheetState.SUBMITTED
    desk.post("/account/reauthenticate/", {"password": PASSWORD, "next": accept})
    desk.post(accept, {"note": "章齐"})

    sheet.refresh_from_db()
    assert asked["Location"].startswith("/account/reauthenticate/")
    assert refused["Location"].startswith("/account/reauthenticate/")
    assert sheet.state == SheetState.ACCEPTED


@pytest.mark.parametrize(
    ("name", "state", "after"),
    [
        ("seal", SheetState.COUNSELLOR_SIGNED, SheetState.COLLEGE_SEALED),
        ("submit", SheetState.COLLEGE_SEALED, SheetState.SUBMITTED),
    ],
)
def test_office_stands_in_where_a_class_has_no_college(
    desk: Client, member: CampaignMember, name: str, state: SheetState, after: SheetState
) -> None:
    sheet = sheet_of(member, state)
    listed = "/admin/corrections/classsheet/?waiting=no_college"
    desk.post(deed(sheet, name), {"note": ""})
    sheet.refresh_from_db()
    assert (sheet.state, str(sheet) in desk.get(listed).content.decode()) == (state, False)
    assert member.class_group is not None
    member.class_group.college = None
    member.class_group.save()

    row = desk.get(f"/admin/corrections/classsheet/{sheet.pk}/change/").content.decode()
    found = desk.get(listed).content.decode()
    asked = desk.get(deed(sheet, name)).content.decode()
    desk.post(deed(sheet, name), {"note": ""})

    sheet.refresh_from_db()
    assert deed(sheet, name) in row
    assert str(sheet) in found
    assert "这个班没有学院" in asked
    assert sheet.state == after


@pytest.mark.parametrize("name", ["seal", "submit"])
def test_standing_in_asks_for_the_password_again(
    client_of: Callable[[User], Client], li: User, member: CampaignMember, name: str
) -> None:
    state = SheetState.COUNSELLOR_SIGNED if name == "seal" else SheetState.COLLEGE_SEALED
    sheet = sheet_of(member, state)
    assert member.class_group is not None
    member.class_group.college = None
    member.class_group.save()

    answer = client_of(li).post(deed(sheet, name), {"note": ""})

    sheet.refresh_from_db()
    assert answer["Location"].startswith("/account/reauthenticate/")
    assert sheet.state == state


def test_return_needs_a_reason_and_begins_the_next_version(
    desk: Client, member: CampaignMember
) -> None:
    sheet = sheet_of(member, SheetState.SUBMITTED)

    desk.post(deed(sheet, "return"), {"reason": " "})
    sheet.refresh_from_db()
    assert sheet.state == SheetState.SUBMITTED
    desk.post(deed(sheet, "return"), {"reason": "第二页没有盖章"})

    versions = list(
        ClassSheet.objects.order_by("version_no").values_list("version_no", "state", "end_reason")
    )
    assert [(number, state) for number, state, _ in versions] == [
        (1, SheetState.RETURNED),
        (2, SheetState.DRAFT),
    ]


def test_stale_sheet_is_not_accepted_but_renewed(desk: Client, member: CampaignMember) -> None:
    sheet = sheet_of(member, SheetState.SUBMITTED)
    StudentRecord.objects.filter(pk=member.record_id).update(name="沈若谿")

    desk.post(deed(sheet, "accept"), {"note": ""})
    sheet.refresh_from_db()
    assert sheet.state == SheetState.SUBMITTED
    page = desk.get(deed(sheet, "renew")).content.decode()
    desk.post(deed(sheet, "renew"), {})

    sheet.refresh_from_db()
    assert "定稿以后变了什么" in page
    assert sheet.state == SheetState.STALE
    assert ClassSheet.objects.current().get().version_no == 2


def test_class_is_let_in_late_with_a_reason(desk: Client, member: CampaignMember) -> None:
    until = timezone.localtime(timezone.now() + 2 * DAY)
    filled = {
        "campaign": member.campaign_id,
        "class_group": member.class_group_id,
        "open_until_0": until.strftime("%Y-%m-%d"),
        "open_until_1": until.strftime("%H:%M"),
        "open_until": until.strftime("%Y-%m-%dT%H:%M"),
    }
    address = reverse("admin:corrections_handinreopening_add")

    desk.post(address, filled)
    assert HandInReopening.objects.count() == 0
    desk.post(address, {**filled, "reason": "辅导员病假"})

    assert HandInReopening.objects.get().reason == "辅导员病假"


@pytest.mark.parametrize("state", SheetState)
def test_page_of_every_state_opens(desk: Client, member: CampaignMember, state: SheetState) -> None:
    sheet = sheet_of(member, state)

    assert desk.get(f"/admin/corrections/classsheet/{sheet.pk}/change/").status_code == 200
