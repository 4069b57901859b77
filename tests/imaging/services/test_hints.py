"""What the portal notices about photos: proposed, judged by people, a no remembered."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.identity import canonical_number
from accounts.models import DeclaredIdentity, IdentityNumber, User, document_index
from accounts.states import NumberSource, Role
from common.errors import NotAllowedError, StaleStateError
from common.models import AuditEvent
from enrollment.models import StudentRecord
from imaging.models import Campaign, CaptureEntry, PhotoHint, PhotoRepair, PhotoVersion
from imaging.services.capture import attach_entry
from imaging.services.hints import find_hints, refuse_hint, reopen_hint, take_hint
from imaging.services.repair import confirm_repair, drop_repair, expire_repairs
from imaging.states import (
    Conclusion,
    ConclusionKind,
    HintKind,
    HintState,
    MatchState,
    PhotoReason,
    RepairState,
)
from tests.factories import capture, enrolment, imaging, people, repairing
from tests.factories.imaging import portrait
from tests.factories.repairing import DAY, Student
from tests.imaging.services.deliveries import deliver

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


def stray(now: datetime, **said: Any) -> CaptureEntry:
    """A photo that found nobody, with what came with it."""
    serial = CaptureEntry.objects.count() + 1
    deliver({f"20229{serial:02d}9999.jpg": portrait(serial)}, now=now)
    entry = CaptureEntry.objects.latest("pk")
    if "document_no" in said:
        said["document_no_index"] = document_index(canonical_number(said["document_no"]))
    CaptureEntry.objects.filter(pk=entry.pk).update(
        **{"student_no": "", "state": MatchState.UNMATCHED, "record": None, **said}
    )
    return CaptureEntry.objects.get(pk=entry.pk)


def pairs(kind: HintKind = HintKind.NEAR) -> set[tuple[int, int]]:
    found = PhotoHint.objects.filter(kind=kind, state=HintState.OPEN)
    return set(found.values_list("entry", "record"))


# --- photos without a record ------------------------------------------------------------------


def test_near_photo_and_record_without_one_are_proposed(
    record: StudentRecord, now: datetime
) -> None:
    entry = stray(now, student_no="2022040128", name="沈若溪")

    assert find_hints(now=now) == 1
    assert find_hints(now=now) == 0

    hint = PhotoHint.objects.get()
    assert (hint.entry, hint.record, hint.kind) == (entry, record, HintKind.NEAR)
    assert hint.reasons == ["student_no:one_sign", "name:same"]
    assert not PhotoVersion.objects.exists()  # proposed, not applied


@pytest.mark.parametrize(
    "said",
    [
        {"student_no": "2022040127", "name": "沈若谿"},
        {"candidate_no": "NEAR", "name": "沈若溪"},
        {"document_no": "SLIP"},
        {"name": "沈若溪"},
        {"student_no": "2022040128"},
    ],
)
def test_each_likeness_is_found_by_its_index(
    record: StudentRecord, now: datetime, said: dict[str, str]
) -> None:
    number = str(record.id_number)
    values = {
        "NEAR": record.candidate_no[:-1] + str((int(record.candidate_no[-1]) + 1) % 10),
        "SLIP": number[:8] + str((int(number[8]) + 1) % 10) + number[9:],
    }
    entry = stray(now, **{field: values.get(value, value) for field, value in said.items()})

    find_hints(now=now)

    assert pairs() == {(entry.pk, record.pk)}


def other_number(user: User, now: datetime, **fields: Any) -> IdentityNumber:
    """A passport of the person that is not used any more."""
    number = "E12345678"
    values = {
        "source": NumberSource.ROSTER,
        "superseded_at": now,
        "added_at": now,
        "added_by": "测试",
        "identity": DeclaredIdentity.objects.get(user=user),
        **fields,
    }
    return IdentityNumber.objects.create(
        id_type="PASSPORT", number=number, number_index=document_index(number), **values
    )


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ({"name": "沈若溪"}, ["other_no", "name:same"]),
        ({}, ["other_no", "no_name", "only_one"]),
    ],
)
def test_former_number_of_the_person_leads_to_the_record(
    alice: User, record: StudentRecord, now: datetime, said: dict[str, str], reasons: list[str]
) -> None:
    other_number(alice, now)
    entry = stray(now, document_no="e12345678", **said)

    find_hints(now=now)

    hint = PhotoHint.objects.get()
    assert (hint.entry, hint.record, hint.reasons) == (entry, record, reasons)


def test_number_that_was_only_said_leads_nowhere(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    other_number(alice, now, source=NumberSource.DECLARED)
    stray(now, document_no="E12345678", name="沈若溪")

    assert find_hints(now=now) == 0


def test_former_number_that_somebody_else_has_now_leads_nowhere(
    alice: User, eve: User, record: StudentRecord, now: datetime
) -> None:
    other_number(alice, now)
    people.make_identity(eve, name="沈若溪", number="E12345678")
    stray(now, document_no="E12345678", name="沈若溪")

    assert find_hints(now=now) == 0


def test_record_with_a_photo_is_not_proposed(record: StudentRecord, now: datetime) -> None:
    imaging.make_photo(record)
    stray(now, student_no="2022040128", name="沈若溪")

    assert find_hints(now=now) == 0


def test_two_likely_records_without_a_name_are_not_proposed(
    record: StudentRecord, now: datetime
) -> None:
    enrolment.make_record(student_no="2022040129", name="陆鸣远")
    stray(now, student_no="2022040128")

    assert find_hints(now=now) == 0


def test_namesakes_without_a_number_are_not_proposed(record: StudentRecord, now: datetime) -> None:
    enrolment.make_record(name="沈若溪")
    stray(now, name="沈若溪")

    assert find_hints(now=now) == 0


def test_taken_hint_attaches_the_photo(record: StudentRecord, li: User, now: datetime) -> None:
    entry = stray(now, student_no="2022040128", name="沈若溪")
    find_hints(now=now)
    hint = PhotoHint.objects.get()

    take_hint(hint=hint, reason="对着照片看过", actor=li, now=now)

    assert record.photos.get(is_current=True).entry == entry
    assert (hint.state, hint.decided_by) == (HintState.TAKEN, li.actor_label)
    assert AuditEvent.objects.get(action="photohint.judged").subject_id == str(record.pk)
    with pytest.raises(StaleStateError):
        take_hint(hint=PhotoHint.objects.get(), reason="再来", actor=li, now=now)


def test_no_is_remembered_and_can_be_looked_at_again(
    record: StudentRecord, li: User, now: datetime
) -> None:
    stray(now, student_no="2022040128", name="沈若溪")
    find_hints(now=now)
    hint = PhotoHint.objects.get()

    refuse_hint(hint=hint, reason="不是这个人", actor=li, now=now)

    assert find_hints(now=now + DAY) == 0
    assert PhotoHint.objects.get().state == HintState.REFUSED
    with pytest.raises(StaleStateError):
        refuse_hint(hint=hint, reason="再来", actor=li, now=now)
    reopen_hint(hint=hint, reason="再看看", actor=li, now=now)
    assert (hint.state, hint.decided_at, hint.decided_by) == (HintState.OPEN, None, "")


def test_unjudged_hint_that_does_not_hold_any_more_goes(
    record: StudentRecord, li: User, now: datetime
) -> None:
    entry = stray(now, student_no="2022040128", name="沈若溪")
    find_hints(now=now)
    other = enrolment.make_record()
    attach_entry(entry=entry, record=other, actor=li, now=now, reason="是别人")

    find_hints(now=now)

    assert not PhotoHint.objects.exists()


def test_hint_whose_record_got_a_photo_is_not_taken(
    record: StudentRecord, li: User, now: datetime
) -> None:
    stray(now, student_no="2022040128", name="沈若溪")
    find_hints(now=now)
    photo = imaging.make_photo(record)

    with pytest.raises(NotAllowedError, match="过时"):
        take_hint(hint=PhotoHint.objects.get(), reason="是", actor=li, now=now)

    assert record.photos.get(is_current=True) == photo
    assert PhotoHint.objects.get().state == HintState.OPEN


@pytest.mark.parametrize("person", ["alice", "monitor", "chen", "secretary", "leader", "auditor"])
def test_hints_are_judged_by_the_registrar(
    request, record: StudentRecord, now: datetime, person: str
) -> None:
    user = request.getfixturevalue(person)
    stray(now, student_no=record.student_no, name="沈若谿")
    find_hints(now=now)
    hint = PhotoHint.objects.get(record=record)

    for act in (take_hint, refuse_hint, reopen_hint):
        with pytest.raises(NotAllowedError):
            act(hint=hint, reason="试", actor=user, now=now)


def test_finder_asks_few_queries_whatever_there_is(
    record: StudentRecord, now: datetime, django_assert_max_num_queries
) -> None:
    for serial in range(12):
        enrolment.make_record(student_no=f"20220402{serial:02d}", name="陆鸣远")
        stray(now, student_no=f"20220403{serial:02d}", name="陆鸣远")

    with django_assert_max_num_queries(24):
        find_hints(now=now)


# --- neighbours that were mixed up ------------------------------------------------------------


def denied(student: Student, reason: PhotoReason, at: datetime) -> None:
    imaging.make_conclusion(
        student.member,
        ConclusionKind.PHOTO,
        Conclusion.INCORRECT,
        at=at,
        reasons=[reason.value],
    )


@pytest.fixture
def mixed(db: None, now: datetime) -> tuple[Student, Student]:
    """Two neighbours who both say that the photo is somebody else's."""
    pair = repairing.make_pair(now)
    denied(pair[0], PhotoReason.NOT_ME, now - 2 * DAY)
    denied(pair[1], PhotoReason.SWAPPED, now - 2 * DAY)
    return pair


