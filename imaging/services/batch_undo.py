"""Taking an imported batch back, chunk by chunk: its photos are voided, records show what they did before."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction

from common import audit
from common.actors import Actor
from common.crypto import blind_index
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent
from enrollment.states import ROSTER_UNDO, ImportState, UndoAction, UndoState
from imaging import tasks
from imaging.matching import MatchReason
from imaging.models import CaptureEntry, PhotoBatch, RepairMove
from imaging.policies import check_can_settle_photos
from imaging.selectors.batch_effects import brought_by, hindered_entries, later_work_on
from imaging.services.batch_lease import BatchLease
from imaging.services.repair.carrying import Errand, carry_out
from imaging.services.versions import hold_rounds
from imaging.states import MatchState, PhotoKind

__all__ = ["check_can_undo_batch", "start_batch_undo", "undo_batch"]

_STALE: Final = "这一批照片的状态刚刚有了变化，请刷新页面再看。"
_CHUNK: Final = 100
_ROUNDS: Final = 5
_LONGEST_REASON: Final = 300


def check_can_undo_batch(batch: PhotoBatch, *, actor: Actor) -> None:
    """NotAllowedError unless the batch is imported, not taken back yet, and a second person asks.

    Whoever started the import does not take it back (two-person rule).
    """
    check_can_settle_photos(actor)
    if batch.state != ImportState.APPLIED or batch.undo_state != UndoState.NONE:
        raise NotAllowedError("只有已导入、没有撤销过的批次能撤销。")
    started = AuditEvent.objects.filter(
        action="photobatch.started",
        object_type=batch._meta.label_lower,  # noqa: SLF001 -- Django's public _meta
        object_id=str(batch.pk),
    )
    if actor.actor_id and started.filter(actor_id=actor.actor_id).exists():
        raise NotAllowedError("导入是你开始的，撤销要由另一位教务老师来做。")


@transaction.atomic
def start_batch_undo(
    *,
    batch: PhotoBatch,
    reason: str,
    keeps_later_work: bool,
    actor: Actor,
    now: datetime,
) -> PhotoBatch:
    """Begin to take an imported batch back: from here on it is UNDOING and will be finished.

    Refused with all reasons, and nothing done, when a conclusion, a repair or another person's work
    depends on any of its photos; with `keeps_later_work` those stay and all others are taken back.
    """
    if not reason.strip():
        raise InvalidInputError("请写明撤销的理由。", field="reason")
    check_can_undo_batch(batch, actor=actor)
    works = later_work_on(batch)
    if works and not keeps_later_work:
        told = "；".join(f"{work.label} {work.count} 张" for work in works)
        raise NotAllowedError(f"没有撤销：有些照片后来又办了事情（{told}）。")
    target = ROSTER_UNDO.target(UndoAction.BEGIN, source=UndoState(batch.undo_state))
    begun = PhotoBatch.objects.filter(
        pk=batch.pk, state=ImportState.APPLIED, undo_state=batch.undo_state
    ).update(
        undo_state=target,
        undo_reason=reason.strip()[:_LONGEST_REASON],
        keeps_later_work=keeps_later_work,
        undo_started_at=now,
        undo_started_by=actor.actor_label,
        heartbeat_at=None,
        failure="",
        progress=0,
    )
    if begun != 1:
        raise StaleStateError(_STALE)
    batch.refresh_from_db()
    audit.record(
        "photobatch.undo_started",
        actor=actor,
        now=now,
        obj=batch,
        reason=batch.undo_reason,
        details={"kept": sum(work.count for work in works)},
    )
    nudge = partial(tasks.undo_batch.delay, batch_id=batch.pk, actor_id=int(actor.actor_id or 0))
    transaction.on_commit(nudge, robust=True)
    return batch


def undo_batch(*, batch: PhotoBatch, actor: Actor, now: datetime) -> PhotoBatch:
    """Go on taking back a batch that was started; every chunk is one transaction with its progress.

    A photo that somebody has worked on since the start stays as it is and is counted as kept. Former
    photos are put forward as new versions, and whose photo changed is told or asked to verify.
    """
    if batch.undo_state != UndoState.UNDOING:
        raise StaleStateError(_STALE)
    lease = BatchLease(batch, ImportState.APPLIED, now=now, undo_state=UndoState.UNDOING)
    errand = Errand(
        kind=PhotoKind(batch.kind),
        ground=f"撤销照片批次 {batch.pk}：{batch.undo_reason}"[:_LONGEST_REASON],
        key=f"batch-undo:{batch.pk}",
        actor=actor,
        now=lease.moment,
    )
    last = taken = 0
    while chunk := list(brought_by(batch).filter(pk__gt=last).order_by("pk")[:_CHUNK]):
        last = chunk[-1].pk
        taken += _take_back(batch, [entry.pk for entry in chunk], lease, errand)
    _finish(batch, lease, taken, errand)
    return batch


def _take_back(
    batch: PhotoBatch, entry_ids: Sequence[int], lease: BatchLease, errand: Errand
) -> int:
    """One chunk; looked at again when somebody comes between."""
    for attempt in range(1, _ROUNDS + 1):
        try:
            with transaction.atomic():
                return _take_free(batch, entry_ids, lease, errand)
        except StaleStateError:
            held = PhotoBatch.objects.filter(pk=batch.pk, undo_state=UndoState.UNDOING).exists()
            if attempt == _ROUNDS or not held:
                raise
    return 0


def _take_free(
    batch: PhotoBatch, entry_ids: Sequence[int], lease: BatchLease, errand: Errand
) -> int:
    """Take back what nothing depends on, looked at while no conclusion on it can be given."""
    entries = brought_by(batch).filter(pk__in=entry_ids)
    hold_rounds(sorted(filter(None, entries.values_list("record_id", flat=True))))
    kept = hindered_entries(entries)
    free = [entry for entry in entries.order_by("pk").defer("file_name") if entry.pk not in kept]
    carry_out([_move(batch, entry) for entry in free], errand)
    mine = [entry for entry in free if entry.batch_id == batch.pk]
    for entry in mine:
        # The same photo may come again, and is no duplicate of what was taken back.
        entry.entry_hash = blind_index(
            f"{entry.entry_hash}:{entry.pk}", purpose="capture entry taken back"
        ).hex()
        entry.reason = MatchReason.BATCH_UNDONE
    CaptureEntry.objects.bulk_update(mine, ["entry_hash", "reason"])
    CaptureEntry.objects.filter(pk__in=[entry.pk for entry in free], found_in=batch).exclude(
        batch=batch
    ).update(reason=MatchReason.BATCH_UNDONE, found_in=None, settled_at=None, settled_by="")
    lease.renew(progress=batch.progress + len(free))
    batch.progress += len(free)
    return len(free)


def _move(batch: PhotoBatch, entry: CaptureEntry) -> RepairMove:
    """An own photo is voided; an older one that the batch led to its record waits again."""
    is_own = entry.batch_id == batch.pk
    return RepairMove(
        entry=entry,
        to_state=MatchState.VOIDED if is_own else MatchState.UNMATCHED,
        to_record=None,
        from_state=entry.state,
        from_record_id=entry.record_id,
        from_reason=entry.reason,
    )


@transaction.atomic
def _finish(batch: PhotoBatch, lease: BatchLease, taken: int, errand: Errand) -> None:
    """Nothing is left waiting but what is kept."""
    kept = brought_by(batch).count()
    undone_at = lease.moment
    lease.release(
        undo_state=ROSTER_UNDO.target(UndoAction.FINISH, source=UndoState.UNDOING),
        undone_at=undone_at,
        undone_by=batch.undo_started_by or errand.actor.actor_label,
        kept_count=kept,
    )
    batch.refresh_from_db()
    audit.record(
        "photobatch.undone",
        actor=errand.actor,
        now=undone_at,
        obj=batch,
        reason=batch.undo_reason,
        details={"photos": taken, "kept": kept, "started_by": batch.undo_started_by},
    )
