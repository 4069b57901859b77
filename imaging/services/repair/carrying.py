"""Moving several photos in one transaction: entries, versions, rounds, messages, and the trail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError

from common import audit
from common.actors import Actor
from common.errors import StaleStateError
from enrollment.models import StudentRecord
from imaging.matching import MatchReason
from imaging.models import (
    CaptureEntry,
    PhotoRepair,
    PhotoVersion,
    RepairMove,
)
from imaging.selectors.repair import current_versions
from imaging.services.repair.words import tell_owners
from imaging.services.sweeps import open_rounds_of
from imaging.services.versions import end_current, hold_rounds, hold_versions, put_forward
from imaging.states import CAPTURE, MatchAction, MatchState, PhotoKind

__all__ = ["Errand", "Step", "carry_out", "errand_of", "give_back"]

_STALE = "这张照片刚刚被别人处理过，请刷新页面再看。"
_AUDIT = {
    MatchAction.ATTACH: "entry.attached",
    MatchAction.MOVE: "entry.moved",
    MatchAction.DETACH: "entry.detached",
    MatchAction.VOID: "entry.voided",
    MatchAction.RESTORE: "entry.restored",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """On whose behalf, when, and under which ground photos are moved; `key` makes messages idempotent."""

    kind: PhotoKind
    ground: str
    key: str
    actor: Actor
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry from where it must still be to where it goes."""

    entry_id: int
    source: MatchState
    source_record: int | None
    target: MatchState
    target_record: int | None
    reason: str
    settled_at: datetime | None
    settled_by: str

    @property
    def action(self) -> MatchAction:
        """The move of the table that this is."""
        if self.source == MatchState.VOIDED:
            return MatchAction.RESTORE
        if self.target == MatchState.VOIDED:
            return MatchAction.VOID
        if self.target != MatchState.MATCHED:
            return MatchAction.DETACH
        return MatchAction.MOVE if self.source == MatchState.MATCHED else MatchAction.ATTACH


def errand_of(repair: PhotoRepair, *, actor: Actor, now: datetime, is_undo: bool = False) -> Errand:
    """The ground that every row which a case touches will carry."""
    return Errand(
        kind=PhotoKind(repair.photo_kind),
        ground=f"{'撤销' if is_undo else ''}照片更正 {repair.case_no}",
        key=f"repair{'-undo' if is_undo else ''}:{repair.pk}",
        actor=actor,
        now=now,
    )


def forward(move: RepairMove, *, actor: Actor, now: datetime) -> Step:
    """A move as it was proposed."""
    reasons = {
        MatchState.MATCHED: "",
        MatchState.VOIDED: move.from_reason,
        MatchState.UNMATCHED: MatchReason.DETACHED.value,
    }
    return Step(
        entry_id=move.entry_id,
        source=MatchState(move.from_state),
        source_record=move.from_record_id,
        target=MatchState(move.to_state),
        target_record=move.to_record_id,
        reason=reasons[MatchState(move.to_state)],
        settled_at=now,
        settled_by=actor.actor_label,
    )


def backward(move: RepairMove) -> Step:
    """The same move taken back: the entry is what it was before."""
    return Step(
        entry_id=move.entry_id,
        source=MatchState(move.to_state),
        source_record=move.to_record_id,
        target=MatchState(move.from_state),
        target_record=move.from_record_id,
        reason=move.from_reason,
        settled_at=move.from_settled_at,
        settled_by=move.from_settled_by,
    )


def carry_out(moves: Sequence[RepairMove], errand: Errand) -> dict[str, list[int]]:
    """Do all of it in the caller's transaction; returns record → [version before, after], 0 for none.

    Conclusions are held still first: whoever concludes at this moment comes wholly before or after.
    A photo that goes to a record becomes its current one; a record that loses its current photo gets
    its earlier one back, where that is still its own. Students whose conclusion falls verify again.
    """
    steps = [forward(move, actor=errand.actor, now=errand.now) for move in moves]
    record_ids = _records_of(steps)
    hold_rounds(record_ids)
    before = current_versions(record_ids, errand.kind)
    _take(steps, errand)
    gives = {step.target_record: step.entry_id for step in steps if step.target_record is not None}
    moved = {step.entry_id for step in steps}
    loses = [pk for pk, version in before.items() if version.entry_id in moved and pk not in gives]
    gives |= _earlier(loses, errand.kind)
    return _arrange(gives, loses, record_ids, before, errand)


