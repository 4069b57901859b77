"""自己交照片, the student's side: measure, send, drop, withdraw."""

from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit, files
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import StoredFile
from common.ratelimit import Limit, hit
from enrollment.models import StudentRecord
from imaging.inspection import Shot, ShotRefusedError, prepare_shot
from imaging.models import CampaignMember, OwnPhoto
from imaging.policies import check_can_move_own_photo, check_can_send_own
from imaging.selectors.capture_plan import plan_of
from imaging.selectors.own_photo import OwnStanding, own_rules, own_standing
from imaging.services.entries import measures_of, remarks_of
from imaging.states.own_photo import (
    DRAFT_LIVES,
    OWN_PHOTO,
    OwnPhotoAction,
    OwnPhotoState,
    PhotoChannel,
)

__all__ = [
    "MEASURES",
    "discard_own",
    "keep_shot",
    "measure_own",
    "move_own",
    "send_own",
    "shot_of",
    "withdraw_own",
]

# Enough for every try of a patient person, far below what would keep a server busy.
MEASURES: Final = Limit("own-photo-measure", 20, 3600)
_MOVED: Final = "这张照片刚刚有了变化，可能是在另一个窗口里。请看最新的情况。"


def measure_own(
    *, record: StudentRecord, channel: PhotoChannel, data: bytes, actor: User, now: datetime
) -> OwnPhoto:
    """Cut and measure a photo and keep it as a draft that only its student sees; nothing is sent yet.

    A draft that was there before is given up. InvalidInputError, with what to do, where no photo can
    be made of the file.
    """
    standing = _checked(record, actor=actor, now=now)
    if channel not in standing.offered:
        raise NotAllowedError("这次不收这样来的照片，请看页面上写的办法。")
    hit(MEASURES, str(actor.pk), now=now)
    shot = shot_of(data, standing.member)
    kept = keep_shot(shot, actor=actor, now=now)
    try:
        return _draft(standing.member, channel, shot, kept, actor=actor, now=now)
    except BaseException:
        for file in kept:
            files.discard_blob(file.key)
        raise


def shot_of(data: bytes, member: CampaignMember) -> Shot:
    """The photo by the rules of the member's campaign; InvalidInputError on the file."""
    try:
        return prepare_shot(data, own_rules(member.campaign))
    except ShotRefusedError as error:
        raise InvalidInputError(str(error), field="picture") from error


def keep_shot(shot: Shot, *, actor: Actor, now: datetime) -> tuple[StoredFile, StoredFile]:
    """Both pictures in the storage, their rows not yet saved; the caller discards them on failure."""
    original = files.prepare(
        shot.original, kind="original", content_type="image/jpeg", now=now, actor=actor
    )
    try:
        published = files.prepare(
            shot.registered, kind="photo", content_type="image/jpeg", now=now, actor=actor
        )
    except BaseException:
        files.discard_blob(original.key)
        raise
    return original, published


@transaction.atomic
def _draft(
    member: CampaignMember,
    channel: PhotoChannel,
    shot: Shot,
    kept: tuple[StoredFile, StoredFile],
    *,
    actor: User,
    now: datetime,
) -> OwnPhoto:
    before = OwnPhoto.objects.filter(member=member, state=OwnPhotoState.DRAFT)
    before.update(state=OwnPhotoState.DISCARDED, ended_at=now, ended_by=actor.actor_label)
    for file in kept:
        file.save()
    try:
        with transaction.atomic():
            return OwnPhoto.objects.create(
                member=member,
                channel=channel,
                original=kept[0],
                published=kept[1],
                measures=measures_of(shot.inspection),
                warnings=remarks_of(shot.inspection.warnings),
                made_at=now,
                made_by=actor.actor_label,
                maker_id=actor.actor_id,
            )
    except IntegrityError as error:
        raise StaleStateError(_MOVED) from error


@transaction.atomic
def send_own(*, photo: OwnPhoto, actor: User, now: datetime) -> OwnPhoto:
    """The student hands the draft to the school: this is what counts as an attempt.

    Of two windows that send at the same moment one does; the number of attempts is never passed.
    """
    if photo.made_at <= now - DRAFT_LIVES:
        raise StaleStateError("这张照片放了一天没有交，已经清掉了，请再拍一张。")
    standing = _checked(photo.member.record, actor=actor, now=now)
    if standing.member.pk != photo.member_id:
        raise StaleStateError(_MOVED)
    move_own(
        photo,
        OwnPhotoAction.SEND,
        actor=actor,
        now=now,
        sent_at=now,
        attempt_no=standing.used + 1,
    )
    return photo


@transaction.atomic
def discard_own(*, photo: OwnPhoto, actor: User, now: datetime) -> OwnPhoto:
    """The student does not want this one; its files are erased by the next sweep."""
    move_own(photo, OwnPhotoAction.DISCARD, actor=actor, now=now, **_ended(actor, now))
    return photo


@transaction.atomic
def withdraw_own(*, photo: OwnPhoto, actor: User, now: datetime) -> OwnPhoto:
    """The student takes a photo back that nobody has decided on; the attempt stays counted."""
    move_own(photo, OwnPhotoAction.WITHDRAW, actor=actor, now=now, **_ended(actor, now))
    return photo


def _ended(actor: Actor, now: datetime) -> dict[str, Any]:
    return {"ended_at": now, "ended_by": actor.actor_label}


def _checked(record: StudentRecord, *, actor: User, now: datetime) -> OwnStanding:
    plan = plan_of(record, now=now)
    if plan is None:
        raise NotAllowedError("现在不用拍照。")
    standing = own_standing(plan, actor)
    check_can_send_own(actor, standing)
    return standing


_AUDIT: Final = {
    OwnPhotoAction.SEND: "ownphoto.sent",
    OwnPhotoAction.DISCARD: "ownphoto.discarded",
    OwnPhotoAction.CLAIM: "ownphoto.claimed",
    OwnPhotoAction.TAKE_OVER: "ownphoto.taken_over",
    OwnPhotoAction.RELEASE: "ownphoto.released",
    OwnPhotoAction.ACCEPT: "ownphoto.accepted",
    OwnPhotoAction.RETURN: "ownphoto.returned",
    OwnPhotoAction.WITHDRAW: "ownphoto.withdrawn",
}


def move_own(
    photo: OwnPhoto, action: OwnPhotoAction, *, actor: Actor, now: datetime, **values: Any
) -> None:
    """Move the row once, on record, or say that somebody else was first; the caller holds the transaction."""
    source = OwnPhotoState(photo.state)
    target = OWN_PHOTO.target(action, source=source)
    check_can_move_own_photo(actor, photo, action)
    unmoved = OwnPhoto.objects.filter(
        pk=photo.pk, state=source, reviewer_id=photo.reviewer_id, claimed_at=photo.claimed_at
    )
    changes = {"state": target, **values}
    try:
        with transaction.atomic():
            is_moved = unmoved.update(**changes) == 1
    except IntegrityError as error:  # another window has sent one, or taken this attempt
        raise StaleStateError(_MOVED) from error
    if not is_moved:
        raise StaleStateError(_MOVED)
    for column, value in changes.items():
        setattr(photo, column, value)
    audit.record(
        _AUDIT[action],
        actor=actor,
        now=now,
        obj=photo,
        subject=photo.member.record,
        details={
            "channel": photo.channel,
            **({"attempt_no": photo.attempt_no} if photo.attempt_no else {}),
            **({"return_reasons": photo.reasons} if photo.reasons else {}),
        },
    )
