"""What is said of the sheets and cases of a rehearsal is marked and stays here, to whomever it is said."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from common.models import OutboxMessage
from common.outbox import deliver_pending
from common.rehearsal import REHEARSAL_MARK
from corrections.models import ClassSheet, CorrectionRequest, SheetSignature
from corrections.services.request import return_request, take_request
from corrections.services.sheet_steps import (
    accept_sheet,
    freeze_sheet,
    reopen_hand_in,
    return_sheet,
    sign_sheet,
)
from corrections.services.sweep import open_due_requests
from corrections.services.terms import announce_overdue, follow_cases
from corrections.states import RequestState, SheetState
from enrollment.models import ClassGroup, School, StudentRecord
from enrollment.states import AssignmentRole
from imaging.models import Campaign
from tests.factories import enrolment
from tests.factories.corrections import make_dispute, make_request
from tests.factories.imaging import FREEZE, make_campaign, make_member
from tests.factories.sheets import make_sheet

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

HAND_IN = FREEZE + timedelta(days=2)
AFTER = FREEZE + timedelta(hours=1)


def campaign_of(*, rehearsed: bool) -> Campaign:
    title = f"{REHEARSAL_MARK}毕业校对" if rehearsed else "毕业校对"
    campaign = make_campaign(title=title, is_rehearsal=rehearsed)
    campaign.schools.set(School.objects.filter(is_demo=True))
    return campaign


def marks() -> set[tuple[str, bool]]:
    """What was said, and whether it is marked."""
    return set(OutboxMessage.objects.values_list("template", "is_rehearsal"))


def give_real_post(user: User) -> None:
    """The person has a class of a real school, too: the own messages arrive."""
    college = enrolment.make_college(school=School.objects.create(code="19999", name="远岭学院"))
    enrolment.assign(
        user, AssignmentRole.COUNSELLOR, class_group=enrolment.make_class(college=college)
    )


@pytest.mark.parametrize("rehearsed", [True, False])
@pytest.mark.usefixtures("alice")
def test_sheets(
    rehearsed: bool,
    monitor: User,
    chen: User,
    secretary: User,
    li: User,
    record: StudentRecord,
    class_group: ClassGroup,
    mailoutbox: list[Any],
) -> None:
    give_real_post(chen)
    campaign = campaign_of(rehearsed=rehearsed)
    make_member(record, campaign)
    sheet = make_sheet(campaign, class_group)

    freeze_sheet(sheet=sheet, actor=monitor, now=AFTER)
    sign_sheet(sheet=sheet, actor=chen, now=AFTER)
    return_sheet(sheet=sheet, reason="页数不齐", actor=secretary, now=AFTER)
    reopen_hand_in(
        campaign=campaign,
        class_group=class_group,
        open_until=HAND_IN + timedelta(days=3),
        reason="辅导员出差",
        actor=li,
        now=HAND_IN,
    )
    SheetSignature.objects.all().delete()
    ClassSheet.objects.all().delete()
    handed_in = make_sheet(campaign, class_group, SheetState.SUBMITTED, at=AFTER)
    accept_sheet(sheet=handed_in, actor=li, now=HAND_IN)
    deliver_pending(now=HAND_IN)

    told = ("to_sign", "to_seal", "returned", "reopened", "accepted")
    assert marks() == {(f"sheet_{name}", rehearsed) for name in told}
    assert (mailoutbox == []) is rehearsed


@pytest.mark.parametrize("rehearsed", [True, False])
def test_cases_of_a_campaign(
    rehearsed: bool,
    alice: User,
    li: User,
    record: StudentRecord,
    now: datetime,
) -> None:
    make_dispute(make_member(record, campaign_of(rehearsed=rehearsed)))

    open_due_requests(now=now)
    case = CorrectionRequest.objects.get()
    take_request(request=case, actor=li, now=now)
    return_request(request=case, note="请补户口簿", actor=li, now=now)
    announce_overdue(now=now + timedelta(days=60))

    told = ("opened", "returned", "overdue")
    assert marks() == {(f"correction_{name}", rehearsed) for name in told}


@pytest.mark.parametrize(
    ("is_demo", "rehearsed", "is_marked"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_direct_cases_of_a_demo_school(
    is_demo: bool,
    rehearsed: bool,
    is_marked: bool,
    alice: User,
    li: User,
    record: StudentRecord,
    now: datetime,
) -> None:
    case = make_request(record, RequestState.OFFICE_REVIEW)
    CorrectionRequest.objects.filter(pk=case.pk).update(conclusion=None)
    campaign_of(rehearsed=rehearsed)
    School.objects.filter(pk=record.school_id).update(is_demo=is_demo)
    case = CorrectionRequest.objects.get(pk=case.pk)
    follow_cases(now=now)

    return_request(request=case, note="请补户口簿", actor=li, now=now)
    announce_overdue(now=now + timedelta(days=60))

    assert marks() == {("correction_returned", is_marked), ("correction_overdue", is_marked)}
