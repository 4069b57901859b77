"""Class board and class sheet once certificates are registered, and with moments of the class's own."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from corrections.selectors import Phase, Standing, class_board, class_standings, sheet_view
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import CampaignMember
from imaging.selectors import class_progress
from imaging.services.campaign import grant_extension
from imaging.states import CampaignKind, Conclusion, ConclusionKind
from tests.factories import enrolment
from tests.factories.imaging import make_campaign, make_conclusion, make_member, make_photo
from tests.factories.registering import register

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO


@pytest.fixture
def member(record: StudentRecord) -> CampaignMember:
    """Alice in the campaign, with a photo."""
    make_photo(record)
    return make_member(record)


def group_of(member: CampaignMember) -> ClassGroup:
    """The member's class."""
    assert member.class_group is not None
    return member.class_group


def standing(member: CampaignMember, now: datetime) -> Standing:
    """Where the only member stands."""
    (found,) = class_standings(campaign=member.campaign, class_group=group_of(member), now=now)
    return found


def test_registered_holds_whatever_changed_since(member: CampaignMember, now: datetime) -> None:
    for kind in ConclusionKind:
        make_conclusion(member, kind, at=now)
    register(member.record, at=now + HOUR)
    make_photo(member.record, at=now + DAY)
    later = now + 2 * HOUR

    found = standing(member, later)

    # Without the registration both would be open for 22 hours more, and the photo outdated.
    assert (found.phase, found.result, found.is_awaited) == (Phase.LOCKED, "无误", False)
    assert not found.found.is_open


def test_registered_is_awaited_by_nobody(member: CampaignMember, chen: User, now: datetime) -> None:
    make_conclusion(member, DATA, at=now)
    register(member.record, at=now + HOUR)
    later = now + 2 * HOUR

    found = standing(member, later)
    board = class_board(
        campaign=member.campaign, class_group=group_of(member), viewer=chen, now=later
    )

    assert (found.phase, found.result) == (Phase.LOCKED, "照片未校对；已登记学历")
    assert board is not None
    assert (board.awaited, board.reminder) == ((), "")


def test_registered_with_a_wrong_stays_disputed(member: CampaignMember, now: datetime) -> None:
    make_conclusion(member, DATA, state=Conclusion.INCORRECT, at=now - 3 * DAY)
    register(member.record, at=now)

    assert standing(member, now + HOUR).phase is Phase.DISPUTED


def test_earlier_registration_freezes_no_later_campaign(
    record: StudentRecord, now: datetime
) -> None:
    make_photo(record)
    register(record, at=now - 40 * DAY)
    member = make_member(record)

    found = standing(member, now)

    assert (found.phase, found.is_awaited, found.result) == (Phase.TODO, True, "未校对")


def test_registration_freezes_no_freshman_campaign(record: StudentRecord, now: datetime) -> None:
    campaign = make_campaign(kind=CampaignKind.FRESHMAN, closes_at=now + DAY)
    member = make_member(record, campaign)
    register(record, at=now)

    assert standing(member, now + HOUR).found.is_registered is False


def test_progress_counts_as_the_board_does(class_group: ClassGroup, now: datetime) -> None:
    campaign = make_campaign()
    people = [enrolment.make_record(class_group=class_group) for _ in range(4)]
    members = [make_member(each, campaign) for each in people]
    for each in people[:3]:
        make_photo(each)
    make_conclusion(members[1], DATA, state=Conclusion.INCORRECT, at=now - 3 * DAY)
    for each in (people[0], people[1], people[3]):
        register(each, at=now)

    (found,) = class_progress([class_group], now=now + HOUR)
    board = class_standings(campaign=campaign, class_group=class_group, now=now + HOUR)

    counts = found.counts
    assert (counts.locked, counts.disputed, counts.todo, counts.blocked, counts.open) == (
        *(2, 1, 1),
        *(0, 0),
    )
    assert [each.phase for each in board].count(Phase.LOCKED) == counts.locked


def test_sheet_is_frozen_when_the_class_is(
    member: CampaignMember, li: User, chen: User, now: datetime
) -> None:
    campaign, group = member.campaign, group_of(member)
    freeze = campaign.sheet_freeze_at + 2 * DAY
    grant_extension(
        campaign=campaign,
        class_group=group,
        closes_at=campaign.closes_at + DAY,
        sheet_freeze_at=freeze,
        reason="实习归来",
        actor=li,
        now=now,
    )

    view = sheet_view(campaign=campaign, class_group=group, viewer=chen, now=now)
    board = class_board(campaign=campaign, class_group=group, viewer=chen, now=now)

    assert view is not None
    assert board is not None
    assert view.moments.freeze_at == board.sheet.freeze_at == freeze


@pytest.mark.parametrize(
    ("days", "said"), [(2, "交到教务处。"), (-2, "现在交算迟交")], ids=["coming", "over"]
)
def test_pages_say_when_the_class_hands_in(
    record: StudentRecord, chen: User, client_of: Callable[[User], Client], days: int, said: str
) -> None:
    moment = timezone.now()  # the pages read the clock
    campaign = make_campaign(
        opens_at=moment - 9 * DAY,
        closes_at=moment - 4 * DAY,
        sheet_freeze_at=moment - 3 * DAY,
        hand_in_at=moment + days * DAY,
    )
    member = make_member(record, campaign)
    page, url = client_of(chen), f"/classes/{member.class_group_id}/{campaign.pk}/"

    board = page.get(f"{url}progress/").content.decode()
    sheet = page.get(url).content.decode()

    assert "已定稿" in board
    assert "定稿" in sheet
    assert said in board
    assert said in sheet
