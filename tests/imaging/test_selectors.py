"""Reads of imaging: which campaign counts, what a class has said, how far it has come."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.components import MeterCounts
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import CampaignMember, PhotoVersion, VerificationConclusion
from imaging.selectors import (
    Phase,
    PhotoPhase,
    campaign_of,
    class_members,
    class_progress,
    class_results,
    locked_disputes,
    member_of,
    photo_status,
    photos_of,
    photos_visible_to,
    receipt_no,
    verification_of,
)
from imaging.states import Conclusion, ConclusionKind, PhotoKind, RoundCause
from tests.factories import enrolment, imaging

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def verified(record: StudentRecord, now: datetime):
    found = verification_of(record, now=now)
    assert found is not None
    return found


# --- which campaign --------------------------------------------------------------------------


def test_newest_opened_campaign_counts(record: StudentRecord, now: datetime) -> None:
    older = imaging.make_member(record, imaging.make_campaign(opens_at=now - 9 * DAY))
    newer = imaging.make_member(record, imaging.make_campaign(opens_at=now - DAY))
    imaging.make_member(record, imaging.make_campaign(opens_at=now + DAY))

    assert member_of(record, now=now) == newer
    assert campaign_of(record, now=now) == newer.campaign
    assert verified(record, now).member == newer
    assert member_of(record, now=now - 2 * DAY) == older


def test_next_campaign_counts_when_none_has_opened(record: StudentRecord, now: datetime) -> None:
    imaging.make_member(record, imaging.make_campaign(opens_at=now + 2 * DAY))
    soon = imaging.make_member(record, imaging.make_campaign(opens_at=now + DAY))

    assert member_of(record, now=now) == soon
    assert verified(record, now).phase == Phase.COMING


def test_removed_member_is_in_no_campaign(record: StudentRecord, now: datetime) -> None:
    imaging.make_member(record, removed_at=now, removed_by="李老师")

    assert member_of(record, now=now) is None
    assert verification_of(record, now=now) is None


# --- one verification ------------------------------------------------------------------------


def test_verification_takes_two_queries(
    record: StudentRecord, now: datetime, django_assert_num_queries
) -> None:
    imaging.make_photo(record)
    imaging.make_photo(record, PhotoKind.ADMISSION)
    imaging.make_member(record)

    with django_assert_num_queries(2):
        found = verified(record, now)
        assert found.phase == Phase.OPEN
        assert found.photo == found.photos[PhotoKind.GRADUATION]


@pytest.mark.parametrize(
    ("data", "photo", "at", "phase"),
    [
        (None, None, imaging.OPENS, Phase.OPEN),
        (None, None, imaging.CLOSES, Phase.MISSED),
        (Conclusion.CORRECT, None, imaging.CLOSES, Phase.MISSED),
        (Conclusion.CORRECT, Conclusion.CORRECT, imaging.ATTACHED + HOUR, Phase.PROVISIONAL),
        (Conclusion.CORRECT, Conclusion.CORRECT, imaging.ATTACHED + DAY, Phase.CLOSED),
        (Conclusion.INCORRECT, Conclusion.CORRECT, imaging.ATTACHED + HOUR, Phase.PROVISIONAL),
        (Conclusion.INCORRECT, Conclusion.CORRECT, imaging.ATTACHED + DAY, Phase.DISPUTED),
    ],
)
def test_phase_follows_from_rows_and_clock(data, photo, at, phase, record: StudentRecord) -> None:
    imaging.make_photo(record)
    member = imaging.make_member(record)
    for kind, state in ((DATA, data), (PHOTO, photo)):
        if state:
            imaging.make_conclusion(member, kind, state)

    assert verified(record, at).phase == phase


def test_outdated_part_is_asked_again_before_any_sweep(
    record: StudentRecord, now: datetime
) -> None:
    imaging.make_photo(record)
    member = imaging.make_member(record)
    for kind in ConclusionKind:
        imaging.make_conclusion(member, kind)
    imaging.make_photo(record)

    late = imaging.FREEZE + DAY
    found = verified(record, late)

    assert [part.kind for part in found.to_give] == [PHOTO]
    assert found.again_because == RoundCause.PHOTO_CHANGED
    assert (found.phase, found.closes_at) == (Phase.OPEN, late + timedelta(hours=72))


def test_campaign_of_freshmen_asks_for_the_admission_photo(
    record: StudentRecord, now: datetime
) -> None:
    profile = imaging.make_profile(PhotoKind.ADMISSION)
    member = imaging.make_member(record, imaging.make_campaign(profile=profile))
    admission = imaging.make_photo(record, PhotoKind.ADMISSION)
    row = imaging.make_conclusion(member, PHOTO)
    imaging.make_photo(record)

    found = verified(record, now)

    assert found.photo == row.seen_photo == admission
    assert found.photo_part.is_given
    assert VerificationConclusion.objects.valid().filter(pk=row.pk).exists()


def test_receipt_number_follows_the_conclusions(record: StudentRecord, now: datetime) -> None:
    member = imaging.make_member(record)
    imaging.make_conclusion(member, DATA, at=now)
    first = receipt_no(verified(record, now))

    imaging.make_conclusion(member, DATA, at=now + HOUR)

    assert len(first) == 12
    assert receipt_no(verified(record, now)) not in {first, ""}


# --- photos ----------------------------------------------------------------------------------


def test_current_photos_are_found_by_kind(record: StudentRecord, django_assert_num_queries) -> None:
    imaging.make_photo(record)
    second = imaging.make_photo(record)
    admission = imaging.make_photo(record, PhotoKind.ADMISSION)

    with django_assert_num_queries(1):
        found = photos_of(record)
        assert [version.entry.captured_date for version in found.values()] == [
            imaging.ATTACHED.date(),
            imaging.ATTACHED.date(),
        ]

    assert found == {PhotoKind.GRADUATION: second, PhotoKind.ADMISSION: admission}


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("alice", ["current"]),
        ("eve", []),
        ("monitor", []),
        ("chen", []),
        ("secretary", []),
        ("leader", []),
        ("li", ["former", "current"]),
        ("auditor", ["former", "current"]),
    ],
)
def test_photo_is_seen_by_its_owner_and_the_office(
    who: str, sees: list[str], request, alice: User, record: StudentRecord, now: datetime
) -> None:
    photos = {"former": imaging.make_photo(record), "current": imaging.make_photo(record)}

    found = photos_visible_to(request.getfixturevalue(who), now=now).order_by("pk")

    assert list(found) == [photos[name] for name in sees]


@pytest.mark.parametrize(
    ("state", "offset", "phase"),
    [
        (None, HOUR, PhotoPhase.TO_VERIFY),
        (Conclusion.CORRECT, HOUR, PhotoPhase.CONCLUDED),
        (Conclusion.CORRECT, DAY, PhotoPhase.CLOSED),
        (Conclusion.INCORRECT, DAY, PhotoPhase.DISPUTED),
    ],
)
def test_photo_status_follows_its_conclusion(state, offset, phase, record: StudentRecord) -> None:
    imaging.make_photo(record)
    member = imaging.make_member(record)
    if state:
        imaging.make_conclusion(member, PHOTO, state)

    assert photo_status(record, now=imaging.ATTACHED + offset).phase == phase


def test_photo_status_without_photo_or_campaign(record: StudentRecord, now: datetime) -> None:
    assert photo_status(record, now=now).phase == PhotoPhase.ABSENT
    imaging.make_photo(record)
    assert photo_status(record, now=now).phase == PhotoPhase.ATTACHED


# --- disputes --------------------------------------------------------------------------------


def test_dispute_counts_from_its_lock_while_it_holds(record: StudentRecord) -> None:
    imaging.make_photo(record)
    member = imaging.make_member(record)
    wrong = imaging.make_conclusion(member, PHOTO, Conclusion.INCORRECT)
    imaging.make_conclusion(member, DATA)
    lock = imaging.ATTACHED + DAY

    assert list(locked_disputes(now=lock - timedelta(seconds=1))) == []
    assert list(locked_disputes(now=lock)) == [wrong]
    imaging.make_photo(record)
    assert list(locked_disputes(now=lock)) == []


# --- classes ---------------------------------------------------------------------------------


@pytest.fixture
def students(class_group: ClassGroup) -> list[CampaignMember]:
    """Locked, open, wrong, half, nothing yet, without a photo."""
    members = []
    for number in range(6):
        record = enrolment.make_record(
            class_group=class_group, student_no=f"20220402{number:02d}", name=f"甲{number}"
        )
        if number != 5:
            imaging.make_photo(record)
        members.append(imaging.make_member(record))
    for kind in ConclusionKind:
        imaging.make_conclusion(members[0], kind)
        imaging.make_conclusion(members[1], kind, at=imaging.ATTACHED + 3 * DAY)
    imaging.make_conclusion(members[2], DATA, Conclusion.INCORRECT)
    imaging.make_conclusion(members[2], PHOTO)
    imaging.make_conclusion(members[3], DATA)
    imaging.make_conclusion(members[5], DATA)
    return members


NOW = imaging.ATTACHED + 3 * DAY + HOUR


@pytest.mark.parametrize("amount", [1, 3])
def test_progress_counts_everybody_once_in_one_query(
    amount: int, class_group: ClassGroup, students, django_assert_num_queries
) -> None:
    classes = [class_group]
    for number in range(amount - 1):
        other = enrolment.make_class(f"历史学 220{number} 班")
        imaging.make_member(enrolment.make_record(class_group=other))
        classes.append(other)

    with django_assert_num_queries(1):
        progress = class_progress(classes, now=NOW)

    counts = {each.class_group_id: each.counts for each in progress}
    assert len(progress) == amount
    assert counts[class_group.pk] == MeterCounts(locked=1, open=1, disputed=1, todo=2, blocked=1)


def test_progress_is_that_of_the_newest_campaign(class_group: ClassGroup, students) -> None:
    newer = imaging.make_campaign(title="第二次", opens_at=imaging.OPENS + HOUR)
    imaging.make_member(students[0].record, newer)

    progress = class_progress([class_group], now=NOW)

    assert [(each.campaign_title, each.counts.total) for each in progress] == [("第二次", 1)]


def test_progress_without_campaign_is_empty(class_group: ClassGroup) -> None:
    assert class_progress([class_group], now=NOW) == []


def test_results_of_a_class_carry_no_values(
    class_group: ClassGroup, students, django_assert_num_queries
) -> None:
    imaging.make_conclusion(
        students[2],
        DATA,
        Conclusion.INCORRECT,
        wrong_fields=["name", "major_name"],
        reasons=["FIELD_WRONG", "OTHER"],
    )

    with django_assert_num_queries(1):
        results = class_results(students[0].campaign, class_group, now=NOW)

    shown = [
        (each.name, each.has_photo, each.data.state, each.photo.state, each.is_open)
        for each in results
    ]
    assert shown == [
        ("甲0", True, "CORRECT", "CORRECT", False),
        ("甲1", True, "CORRECT", "CORRECT", True),
        ("甲2", True, "INCORRECT", "CORRECT", False),
        ("甲3", True, "CORRECT", "PENDING", False),
        ("甲4", True, "PENDING", "PENDING", False),
        ("甲5", False, "CORRECT", "PENDING", False),
    ]
    assert results[2].data.wrong_fields == ("姓名", "专业")
    assert results[2].data.reasons == ("有字段写错了", "其他")


def test_outdated_result_counts_as_not_given(class_group: ClassGroup, students) -> None:
    imaging.make_photo(students[0].record)

    result = class_results(students[0].campaign, class_group, now=NOW)[0]

    assert (result.photo.state, result.photo.is_invalid, result.data.state) == (
        Conclusion.PENDING,
        True,
        Conclusion.CORRECT,
    )


def test_members_are_those_of_the_class_then(class_group: ClassGroup, students) -> None:
    StudentRecord.objects.filter(pk=students[0].record_id).update(
        class_group=enrolment.make_class("历史学 2201 班")
    )
    CampaignMember.objects.filter(pk=students[1].pk).update(removed_at=NOW, removed_by="李老师")

    found = class_members(students[0].campaign, class_group)

    assert [each.pk for each in found] == [each.pk for each in students if each != students[1]]
    assert PhotoVersion.objects.count() == 5
