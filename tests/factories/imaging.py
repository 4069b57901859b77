"""Campaigns, members with their first round, photos with real bytes, conclusions."""

import hashlib
import io
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any

from PIL import Image, ImageDraw

from common import files
from common.actors import SYSTEM
from enrollment.models import StudentRecord
from enrollment.states import ImportState
from imaging.models import (
    Campaign,
    CampaignMember,
    CaptureEntry,
    PhotoBatch,
    PhotoProfile,
    PhotoVersion,
    ReopenRequest,
    VerificationConclusion,
    VerificationRound,
)
from imaging.states import (
    CampaignKind,
    Conclusion,
    ConclusionKind,
    DataReason,
    MatchState,
    PhotoKind,
    PhotoReason,
    RoundCause,
)
from tests.factories.enrolment import make_school

OPENS = datetime(2026, 6, 1, 0, 0, tzinfo=UTC)
CLOSES = datetime(2026, 6, 16, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
FREEZE = datetime(2026, 6, 17, 3, 0, tzinfo=UTC)  # 11:00 of the next day
ATTACHED = datetime(2026, 6, 2, 2, 0, tzinfo=UTC)
_serial = count(1)


@lru_cache(maxsize=64)
def portrait(serial: int = 0) -> bytes:
    """A drawn head on light blue, 480×640, different for each number."""
    picture = Image.new("RGB", (480, 640), (100, 197, 255))
    draw = ImageDraw.Draw(picture)
    skin = (230 - serial * 7 % 60, 190 - serial * 5 % 50, 160)
    draw.ellipse((150, 130, 330, 400), fill=skin)
    draw.rectangle((90, 430 + serial % 30, 390, 640), fill=(40, 40 + serial * 11 % 90, 60))
    # The colours come back after 180 numbers: from there on the number itself is sewn on.
    for bit in range(10):
        if serial // 180 >> bit & 1:
            draw.rectangle((100 + 28 * bit, 600, 118 + 28 * bit, 618), fill=(250, 250, 250))
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=90, dpi=(300, 300))
    return data.getvalue()


def make_profile(kind: PhotoKind = PhotoKind.GRADUATION, **fields: Any) -> PhotoProfile:
    """The photo standard of a kind."""
    name = fields.pop("name", f"{kind.label}标准")
    return PhotoProfile.objects.get_or_create(name=name, kind=kind, defaults=fields)[0]


def make_campaign(**fields: Any) -> Campaign:
    """A campaign of 远山大学 for 2026, open from the first to the sixteenth of June."""
    schools = fields.pop("schools", None)
    values: dict[str, Any] = {
        "title": "2026 届毕业图像校对",
        "kind": CampaignKind.GRADUATION,
        "graduating_class": 2026,
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "sheet_freeze_at": FREEZE,
        "created_at": OPENS - timedelta(days=7),
        "created_by": "测试",
        **fields,
    }
    values.setdefault("profile", make_profile())
    campaign = Campaign.objects.create(**values)
    campaign.schools.set(schools or [make_school()])
    return campaign


def make_member(
    record: StudentRecord, campaign: Campaign | None = None, **fields: Any
) -> CampaignMember:
    """The record in the campaign, with a first round and two conclusions still to be given."""
    campaign = campaign or Campaign.objects.first() or make_campaign()
    values = {
        "class_group": record.class_group,
        "closes_at": campaign.closes_at,
        "sheet_freeze_at": campaign.sheet_freeze_at,
        "added_at": campaign.opens_at,
        "added_by": "测试",
        **fields,
    }
    member = CampaignMember.objects.create(campaign=campaign, record=record, **values)
    first = VerificationRound.objects.create(
        member=member,
        round_no=1,
        cause=RoundCause.FIRST,
        opened_at=campaign.opens_at,
        opened_by="测试",
    )
    for kind in campaign.asked:
        VerificationConclusion.objects.create(round=first, kind=kind)
    return member


def waive_photo(member: CampaignMember, *, at: datetime = ATTACHED) -> None:
    """免交照片: the photo is not asked for, as the service leaves it."""
    CampaignMember.objects.filter(pk=member.pk).update(
        photo_waived_at=at, photo_waived_by="李老师", photo_waived_reason="本人书面说明不拍照"
    )
    VerificationConclusion.objects.filter(round__member=member, kind=ConclusionKind.PHOTO).delete()
    member.refresh_from_db()


