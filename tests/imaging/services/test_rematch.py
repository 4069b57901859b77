"""Photos that came before their roster find it when it is there."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.models import AuditEvent
from imaging.matching import MatchReason
from imaging.models import CaptureEntry
from imaging.services.capture import detach_entry
from imaging.services.rematch import rematch_unmatched
from imaging.states import MatchState
from tests.factories import enrolment, imaging, people
from tests.factories.imaging import portrait
from tests.imaging.services.deliveries import deliver

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.mark.parametrize(
    "name",
    ["2022041234", "99010118860312555X", "22990101019876", "S20220412", "990101886031255"],
)
def test_photo_that_came_first_finds_its_record(name: str, now: datetime) -> None:
    deliver({f"{name}沈若溪.jpg": portrait(1)}, now=now)
    assert rematch_unmatched(now=now) == 0
    fields = {
        "2022041234": {"student_no": name},
        "99010118860312555X": {"id_number": name},
        "22990101019876": {"candidate_no": name},
        "S20220412": {"student_no": name},
        "990101886031255": {"student_no": name},
    }[name]
    record = enrolment.make_record(**fields)

    assert rematch_unmatched(now=now + timedelta(hours=1)) == 1
    assert rematch_unmatched(now=now + timedelta(hours=1)) == 0

    assert record.photos.get(is_current=True).entry == CaptureEntry.objects.get()
    assert AuditEvent.objects.get(action="entry.matched").subject_id == str(record.pk)


def test_only_the_given_records_are_looked_at(now: datetime) -> None:
    deliver({"2022041234.jpg": portrait(1)}, now=now)
    record = enrolment.make_record(student_no="2022041234")
    other = enrolment.make_record()

    assert rematch_unmatched(now=now, record_ids=[other.pk]) == 0
    assert rematch_unmatched(now=now, record_ids=[record.pk]) == 1


def test_older_photo_does_not_replace_a_newer_one(now: datetime) -> None:
    deliver({"2022041234.jpg": portrait(1)}, now=now)
    record = enrolment.make_record(student_no="2022041234")
    newer = imaging.make_photo(record, at=now + timedelta(days=1))

    assert rematch_unmatched(now=now + timedelta(days=2)) == 0

    entry = CaptureEntry.objects.exclude(pk=newer.entry_id).get()
    assert (entry.state, entry.reason) == (MatchState.AMBIGUOUS, MatchReason.SEVERAL_PHOTOS)
    assert record.photos.get(is_current=True) == newer


def test_two_photos_of_one_record_wait_for_a_person(now: datetime) -> None:
    number = people.make_number(812)
    deliver({"2022041234.jpg": portrait(1), f"{number}.jpg": portrait(2)}, now=now)
    enrolment.make_record(student_no="2022041234", id_number=number)

    assert rematch_unmatched(now=now) == 0

    assert {entry.state for entry in CaptureEntry.objects.all()} == {MatchState.AMBIGUOUS}


def test_detached_photo_is_left_alone(li: User, now: datetime) -> None:
    record = enrolment.make_record(student_no="2022041234")
    deliver({"2022041234.jpg": portrait(1)}, now=now)
    detach_entry(entry=CaptureEntry.objects.get(), actor=li, now=now, reason="不是本人")

    assert rematch_unmatched(now=now) == 0
    assert record.photos.filter(is_current=True).count() == 0


def test_reason_follows_what_is_known_now(now: datetime) -> None:
    deliver({"2022041234张三.jpg": portrait(1)}, now=now)
    assert CaptureEntry.objects.get().reason == MatchReason.UNKNOWN_NUMBER
    enrolment.make_record(student_no="2022041234", name="沈若溪")

    assert rematch_unmatched(now=now) == 0

    assert CaptureEntry.objects.get().reason == MatchReason.NAME_MISMATCH
