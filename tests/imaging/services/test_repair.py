"""What two people do to photos: proposed, confirmed, taken back; once, whole, and on record."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.states import Role
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, OutboxMessage
from enrollment.models import Graduation
from imaging.matching import MatchReason
from imaging.models import CaptureEntry, PhotoRepair, PhotoVersion, RepairMove, VerificationRound
from imaging.selectors.repair import Guard, guard_of_entry, guard_of_record, reasons_not_to_undo
from imaging.services.capture import attach_entry, detach_entry, edit_capture_data
from imaging.services.repair import (
    ask_undo_repair,
    confirm_repair,
    consequences,
    drop_repair,
    expire_repairs,
    keep_repair,
    propose_detach,
    propose_replace,
    propose_shift,
    propose_swap,
    propose_void,
    sight_of,
    undo_repair,
)
from imaging.states import (
    Conclusion,
    ConclusionKind,
    MatchState,
    PhotoKind,
    RepairState,
    RoundCause,
)
from tests.factories import enrolment, imaging, people, repairing
from tests.factories.repairing import DAY, Student, done_swap, proposed_swap
from tests.imaging.services.deliveries import deliver, entry_named, marked

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

MINUTE = timedelta(minutes=1)
GRADUATION = PhotoKind.GRADUATION


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


@pytest.fixture
def pair(db: None, now: datetime) -> tuple[Student, Student]:
    return repairing.make_pair(now)


@pytest.fixture
def stray(db: None, now: datetime) -> CaptureEntry:
    """A photo that found nobody."""
    deliver({"2022049999.jpg": marked(5)}, now=now)  # nobody else's bytes
    return entry_named("2022049999.jpg")


def fresh(entry: CaptureEntry) -> CaptureEntry:
    return CaptureEntry.objects.get(pk=entry.pk)


# --- exchange --------------------------------------------------------------------------------


def test_proposed_swap_changes_nothing(
    pair: tuple[Student, Student], li: User, now: datetime
) -> None:
    repair = proposed_swap(*pair, actor=li, now=now)

    assert repair.state == RepairState.PROPOSED
    assert [student.shown for student in pair] == [student.entry for student in pair]
    assert [student.conclusion.state for student in pair] == [Conclusion.CORRECT] * 2
    assert PhotoVersion.objects.count() == 2
    assert OutboxMessage.objects.count() == 0
    assert {event.subject_id for event in AuditEvent.objects.all()} == {
        str(student.record.pk) for student in pair
    }
    assert {event.action for event in AuditEvent.objects.all()} == {"repair.proposed"}


def test_confirmed_swap_gives_both_new_versions_and_both_verify_again(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    one, other = pair

    repair = done_swap(*pair, first=li, second=wang, now=now)

    assert (one.shown, other.shown) == (other.entry, one.entry)
    assert (fresh(one.entry).record, fresh(other.entry).record) == (other.record, one.record)
    for student in pair:
        numbers = student.record.photos.order_by("version_no").values_list(
            "version_no", "is_current"
        )
        assert list(numbers) == [(1, False), (2, True)]
        assert student.conclusion.state == Conclusion.PENDING
        assert student.conclusion.round.cause == RoundCause.PHOTO_CHANGED
        told = OutboxMessage.objects.filter(user=student.user)
        assert {message.template for message in told} == {"verification_again"}
    assert (repair.state, repair.decider) == (RepairState.DONE, wang)
    moved = AuditEvent.objects.filter(action="entry.moved")
    assert {event.object_id for event in moved} == {str(one.entry.pk), str(other.entry.pk)}


def test_swap_tells_no_student_of_the_other(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    done_swap(*pair, first=li, second=wang, now=now)

    for student, classmate in (pair, pair[::-1]):
        said = str(
            list(OutboxMessage.objects.filter(user=student.user).values("params", "template"))
        )
        assert classmate.record.student_no not in said
        assert classmate.record.name not in said


def test_student_who_had_not_concluded_is_told_in_other_words(
    li: User, wang: User, now: datetime
) -> None:
    one = repairing.make_student("2022040111", "沈若溪", at=now, state=None)
    other = repairing.make_student("2022040112", "陆鸣远", at=now)

    done_swap(one, other, first=li, second=wang, now=now)

    assert OutboxMessage.objects.get(user=one.user).template == "photo_repaired"
    assert VerificationRound.objects.filter(member=one.member).count() == 1
    assert VerificationRound.objects.filter(member=other.member).count() == 2


def test_data_conclusion_stays_when_photos_are_exchanged(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    imaging.make_conclusion(pair[0].member, ConclusionKind.DATA, at=now - 3 * DAY)

    done_swap(*pair, first=li, second=wang, now=now)

    current = VerificationRound.objects.get(member=pair[0].member, is_current=True)
    kept = current.conclusions.get(kind=ConclusionKind.DATA)
    assert kept.state == Conclusion.CORRECT


def test_nobody_confirms_their_own_proposal(
    pair: tuple[Student, Student], li: User, now: datetime
) -> None:
    repair = proposed_swap(*pair, actor=li, now=now)

    with pytest.raises(NotAllowedError, match="另一位老师"):
        confirm_repair(repair=repair, reason="好", actor=li, now=now)

    assert PhotoRepair.objects.get().state == RepairState.PROPOSED
    assert pair[0].shown == pair[0].entry


def test_database_refuses_one_person_for_two(
    pair: tuple[Student, Student], li: User, now: datetime
) -> None:
    repair = proposed_swap(*pair, actor=li, now=now)

    with pytest.raises(IntegrityError), transaction.atomic():
        PhotoRepair.objects.filter(pk=repair.pk).update(
            state=RepairState.DONE, closed_at=now, closed_by="x", decider=li
        )


@pytest.mark.parametrize("person", ["alice", "monitor", "chen", "secretary", "leader", "auditor"])
def test_repair_is_the_registrars(
    request, pair: tuple[Student, Student], li: User, now: datetime, person: str
) -> None:
    user = request.getfixturevalue(person)
    repair = proposed_swap(*pair, actor=li, now=now)

    with pytest.raises(NotAllowedError):
        confirm_repair(repair=repair, reason="好", actor=user, now=now)
    with pytest.raises(NotAllowedError):
        drop_repair(repair=repair, reason="不", actor=user, now=now)
    with pytest.raises(NotAllowedError):
        propose_detach(entry=pair[0].entry, reason="不是", actor=user, now=now)


def test_registrar_may_not_touch_the_own_record(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    people.OfficeRole.objects.create(
        user=pair[0].user, role=Role.REGISTRAR, granted_at=now, granted_by="测试"
    )
    insider = User.objects.get(pk=pair[0].user.pk)
    repair = proposed_swap(*pair, actor=li, now=now)

    with pytest.raises(NotAllowedError, match="你自己的学籍"):
        confirm_repair(repair=repair, reason="好", actor=insider, now=now)
    with pytest.raises(NotAllowedError, match="你自己的学籍"):
        proposed_swap(*pair, actor=insider, now=now)


def test_every_step_needs_a_reason(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    with pytest.raises(InvalidInputError):
        propose_swap(one=pair[0].entry, other=pair[1].entry, reason=" ", actor=li, now=now)
    repair = proposed_swap(*pair, actor=li, now=now)
    for act in (confirm_repair, drop_repair):
        with pytest.raises(InvalidInputError):
            act(repair=PhotoRepair.objects.get(), reason=" ", actor=wang, now=now)
    confirm_repair(repair=repair, reason="好", actor=wang, now=now)
    with pytest.raises(InvalidInputError):
        ask_undo_repair(repair=repair, reason=" ", actor=wang, now=now)


def test_swap_of_one_person_or_of_former_photos_is_refused(
    pair: tuple[Student, Student], stray: CaptureEntry, li: User, now: datetime
) -> None:
    one, other = pair
    with pytest.raises(InvalidInputError):
        propose_swap(one=one.entry, other=one.entry, reason="试", actor=li, now=now)
    with pytest.raises(InvalidInputError):
        propose_swap(one=one.entry, other=stray, reason="试", actor=li, now=now)
    imaging.make_photo(other.record, at=now)
    with pytest.raises(StaleStateError):
        propose_swap(one=one.entry, other=other.entry, reason="试", actor=li, now=now)
    admission = imaging.make_photo(other.record, PhotoKind.ADMISSION, at=now)
    with pytest.raises(InvalidInputError):
        propose_swap(one=one.entry, other=admission.entry, reason="试", actor=li, now=now)


def test_photo_is_in_one_open_case_at_most(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    repair = proposed_swap(*pair, actor=li, now=now)

    with pytest.raises(StaleStateError, match="没办结"):
        propose_detach(entry=pair[0].entry, reason="不是本人", actor=wang, now=now)

    drop_repair(repair=repair, reason="看错了", actor=wang, now=now)
    propose_detach(entry=pair[0].entry, reason="不是本人", actor=wang, now=now)
    assert PhotoRepair.objects.open_at(now).count() == 1


# --- time and change between the two people ---------------------------------------------------


def test_proposal_ends_after_seven_days(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    repair = proposed_swap(*pair, actor=li, now=now)
    end = repair.expires_at
    assert end == now + 7 * DAY
    assert repair.is_open_at(end - timedelta(seconds=1))
    assert not repair.is_open_at(end)
    assert list(PhotoRepair.objects.open_at(end - timedelta(seconds=1))) == [repair]
    assert list(PhotoRepair.objects.lapsed_at(end)) == [repair]

    with pytest.raises(NotAllowedError, match="有效期"):
        confirm_repair(repair=repair, reason="好", actor=wang, now=end)

    assert expire_repairs(now=end) == 1
    assert expire_repairs(now=end) == 0
    assert PhotoRepair.objects.get().state == RepairState.EXPIRED
    assert pair[0].shown == pair[0].entry


def test_lapsed_proposal_is_not_in_the_way_before_the_sweep(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    proposed_swap(*pair, actor=li, now=now)

    again = proposed_swap(*pair, actor=wang, now=now + 7 * DAY)

    assert again.state == RepairState.PROPOSED
    assert PhotoRepair.objects.order_by("pk")[0].state == RepairState.EXPIRED


def test_photo_that_came_meanwhile_stops_the_confirmation(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    repair = proposed_swap(*pair, actor=li, now=now)
    newer = imaging.make_photo(pair[0].record, at=now)

    with pytest.raises(NotAllowedError, match="有了变化"):
        confirm_repair(repair=repair, reason="好", actor=wang, now=now + MINUTE)

    assert pair[0].shown == newer.entry
    assert PhotoRepair.objects.get().state == RepairState.PROPOSED


def test_entry_that_moved_meanwhile_stops_the_confirmation(
    stray: CaptureEntry, li: User, wang: User, now: datetime
) -> None:
    record = enrolment.make_record()
    repair = propose_void(entries=[stray], keep=None, reason="试拍", actor=li, now=now)
    attach_entry(entry=fresh(stray), record=record, actor=wang, now=now, reason="认出来了")

    with pytest.raises(StaleStateError):
        confirm_repair(repair=repair, reason="好", actor=wang, now=now + MINUTE)

    assert fresh(stray).state == MatchState.MATCHED


def test_conclusion_given_after_the_look_makes_the_second_person_look_again(
    li: User, wang: User, now: datetime
) -> None:
    one = repairing.make_student("2022040111", "沈若溪", at=now, state=None)
    other = repairing.make_student("2022040112", "陆鸣远", at=now)
    repair = proposed_swap(one, other, actor=li, now=now)
    sight = sight_of(repair)
    imaging.make_conclusion(one.member, ConclusionKind.PHOTO, at=now)

    with pytest.raises(StaleStateError, match="再看一遍"):
        confirm_repair(repair=repair, reason="好", actor=wang, now=now, sight=sight)

    repair = PhotoRepair.objects.get()
    confirm_repair(repair=repair, reason="好", actor=wang, now=now, sight=sight_of(repair))
    assert one.shown == other.entry


def test_second_of_two_confirmations_is_told(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    repair = proposed_swap(*pair, actor=li, now=now)
    seen_by_other = PhotoRepair.objects.get()
    confirm_repair(repair=repair, reason="好", actor=wang, now=now)

    with pytest.raises(StaleStateError):
        confirm_repair(repair=seen_by_other, reason="好", actor=wang, now=now)
    with pytest.raises(StaleStateError):
        drop_repair(repair=seen_by_other, reason="不", actor=wang, now=now)


def test_dropped_proposal_changes_nothing(
    pair: tuple[Student, Student], li: User, now: datetime
) -> None:
    repair = proposed_swap(*pair, actor=li, now=now)

    drop_repair(repair=repair, reason="看错了", actor=li, now=now)

    assert repair.state == RepairState.DROPPED
    assert pair[0].shown == pair[0].entry
    assert not RepairMove.objects.filter(is_open=True).exists()


# --- undo -------------------------------------------------------------------------------------


def test_swap_is_taken_back_as_one_step_by_two_people(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    one, other = pair
    repair = done_swap(*pair, first=li, second=wang, now=now)

    ask_undo_repair(repair=repair, reason="换错了", actor=wang, now=now + 2 * MINUTE)
    with pytest.raises(NotAllowedError, match="另一位老师"):
        undo_repair(repair=repair, reason="好", actor=wang, now=now + 3 * MINUTE)
    undo_repair(repair=repair, reason="确实换错", actor=li, now=now + 3 * MINUTE)

    assert repair.state == RepairState.UNDONE
    assert (one.shown, other.shown) == (one.entry, other.entry)
    for student in pair:
        assert fresh(student.entry).record == student.record
        assert student.record.photos.count() == 3  # the history keeps every change
        assert student.conclusion.state == Conclusion.PENDING


def test_undo_can_be_dropped(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    repair = done_swap(*pair, first=li, second=wang, now=now)
    ask_undo_repair(repair=repair, reason="换错了", actor=wang, now=now + 2 * MINUTE)

    keep_repair(repair=repair, reason="没换错", actor=li, now=now + 3 * MINUTE)

    assert (repair.state, repair.undo_asker) == (RepairState.DONE, None)
    assert pair[0].shown == pair[1].entry


def later_photo(pair: tuple[Student, Student], at: datetime) -> None:
    imaging.make_photo(pair[0].record, at=at)


def later_approval(pair: tuple[Student, Student], at: datetime) -> None:
    imaging.make_conclusion(pair[0].member, ConclusionKind.PHOTO, at=at)


def later_detachment(pair: tuple[Student, Student], at: datetime) -> None:
    actor = User.objects.get(email="li@example.test")
    detach_entry(entry=fresh(pair[0].entry), actor=actor, now=at, reason="不是本人")


def later_certificate(pair: tuple[Student, Student], at: datetime) -> None:
    Graduation.objects.create(
        record=pair[0].record,
        outcome="GRADUATED",
        conferred_date=at.date(),
        certificate_no="999991202605000001",
        certificate_index=b"1" * 32,
        registered_at=at,
        registered_by="测试",
    )


@pytest.mark.parametrize(
    ("later", "why"),
    [
        (later_photo, "后来又换过"),
        (later_approval, "结论是正确"),
        (later_detachment, "后来又处理过"),
        (later_certificate, "登记了学历证书"),
    ],
)
def test_undo_is_refused_with_the_reason_when_something_was_built_on_it(
    pair: tuple[Student, Student],
    li: User,
    wang: User,
    now: datetime,
    later: Callable[[tuple[Student, Student], datetime], None],
    why: str,
) -> None:
    repair = done_swap(*pair, first=li, second=wang, now=now)
    assert reasons_not_to_undo(repair) == []
    later(pair, now + 5 * MINUTE)

    with pytest.raises(NotAllowedError, match=why):
        ask_undo_repair(repair=repair, reason="换错了", actor=li, now=now + 6 * MINUTE)


def test_undo_is_refused_when_something_came_between_the_two_people(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    repair = done_swap(*pair, first=li, second=wang, now=now)
    ask_undo_repair(repair=repair, reason="换错了", actor=li, now=now + 2 * MINUTE)
    later_approval(pair, now + 5 * MINUTE)

    with pytest.raises(NotAllowedError, match="结论是正确"):
        undo_repair(repair=repair, reason="好", actor=wang, now=now + 6 * MINUTE)

    assert PhotoRepair.objects.get().state == RepairState.UNDOING
    assert pair[0].shown == pair[1].entry


def test_student_who_says_no_to_the_new_photo_is_no_obstacle(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    repair = done_swap(*pair, first=li, second=wang, now=now)
    imaging.make_conclusion(
        pair[0].member, ConclusionKind.PHOTO, Conclusion.INCORRECT, at=now + 2 * MINUTE
    )

    assert reasons_not_to_undo(repair) == []


# --- replacing what is locked -----------------------------------------------------------------


def test_locked_photo_is_not_replaced_by_one_person(
    pair: tuple[Student, Student], stray: CaptureEntry, li: User, now: datetime
) -> None:
    assert guard_of_record(pair[0].record, GRADUATION, now=now) is Guard.LOCKED

    with pytest.raises(NotAllowedError, match="已经锁定"):
        attach_entry(entry=stray, record=pair[0].record, actor=li, now=now, reason="补拍")

    assert pair[0].shown == pair[0].entry
    assert fresh(stray).state == MatchState.UNMATCHED


def test_edited_data_that_lead_to_a_locked_photo_wait_for_two_people(
    pair: tuple[Student, Student], stray: CaptureEntry, li: User, now: datetime
) -> None:
    changes = {"student_no": pair[0].record.student_no}

    edit_capture_data(entry=stray, changes=changes, actor=li, now=now, reason="学号写错")

    assert (stray.state, stray.reason) == (MatchState.AMBIGUOUS, MatchReason.LOCKED_PHOTO)
    assert stray.student_no == pair[0].record.student_no
    assert pair[0].shown == pair[0].entry


@pytest.mark.parametrize("is_former_wrong", [True, False])
def test_locked_photo_is_replaced_by_two(
    pair: tuple[Student, Student],
    stray: CaptureEntry,
    li: User,
    wang: User,
    now: datetime,
    *,
    is_former_wrong: bool,
) -> None:
    student = pair[0]
    repair = propose_replace(
        entry=stray,
        record=student.record,
        is_former_wrong=is_former_wrong,
        reason="补拍的才对",
        actor=li,
        now=now,
    )
    confirm_repair(repair=repair, reason="对过", actor=wang, now=now + MINUTE)

    assert student.shown == stray
    assert student.conclusion.state == Conclusion.PENDING
    former = fresh(student.entry)
    expected = MatchState.UNMATCHED if is_former_wrong else MatchState.MATCHED
    assert former.state == expected

    ask_undo_repair(repair=repair, reason="换错了", actor=li, now=now + 2 * MINUTE)
    undo_repair(repair=repair, reason="好", actor=wang, now=now + 3 * MINUTE)
    assert student.shown == student.entry
    assert (fresh(stray).state, fresh(stray).settled_at) == (MatchState.UNMATCHED, None)
    assert fresh(stray).reason == MatchReason.UNKNOWN_NUMBER


def test_photo_not_yet_locked_is_replaced_by_one(
    stray: CaptureEntry, li: User, now: datetime
) -> None:
    student = repairing.make_student("2022040111", "沈若溪", at=now, concluded=timedelta(hours=1))
    assert guard_of_record(student.record, GRADUATION, now=now) is Guard.CONCLUDED

    attach_entry(entry=stray, record=student.record, actor=li, now=now, reason="补拍")

    assert student.shown == stray


def test_guard_falls_with_the_conclusion(pair: tuple[Student, Student], now: datetime) -> None:
    lock = pair[0].conclusion.locks_at
    assert lock is not None
    second = timedelta(seconds=1)
    moments = (lock - second, lock, lock + second)
    guards = [guard_of_record(pair[0].record, GRADUATION, now=at) for at in moments]
    assert guards == [Guard.CONCLUDED, Guard.LOCKED, Guard.LOCKED]

    imaging.make_photo(pair[0].record, at=now)

    assert guard_of_record(pair[0].record, GRADUATION, now=now) is Guard.NONE


# --- taking away and voiding ------------------------------------------------------------------


@pytest.mark.parametrize("concluded", [timedelta(hours=1), 3 * DAY])
def test_judged_photo_is_taken_away_by_two(
    li: User, wang: User, now: datetime, concluded: timedelta
) -> None:
    student = repairing.make_student("2022040111", "沈若溪", at=now, concluded=concluded)
    assert guard_of_entry(student.entry, now=now) is not Guard.NONE
    with pytest.raises(NotAllowedError, match="两个人"):
        detach_entry(entry=student.entry, actor=li, now=now, reason="不是本人")

    repair = propose_detach(entry=student.entry, reason="不是本人", actor=li, now=now)
    confirm_repair(repair=repair, reason="对过", actor=wang, now=now + MINUTE)

    assert student.shown is None
    assert fresh(student.entry).reason == MatchReason.DETACHED
    assert student.conclusion.state == Conclusion.PENDING

    ask_undo_repair(repair=repair, reason="是本人", actor=wang, now=now + 2 * MINUTE)
    undo_repair(repair=repair, reason="是本人", actor=li, now=now + 3 * MINUTE)
    assert student.shown == student.entry


def test_student_without_campaign_is_told_that_the_photo_is_gone(
    alice: User, record, li: User, wang: User, now: datetime
) -> None:
    version = imaging.make_photo(record)
    repair = propose_detach(entry=version.entry, reason="不是本人", actor=li, now=now)

    confirm_repair(repair=repair, reason="对过", actor=wang, now=now + MINUTE)

    message = OutboxMessage.objects.get()
    assert (message.user, message.template) == (alice, "photo_repaired")
    assert message.params["is_there"] is False


def test_taken_away_photo_leaves_the_earlier_one(
    record, li: User, wang: User, now: datetime
) -> None:
    first, second = imaging.make_photo(record), imaging.make_photo(record)

    repair = propose_detach(entry=second.entry, reason="不是本人", actor=li, now=now)
    confirm_repair(repair=repair, reason="对过", actor=wang, now=now + MINUTE)

    assert record.photos.get(is_current=True).entry == first.entry


def test_photo_of_nobody_is_voided_by_two_and_not_taken_again(
    stray: CaptureEntry, li: User, wang: User, now: datetime
) -> None:
    repair = propose_void(entries=[stray], keep=None, reason="试拍", actor=li, now=now)
    assert fresh(stray).state == MatchState.UNMATCHED

    confirm_repair(repair=repair, reason="是试拍", actor=wang, now=now + MINUTE)

    assert fresh(stray).state == MatchState.VOIDED
    assert deliver({"2022049999.jpg": marked(5)}, now=now).duplicate == 1
    assert AuditEvent.objects.get(action="entry.voided").object_id == str(stray.pk)
    ask_undo_repair(repair=repair, reason="不是试拍", actor=li, now=now + 2 * MINUTE)
    undo_repair(repair=repair, reason="认出来了", actor=wang, now=now + 3 * MINUTE)
    assert fresh(stray).state == MatchState.UNMATCHED


def test_voided_duplicate_gives_its_place_to_the_one_that_is_kept(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    student = pair[0]
    CaptureEntry.objects.filter(pk=pair[1].entry.pk).update(state=MatchState.UNMATCHED, record=None)
    PhotoVersion.objects.filter(entry=pair[1].entry).update(
        is_current=False, ended_at=now, ended_by="测试"
    )
    keep = fresh(pair[1].entry)

    repair = propose_void(entries=[student.entry], keep=keep, reason="重复", actor=li, now=now)
    confirm_repair(repair=repair, reason="对过", actor=wang, now=now + MINUTE)

    assert student.shown == keep
    assert fresh(student.entry).state == MatchState.VOIDED


def test_void_refuses_to_keep_what_goes_or_to_mix_people(
    pair: tuple[Student, Student], stray: CaptureEntry, li: User, now: datetime
) -> None:
    with pytest.raises(InvalidInputError):
        propose_void(entries=[stray], keep=stray, reason="试", actor=li, now=now)
    with pytest.raises(InvalidInputError):
        propose_void(
            entries=[pair[0].entry, pair[1].entry], keep=stray, reason="试", actor=li, now=now
        )
    with pytest.raises(InvalidInputError):
        propose_void(entries=[], keep=None, reason="试", actor=li, now=now)


# --- shifting a run ---------------------------------------------------------------------------


def test_run_is_shifted_in_one_transaction(li: User, wang: User, now: datetime) -> None:
    students = [
        repairing.make_student(f"202204012{place}", name, at=now)
        for place, name in enumerate(("沈若溪", "陆鸣远", "秦川"))
    ]
    last = enrolment.make_record(student_no="2022040129", name="白露")
    entries = [student.entry for student in students]
    targets = [students[1].record, students[2].record, last]

    repair = propose_shift(
        transfers=list(zip(entries, targets, strict=True)), reason="漏拍一人", actor=li, now=now
    )
    confirm_repair(repair=repair, reason="对过", actor=wang, now=now + MINUTE)

    assert [student.shown for student in students] == [None, entries[0], entries[1]]
    assert last.photos.get(is_current=True).entry == entries[2]
    ask_undo_repair(repair=repair, reason="错了", actor=li, now=now + 2 * MINUTE)
    undo_repair(repair=repair, reason="错了", actor=wang, now=now + 3 * MINUTE)
    assert [student.shown for student in students] == entries
    assert not last.photos.filter(is_current=True).exists()


def test_shift_refuses_two_photos_for_one_record(
    pair: tuple[Student, Student], stray: CaptureEntry, li: User, now: datetime
) -> None:
    record = enrolment.make_record()

    with pytest.raises(InvalidInputError, match="同一份学籍"):
        propose_shift(
            transfers=[(pair[0].entry, record), (pair[1].entry, record)],
            reason="试",
            actor=li,
            now=now,
        )
    with pytest.raises(InvalidInputError, match="已经在这份学籍"):
        propose_shift(transfers=[(pair[0].entry, pair[0].record)], reason="试", actor=li, now=now)


# --- preview ----------------------------------------------------------------------------------


def test_preview_says_all_that_happens_and_writes_nothing(
    pair: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    one, other = pair
    repair = proposed_swap(*pair, actor=li, now=now)
    before = (PhotoVersion.objects.count(), AuditEvent.objects.count())

    found = consequences(repair, actor=wang, now=now)

    assert [each.record for each in found] == [one.record, other.record]
    assert [each.entry_before for each in found] == [one.entry.pk, other.entry.pk]
    assert [each.entry_after for each in found] == [other.entry.pk, one.entry.pk]
    assert all(each.fallen is not None and each.next_round is not None for each in found)
    assert {told.subject for each in found for told in each.told} == {"照片换了，请重新核对"}
    assert (PhotoVersion.objects.count(), AuditEvent.objects.count()) == before
    assert OutboxMessage.objects.count() == 0
    assert one.conclusion.state == Conclusion.CORRECT
    confirm_repair(repair=repair, reason="好", actor=wang, now=now)
    assert OutboxMessage.objects.count() == sum(len(each.told) for each in found)