def test_neighbours_who_both_say_no_are_proposed_for_a_swap(
    mixed: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    one, other = mixed

    assert find_hints(now=now) == 1
    assert find_hints(now=now) == 0
    hint = PhotoHint.objects.get()
    assert (hint.kind, hint.reasons) == (HintKind.SWAP, ["both_no", "neighbours"])

    repair = take_hint(hint=hint, reason="对过照片", actor=li, now=now)
    assert isinstance(repair, PhotoRepair)
    assert one.shown == one.entry  # proposed, not applied
    confirm_repair(repair=repair, reason="好", actor=wang, now=now)
    assert (one.shown, other.shown) == (other.entry, one.entry)
    assert find_hints(now=now) == 0


def test_neighbours_whose_data_fit_exchanged_are_proposed(now: datetime) -> None:
    one = repairing.make_student("2022040111", "沈若溪", at=now, state=None)
    other = repairing.make_student("2022040112", "陆鸣远", at=now, state=None)
    for student, sits_on in ((one, other), (other, one)):
        CaptureEntry.objects.filter(pk=student.entry.pk).update(
            student_no=sits_on.record.student_no, name=sits_on.record.name
        )

    find_hints(now=now)

    assert PhotoHint.objects.get().reasons == ["fits:name", "fits:student_no", "neighbours"]


def test_photo_that_its_student_called_right_is_left_alone(now: datetime) -> None:
    repairing.make_pair(now)

    assert find_hints(now=now) == 0


def test_students_far_apart_are_not_proposed(now: datetime) -> None:
    first = repairing.make_student("2022040101", "沈若溪", at=now)
    for place in range(2, 6):
        repairing.make_student(f"202204010{place}", f"学生{place}", at=now)
    last = repairing.make_student("2022040109", "陆鸣远", at=now)
    denied(first, PhotoReason.NOT_ME, now - 2 * DAY)
    denied(last, PhotoReason.NOT_ME, now - 2 * DAY)

    assert find_hints(now=now) == 0


@pytest.fixture
def far_apart(db: None, now: datetime) -> list[Student]:
    """Six students by number; the first and the last say that the photo is somebody else's."""
    students = [
        repairing.make_student(f"202204010{place}", f"学生{place}", at=now, state=None)
        for place in range(1, 7)
    ]
    for student in (students[0], students[-1]):
        denied(student, PhotoReason.NOT_ME, now - 2 * DAY)
    return students


def come(students: Sequence[Student], at: datetime, **fields: Any) -> None:
    """They came to one session, one a minute."""
    session = capture.make_session(Campaign.objects.get(), starts_at=at)
    for place, student in enumerate(students):
        visited_at = at + place * timedelta(minutes=1)
        capture.make_visit(session, student.member, at=visited_at, **fields)


def test_neighbours_at_the_counter_are_found_however_files_and_numbers_stand(
    far_apart: list[Student], now: datetime
) -> None:
    first, *between, last = far_apart
    come([between[0], last, first, *between[1:]], now - 9 * DAY)

    find_hints(now=now)

    hint = PhotoHint.objects.get()
    assert (hint.kind, hint.reasons) == (HintKind.SWAP, ["both_no", "neighbours"])
    assert {entry for entry, _ in hint.moves} == {first.entry.pk, last.entry.pk}


def test_voided_visits_and_other_sessions_make_no_neighbours(
    far_apart: list[Student], now: datetime
) -> None:
    first, *_, last = far_apart
    come([first, last], now - 9 * DAY, voided_at=now - 9 * DAY, voided_by="测试")
    come([first], now - 8 * DAY)
    come([last], now - 7 * DAY)

    assert find_hints(now=now) == 0


def test_run_of_denials_beside_a_student_without_photo_is_proposed_as_a_shift(
    li: User, wang: User, now: datetime
) -> None:
    students = [
        repairing.make_student(f"202204012{place}", name, at=now)
        for place, name in enumerate(("沈若溪", "陆鸣远", "秦川"))
    ]
    for student in students:
        denied(student, PhotoReason.NOT_ME, now - 2 * DAY)
    last = enrolment.make_record(student_no="2022040129", name="白露")
    imaging.make_member(last)

    find_hints(now=now)
    hint = PhotoHint.objects.get()
    assert (hint.kind, hint.reasons) == (HintKind.SHIFT, ["all_no"])

    repair = take_hint(hint=hint, reason="对过照片", actor=li, now=now)
    assert isinstance(repair, PhotoRepair)
    confirm_repair(repair=repair, reason="好", actor=wang, now=now)
    assert last.photos.get(is_current=True).entry == students[2].entry


def test_dropped_swap_is_a_no_that_is_remembered(
    mixed: tuple[Student, Student], li: User, wang: User, now: datetime
) -> None:
    find_hints(now=now)
    repair = take_hint(hint=PhotoHint.objects.get(), reason="是", actor=li, now=now)
    assert isinstance(repair, PhotoRepair)

    drop_repair(repair=repair, reason="不像", actor=wang, now=now)

    assert PhotoHint.objects.get().state == HintState.REFUSED
    assert find_hints(now=now) == 0


def test_swap_that_nobody_confirmed_is_a_hint_again(
    mixed: tuple[Student, Student], li: User, now: datetime
) -> None:
    find_hints(now=now)
    repair = take_hint(hint=PhotoHint.objects.get(), reason="是", actor=li, now=now)
    assert isinstance(repair, PhotoRepair)

    expire_repairs(now=now + timedelta(days=7))

    assert PhotoRepair.objects.get().state == RepairState.EXPIRED
    assert PhotoHint.objects.get().state == HintState.OPEN


def test_stale_swap_is_not_taken(mixed: tuple[Student, Student], li: User, now: datetime) -> None:
    find_hints(now=now)
    imaging.make_photo(mixed[0].record, at=now)

    with pytest.raises(NotAllowedError, match="过时"):
        take_hint(hint=PhotoHint.objects.get(), reason="是", actor=li, now=now)

    assert not PhotoRepair.objects.exists()
    assert PhotoHint.objects.get().state == HintState.OPEN
