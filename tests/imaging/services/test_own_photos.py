"""自己交照片, the student's side: drafts, attempts, limits, withdrawal."""

from datetime import datetime, timedelta

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from common import files
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, StoredFile
from common.ratelimit import TooManyError
from enrollment.models import Binding, StudentRecord
from imaging.models import CampaignMember, CaptureEntry, OwnPhoto
from imaging.selectors.capture_plan import plan_of
from imaging.selectors.own_photo import own_photos_of, own_standing
from imaging.services.own_photos import (
    MEASURES,
    discard_own,
    measure_own,
    send_own,
    withdraw_own,
)
from imaging.states import Conclusion, ConclusionKind
from imaging.states.own_photo import OwnPhotoState, PhotoChannel
from tests.factories import capture, imaging, own_photo
from tests.imaging.photos import jpeg, picture

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DAY = timedelta(days=1)
CAMERA, UPLOAD = PhotoChannel.CAMERA, PhotoChannel.UPLOAD


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice in a campaign that takes own photos."""
    member = imaging.make_member(record)
    own_photo.make_channels(member.campaign)
    return member


def measured(member: CampaignMember, actor: User, now: datetime, *, size: int = 600) -> OwnPhoto:
    return measure_own(
        record=member.record,
        channel=CAMERA,
        data=jpeg(picture((size, size * 4 // 3))),
        actor=actor,
        now=now,
    )


def refused(member: CampaignMember, actor: User, now: datetime) -> str:
    with pytest.raises(DomainError) as caught:
        measured(member, actor, now)
    assert not OwnPhoto.objects.filter(state=OwnPhotoState.DRAFT).exists()
    return str(caught.value)


def test_draft_is_measured_and_nobody_elses_business(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    draft = measured(member, alice, now)

    assert draft.state == OwnPhotoState.DRAFT
    assert (draft.attempt_no, draft.sent_at, draft.entry) == (None, None, None)
    assert draft.measures["width"] == 480
    assert draft.original.encrypted
    assert files.read(draft.published).startswith(b"\xff\xd8")
    assert not AuditEvent.objects.filter(action__startswith="ownphoto").exists()
    assert not CaptureEntry.objects.exists()


def test_sending_counts_and_is_written_down(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    sent = send_own(photo=measured(member, alice, now), actor=alice, now=now)

    assert (sent.state, sent.attempt_no, sent.sent_at) == (OwnPhotoState.SENT, 1, now)
    event = AuditEvent.objects.get(action="ownphoto.sent")
    assert event.subject_id == str(member.record_id)
    assert event.details == {"channel": "CAMERA", "attempt_no": 1}
    assert "已经交了一张" in refused(member, alice, now)


def test_another_draft_takes_the_place_of_the_first(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    first, second = measured(member, alice, now), measured(member, alice, now, size=720)

    first.refresh_from_db()
    assert (first.state, first.ended_at) == (OwnPhotoState.DISCARDED, now)
    with pytest.raises(StaleStateError):
        send_own(photo=first, actor=alice, now=now)
    assert send_own(photo=second, actor=alice, now=now).attempt_no == 1


def test_window_that_shows_an_older_draft_sends_nothing(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    seen = OwnPhoto.objects.select_related("member__record").get(pk=measured(member, alice, now).pk)
    measured(member, alice, now, size=720)

    with pytest.raises(StaleStateError, match="另一个窗口"):
        send_own(photo=seen, actor=alice, now=now)
    assert OwnPhoto.objects.filter(sent_at__isnull=False).count() == 0


def test_withdrawn_attempt_stays_counted_until_none_is_left(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    sent = None
    for number in (1, 2, 3):
        sent = send_own(photo=measured(member, alice, now), actor=alice, now=now)
        assert sent.attempt_no == number
        assert withdraw_own(photo=sent, actor=alice, now=now).state == OwnPhotoState.WITHDRAWN

    assert sent is not None
    assert "已经交过 3 次" in refused(member, alice, now)
    with pytest.raises(StaleStateError):
        withdraw_own(photo=sent, actor=alice, now=now)


def test_discarded_draft_is_no_attempt(alice: User, member: CampaignMember, now: datetime) -> None:
    discard_own(photo=measured(member, alice, now), actor=alice, now=now)

    plan = plan_of(member.record, now=now)
    assert plan is not None
    assert own_standing(plan, alice).left == 3


def test_draft_of_yesterday_is_not_sent(alice: User, member: CampaignMember, now: datetime) -> None:
    draft = measured(member, alice, now)

    with pytest.raises(StaleStateError, match="放了一天"):
        send_own(photo=draft, actor=alice, now=now + DAY)


def test_nobody_else_sends_or_withdraws(
    alice: User, li: User, eve: User, member: CampaignMember, now: datetime
) -> None:
    draft = measured(member, alice, now)
    for stranger in (li, eve):
        with pytest.raises(NotAllowedError):
            send_own(photo=draft, actor=stranger, now=now)
        with pytest.raises(NotAllowedError):
            measured(member, stranger, now)
    sent = send_own(photo=draft, actor=alice, now=now)
    for stranger in (li, eve):
        with pytest.raises(NotAllowedError):
            withdraw_own(photo=sent, actor=stranger, now=now)
    assert not own_photos_of(eve).exists()


def test_channel_that_is_off_takes_nothing(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    channels = member.campaign.channels
    channels.takes_upload = False
    channels.save()

    with pytest.raises(NotAllowedError, match="不收这样来的"):
        measure_own(record=member.record, channel=UPLOAD, data=jpeg(), actor=alice, now=now)
    with pytest.raises(NotAllowedError, match="不收这样来的"):
        measure_own(
            record=member.record, channel=PhotoChannel.STAFF, data=jpeg(), actor=alice, now=now
        )


def test_campaign_without_channels_takes_nothing(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    assert "不收自己交的照片" in refused(imaging.make_member(record), alice, now)


def test_time_is_half_open(alice: User, member: CampaignMember, now: datetime) -> None:
    channels = member.campaign.channels
    second = timedelta(seconds=1)

    channels.opens_at, channels.closes_at = now + second, now + DAY
    channels.save()
    assert "还没开始收" in refused(member, alice, now)
    assert measured(member, alice, now + second).pk
    channels.opens_at, channels.closes_at = now - DAY, now
    channels.save()
    with pytest.raises(NotAllowedError, match="已经截止"):
        measured(member, alice, now)
    assert measured(member, alice, now - second).pk


def test_who_has_a_photo_or_was_photographed_sends_none(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    session = capture.make_session(member.campaign, starts_at=now)
    ticket = capture.make_ticket(member)
    visit = session.visits.create(member=member, ticket=ticket, arrived_at=now, arrived_by="测试")
    assert "已经在现场拍过" in refused(member, alice, now)
    visit.delete()
    imaging.make_photo(member.record)
    assert "照片已经到了" in refused(member, alice, now)


def test_photo_that_is_locked_as_wrong_may_be_sent_anew(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    imaging.make_photo(member.record)
    imaging.make_conclusion(member, ConclusionKind.PHOTO, Conclusion.INCORRECT, at=now - 3 * DAY)

    assert send_own(photo=measured(member, alice, now), actor=alice, now=now).attempt_no == 1


def test_file_that_is_no_photo_leaves_nothing_behind(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    before = StoredFile.objects.count()

    with pytest.raises(InvalidInputError, match="内容是 GIF") as caught:
        measure_own(
            record=member.record,
            channel=CAMERA,
            data=b"GIF89a" + bytes(20),
            actor=alice,
            now=now,
        )

    assert caught.value.field == "picture"
    assert StoredFile.objects.count() == before


def test_bytes_go_when_the_rows_cannot_be_written(
    alice: User, member: CampaignMember, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    write = files.write_blob

    def noted(*args: object, **kwargs: object) -> str:
        kept.append(write(*args, **kwargs))  # type: ignore[arg-type]
        return kept[-1]

    monkeypatch.setattr(files, "write_blob", noted)
    monkeypatch.setattr(OwnPhoto.objects, "create", _fail)

    with pytest.raises(RuntimeError):
        measured(member, alice, now)
    assert len(kept) == 2
    assert not any(default_storage.exists(key) for key in kept)


def _fail(**_fields: object) -> None:
    raise RuntimeError


def test_measuring_is_limited(alice: User, member: CampaignMember, now: datetime) -> None:
    for _ in range(MEASURES.amount):
        with pytest.raises(InvalidInputError):
            measure_own(record=member.record, channel=CAMERA, data=b"", actor=alice, now=now)

    with pytest.raises(TooManyError):
        measured(member, alice, now)


def test_next_holder_of_the_record_sees_nothing_of_the_former(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    sent = own_photo.make_own_photo(member, at=now)
    assert list(own_photos_of(alice)) == [sent]

    Binding.objects.filter(record=member.record).update(bound_at=now + DAY)

    assert not own_photos_of(alice).exists()
