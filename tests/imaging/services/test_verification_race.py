"""Several devices at one conclusion at once: exactly one outcome, and the losers are told why."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from accounts.models import User
from common.models import AuditEvent
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, VerificationConclusion, VerificationRound
from imaging.services.sweeps import announce_locks, open_due_rounds
from imaging.services.verification import Verdict, change, conclude, seen_of, withdraw
from imaging.states import ConclusionAction, ConclusionKind, PhotoReason
from tests.factories import imaging
from tests.factories.racing import together

pytestmark = [pytest.mark.unit, pytest.mark.django_db(transaction=True)]

PHOTO = ConclusionKind.PHOTO
ROUNDS = 8


@pytest.fixture
def member(record: StudentRecord) -> CampaignMember:
    imaging.make_photo(record)
    return imaging.make_member(record)


def verdict(
    member: CampaignMember, reason: str = "", *, locks_at: datetime | None = None
) -> Verdict:
    record = StudentRecord.objects.get(pk=member.record_id)
    photo = record.photos.get(is_current=True)
    seen = seen_of(record, photo, PHOTO, locks_at=locks_at)
    if not reason:
        return Verdict(action=ConclusionAction.ACCEPT, seen=seen)
    return Verdict(action=ConclusionAction.DISPUTE, seen=seen, reasons=(reason,))


def test_four_devices_conclude_and_one_wins(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    for turn in range(ROUNDS):
        moment = now + timedelta(minutes=turn)
        verdicts = [
            verdict(member),
            verdict(member, PhotoReason.NOT_ME),
            verdict(member, PhotoReason.POOR_QUALITY),
            verdict(member, PhotoReason.WANTS_RETAKE),
        ]

        told = together(
            [
                partial(conclude, member=member, kind=PHOTO, verdict=asked, actor=alice, now=moment)
                for asked in verdicts
            ]
        )

        assert sorted(map(bool, told)) == [False, True, True, True]
        assert all("刚刚" in each for each in told if each)
        assert AuditEvent.objects.filter(action="verification.concluded").count() == turn + 1
        withdraw(member=member, kinds=[PHOTO], actor=alice, now=moment)


def test_withdrawal_and_three_changes_and_one_wins(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    for turn in range(ROUNDS):
        moment = now + timedelta(minutes=turn)
        given = conclude(
            member=member, kind=PHOTO, verdict=verdict(member), actor=alice, now=moment
        )
        after = moment + timedelta(seconds=1)
        acts: list[Callable[[], object]] = [
            partial(withdraw, member=member, kinds=[PHOTO], actor=alice, now=after)
        ]
        for reason in (PhotoReason.NOT_ME, PhotoReason.POOR_QUALITY, PhotoReason.OLD_PHOTO):
            asked = verdict(member, reason, locks_at=given.locks_at)
            acts.append(
                partial(change, member=member, kind=PHOTO, verdict=asked, actor=alice, now=after)
            )

        told = together(acts)

        # A withdrawal may follow a change: nothing forbids it, and both are told the truth.
        assert told.count("") in {1, 2}
        row = VerificationConclusion.objects.get(round__member=member, kind=PHOTO)
        events = AuditEvent.objects.filter(object_id=str(row.pk)).count()
        if row.locks_at is not None:
            assert told[0] != ""
            withdraw(member=member, kinds=[PHOTO], actor=alice, now=after)
            events += 1
        assert AuditEvent.objects.filter(object_id=str(row.pk)).count() == events
        assert all("刚刚" in each or "撤回" in each for each in told if each)


def test_lock_is_announced_once_by_two_workers(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    imaging.make_conclusion(member, PHOTO, at=now)
    imaging.make_conclusion(member, ConclusionKind.DATA, at=now)
    later = now + timedelta(hours=24)
    counts: list[int] = []

    told = together([lambda: counts.append(announce_locks(now=later)) for _ in range(4)])

    assert told == ["", "", "", ""]
    assert sorted(counts) == [0, 0, 0, 2]
    assert AuditEvent.objects.filter(action="verification.locked").count() == 2


def test_round_is_opened_once_by_sweep_and_student(
    alice: User, record: StudentRecord, member: CampaignMember, now: datetime
) -> None:
    imaging.make_conclusion(member, PHOTO, at=now - timedelta(days=1))
    imaging.make_photo(record)
    asked = verdict(member)

    told = together(
        [
            lambda: open_due_rounds(now=now),
            lambda: conclude(member=member, kind=PHOTO, verdict=asked, actor=alice, now=now),
            lambda: open_due_rounds(now=now),
        ]
    )

    assert told[0] == told[2] == ""
    assert told[1] == "" or "刚刚" in told[1]
    assert VerificationRound.objects.filter(member=member).count() == 2