def make_photo(
    record: StudentRecord,
    kind: PhotoKind = PhotoKind.GRADUATION,
    *,
    data: bytes | None = None,
    at: datetime = ATTACHED,
) -> PhotoVersion:
    """A new current version with real bytes; the version before it has ended."""
    serial = next(_serial)
    # Never one of the small numbers with which a test names a photo of its own.
    data = data or portrait(1000 + serial % 50)
    batch = PhotoBatch.objects.create(
        file_name="照片.zip",
        file_sha256=hashlib.sha256(data).hexdigest(),
        kind=kind,
        state=ImportState.UPLOADED,
        created_at=at,
        created_by="测试",
    )
    stored = [
        files.store(data, kind=use, content_type="image/jpeg", now=at, actor=SYSTEM)
        for use in ("original", "photo")
    ]
    entry = CaptureEntry.objects.create(
        batch=batch,
        kind=kind,
        file_name=f"{record.student_no}.jpg",
        school_code=record.school.code,
        student_no=record.student_no,
        entry_hash=hashlib.sha256(f"{serial}".encode()).hexdigest(),
        state=MatchState.MATCHED,
        record=record,
        original=stored[0],
        published=stored[1],
        captured_date=at.date(),
        received_at=at,
    )
    before = PhotoVersion.objects.filter(record=record, kind=kind)
    before.filter(is_current=True).update(
        is_current=False, ended_at=at, ended_by="测试", end_reason="换了新的一版"
    )
    return PhotoVersion.objects.create(
        record=record,
        kind=kind,
        version_no=before.count() + 1,
        entry=entry,
        attached_at=at,
        attached_by="测试",
    )


def end_photo(
    version: PhotoVersion, *, at: datetime, state: MatchState = MatchState.VOIDED
) -> PhotoVersion:
    """The photo is voided, or taken away; nothing comes in its place."""
    PhotoVersion.objects.filter(pk=version.pk).update(
        is_current=False, ended_at=at, ended_by="李老师", end_reason="不是她"
    )
    CaptureEntry.objects.filter(pk=version.entry_id).update(
        state=state, record=None, settled_at=at, settled_by="李老师"
    )
    version.refresh_from_db()
    return version


def make_conclusion(
    member: CampaignMember,
    kind: ConclusionKind,
    state: Conclusion = Conclusion.CORRECT,
    *,
    at: datetime = ATTACHED,
    **fields: Any,
) -> VerificationConclusion:
    """The conclusion of the current round, given at `at` on what is there now."""
    row = VerificationConclusion.objects.select_related("round").get(
        round__member=member, round__is_current=True, kind=kind
    )
    record = StudentRecord.objects.get(pk=member.record_id)
    values: dict[str, Any] = {"state": state}
    if state != Conclusion.PENDING:
        is_photo = kind == ConclusionKind.PHOTO
        photo = PhotoVersion.objects.filter(
            record=record, kind=member.campaign.profile.kind, is_current=True
        ).first()
        values |= {
            "concluded_at": at,
            "concluded_by": "a****@example.test",
            "locks_at": min(at + member.campaign.window, member.sheet_freeze_at),
            "seen_photo": photo if is_photo else None,
            "seen_digest": record.identity_digest if is_photo else record.key_digest,
        }
    if state == Conclusion.INCORRECT:
        values |= (
            {"reasons": [PhotoReason.POOR_QUALITY if values["seen_photo"] else PhotoReason.MISSING]}
            if kind == ConclusionKind.PHOTO
            else {"reasons": [DataReason.FIELD_WRONG], "wrong_fields": ["major_name"]}
        )
    for name, value in {**values, **fields}.items():
        setattr(row, name, value)
    row.save()
    return row


def make_reopen(member: CampaignMember, *, at: datetime = ATTACHED, **fields: Any) -> ReopenRequest:
    """A request on the photo of the member's current round, just handed in."""
    values: dict[str, Any] = {
        "round": VerificationRound.objects.get(member=member, is_current=True),
        "asks_photo": True,
        "reason": "当时看错了照片",
        "submitted_at": at,
        "submitted_by": "a****@example.test",
        "due_at": at + timedelta(days=2),
        **fields,
    }
    return ReopenRequest.objects.create(member=member, **values)
