"""One member of staff says what should be done with photos; nothing changes by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from enrollment.models import StudentRecord
from imaging.models import CaptureEntry, PhotoHint, PhotoRepair, RepairMove
from imaging.policies import check_can_repair
from imaging.selectors.repair import current_versions, record_ids_of
from imaging.services.repair.carrying import carry_out, errand_of
from imaging.services.repair.moves import checked_reason, expire, write_down
from imaging.states import MatchState, PhotoKind, RepairKind

__all__ = [
    "propose_detach",
    "propose_replace",
    "propose_shift",
    "propose_swap",
    "propose_void",
]

# Long enough for a colleague who is away for some days, short enough that nobody confirms history.
VALID_FOR: Final = timedelta(days=7)
_MOST_MOVES: Final = 300
_BUSY = "其中一张照片已经在一件没办结的照片更正里，先办结那一件。"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """What every proposal says."""

    kind: RepairKind
    reason: str
    actor: User
    now: datetime
    hint: PhotoHint | None = None


@transaction.atomic
def propose_swap(
    *,
    one: CaptureEntry,
    other: CaptureEntry,
    reason: str,
    actor: User,
    now: datetime,
    hint: PhotoHint | None = None,
) -> PhotoRepair:
    """Two records show each other's photos: exchange them, in one transaction when a second person agrees."""
    if one.record is None or other.record is None:
        raise InvalidInputError("两张照片都要已经对上学籍。", field="student_no")
    if one.record_id == other.record_id:
        raise InvalidInputError("这是同一个人，换另一个人的学号。", field="student_no")
    if one.kind != other.kind:
        raise InvalidInputError("两张照片不是同一种，不能互换。", field="student_no")
    current = current_versions([one.record_id or 0, other.record_id or 0], one.kind)
    if {version.entry_id for version in current.values()} != {one.pk, other.pk}:
        raise StaleStateError("只能互换两人现在的照片；其中一张不是，请刷新页面再看。")
    moves = [_to_record(one, other.record), _to_record(other, one.record)]
    ask = _Ask(kind=RepairKind.SWAP, reason=reason, actor=actor, now=now, hint=hint)
    return _propose(ask, moves)


@transaction.atomic
def propose_shift(
    *,
    transfers: Sequence[tuple[CaptureEntry, StudentRecord | None]],
    reason: str,
    actor: User,
    now: datetime,
    hint: PhotoHint | None = None,
) -> PhotoRepair:
    """A run of photos stands at the wrong neighbours: each goes where it belongs, all at once.

    A photo without a record to go to is taken away from the one that it has now.
    """
    if len({entry.kind for entry, _ in transfers}) > 1:
        raise InvalidInputError("这些照片不是同一种，不能一起改。")
    moves = [
        _away(entry) if record is None else _to_record(entry, record) for entry, record in transfers
    ]
    ask = _Ask(kind=RepairKind.SHIFT, reason=reason, actor=actor, now=now, hint=hint)
    return _propose(ask, moves)


@transaction.atomic
def propose_replace(
    *,
    entry: CaptureEntry,
    record: StudentRecord,
    is_former_wrong: bool,
    reason: str,
    actor: User,
    now: datetime,
) -> PhotoRepair:
    """Another photo for a record whose photo is locked; one that never was the student's is taken away."""
    moves = [_to_record(entry, record)]
    former = current_versions([record.pk], entry.kind).get(record.pk)
    if former is None:
        raise NotAllowedError("这份学籍现在没有照片，直接关联就行。")
    if is_former_wrong:
        moves.append(_away(former.entry))
    return _propose(_Ask(kind=RepairKind.REPLACE, reason=reason, actor=actor, now=now), moves)


@transaction.atomic
def propose_detach(*, entry: CaptureEntry, reason: str, actor: User, now: datetime) -> PhotoRepair:
    """Take a photo that its student has judged away from the record."""
    ask = _Ask(kind=RepairKind.DETACH, reason=reason, actor=actor, now=now)
    return _propose(ask, [_away(entry)])


