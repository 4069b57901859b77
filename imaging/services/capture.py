"""Capture entries settled by one member of staff: attached, detached, corrected; each once, on record.

What somebody relies on is not touched here: a photo that its student has judged is taken away, and a
locked one replaced, by two people (`services.repair`); so is every voiding and every exchange. Whether
one is judged or locked is asked with its rounds held, so that no conclusion comes in between.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.masking import MaskKind, mask
from enrollment.models import StudentRecord
from imaging.matching import MatchReason, MatchResult, waiting_for_two
from imaging.models import CaptureEntry, PhotoVersion
from imaging.policies import check_can_settle_photos
from imaging.selectors.captures import (
    CAPTURE_FIELDS,
    RematchPreview,
    preview_rematch,
    result_of,
    with_changes,
)
from imaging.selectors.repair import Guard, guard_of_entry, guard_of_record
from imaging.services.versions import hold_rounds, put_forward
from imaging.states import CAPTURE, MatchAction, MatchState, PhotoKind

__all__ = [
    "RematchPreview",
    "attach_entry",
    "detach_entry",
    "edit_capture_data",
    "edit_matched_data",
    "preview_rematch",
]

_LONGEST_REASON = 300
_MASKS = {
    "document_no": MaskKind.DOCUMENT_NO,
    "candidate_no": MaskKind.DOCUMENT_NO,
    "name": MaskKind.NAME,
}


@transaction.atomic
def attach_entry(
    *, entry: CaptureEntry, record: StudentRecord, actor: Actor, now: datetime, reason: str
) -> PhotoVersion:
    """Give an entry that found no record, or several, to the one that staff chose.

    It becomes the record's current photo; what was current ends. Whoever saw the former photo is
    asked to verify again. NotAllowedError when that photo is locked.
    """
    reason = _checked(actor, reason)
    hold_rounds([record.pk])
    if guard_of_record(record, entry.kind, now=now) is Guard.LOCKED:
        raise NotAllowedError("这份学籍的照片已经锁定，换它要两个人：先提出更换，另一位老师确认。")
    _move(entry, MatchAction.ATTACH, actor=actor, now=now, record=record, reason="")
    version = _put_forward(entry, record, actor=actor, now=now)
    audit.record(
        "entry.attached",
        actor=actor,
        now=now,
        obj=entry,
        subject=record,
        reason=reason,
        details={"kind": entry.kind, "version_no": version.version_no},
    )
    return version


@transaction.atomic
def detach_entry(
    *, entry: CaptureEntry, actor: Actor, now: datetime, reason: str
) -> PhotoVersion | None:
    """Take a photo away from its record; returns the version that is current then, if any.

    Where the record had an earlier photo whose entry is still its own, that one is put forward again
    as a new version, so that the history keeps every change. NotAllowedError when its student has
    judged it.
    """
    reason = _checked(actor, reason)
    if entry.record_id is not None:
        hold_rounds([entry.record_id])
    if guard_of_entry(entry, now=now) is not Guard.NONE:
        raise NotAllowedError(
            "学生已经核对过这张照片，解除它要两个人：先提出解除，另一位老师确认。"
        )
    record = entry.record
    _move(entry, MatchAction.DETACH, actor=actor, now=now, record=None, reason=MatchReason.DETACHED)
    if record is None:
        raise StaleStateError("这张照片没有关联学籍，请刷新页面再看。")
    ended = PhotoVersion.objects.filter(entry=entry, record=record, is_current=True).update(
        is_current=False, ended_at=now, ended_by=actor.actor_label, end_reason=reason
    )
    back = _put_back(record, PhotoKind(entry.kind), actor=actor, now=now) if ended else None
    audit.record(
        "entry.detached",
        actor=actor,
        now=now,
        obj=entry,
        subject=record,
        reason=reason,
        details={"kind": entry.kind, "was_current": bool(ended), "put_back": back is not None},
    )
    return back


@transaction.atomic
def edit_capture_data(
    *,
    entry: CaptureEntry,
    changes: Mapping[str, str],
    actor: Actor,
    now: datetime,
    reason: str,
) -> CaptureEntry:
    """Correct what came with a photo and match it again; matched, it is the record's current photo.

    Without changes it is only matched again. `changes` has the keys of CAPTURE_FIELDS and values as
    typed. Effective at once; only where the record's photo is locked the entry waits for two people.
    """
    reason = _checked(actor, reason)
    changed = with_changes(entry, changes)
    result = unless_locked(result_of(changed), entry.kind, now=now)
    details = {"before": _shown(entry, changes), "after": _shown(changed, changes)}
    record = (
        StudentRecord.objects.get(pk=result.record_id) if result.record_id is not None else None
    )
    data = {field: getattr(changed, field) for field in changes}
    if "document_no" in changes:
        data["document_no_index"] = changed.document_no_index
    _move(
        entry,
        MatchAction.REMATCH,
        actor=actor,
        now=now,
        is_settled=record is not None,
        state=result.state,
        record=record,
        reason=result.reason or "",
        **data,
    )
    if record is not None:
        _put_forward(entry, record, actor=actor, now=now)
    audit.record(
        "entry.rematched",
        actor=actor,
        now=now,
        obj=entry,
        subject=record,
        reason=reason,
        details={**details, "state": result.state},
    )
    return entry


@transaction.atomic
def edit_matched_data(
    *,
    entry: CaptureEntry,
    changes: Mapping[str, str],
    actor: Actor,
    now: datetime,
    reason: str,
) -> CaptureEntry:
    """Correct what came with a photo that has its record; the photo stays where it is.

    NotAllowedError when the corrected data name somebody else: then the photo is to be moved, not
    its data.
    """
    reason = _checked(actor, reason)
    CAPTURE.target(MatchAction.EDIT, source=MatchState(entry.state))
    changed = with_changes(entry, changes)
    result = result_of(changed)
    if result.record_id not in {None, entry.record_id}:
        raise NotAllowedError(
            "改后的信息是另一个人的。照片放错了人，就用“提出互换两人的照片”或“解除关联”。"
        )
    details = {"before": _shown(entry, changes), "after": _shown(changed, changes)}
    data = {field: getattr(changed, field) for field in changes}
    if "document_no" in changes:
        data["document_no_index"] = changed.document_no_index
    _move(entry, MatchAction.EDIT, actor=actor, now=now, **data)
    audit.record(
        "entry.edited",
        actor=actor,
        now=now,
        obj=entry,
        subject=entry.record,
        reason=reason,
        details=details,
    )
    return entry


def unless_locked(result: MatchResult, kind: str, *, now: datetime) -> MatchResult:
    """The result, or that it waits for two people because the record's photo is locked.

    Nobody can conclude on that photo until the caller's transaction ends.
    """
    if result.record_id is None:
        return result
    hold_rounds([result.record_id])
    record = StudentRecord.objects.get(pk=result.record_id)
    if guard_of_record(record, kind, now=now) is not Guard.LOCKED:
        return result
    return waiting_for_two(result)


def _checked(actor: Actor, reason: str) -> str:
    check_can_settle_photos(actor)
    if not reason.strip():
        raise InvalidInputError("请写明理由。", field="reason")
    return reason.strip()[:_LONGEST_REASON]


def _move(
    entry: CaptureEntry,
    action: MatchAction,
    *,
    actor: Actor,
    now: datetime,
    is_settled: bool = True,
    **changes: Any,
) -> None:
    """Move the entry if it still is as it was seen; the loser of a race is told."""
    source = MatchState(entry.state)
    changes = {"state": CAPTURE.target(action, source=source), **changes}
    changes |= (
        {"settled_at": now, "settled_by": actor.actor_label}
        if is_settled
        else {"settled_at": None, "settled_by": ""}
    )
    unmoved = CaptureEntry.objects.filter(
        pk=entry.pk,
        state=source,
        record_id=entry.record_id,
        reason=entry.reason,
        student_no=entry.student_no,
        candidate_no=entry.candidate_no,
        ticket=entry.ticket,
        name=entry.name,
        school_code=entry.school_code,
        document_no_index=entry.document_no_index,
    )
    if unmoved.update(**changes) != 1:
        raise StaleStateError("这张照片刚刚被别人处理过，请刷新页面再看。")
    entry.refresh_from_db()


def _put_forward(
    entry: CaptureEntry, record: StudentRecord, *, actor: Actor, now: datetime
) -> PhotoVersion:
    try:
        with transaction.atomic():
            (version,) = put_forward(
                {record.pk: entry.pk}, kind=PhotoKind(entry.kind), actor=actor, now=now
            )
    except IntegrityError as error:
        raise StaleStateError("这份学籍的照片刚刚被别人换过，请刷新页面再看。") from error
    return version


def _put_back(
    record: StudentRecord, kind: PhotoKind, *, actor: Actor, now: datetime
) -> PhotoVersion | None:
    earlier = (
        PhotoVersion.objects.filter(
            record=record, kind=kind, entry__state=MatchState.MATCHED, entry__record=record
        )
        .order_by("-version_no")
        .select_related("entry")
        .first()
    )
    return None if earlier is None else _put_forward(earlier.entry, record, actor=actor, now=now)


def _shown(entry: CaptureEntry, fields: Mapping[str, str]) -> dict[str, str]:
    """The values of these fields as the audit trail may hold them."""
    shown = {}
    for field in fields:
        if field in CAPTURE_FIELDS:
            text = str(getattr(entry, field) or "")
            shown[field] = mask(text, _MASKS[field]) if field in _MASKS else text
    return shown
