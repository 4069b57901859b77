"""没照片，找找看: a student looks among photos without a record, claims one; staff accept or refuse.

Everything that shows something of a photo that may be somebody else's is counted and written down.
"""

from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit, files, outbox
from common.actors import SYSTEM, Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import Channel, StoredFile
from common.ratelimit import Limit, hit
from common.workdays import add_workdays
from enrollment.models import StudentRecord
from enrollment.selectors import owner_of
from imaging.models import CaptureEntry, PhotoClaim, PhotoVersion
from imaging.policies import check_can_find_photo, check_can_move_photo_claim, is_told
from imaging.selectors.finding import (
    Likely,
    captures_near,
    likely_capture,
    rival_claims,
    stale_photo_claims,
)
from imaging.services.capture import attach_entry
from imaging.services.renditions import rendition_of
from imaging.services.versions import hold_rounds
from imaging.states import (
    PHOTO_CLAIM,
    MatchState,
    PhotoClaimAction,
    PhotoClaimState,
    RenditionUse,
)

__all__ = [
    "LONGEST_NOTE",
    "TERM_WORKDAYS",
    "accept_photo_claim",
    "find_photos",
    "lapse_photo_claims",
    "look_at_photo",
    "open_face",
    "refuse_photo_claim",
    "submit_photo_claim",
    "withdraw_photo_claim",
]

TERM_WORKDAYS: Final = 3
LONGEST_NOTE: Final = 300
# A person has one or two slips in the own data; who looks more often than this looks for others.
SEARCHES: Final = Limit("photo-search", 10, 24 * 3600)
LOOKS: Final = Limit("photo-look", 12, 24 * 3600)
FACES: Final = Limit("photo-face", 6, 24 * 3600)
CLAIMS: Final = Limit("photo-claim", 3, 24 * 3600)
_LAPSE_BATCH: Final = 500
_MOVED = "这份认领刚刚有了变化，请刷新后再看。"
_GONE = "这张照片刚刚有了变化，不能认领了。请重新找一遍。"
_AUDIT: Final = {
    PhotoClaimAction.ACCEPT: "photoclaim.accepted",
    PhotoClaimAction.REFUSE: "photoclaim.refused",
    PhotoClaimAction.WITHDRAW: "photoclaim.withdrawn",
    PhotoClaimAction.LAPSE: "photoclaim.lapsed",
}


@transaction.atomic
def find_photos(*, record: StudentRecord, actor: User, now: datetime) -> list[Likely]:
    """The photos that may be this record's, without their faces; counted and written down."""
    check_can_find_photo(actor, record, now=now)
    hit(SEARCHES, str(actor.pk), now=now)
    found = captures_near(record, now=now)
    audit.record(
        "photoclaim.searched",
        actor=actor,
        now=now,
        obj=record,
        subject=record,
        details={"found": len(found), "entries": [each.entry.pk for each in found]},
    )
    return found


@transaction.atomic
def look_at_photo(*, record: StudentRecord, entry_id: int, actor: User, now: datetime) -> Likely:
    """One of these photos with its masked data; counted. StaleStateError when it is not one any more."""
    check_can_find_photo(actor, record, now=now)
    hit(LOOKS, str(actor.pk), now=now)
    found = likely_capture(record, entry_id, now=now)
    if found is None:
        raise StaleStateError(_GONE)
    return found


@transaction.atomic
def open_face(*, record: StudentRecord, entry_id: int, actor: User, now: datetime) -> StoredFile:
    """The small picture of one of these photos, where its data say enough (ADR 0039).

    Counted, and a line in the ledger of views. FileNotFoundError when it was erased.
    """
    check_can_find_photo(actor, record, now=now)
    found = likely_capture(record, entry_id, now=now)
    if found is None or not found.shows_face:
        raise StaleStateError(_GONE)
    hit(FACES, str(actor.pk), now=now)
    entry = CaptureEntry.objects.select_related("published", "original").get(pk=entry_id)
    files.log_view(
        entry.published,
        viewer=actor,
        purpose="找自己的照片：看没对上的照片",
        now=now,
        subject_id=_last_shown_by(entry),
    )
    return rendition_of(entry=entry, use=RenditionUse.THUMBNAIL, now=now)


def _last_shown_by(entry: CaptureEntry) -> str:
    """Whose ledger the view is filed under: nobody's, unless a record has shown the photo before."""
    last = entry.versions.order_by("-pk").values_list("record", flat=True).first()
    return str(last or "")


@transaction.atomic
def submit_photo_claim(
    *, record: StudentRecord, entry_id: int, note: str, actor: User, now: datetime
) -> PhotoClaim:
    """The student says for the second time that the photo is the own one; answered in three working days.

    Several students may claim the same photo: whoever comes first must not keep out the right one.
    """
    check_can_find_photo(actor, record, now=now)
    hit(CLAIMS, str(actor.pk), now=now)
    if len(note.strip()) > LONGEST_NOTE:
        raise InvalidInputError(f"请写在 {LONGEST_NOTE} 字以内。", field="note")
    _held(entry_id)
    found = likely_capture(record, entry_id, now=now)
    if found is None:
        raise StaleStateError(_GONE)
    try:
        with transaction.atomic():
            claim = PhotoClaim.objects.create(
                record=record,
                entry=found.entry,
                claimant=actor,
                likeness=list(found.reasons),
                has_seen=found.shows_face,
                note=note.strip() or None,
                submitted_at=now,
                submitted_by=actor.actor_label,
                due_at=add_workdays(now, TERM_WORKDAYS),
            )
    except IntegrityError as error:
        raise StaleStateError("你已经认领了一张照片，等教务处答复以后再说。") from error
    _write_down("photoclaim.submitted", claim, actor=actor, now=now, entry=entry_id)
    return claim


