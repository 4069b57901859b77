"""A case that waits for a retake lets its student book one, and no longer than it waits."""

from datetime import datetime, timedelta
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.apps import apps

from accounts.models import User
from corrections import migrations
from corrections.models import CorrectionRequest
from corrections.states import RequestAction, RequestState
from enrollment.models import StudentRecord
from imaging.models import CampaignMember
from imaging.selectors.capture_plan import CaptureStep, plan_of
from imaging.states import ConclusionKind, PhotoReason
from tests.corrections.chain import ACTS
from tests.factories import imaging
from tests.factories.corrections import make_dispute, make_request

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

HOUR = timedelta(hours=1)
_A = RequestAction


@pytest.fixture
def case(record: StudentRecord, alice: User) -> CorrectionRequest:
    """Alice's wish for another photo, with the office."""
    member = imaging.make_member(record)
    imaging.make_photo(record)
    wish = make_dispute(member, ConclusionKind.PHOTO, reasons=[PhotoReason.WANTS_RETAKE])
    return make_request(
        record,
        RequestState.OFFICE_REVIEW,
        ConclusionKind.PHOTO,
        member=member,
        conclusion=wish,
    )


def step(case: CorrectionRequest, now: datetime) -> CaptureStep:
    plan = plan_of(StudentRecord.objects.get(pk=case.record_id), now=now)
    assert plan is not None
    return plan.step


def moved(case: CorrectionRequest, action: RequestAction, actor: User, now: datetime) -> None:
    ACTS[action](CorrectionRequest.objects.get(pk=case.pk), actor, now)


def test_case_sent_to_a_retake_opens_the_way(
    case: CorrectionRequest, li: User, now: datetime
) -> None:
    assert step(case, now) is CaptureStep.DONE

    moved(case, _A.TO_RECAPTURE, li, now)

    assert step(case, now) is CaptureStep.AGAIN
    member = CampaignMember.objects.get(record=case.record)
    assert (member.retake_granted_at, member.retake_granted_by) == (now, li.actor_label)


@pytest.mark.parametrize("action", [_A.RESUME, _A.TO_VENDOR, _A.WITHDRAW, _A.APPLY])
def test_case_that_goes_on_closes_it(
    action: RequestAction, case: CorrectionRequest, alice: User, li: User, now: datetime
) -> None:
    moved(case, _A.TO_RECAPTURE, li, now)
    if action is _A.APPLY:
        imaging.make_photo(case.record, at=now + HOUR)

    moved(case, action, alice if action is _A.WITHDRAW else li, now + 2 * HOUR)

    assert step(case, now + 2 * HOUR) is CaptureStep.DONE
    member = CampaignMember.objects.get(record=case.record)
    assert (member.retake_granted_at, member.retake_granted_by) == (None, "")


def test_case_that_is_sent_again_opens_it_anew(
    case: CorrectionRequest, li: User, now: datetime
) -> None:
    moved(case, _A.TO_RECAPTURE, li, now)
    moved(case, _A.RESUME, li, now + HOUR)

    moved(case, _A.TO_RECAPTURE, li, now + 2 * HOUR)

    assert CampaignMember.objects.get(record=case.record).retake_granted_at == now + 2 * HOUR


def test_case_without_a_grant_goes_on_all_the_same(
    case: CorrectionRequest, li: User, now: datetime
) -> None:
    CorrectionRequest.objects.filter(pk=case.pk).update(state=RequestState.RECAPTURE)

    moved(case, _A.RESUME, li, now)

    assert step(case, now) is CaptureStep.DONE


def test_migration_opens_the_way_for_cases_that_wait_already(
    case: CorrectionRequest, li: User, now: datetime
) -> None:
    moved(case, _A.TO_RECAPTURE, li, now - HOUR)
    moved(case, _A.RESUME, li, now)
    moved(case, _A.TO_RECAPTURE, li, now)
    CampaignMember.objects.update(retake_granted_at=None, retake_granted_by="")
    names = [each.name for each in iter_modules(migrations.__path__)]
    (name,) = [each for each in names if each.endswith("_open_retakes_that_wait")]

    import_module(f"corrections.migrations.{name}").open_retakes(apps, None)

    member = CampaignMember.objects.get(record=case.record)
    assert (member.retake_granted_at, member.retake_granted_by) == (now, li.actor_label)