def give_back(
    moves: Sequence[RepairMove], memo: dict[str, list[int]], errand: Errand
) -> dict[str, list[int]]:
    """Take a case back in the caller's transaction: every entry and every record shows what it did before."""
    steps = [backward(move) for move in moves]
    record_ids = sorted({*_records_of(steps), *map(int, memo)})
    hold_rounds(record_ids)
    before = current_versions(record_ids, errand.kind)
    _take(steps, errand)
    changed = {int(pk): pair[0] for pk, pair in memo.items() if pair[0] != pair[1]}
    former = PhotoVersion.objects.in_bulk([version for version in changed.values() if version])
    gives = {pk: former[version].entry_id for pk, version in changed.items() if version}
    loses = [pk for pk, version in changed.items() if not version]
    return _arrange(gives, loses, record_ids, before, errand)


def _records_of(steps: Iterable[Step]) -> list[int]:
    ids = {pk for step in steps for pk in (step.source_record, step.target_record)}
    return sorted(pk for pk in ids if pk is not None)


def _take(steps: Sequence[Step], errand: Errand) -> None:
    """Move every entry by compare-and-swap, in one order; the loser of a race is told."""
    events = []
    for step in sorted(steps, key=lambda each: each.entry_id):
        CAPTURE.target(step.action, source=step.source)
        unmoved = CaptureEntry.objects.filter(
            pk=step.entry_id, state=step.source, record=step.source_record
        )
        if (
            unmoved.update(
                state=step.target,
                record=step.target_record,
                reason=step.reason,
                settled_at=step.settled_at,
                settled_by=step.settled_by,
            )
            != 1
        ):
            raise StaleStateError(_STALE)
        subject = step.target_record or step.source_record
        events.append(
            audit.event(
                _AUDIT[step.action],
                actor=errand.actor,
                now=errand.now,
                obj=CaptureEntry(pk=step.entry_id),
                subject=StudentRecord(pk=subject) if subject else None,
                reason=errand.ground,
                details={"kind": errand.kind},
            )
        )
    audit.record_many(events)


def _earlier(record_ids: Sequence[int], kind: PhotoKind) -> dict[int, int]:
    """Of these records the newest former photo whose entry is still their own."""
    own = PhotoVersion.objects.filter(
        record__in=record_ids, kind=kind, entry__state=MatchState.MATCHED
    ).order_by("version_no")
    return {
        version.record_id: version.entry_id
        for version in own.select_related("entry")
        if version.entry.record_id == version.record_id
    }


def _arrange(
    gives: dict[int, int],
    loses: Sequence[int],
    record_ids: Sequence[int],
    before: dict[int, PhotoVersion],
    errand: Errand,
) -> dict[str, list[int]]:
    """End and put forward versions, open the next rounds, tell the owners."""
    kind, actor, now, ground = errand.kind, errand.actor, errand.now, errand.ground
    hold_versions(record_ids, kind)
    end_current(loses, kind=kind, actor=actor, now=now, reason=ground)
    try:
        put_forward(gives, kind=kind, actor=actor, now=now, reason=ground, is_told=False)
    except IntegrityError as error:
        raise StaleStateError("这份学籍的照片刚刚被别人换过，请刷新页面再看。") from error
    after = current_versions(record_ids, errand.kind)
    memo = {
        str(pk): [before[pk].pk if pk in before else 0, after[pk].pk if pk in after else 0]
        for pk in record_ids
    }
    changed = [int(pk) for pk, pair in memo.items() if pair[0] != pair[1]]
    opened = open_rounds_of(changed, actor=errand.actor, now=errand.now, reason=errand.ground)
    tell_owners(
        {pk: pk in after for pk in changed},
        again=[each.pk for each in opened],
        kind=errand.kind,
        key=errand.key,
        now=errand.now,
    )
    return memo
