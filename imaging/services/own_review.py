"""自己交照片, the school's side: one of the office looks at a photo, takes it in or asks for another."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit, files, outbox
from common.actors import Actor
from common.crypto import blind_index
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import Channel, StoredFile
from common.ratelimit import Limit, hit
from common.wording import local
from enrollment.models import StudentRecord
from enrollment.selectors import owner_of
from enrollment.states import ImportState
from imaging.matching import MatchReason
from imaging.models import CampaignMember, CaptureEntry, OwnPhoto, PhotoBatch
from imaging.policies import check_can_settle_photos, check_not_registered, is_own, is_told
from imaging.selectors.capture_plan import capture_member_of
from imaging.selectors.repair import Guard, guard_of_record
from imaging.services.batch_report import BatchReport
from imaging.services.entries import measures_of, remarks_of
from imaging.services.own_photos import keep_shot, move_own, shot_of
from imaging.services.repair import propose_replace
from imaging.services.versions import hold_rounds, put_forward
from imaging.states import MatchState, PhotoKind
from imaging.states.own_photo import (
    OWN_PHOTO,
    OwnPhotoAction,
    OwnPhotoState,
    PhotoChannel,
    ReturnReason,
)

__all__ = [
    "LONGEST_ANSWER",
    "accept_own",
    "claim_own",
    "release_own",
    "return_own",
    "take_over_own",
    "upload_for",
]

LONGEST_ANSWER: Final = 300
_LONGEST_REASON: Final = 300
_UPLOADS: Final = Limit("own-photo-staff-upload", 120, 3600)
_SHOWN: Final = "这份学籍的照片刚刚被别人换过，请刷新页面再看。"


@transaction.atomic
def claim_own(*, photo: OwnPhoto, actor: User, now: datetime) -> OwnPhoto:
    """One of the office begins to look; nobody else decides on it meanwhile."""
    move_own(photo, OwnPhotoAction.CLAIM, actor=actor, now=now, **_reviewer(actor, now))
    return photo


@transaction.atomic
def take_over_own(*, photo: OwnPhoto, actor: User, now: datetime) -> OwnPhoto:
    """Another one of the office goes on with it, as when a colleague has left for the day."""
    move_own(photo, OwnPhotoAction.TAKE_OVER, actor=actor, now=now, **_reviewer(actor, now))
    return photo


@transaction.atomic
def release_own(*, photo: OwnPhoto, actor: User, now: datetime) -> OwnPhoto:
    """Back into the queue, undecided."""
    move_own(
        photo,
        OwnPhotoAction.RELEASE,
        actor=actor,
        now=now,
        claimed_at=None,
        claimed_by="",
        reviewer_id="",
    )
    return photo


def _reviewer(actor: User, now: datetime) -> dict[str, object]:
    return {"claimed_at": now, "claimed_by": actor.actor_label, "reviewer_id": actor.actor_id}


@transaction.atomic
def return_own(
    *,
    photo: OwnPhoto,
    reasons: Sequence[ReturnReason],
    answer: str,
    actor: User,
    now: datetime,
) -> OwnPhoto:
    """Ask the student for another photo, with reasons from the list and, where they do not say it, words."""
    chosen = [reason for reason in ReturnReason if reason in reasons]
    said = answer.strip()
    if not chosen:
        raise InvalidInputError("至少选一条原因，学生才知道怎么重拍。", field="reasons")
    if ReturnReason.OTHER in chosen and not said:
        raise InvalidInputError("选了“别的原因”，请写一句给学生的话。", field="answer")
    if len(said) > LONGEST_ANSWER:
        raise InvalidInputError(f"请写在 {LONGEST_ANSWER} 字以内。", field="answer")
    move_own(
        photo,
        OwnPhotoAction.RETURN,
        actor=actor,
        now=now,
        reasons=[reason.value for reason in chosen],
        answer=said or None,
        ended_at=now,
        ended_by=actor.actor_label,
    )
    _tell(photo, "own_photo_returned", now=now, reasons=photo.reason_labels)
    return photo


@transaction.atomic
def accept_own(*, photo: OwnPhoto, actor: User, now: datetime) -> OwnPhoto:
    """Take the photo in: it becomes a capture entry and the record's current photo, to be verified.

    A locked photo is never replaced by this: the entry waits beside it, and a 照片更正 is proposed
    that another one of the office confirms.
    """
    OWN_PHOTO.target(OwnPhotoAction.ACCEPT, source=OwnPhotoState(photo.state))
    # Held until the end, so that a student who withdraws comes wholly before or after.
    held = OwnPhoto.objects.select_for_update(of=("self",)).filter(
        pk=photo.pk, state=photo.state, claimed_at=photo.claimed_at
    )
    if held.first() is None:
        raise StaleStateError("这张照片刚刚有了变化，学生可能撤回了。请刷新页面再看。")
    entry = _take_in(photo, actor=actor, now=now, reason="学生自己交的照片")
    move_own(
        photo,
        OwnPhotoAction.ACCEPT,
        actor=actor,
        now=now,
        entry=entry,
        ended_at=now,
        ended_by=actor.actor_label,
    )
    _tell(photo, "own_photo_accepted", now=now)
    return photo


def upload_for(
    *, record: StudentRecord, data: bytes, reason: str, actor: User, now: datetime
) -> OwnPhoto:
    """Staff put one photo to a record that came by mail or on paper, with the reason; taken in at once.

    A locked photo is not replaced: another one of the office confirms (see `accept_own`).
    """
    check_can_settle_photos(actor)
    if not reason.strip():
        raise InvalidInputError("请写明理由：照片从哪里来。", field="reason")
    member = capture_member_of(record, now=now)
    if member is None or not record.is_shown:
        raise InvalidInputError(
            "这名学生不在正在进行的毕业图像校对里，先把学籍加入批次。", field="student_no"
        )
    if is_own(actor, member):
        raise NotAllowedError("这是你自己的学籍，要由别的老师办。")
    hit(_UPLOADS, actor.actor_id, now=now)
    shot = shot_of(data, member)
    kept = keep_shot(shot, actor=actor, now=now)
    photo = OwnPhoto(
        member=member,
        channel=PhotoChannel.STAFF,
        state=OwnPhotoState.ACCEPTED,
        measures=measures_of(shot.inspection),
        warnings=remarks_of(shot.inspection.warnings),
        made_at=now,
        made_by=actor.actor_label,
        maker_id=actor.actor_id,
        ended_at=now,
        ended_by=actor.actor_label,
    )
    try:
        return _upload(photo, kept, reason.strip()[:_LONGEST_REASON], actor=actor, now=now)
    except BaseException:
        for file in kept:
            files.discard_blob(file.key)
        raise


@transaction.atomic
def _upload(
    photo: OwnPhoto,
    kept: tuple[StoredFile, StoredFile],
    reason: str,
    *,
    actor: User,
    now: datetime,
) -> OwnPhoto:
    for file in kept:
        file.save()
    photo.original, photo.published = kept
    photo.entry = _take_in(photo, actor=actor, now=now, reason=reason)
    photo.save()
    audit.record(
        "ownphoto.uploaded",
        actor=actor,
        now=now,
        obj=photo,
        subject=photo.member.record,
        reason=reason,
        details={"channel": photo.channel},
    )
    _tell(photo, "own_photo_accepted", now=now)
    return photo


def _take_in(photo: OwnPhoto, *, actor: User, now: datetime, reason: str) -> CaptureEntry:
    """The entry of the photo, and the record's current photo, or a proposal where that is locked."""
    member = photo.member
    check_not_registered(member)
    record, kind = member.record, PhotoKind(member.campaign.profile.kind)
    hold_rounds([record.pk])
    is_locked = guard_of_record(record, kind, now=now) is Guard.LOCKED
    entry = _entry(photo, member, kind, is_locked=is_locked, actor=actor, now=now)
    if is_locked:
        propose_replace(
            entry=entry,
            record=record,
            is_former_wrong=False,
            reason=reason,
            actor=actor,
            now=now,
        )
        return entry
    try:
        with transaction.atomic():
            put_forward({record.pk: entry.pk}, kind=kind, actor=actor, now=now, is_told=False)
    except IntegrityError as error:
        raise StaleStateError(_SHOWN) from error
    return entry


