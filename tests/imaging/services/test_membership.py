"""Running campaigns follow the status: taken out, brought back, or left in peace."""

from datetime import date, datetime, timedelta

import pytest

from accounts.models import User
from common.errors import NotAllowedError
from common.models import AuditEvent, OutboxMessage
from corrections.selectors.standing import class_standings
from enrollment.models import ClassGroup, StudentRecord
from enrollment.services.status import NewStatus, change_status
from enrollment.states import EnrollmentStatus
from imaging.services.membership import follow_statuses
from imaging.services.sweeps import announce_locks
from imaging.services.verification import Verdict, conclude, seen_of
from imaging.states import (
    MEMBERSHIP_EFFECTS,
    Conclusion,
    ConclusionAction,
    ConclusionKind,
    MembershipEffect,
)
from tests.factories import imaging
from tests.factories.people import make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

TODAY = date(2026, 6, 12)


def change(record: StudentRecord, status: EnrollmentStatus, now: datetime, day=TODAY) -> None:
    record.refresh_from_db()
    new = NewStatus(status=status, effective_from=day)
    change_status(record=record, new=new, reason="决定", actor=make_user(), now=now)


def test_every_status_says_what_it_means() -> None:
    assert set(MEMBERSHIP_EFFECTS) == set(EnrollmentStatus)


def test_withdrawn_is_taken_out_with_the_status_and_comes_back_with_it(
    record: StudentRecord, now: datetime
) -> None:
    member = imaging.make_member(record)
    change(record, EnrollmentStatus.WITHDRAWN, now)

    assert follow_statuses(now=now) == 1
    assert follow_statuses(now=now) == 0

    member.refresh_from_db()
    assert (member.removed_at, member.removed_for) == (now, "WITHDRAWN")
    event = AuditEvent.objects.get(action="campaign.member_removed")
    assert (event.subject_id, event.details) == (str(record.pk), {"status": "WITHDRAWN"})

    change(record, EnrollmentStatus.REGISTERED, now)
    assert follow_statuses(now=now) == 1
    member.refresh_from_db()
    assert (member.removed_at, member.removed_by, member.removed_for) == (None, "", "")


def test_whom_staff_removed_stays_out(record: StudentRecord, now: datetime) -> None:
    member = imaging.make_member(record, removed_at=now, removed_by="李")

    assert follow_statuses(now=now) == 0

    member.refresh_from_db()
    assert member.removed_at == now


def test_frozen_sheet_is_not_touched(record: StudentRecord, now: datetime) -> None:
    member = imaging.make_member(record)
    change(record, EnrollmentStatus.WITHDRAWN, now)

    assert follow_statuses(now=member.sheet_freeze_at) == 0


def test_who_leaves_tomorrow_may_conclude_today_and_not_tomorrow(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    member = imaging.make_member(record)
    change(record, EnrollmentStatus.WITHDRAWN, now, TODAY + timedelta(days=1))
    record.refresh_from_db()
    seen = seen_of(record, None, ConclusionKind.DATA)
    verdict = Verdict(action=ConclusionAction.ACCEPT, seen=seen)

    with pytest.raises(NotAllowedError, match="学籍状态已经变了"):
        conclude(
            member=member,
            kind=ConclusionKind.DATA,
            verdict=verdict,
            actor=alice,
            now=now + timedelta(days=1),
        )
    given = conclude(member=member, kind=ConclusionKind.DATA, verdict=verdict, actor=alice, now=now)

    assert given.state == Conclusion.CORRECT
    assert follow_statuses(now=now) == 0
    assert follow_statuses(now=now + timedelta(days=1)) == 1


@pytest.mark.parametrize(
    ("status", "remark", "effect"),
    [
        (EnrollmentStatus.SUSPENDED, "休学", MembershipEffect.WAITS),
        (EnrollmentStatus.RETAINED, "保留学籍", MembershipEffect.WAITS),
        (EnrollmentStatus.DECEASED, "不在籍", MembershipEffect.SILENT),
    ],
)
def test_waiting_and_deceased_stay_on_the_list_and_nobody_reminds(
    status, remark: str, effect, class_group: ClassGroup, record: StudentRecord, now: datetime
) -> None:
    member = imaging.make_member(record)
    change(record, status, now)

    assert follow_statuses(now=now) == 0
    (found,) = class_standings(campaign=member.campaign, class_group=class_group, now=now)

    assert (found.remark, found.effect, found.is_awaited) == (remark, effect, False)


def test_removed_student_is_not_told_that_a_conclusion_is_locked(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    member = imaging.make_member(record)
    conclusion = imaging.make_conclusion(member, ConclusionKind.DATA, at=now)
    change(record, EnrollmentStatus.WITHDRAWN, now)
    assert follow_statuses(now=now) == 1

    assert announce_locks(now=now + timedelta(days=10)) == 1

    assert not OutboxMessage.objects.filter(template="verification_locked").exists()
    locked = AuditEvent.objects.get(action="verification.locked")
    assert locked.object_id == str(conclusion.pk)  # the trail stays whole


def test_nobody_writes_to_a_family_when_a_conclusion_locks(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    member = imaging.make_member(record)
    imaging.make_conclusion(member, ConclusionKind.DATA, at=now)
    change(record, EnrollmentStatus.DECEASED, now)

    assert announce_locks(now=now + timedelta(days=10)) == 1

    assert not OutboxMessage.objects.filter(user=alice).exists()
