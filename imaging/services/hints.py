"""照片线索: the portal notices, people judge; a no is remembered, nothing is applied by itself."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from enrollment.models import StudentRecord
from imaging.models import CaptureEntry, PhotoHint, PhotoRepair, PhotoVersion
from imaging.policies import check_can_settle_photos
from imaging.selectors.hints import (
    Noticed,
    mixed_up,
    near_records,
    open_entries,
    placed_by_two,
    places_of,
)
from imaging.services.capture import attach_entry
from imaging.services.repair import propose_shift, propose_swap
from imaging.services.repair.moves import checked_reason, judge_hint
from imaging.states import HintAction, HintKind, HintState, PhotoKind

__all__ = ["find_hints", "refuse_hint", "reopen_hint", "take_hint"]

_CHUNK: Final = 500
_STALE = "这几张照片后来动过，这条线索过时了。回到列表再找一遍。"


def find_hints(*, now: datetime) -> int:
    """Look through all photos once; returns how many new hints there are.

    Hints that nobody has judged and that do not hold any more go; judged ones stay, and what people
    have said no to is never proposed again.
    """
    return sum(_find(kind, now=now) for kind in PhotoKind)


def _find(kind: PhotoKind, *, now: datetime) -> int:
    holds: set[int] = set()
    found = 0
    entry_ids = list(open_entries(kind).values_list("pk", flat=True))
    for start in range(0, len(entry_ids), _CHUNK):
        entries = list(CaptureEntry.objects.filter(pk__in=entry_ids[start : start + _CHUNK]))
        found += _keep(near_records(entries, kind, now=now), holds, now=now)
    placed = placed_by_two(kind)
    mixed = [each for each in mixed_up(places_of(kind, now=now)) if not _is_placed(each, placed)]
    found += _keep(mixed, holds, now=now)
    _forget(kind, holds)
    return found


def _is_placed(noticed: Noticed, placed: Mapping[int, set[int]]) -> bool:
    """Whether two people have put just these photos where they are, whatever the data say."""
    cases = [placed.get(entry, set()) for entry, _ in noticed.moves]
    return bool(set.intersection(*cases))


def _keep(noticed: Sequence[Noticed], holds: set[int], *, now: datetime) -> int:
    """Write what is new; `holds` collects every hint that was found now."""
    rows = [
        PhotoHint(
            kind=each.kind,
            entry_id=each.moves[0][0],
            record_id=_first_record(each.moves),
            moves=[list(move) for move in each.moves],
            reasons=list(each.reasons),
            found_at=now,
        )
        for each in noticed
        if _first_record(each.moves)
    ]
    mine = PhotoHint.objects.filter(entry__in=[row.entry_id for row in rows])
    before = {(hint.kind, hint.entry_id, hint.record_id): hint for hint in mine}
    new = [row for row in rows if (row.kind, row.entry_id, row.record_id) not in before]
    PhotoHint.objects.bulk_create(new, ignore_conflicts=True, batch_size=_CHUNK)
    holds.update(
        hint.pk
        for row in rows
        if (hint := before.get((row.kind, row.entry_id, row.record_id))) is not None
        and hint.moves == row.moves
    )
    fresh = PhotoHint.objects.filter(entry__in=[row.entry_id for row in new], found_at=now)
    holds.update(fresh.values_list("pk", flat=True))
    return len(new)


def _first_record(moves: Iterable[tuple[int, int]]) -> int:
    """The first record that gets a photo, 0 when none does."""
    return next((record for _, record in moves if record), 0)


def _forget(kind: PhotoKind, holds: set[int]) -> None:
    unjudged = PhotoHint.objects.filter(
        entry__kind=kind, state=HintState.OPEN, repairs__isnull=True
    ).values_list("pk", flat=True)
    gone = [pk for pk in unjudged if pk not in holds]
    for start in range(0, len(gone), _CHUNK):
        PhotoHint.objects.filter(pk__in=gone[start : start + _CHUNK], state=HintState.OPEN).delete()


@transaction.atomic
def take_hint(
    *, hint: PhotoHint, reason: str, actor: User, now: datetime
) -> PhotoRepair | PhotoVersion:
    """It is so: a photo without a record is attached at once; an exchange or shift is proposed for two."""
    check_can_settle_photos(actor)
    reason = checked_reason(reason)
    judge_hint(hint, HintAction.TAKE, reason=reason, actor=actor, now=now)
    entries = CaptureEntry.objects.select_related("record").in_bulk(
        [entry for entry, _ in hint.moves]
    )
    records = StudentRecord.objects.in_bulk([record for _, record in hint.moves if record])
    transfers = [(entries[entry], records.get(record)) for entry, record in hint.moves]
    if hint.kind == HintKind.NEAR:
        entry, record = transfers[0]
        if record is None:
            raise NotAllowedError(_STALE)
        if PhotoVersion.objects.filter(record=record, kind=entry.kind, is_current=True).exists():
            raise NotAllowedError(_STALE)
        return attach_entry(entry=entry, record=record, actor=actor, now=now, reason=reason)
    try:
        if hint.kind == HintKind.SWAP:
            (one, given_one), (other, given_other) = transfers
            if (one.record, other.record) != (given_other, given_one):
                raise NotAllowedError(_STALE)
            return propose_swap(
                one=one, other=other, reason=reason, actor=actor, now=now, hint=hint
            )
        return propose_shift(transfers=transfers, reason=reason, actor=actor, now=now, hint=hint)
    except (InvalidInputError, StaleStateError) as error:
        raise NotAllowedError(f"{error}{_STALE}") from error


@transaction.atomic
def refuse_hint(*, hint: PhotoHint, reason: str, actor: User, now: datetime) -> PhotoHint:
    """It is not so; the same pair is never proposed again."""
    check_can_settle_photos(actor)
    if hint.state != HintState.OPEN:
        raise StaleStateError("这条线索刚刚有人决定了，请刷新页面再看。")
    judge_hint(hint, HintAction.REFUSE, reason=checked_reason(reason), actor=actor, now=now)
    return hint


@transaction.atomic
def reopen_hint(*, hint: PhotoHint, reason: str, actor: User, now: datetime) -> PhotoHint:
    """Look again at what was refused."""
    check_can_settle_photos(actor)
    if hint.state != HintState.REFUSED:
        raise StaleStateError("只有说过“不是”的线索能再看一次。")
    judge_hint(hint, HintAction.REOPEN, reason=checked_reason(reason), actor=actor, now=now)
    return hint
