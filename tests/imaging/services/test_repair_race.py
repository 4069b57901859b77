"""Repairs against students and against each other: one order of events, nothing half."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from accounts.models import User
from accounts.states import Role
from common.models import AuditEvent
from enrollment.models import StudentRecord
from imaging.models import PhotoRepair, PhotoVersion, VerificationRound
from imaging.services.repair import confirm_repair, drop_repair, expire_repairs, propose_swap
from imaging.services.sweeps import open_due_rounds
from imaging.services.verification import Verdict, conclude, seen_of
from imaging.states import Conclusion, ConclusionAction, ConclusionKind, RepairState
from tests.factories import people, repairing
from tests.factories.racing import together
from tests.factories.repairing import Student, proposed_swap

pytestmark = [pytest.mark.unit, pytest.mark.django_db(transaction=True)]

PHOTO = ConclusionKind.PHOTO
ROUNDS = 6


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


@pytest.fixture
def pair(db: None, now: datetime) -> tuple[Student, Student]:
    """Two who have not concluded."""
    return (
        repairing.make_student("2022040111", "沈若溪", at=now, state=None),
        repairing.make_student("2022040112", "陆鸣远", at=now, state=None),
    )


def concluding(student: Student, now: datetime) -> Callable[[], object]:
    """The student calls the photo right that the page shows now."""
    record = StudentRecord.objects.get(pk=student.record.pk)
    photo = record.photos.get(is_current=True)
    asked = Verdict(action=ConclusionAction.ACCEPT, seen=seen_of(record, photo, PHOTO))
    return partial(
        conclude, member=student.member, kind=PHOTO, verdict=asked, actor=student.user, now=now
    )


def test_swap_against_conclusions_is_wholly_before_or_after(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    for turn in range(ROUNDS):
        moment = now + timedelta(minutes=10 * turn)
        shown = [student.shown for student in pair]
        entries = [entry for entry in shown if entry is not None]
        one, other = (
            type(entry).objects.select_related("record").get(pk=entry.pk) for entry in entries
        )
        repair = propose_swap(one=one, other=other, reason="弄混", actor=li, now=moment)

        told = together(
            [
                partial(confirm_repair, repair=repair, reason="好", actor=wang, now=moment),
                concluding(pair[0], moment),
                concluding(pair[1], moment),
            ]
        )

        assert told[0] == ""  # the swap never loses to a student
        assert all("刚刚" in each or "换" in each for each in told[1:] if each), told
        assert [student.shown for student in pair] == shown[::-1]
        for student in pair:
            # Whatever was concluded on the former photo holds no more: the student verifies again.
            assert student.conclusion.state == Conclusion.PENDING
            rounds = VerificationRound.objects.filter(member=student.member, is_current=True)
            assert rounds.count() == 1
            assert student.record.photos.filter(is_current=True).count() == 1


def test_sweep_beside_a_swap_opens_no_second_round(li: User, wang: User, now: datetime) -> None:
    one, other = repairing.make_pair(now)
    repair = proposed_swap(one, other, actor=li, now=now)

    told = together(
        [
            partial(confirm_repair, repair=repair, reason="好", actor=wang, now=now),
            lambda: open_due_rounds(now=now),
            lambda: open_due_rounds(now=now),
        ]
    )

    assert told == ["", "", ""]
    for student in (one, other):
        assert VerificationRound.objects.filter(member=student.member).count() == 2


def test_one_case_is_carried_out_once(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    third = people.make_staff(Role.REGISTRAR, "zhao@example.test")
    for turn in range(ROUNDS):
        moment = now + timedelta(minutes=10 * turn)
        one, other = (
            type(student.entry).objects.select_related("record").get(pk=student.entry.pk)
            for student in pair
        )
        repair = propose_swap(one=one, other=other, reason="弄混", actor=li, now=moment)
        before = PhotoVersion.objects.count()

        told = together(
            [
                partial(
                    confirm_repair,
                    repair=PhotoRepair.objects.get(pk=repair.pk),
                    reason="好",
                    actor=actor,
                    now=moment,
                )
                for actor in (wang, third, wang)
            ]
        )

        assert sorted(map(bool, told)) == [False, True, True]
        assert PhotoVersion.objects.count() == before + 2


def test_confirmation_drop_and_expiry_have_one_winner(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    for turn in range(ROUNDS):
        moment = now + timedelta(days=10 * turn)
        shown = [student.shown for student in pair]
        one, other = (
            type(entry).objects.select_related("record").get(pk=entry.pk)
            for entry in shown
            if entry is not None
        )
        repair = propose_swap(one=one, other=other, reason="弄混", actor=li, now=moment)
        last = repair.expires_at - timedelta(seconds=1)

        told = together(
            [
                partial(
                    confirm_repair,
                    repair=PhotoRepair.objects.get(pk=repair.pk),
                    reason="好",
                    actor=wang,
                    now=last,
                ),
                partial(
                    drop_repair,
                    repair=PhotoRepair.objects.get(pk=repair.pk),
                    reason="不",
                    actor=li,
                    now=last,
                ),
                partial(expire_repairs, now=repair.expires_at),
            ]
        )

        state = PhotoRepair.objects.get(pk=repair.pk).state
        is_swapped = [student.shown for student in pair] == shown[::-1]
        assert is_swapped == (state == RepairState.DONE)
        assert told[2] == ""
        assert sum(not each for each in told[:2]) == (state != RepairState.EXPIRED)


def test_two_proposals_about_one_photo_have_one_winner(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    acts = [partial(proposed_swap, *pair, actor=actor, now=now) for actor in (li, wang)]

    told = together(acts)

    assert sorted(map(bool, told)) == [False, True]
    assert PhotoRepair.objects.count() == 1
    assert AuditEvent.objects.filter(action="repair.proposed").count() == 2  # one per record