@transaction.atomic
def accept_photo_claim(
    *, claim: PhotoClaim, reason: str, actor: User, now: datetime
) -> PhotoVersion:
    """It is the student: the photo is attached as staff attach any other, and verified as usual.

    Others who claim the same photo are told that it was somebody else's. StaleStateError for whoever
    comes second, or when the photo or the record has moved since.
    """
    reason = _text(reason, "reason", "写明凭什么认定是本人。")
    hold_rounds([claim.record_id])
    entry = _held(claim.entry_id)
    _move(claim, PhotoClaimAction.ACCEPT, actor=actor, now=now, reason=reason)
    if entry.state not in {MatchState.UNMATCHED, MatchState.AMBIGUOUS}:
        raise StaleStateError("这张照片刚刚被别人处理过，不用再认领。请刷新页面再看。")
    if PhotoVersion.objects.filter(
        record=claim.record_id, kind=entry.kind, is_current=True
    ).exists():
        raise NotAllowedError("这份学籍现在已经有照片了，不能再按认领关联。")
    version = attach_entry(
        entry=entry,
        record=claim.record,
        actor=actor,
        now=now,
        reason=f"照片认领 {claim.pk}：{reason}",
    )
    _tell(claim, "photo_claim_accepted", now=now, is_sent=False)
    for rival in rival_claims(claim):
        _lapse(rival, now=now)
    return version


@transaction.atomic
def refuse_photo_claim(*, claim: PhotoClaim, answer: str, actor: User, now: datetime) -> PhotoClaim:
    """It is not, or cannot be told: the student reads why, and is not shown this photo again."""
    said = _text(answer, "answer", "写一句给学生的答复：为什么，接着怎么办。")
    _move(claim, PhotoClaimAction.REFUSE, actor=actor, now=now, answer=said)
    _tell(claim, "photo_claim_refused", now=now)
    return claim


@transaction.atomic
def withdraw_photo_claim(*, claim: PhotoClaim, actor: User, now: datetime) -> PhotoClaim:
    """The student was mistaken."""
    _move(claim, PhotoClaimAction.WITHDRAW, actor=actor, now=now)
    return claim


def lapse_photo_claims(*, now: datetime) -> int:
    """Close claims that events have answered: matched or voided meanwhile; returns how many.

    Nothing waits for this: a photo that has moved cannot be accepted.
    """
    closed = 0
    for claim in stale_photo_claims().select_related("record")[:_LAPSE_BATCH]:
        try:
            with transaction.atomic():
                _held(claim.entry_id)
                _lapse(claim, now=now)
        except StaleStateError:
            continue
        closed += 1
    return closed


def _lapse(claim: PhotoClaim, *, now: datetime) -> None:
    _move(claim, PhotoClaimAction.LAPSE, actor=SYSTEM, now=now)
    has_photo = PhotoVersion.objects.filter(
        record=claim.record_id, kind=claim.entry.kind, is_current=True
    ).exists()
    _tell(claim, "photo_claim_lapsed", now=now, has_photo=has_photo)


def _held(entry_id: int) -> CaptureEntry:
    """The photo, locked before any claim on it, all in one order."""
    return CaptureEntry.objects.select_for_update(of=("self",)).get(pk=entry_id)


def _move(
    claim: PhotoClaim,
    action: PhotoClaimAction,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    **values: Any,
) -> None:
    """Move the row once, or say that somebody else was first."""
    source = PhotoClaimState(claim.state)
    check_can_move_photo_claim(actor, claim, action)
    changes = {
        "state": PHOTO_CLAIM.target(action, source=source),
        "closed_at": now,
        "closed_by": actor.actor_label,
        **values,
    }
    if PhotoClaim.objects.filter(pk=claim.pk, state=source).update(**changes) != 1:
        raise StaleStateError(_MOVED)
    for column, value in changes.items():
        setattr(claim, column, value)
    _write_down(_AUDIT[action], claim, actor=actor, now=now, reason=reason, entry=claim.entry_id)


def _write_down(
    event: str,
    claim: PhotoClaim,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    **details: Any,
) -> None:
    audit.record(
        event,
        actor=actor,
        now=now,
        obj=claim,
        subject=claim.record,
        reason=reason,
        details=details,
    )


def _tell(
    claim: PhotoClaim, template: str, *, now: datetime, is_sent: bool = True, **params: Any
) -> None:
    """That there is an answer, not what it says; to whom the record is bound now."""
    owner = owner_of(claim.record)
    if owner is None or not is_told(claim.record, now=now):
        return
    sent = [Channel.EMAIL if owner.email else Channel.SMS] if is_sent else []
    outbox.queue_many(
        [
            outbox.Message(
                key=f"{template}:{claim.pk}:{channel}",
                channel=channel,
                template=template,
                user_id=owner.pk,
                params=params,
            )
            for channel in (Channel.NOTICE, *sent)
        ],
        now=now,
    )


def _text(typed: str, field: str, wanted: str) -> str:
    text = typed.strip()
    if not text:
        raise InvalidInputError(wanted, field=field)
    if len(text) > LONGEST_NOTE:
        raise InvalidInputError(f"请写在 {LONGEST_NOTE} 字以内。", field=field)
    return text