def _entry(
    photo: OwnPhoto,
    member: CampaignMember,
    kind: PhotoKind,
    *,
    is_locked: bool,
    actor: Actor,
    now: datetime,
) -> CaptureEntry:
    """A delivery of one file, traceable to this photo: the same files, measures and remarks."""
    record, name = member.record, f"{photo.get_channel_display()} {member.record.student_no}.jpg"
    state = MatchState.AMBIGUOUS if is_locked else MatchState.MATCHED
    report = BatchReport(name, files=1, applied=True)
    report.accept(state)
    batch = PhotoBatch.objects.create(
        file_name=name,
        file_sha256=photo.original.sha256,
        kind=kind,
        school=record.school,
        campaign=member.campaign,
        state=ImportState.APPLIED,
        file_count=1,
        progress=1,
        report=report.as_stored(),
        created_at=photo.sent_at or now,
        created_by=photo.made_by,
        applied_at=now,
        applied_by=actor.actor_label,
    )
    return CaptureEntry.objects.create(
        batch=batch,
        kind=kind,
        file_name=name,
        school_code=record.school.code,
        student_no=record.student_no,
        name=record.name,
        captured_date=local(photo.made_at).date() if photo.channel == PhotoChannel.CAMERA else None,
        # Of this one shot: the same picture handed in again is another one.
        entry_hash=blind_index(photo.original.key, purpose="capture entry").hex(),
        state=state,
        reason=MatchReason.LOCKED_PHOTO.value if is_locked else "",
        record=None if is_locked else record,
        original=photo.original,
        published=photo.published,
        measures=photo.measures,
        warnings=photo.warnings,
        received_at=photo.sent_at or now,
    )


def _tell(
    photo: OwnPhoto, template: str, *, now: datetime, reasons: Sequence[str] | None = None
) -> None:
    """That there is a decision, with the reasons of the list; what was written is read after the login."""
    member = photo.member
    owner = owner_of(member.record)
    if owner is None or not is_told(member.record, now=now):
        return
    params = {
        "campaign": member.campaign.title,
        "is_by_staff": photo.channel == PhotoChannel.STAFF,
        "is_settling": photo.entry is not None and photo.entry.state != MatchState.MATCHED,
        "until_at": member.closes_at.isoformat()
        if member.begins_at <= now < member.closes_at and member.sees_photo_at(now)
        else "",
    }
    if reasons is not None:
        params["reasons"] = list(reasons)
    outbox.queue_many(
        [
            outbox.Message(
                key=f"{template}:{photo.pk}:{channel}",
                channel=channel,
                template=template,
                user_id=owner.pk,
                params=params,
            )
            for channel in (Channel.NOTICE, Channel.EMAIL if owner.email else Channel.SMS)
        ],
        now=now,
    )
