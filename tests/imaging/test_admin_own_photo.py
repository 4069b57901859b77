"""自己交的照片 at the desk: the queue, the buttons, the channels, a photo put in; who sees what."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.models import AuditEvent, FileView
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, OwnPhoto, PhotoChannels, PhotoVersion
from imaging.states.own_photo import OwnPhotoState, PhotoChannel
from tests.factories import imaging, own_photo
from tests.imaging.photos import jpeg

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
DAY = timedelta(days=1)
LIST = "admin:imaging_ownphoto_changelist"


@pytest.fixture
def today() -> datetime:
    """Pages read the clock."""
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def member(alice: User, record: StudentRecord, today: datetime) -> CampaignMember:
    """Alice in a running campaign that takes own photos."""
    campaign = imaging.make_campaign(
        opens_at=today - DAY, closes_at=today + 20 * DAY, sheet_freeze_at=today + 21 * DAY
    )
    return imaging.make_member(record, campaign)


@pytest.fixture
def sent(member: CampaignMember, today: datetime) -> OwnPhoto:
    own_photo.make_channels(member.campaign)
    return own_photo.make_own_photo(member, at=today)


def do(client: Client, photo: OwnPhoto, name: str, **given: object) -> str:
    address = reverse("admin:imaging_ownphoto_do", args=[photo.pk, name])
    response = client.post(address, given, follow=True)
    assert response.status_code == 200
    photo.refresh_from_db()
    return response.content.decode()


def test_queue_shows_what_was_sent_and_no_draft(
    client_of: ClientOf, li: User, member: CampaignMember, sent: OwnPhoto
) -> None:
    draft = own_photo.make_own_photo(member, OwnPhotoState.DRAFT)
    client = client_of(li)

    page = client.get(reverse(LIST), {"waiting": "open"}).content.decode()

    assert f"自己交的照片 {sent.pk}" in page
    assert f"自己交的照片 {draft.pk}" not in page
    assert "沈若溪" not in page
    change = reverse("admin:imaging_ownphoto_change", args=[draft.pk])
    assert client.get(change).status_code == 302
    picture = reverse("admin:imaging_ownphoto_picture", args=[draft.pk])
    assert client.get(picture).status_code == 404
    assert "自己交的照片等着看" in client.get(reverse("admin:index")).content.decode()


def test_claim_then_accept(
    client_of: ClientOf, li: User, member: CampaignMember, sent: OwnPhoto
) -> None:
    client = client_of(li)
    page = client.get(reverse("admin:imaging_ownphoto_change", args=[sent.pk])).content.decode()
    assert "我来看" in page
    assert "请学生重拍" not in page
    assert "和这人已有的照片比" in page
    assert AuditEvent.objects.filter(
        action="ownphoto.viewed", subject_id=str(member.record_id)
    ).exists()

    assert "归你看了" in do(client, sent, "claim")
    address = reverse("admin:imaging_ownphoto_do", args=[sent.pk, "accept"])
    assert "成为这份学籍的当前照片" in client.get(address).content.decode()
    assert "学生会收到通知" in do(client, sent, "accept")

    assert sent.state == OwnPhotoState.ACCEPTED
    assert PhotoVersion.objects.get(record=member.record).entry == sent.entry
    entry = reverse("admin:imaging_captureentry_change", args=[sent.entry_id])
    assert client.get(entry).status_code == 200


def test_return_wants_a_reason(client_of: ClientOf, li: User, sent: OwnPhoto) -> None:
    client = client_of(li)
    do(client, sent, "claim")

    do(client, sent, "return", reasons=[], answer="")
    assert sent.state == OwnPhotoState.IN_REVIEW
    do(client, sent, "return", reasons=["OTHER"], answer="")
    assert sent.state == OwnPhotoState.IN_REVIEW
    do(client, sent, "return", reasons=["LIGHT", "POSE"], answer="")

    assert (sent.state, sent.reasons) == (OwnPhotoState.RETURNED, ["LIGHT", "POSE"])


def test_picture_is_marked_and_logged(
    client_of: ClientOf, li: User, auditor: User, chen: User, alice: User, sent: OwnPhoto
) -> None:
    address = reverse("admin:imaging_ownphoto_picture", args=[sent.pk])
    for person in (li, auditor):
        response = client_of(person).get(address)
        assert response["Content-Type"] == "image/jpeg"
        assert response["Cache-Control"] == "no-store, private"
    assert FileView.objects.filter(file=sent.published).count() == 2
    assert [client_of(person).get(address).status_code for person in (chen, alice)] == [404, 404]
    OwnPhoto.objects.filter(pk=sent.pk).update(
        state=OwnPhotoState.WITHDRAWN, ended_at=sent.made_at, ended_by="本人"
    )
    assert client_of(li).get(address).status_code == 404


def test_auditor_only_looks(client_of: ClientOf, auditor: User, sent: OwnPhoto) -> None:
    client = client_of(auditor)
    page = client.get(reverse("admin:imaging_ownphoto_change", args=[sent.pk])).content.decode()

    assert "我来看" not in page
    address = reverse("admin:imaging_ownphoto_do", args=[sent.pk, "claim"])
    assert client.post(address).status_code == 403
    assert client.get(reverse("admin:imaging_ownphoto_add")).status_code == 403


def test_photo_put_in_for_a_student(client_of: ClientOf, li: User, member: CampaignMember) -> None:
    client = client_of(li)
    add = reverse("admin:imaging_ownphoto_add")
    given = {"student_no": member.record.student_no, "school": "", "reason": "学院邮件转来"}
    file = SimpleUploadedFile("照片.jpg", jpeg(), content_type="image/jpeg")

    assert (
        "GIF"
        in client.post(
            add, {**given, "picture": SimpleUploadedFile("x.jpg", b"GIF89a" + bytes(9))}
        ).content.decode()
    )
    assert not OwnPhoto.objects.exists()
    response = client.post(add, {**given, "picture": file})

    made = OwnPhoto.objects.get()
    assert response["Location"] == reverse("admin:imaging_ownphoto_change", args=[made.pk])
    assert (made.channel, made.state) == (PhotoChannel.STAFF, OwnPhotoState.ACCEPTED)
    assert client.get(response["Location"]).status_code == 200
    history = reverse("admin:imaging_ownphoto_history", args=[made.pk])
    assert "学院邮件转来" in client.get(history).content.decode()


def test_channels_are_set_with_a_reason(
    client_of: ClientOf, li: User, member: CampaignMember, today: datetime
) -> None:
    client = client_of(li)
    address = reverse("admin:imaging_campaign_do", args=[member.campaign_id, "channels"])
    page = client.get(address).content.decode()
    assert "自己选文件" in page
    given = {
        "ways": ["takes_on_site", "takes_camera"],
        "attempts": "2",
        "opens_at": f"{today:%Y-%m-%dT%H:%M}",
        "closes_at": f"{today + DAY:%Y-%m-%dT%H:%M}",
    }

    client.post(address, {**given, "reason": ""})
    assert not PhotoChannels.objects.exists()
    client.post(address, {**given, "ways": [], "reason": "试点"})
    client.post(address, {**given, "attempts": "11", "reason": "试点"})
    client.post(address, {**given, "closes_at": given["opens_at"], "reason": "试点"})
    assert not PhotoChannels.objects.exists()
    client.post(address, {**given, "reason": "试点"})

    channels = PhotoChannels.objects.get()
    assert (channels.takes_camera, channels.takes_upload, channels.attempts) == (True, False, 2)
    event = AuditEvent.objects.get(action="campaign.channels_set")
    assert (event.reason, event.details["before"]) == ("试点", {})
    page = client.get(
        reverse("admin:imaging_campaign_change", args=[member.campaign_id])
    ).content.decode()
    assert "现场拍照、自己现拍" in page
