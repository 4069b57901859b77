"""What is real is neither wiped nor in the way for ever: notices others read, photos, people at work."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from common.errors import NotAllowedError
from enrollment.models import College, School, StudentRecord
from imaging.models import (
    Announcement,
    AnnouncementFile,
    AnnouncementRead,
    Campaign,
    CaptureEntry,
    RehearsalWipe,
)
from imaging.services.announcements import (
    content_of,
    revise_announcement,
    withdraw_announcement,
)
from imaging.states.rehearsal import WipeState
from tests.factories.imaging import CLOSES
from tests.factories.rehearsal import TITLE, make_rehearsal
from xuexin.rehearsal.scope import foresee, read_elsewhere
from xuexin.rehearsal.wiping import ask_wipe, wipe_rehearsal

pytestmark = [pytest.mark.unit, pytest.mark.django_db]
SECOND = timedelta(seconds=1)


@pytest.fixture
def now() -> datetime:
    """When the rehearsal is over."""
    return CLOSES


@pytest.fixture
def rehearsal(record: StudentRecord, alice: User, chen: User, li: User, now: datetime) -> Campaign:
    return make_rehearsal(record, alice, chen, li, now=now)


def ask(campaign: Campaign, actor: User, now: datetime) -> RehearsalWipe:
    return ask_wipe(campaign=campaign, actor=actor, now=now, title=TITLE, reason="演练结束")


def correct(actor: User, now: datetime, **changes: object) -> Announcement:
    """The notice of the rehearsal, corrected after it was published."""
    notice = Announcement.objects.get()
    return revise_announcement(
        announcement=notice,
        content=replace(content_of(notice), **changes),  # type: ignore[arg-type]
        seen=notice.version_no,
        note="更正",
        actor=actor,
        now=now,
    )


def test_notice_to_its_students_alone_is_in_nobodys_way(rehearsal: Campaign) -> None:
    assert read_elsewhere(rehearsal) == []
    assert foresee(rehearsal).kept_notices == 0


@pytest.mark.parametrize(
    "changes", [{"is_public": True}, {"readers": ()}, {"readers": ("STUDENT", "COUNSELLOR")}]
)
def test_published_notice_that_others_read_forbids_it_and_withdrawn_it_stays(
    changes: dict[str, object], rehearsal: Campaign, li: User, now: datetime
) -> None:
    notice = correct(li, now + SECOND, **changes)
    with pytest.raises(NotAllowedError, match="公告“关于演练的公告”不只给这次演练的学生看"):
        ask(rehearsal, li, now + 2 * SECOND)
    withdraw_announcement(announcement=notice, reason="演练结束", actor=li, now=now + 2 * SECOND)
    key = AnnouncementFile.objects.get().file.key

    wipe = ask(rehearsal, li, now + 3 * SECOND)
    assert wipe_rehearsal(wipe_id=wipe.pk, now=now + 3 * SECOND)

    wipe.refresh_from_db()
    assert wipe.state == WipeState.DONE
    assert Announcement.objects.get().campaign is None
    assert notice.versions.count() == 2
    assert AnnouncementRead.objects.count() == 1
    assert default_storage.exists(key)


def test_notice_that_others_could_read_before_it_was_corrected_counts(
    rehearsal: Campaign, li: User, now: datetime
) -> None:
    notice = correct(li, now + SECOND, is_public=True)
    correct(li, now + 2 * SECOND, is_public=False)

    assert read_elsewhere(rehearsal) == [notice]


def test_notice_for_a_college_of_a_real_school_counts(
    rehearsal: Campaign, li: User, now: datetime
) -> None:
    real = School.objects.create(code="19999", name="远岭学院")
    college = College.objects.create(school=real, name="文学院")
    notice = correct(li, now + SECOND, colleges=(college.pk,))

    assert read_elsewhere(rehearsal) == [notice]


def test_photo_of_a_real_school_that_nobody_matched_forbids_it(
    rehearsal: Campaign, li: User, now: datetime
) -> None:
    School.objects.create(code="19999", name="远岭学院")
    CaptureEntry.objects.filter(batch__campaign=rehearsal).update(school_code="19999")

    with pytest.raises(NotAllowedError, match="“采集信息”里有真的学校的照片"):
        ask(rehearsal, li, now)

    assert CaptureEntry.objects.exists()


def test_rehearsal_that_is_not_over_is_not_wiped(
    rehearsal: Campaign, li: User, now: datetime
) -> None:
    with pytest.raises(NotAllowedError, match="还没到学生截止时间"):
        ask(rehearsal, li, now - SECOND)
    assert not RehearsalWipe.objects.exists()

    assert ask(rehearsal, li, now).state == WipeState.WIPING
