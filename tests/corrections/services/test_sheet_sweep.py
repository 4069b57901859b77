"""The sweep announces what has gone stale: once, late, and takes it back where the data are as printed."""

from datetime import timedelta

import pytest

from accounts.models import User
from common.models import AuditEvent, Channel, OutboxMessage
from corrections.services.sheet_sweep import announce_stale_sheets
from corrections.states import FROZEN_SHEETS, SheetState
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import Campaign
from tests.factories.imaging import FREEZE, make_campaign, make_member
from tests.factories.sheets import make_sheet
from xuexin.schedule import sweep_named

pytestmark = pytest.mark.django_db
AFTER = FREEZE + timedelta(hours=1)


@pytest.fixture
def campaign(record: StudentRecord) -> Campaign:
    """The campaign with Alice in it."""
    campaign = make_campaign()
    make_member(record, campaign)
    return campaign


def rename(record: StudentRecord, name: str = "沈若谿") -> None:
    """Something printed changes."""
    StudentRecord.objects.filter(pk=record.pk).update(name=name)


def test_unchanged_sheets_are_left_alone(campaign: Campaign, class_group: ClassGroup) -> None:
    make_sheet(campaign, class_group, SheetState.SUBMITTED, at=AFTER)

    assert announce_stale_sheets(now=AFTER) == 0
    assert AuditEvent.objects.count() == 0


def test_twice_is_once(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, monitor: User, chen: User
) -> None:
    sheet = make_sheet(campaign, class_group, SheetState.FROZEN, at=AFTER)
    rename(record)

    moved = [announce_stale_sheets(now=AFTER + timedelta(minutes=5 * turn)) for turn in range(3)]

    sheet.refresh_from_db()
    assert moved == [1, 0, 0]
    assert (sheet.state, sheet.stale_at, sheet.stale_by) == (
        SheetState.FROZEN,
        AFTER,
        "反馈表比对",
    )
    told = OutboxMessage.objects.filter(channel=Channel.NOTICE, template="sheet_stale")
    assert [row.user for row in told.order_by("user")] == [monitor, chen]
    assert AuditEvent.objects.filter(action="sheet.found_stale").count() == 1


def test_mark_goes_where_the_data_are_again_as_printed(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord
) -> None:
    sheet = make_sheet(campaign, class_group, SheetState.FROZEN, at=AFTER)
    rename(record)
    announce_stale_sheets(now=AFTER)
    rename(record, "沈若溪")

    assert announce_stale_sheets(now=AFTER) == 1

    sheet.refresh_from_db()
    assert (sheet.stale_at, sheet.stale_by) == (None, "")


@pytest.mark.parametrize("state", list(SheetState))
def test_only_versions_in_hand_are_looked_at(
    state: SheetState, campaign: Campaign, class_group: ClassGroup, record: StudentRecord
) -> None:
    make_sheet(campaign, class_group, state, at=AFTER)
    rename(record)

    assert announce_stale_sheets(now=AFTER) == (state in FROZEN_SHEETS)


def test_accepted_sheet_is_told_in_its_own_words(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, secretary: User
) -> None:
    make_sheet(campaign, class_group, SheetState.ACCEPTED, at=AFTER)
    rename(record)

    sweep_named("corrections.announce_stale_sheets").run(AFTER)

    told = OutboxMessage.objects.get(channel=Channel.NOTICE)
    assert (told.template, told.user) == ("sheet_changed", secretary)