@transaction.atomic
def propose_void(
    *,
    entries: Sequence[CaptureEntry],
    keep: CaptureEntry | None,
    reason: str,
    actor: User,
    now: datetime,
) -> PhotoRepair:
    """Put photos aside for good: those of nobody, or duplicates of the one that is kept.

    Where the one that is kept has no record yet and a voided one is current, the kept one takes its
    place.
    """
    if keep is not None and keep.pk in {entry.pk for entry in entries}:
        raise InvalidInputError("保留的那张不能又作废。", field="keep")
    moves = [_move(entry, MatchState.VOIDED, None) for entry in entries]
    if keep is not None and keep.state != MatchState.MATCHED:
        current = current_versions([entry.record_id or 0 for entry in entries], keep.kind)
        shown = [
            version.record
            for version in current.values()
            if version.entry_id in {entry.pk for entry in entries}
        ]
        if len(shown) > 1:
            raise InvalidInputError("这些照片是几个人现在的照片，不是重复。", field="entries")
        moves += [_to_record(keep, record) for record in shown]
    ask = _Ask(kind=RepairKind.VOID, reason=reason, actor=actor, now=now)
    return _propose(ask, moves)


def _to_record(entry: CaptureEntry, record: StudentRecord) -> RepairMove:
    return _move(entry, MatchState.MATCHED, record)


def _away(entry: CaptureEntry) -> RepairMove:
    return _move(entry, MatchState.UNMATCHED, None)


def _move(entry: CaptureEntry, state: MatchState, record: StudentRecord | None) -> RepairMove:
    return RepairMove(
        entry=entry,
        to_state=state,
        to_record=record,
        from_state=entry.state,
        from_record_id=entry.record_id,
        from_reason=entry.reason,
        from_settled_at=entry.settled_at,
        from_settled_by=entry.settled_by,
    )


def _propose(ask: _Ask, moves: Sequence[RepairMove]) -> PhotoRepair:
    """Keep what was asked for the second person.

    It is carried out and taken back at once, so that what cannot be is said now.
    """
    reason = checked_reason(ask.reason)
    check_can_repair(ask.actor, moves)
    _check_moves(moves)
    lapsed = PhotoRepair.objects.lapsed_at(ask.now).filter(
        moves__entry__in=[move.entry_id for move in moves]
    )
    for each in lapsed.distinct():
        expire(each, now=ask.now)
    kind = PhotoKind(moves[0].entry.kind)
    shown = current_versions(record_ids_of(moves), kind)
    repair = PhotoRepair.objects.create(
        kind=ask.kind,
        photo_kind=kind,
        reason=reason,
        hint=ask.hint,
        seen={str(pk): shown[pk].pk if pk in shown else 0 for pk in record_ids_of(moves)},
        proposed_at=ask.now,
        proposed_by=ask.actor.actor_label,
        proposer=ask.actor,
        expires_at=ask.now + VALID_FOR,
    )
    for move in moves:
        move.repair = repair
    try:
        with transaction.atomic():
            RepairMove.objects.bulk_create(moves)
    except IntegrityError as error:
        raise StaleStateError(_BUSY) from error
    with transaction.atomic():
        carry_out(moves, errand_of(repair, actor=ask.actor, now=ask.now))
        transaction.set_rollback(True)
    write_down("repair.proposed", repair, reason=reason, actor=ask.actor, now=ask.now)
    return repair


def _check_moves(moves: Sequence[RepairMove]) -> None:
    if not moves:
        raise InvalidInputError("没有选照片。")
    if len(moves) > _MOST_MOVES:
        raise InvalidInputError(f"一次最多 {_MOST_MOVES} 张，请分几次办。")
    if len({move.entry_id for move in moves}) != len(moves):
        raise InvalidInputError("同一张照片选了两次。")
    targets = [move.to_record_id for move in moves if move.to_record_id is not None]
    if len(set(targets)) != len(targets):
        raise InvalidInputError("两张照片改到了同一份学籍，一份学籍只能有一张现在的照片。")
    if any(move.to_record_id in {move.from_record_id} - {None} for move in moves):
        raise InvalidInputError("有一张照片已经在这份学籍上了。")
