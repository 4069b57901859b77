"""The office learns which classes have handed in: bundled, once, and only of what still waits."""

from datetime import timedelta

import pytest

from accounts.models import User
from accounts.states import Role
from common.models import AuditEvent, Channel, OutboxMessage
from common.outbox import deliver_pending, rendered
from corrections.models import ClassSheet
from corrections.services.sheet_steps import accept_sheet, return_sheet
from corrections.services.sheet_sweep import BUNDLED_FOR, announce_handed_in
from corrections.states import SheetState
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import Campaign
from tests.factories import enrolment, people
from tests.factories.imaging import FREEZE, make_campaign, make_member
from tests.factories.racing import together
from tests.factories.sheets import make_sheet
from xuexin.schedule import sweep_named

pytestmark = pytest.mark.django_db

AFTER = FREEZE + timedelta(hours=1)
SECOND = timedelta(seconds=1)
DUE = AFTER + BUNDLED_FOR


@pytest.fixture
def campaign(record: StudentRecord, li: User) -> Campaign:
    """The campaign with Alice in it, and somebody at the office."""
    campaign = make_campaign()
    make_member(record, campaign)
    return campaign


def handed_in(campaign: Campaign, number: int = 1) -> ClassSheet:
    """The sheet of one more class, handed in a minute after the one before."""
    group = enrolment.make_class(f"历史学 22{number:02d} 班")
    make_member(enrolment.make_record(class_group=group), campaign)
    at = AFTER + timedelta(minutes=number - 1)
    return make_sheet(campaign, group, SheetState.SUBMITTED, at=at)


def told() -> list[OutboxMessage]:
    """What the office was told, in order."""
    return list(OutboxMessage.objects.filter(template="sheet_handed_in").order_by("pk"))


@pytest.mark.parametrize(("moment", "count"), [(DUE - SECOND, 0), (DUE, 1), (DUE + SECOND, 1)])
def test_first_one_waits_for_half_an_hour(campaign: Campaign, moment, count: int) -> None:
    handed_in(campaign)

    assert announce_handed_in(now=moment) == count
    assert bool(told()) is bool(count)


def test_storm_of_an_evening_is_one_message_for_each_person(campaign: Campaign, li: User) -> None:
    wu = people.make_staff(Role.REGISTRAR, "wu@example.test")
    people.make_staff(Role.AUDITOR, "zhao@example.test")
    for number in range(1, 13):
        handed_in(campaign, number)

    found = [announce_handed_in(now=DUE) for _ in range(2)]

    assert found == [12, 0]
    assert [(row.user, row.channel) for row in told()] == [
        (li, Channel.NOTICE),
        (li, Channel.EMAIL),
        (wu, Channel.NOTICE),
        (wu, Channel.EMAIL),
    ]
    subject, body = rendered(told()[1])
    assert subject == "12 个班上交了反馈表"
    assert body.startswith(f"“{campaign.title}”有 12 个班上交了校对反馈表")
    assert "历史学 2201 班" in body
    assert "历史学 2210 班等。" in body
    assert "历史学 2211 班" not in body
    assert f"campaign__id__exact={campaign.pk}" in body
    event = AuditEvent.objects.get(action="sheet.announced")
    assert (event.object_id, event.details) == (str(campaign.pk), {"count": 12})


def test_what_came_later_is_told_later(campaign: Campaign) -> None:
    handed_in(campaign, 1)
    announce_handed_in(now=DUE)
    handed_in(campaign, 2)

    assert announce_handed_in(now=DUE) == 0
    assert announce_handed_in(now=DUE + timedelta(minutes=1)) == 1
    assert [row.params["classes"] for row in told()[::2]] == ["历史学 2201 班", "历史学 2202 班"]


def test_what_the_office_has_dealt_with_is_no_news(campaign: Campaign, li: User) -> None:
    accept_sheet(sheet=handed_in(campaign, 1), actor=li, now=AFTER)
    return_sheet(sheet=handed_in(campaign, 2), reason="缺签名", actor=li, now=AFTER)

    assert announce_handed_in(now=DUE) == 0


def test_two_campaigns_are_two_messages_and_a_rehearsal_stays_here(
    campaign: Campaign, class_group: ClassGroup, mailoutbox
) -> None:
    rehearsal = make_campaign(title="【演练】毕业校对", is_rehearsal=True)
    handed_in(campaign)
    make_member(enrolment.make_record(class_group=class_group), rehearsal)
    make_sheet(rehearsal, class_group, SheetState.SUBMITTED, at=AFTER)

    announce_handed_in(now=DUE)
    deliver_pending(now=DUE)

    assert [row.params["campaign"] for row in told()[::2]] == [campaign.title, "【演练】毕业校对"]
    mails = [mail for mail in mailoutbox if "上交了反馈表" in mail.subject]
    assert ["【演练】" in mail.body for mail in mails] == [False]


def test_sweep_is_in_the_schedule(campaign: Campaign) -> None:
    handed_in(campaign)

    assert sweep_named("corrections.announce_handed_in").run(DUE) == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_tell_once(campaign: Campaign) -> None:
    handed_in(campaign)

    assert together([lambda: announce_handed_in(now=DUE)] * 2) == ["", ""]
    assert len(told()) == 2
