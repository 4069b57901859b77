"""A photo settled by one person while its student concludes: the clerk waits, and looks again."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from accounts.models import User
from imaging.models import Campaign, CaptureEntry, PhotoVersion
from imaging.services import verification
from imaging.services.capture import attach_entry, detach_entry, edit_capture_data
from imaging.services.verification import Verdict, conclude, seen_of
from imaging.states import Conclusion, ConclusionAction, ConclusionKind, MatchState
from tests.factories import repairing
from tests.factories.racing import Meeting
from tests.factories.repairing import Student
from tests.imaging.services.deliveries import deliver, entry_named, marked

pytestmark = [pytest.mark.unit, pytest.mark.django_db(transaction=True)]

PHOTO = ConclusionKind.PHOTO


@pytest.fixture
def student(db: None, now: datetime) -> Student:
    """Has not concluded; what is concluded in this campaign locks at once."""
    made = repairing.make_student("2022040111", "沈若溪", at=now, state=None)
    Campaign.objects.update(window_hours=0)
    return made


def concluding(student: Student, now: datetime) -> Callable[[], object]:
    photo = student.record.photos.get(is_current=True)
    asked = Verdict(action=ConclusionAction.ACCEPT, seen=seen_of(student.record, photo, PHOTO))
    return partial(
        conclude, member=student.member, kind=PHOTO, verdict=asked, actor=student.user, now=now
    )


def stopped(monkeypatch: pytest.MonkeyPatch) -> Meeting:
    """The conclusion is written, and not committed yet, when the other one begins."""
    meeting, swap = Meeting(), verification._swap

    def slow(*args: Any, **kwargs: Any) -> None:
        swap(*args, **kwargs)
        meeting.stop()

    monkeypatch.setattr(verification, "_swap", slow)
    return meeting


def stray(now: datetime) -> CaptureEntry:
    deliver({"2022049999.jpg": marked(5)}, now=now)
    return entry_named("2022049999.jpg")


def test_photo_locked_in_this_moment_is_not_replaced_by_one(
    student: Student, li: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = stray(now)
    attach = partial(
        attach_entry, entry=entry, record=student.record, actor=li, now=now, reason="补拍"
    )

    told = stopped(monkeypatch).told(concluding(student, now), attach)

    assert (told[0], "已经锁定" in told[1]) == ("", True)
    assert student.shown == student.entry
    assert student.conclusion.state == Conclusion.CORRECT
    assert not PhotoVersion.objects.filter(entry=entry).exists()


def test_photo_judged_in_this_moment_is_not_taken_away_by_one(
    student: Student, li: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    detach = partial(detach_entry, entry=student.entry, actor=li, now=now, reason="放错了")

    told = stopped(monkeypatch).told(concluding(student, now), detach)

    assert (told[0], "已经核对过" in told[1]) == ("", True)
    assert student.shown == student.entry


def test_corrected_data_wait_where_the_photo_is_locked_in_this_moment(
    student: Student, li: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = stray(now)
    edit = partial(
        edit_capture_data,
        entry=entry,
        changes={"student_no": student.record.student_no},
        actor=li,
        now=now,
        reason="学号写错",
    )

    told = stopped(monkeypatch).told(concluding(student, now), edit)

    assert told == ["", ""]
    assert student.shown == student.entry
    assert CaptureEntry.objects.get(pk=entry.pk).state == MatchState.AMBIGUOUS
