"""Photos that came before their roster: matched again when the records are there."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from common import audit
from common.actors import System
from enrollment.models import StudentRecord
from imaging.matching import MatchReason, MatchResult, match, waiting_for_two, waiting_for_waiver
from imaging.models import CaptureEntry, PhotoVersion
from imaging.selectors.captures import captures_to_rematch, claim_of
from imaging.selectors.lookup import lookup_for
from imaging.selectors.repair import locked_records
from imaging.selectors.waivers import records_waived
from imaging.services.versions import hold_rounds, put_forward
from imaging.states import MatchState, PhotoKind

__all__ = ["rematch_unmatched"]

_CHUNK: Final = 500
_ACTOR: Final = System("自动比对")


def rematch_unmatched(*, now: datetime, record_ids: Iterable[int] | None = None) -> int:
    """Match photos again that found no record when they came; returns how many found theirs.

    Safe at any time and as often as wanted; with `record_ids` only for these records. What staff
    have detached or settled is left alone, an older photo never takes the place of a newer one, and
    none that of a locked one: it waits for a person.
    """
    waiting = list(captures_to_rematch(record_ids).values_list("pk", flat=True))
    return sum(
        _rematch(waiting[start : start + _CHUNK], now=now)
        for start in range(0, len(waiting), _CHUNK)
    )


def _rematch(entry_ids: Sequence[int], *, now: datetime) -> int:
    entries = list(CaptureEntry.objects.filter(pk__in=entry_ids).order_by("pk"))
    claims = [claim_of(entry) for entry in entries]
    lookup = lookup_for(claims)
    results = [match(claim, lookup) for claim in claims]
    try:
        return _settle(entries, results, now=now)
    except IntegrityError:
        return 0  # somebody gave one of these records a photo just now; the next run sees it


@transaction.atomic
def _settle(
    entries: Sequence[CaptureEntry], results: Sequence[MatchResult], *, now: datetime
) -> int:
    """Decide and write while nobody can conclude on the photos in question."""
    hold_rounds(sorted({result.record_id for result in results if result.record_id is not None}))
    decided = _decided(entries, results, now=now)
    changed = [
        (entry, result)
        for entry, result in zip(entries, decided, strict=True)
        if (result.state, result.reason or "") != (entry.state, entry.reason)
    ]
    return _write(changed, now=now) if changed else 0


def _decided(
    entries: Sequence[CaptureEntry], results: Sequence[MatchResult], *, now: datetime
) -> list[MatchResult]:
    """Leave to a person whose record has several such photos, a newer one already, or a locked one."""
    found = [(result.record_id, entry.kind) for entry, result in zip(entries, results, strict=True)]
    counts = Counter(pair for pair in found if pair[0] is not None)
    current: dict[tuple[int | None, str], datetime] = {
        (record_id, kind): received_at
        for record_id, kind, received_at in PhotoVersion.objects.filter(
            record__in={pk for pk, _ in counts}, is_current=True
        ).values_list("record_id", "kind", "entry__received_at")
    }
    locked = {
        (record_id, kind)
        for kind in {kind for _, kind in current}
        for record_id in locked_records((pk for pk, _ in current if pk), kind, now=now)
    }
    waived = {
        (record_id, kind)
        for kind in {kind for _, kind in counts}
        for record_id in records_waived((pk for pk, _ in counts if pk), kind, now=now)
    }
    decided = []
    for entry, pair, result in zip(entries, found, results, strict=True):
        newer = current.get(pair)
        is_plain = counts[pair] <= 1 and (newer is None or newer < entry.received_at)
        if pair in waived:
            decided.append(waiting_for_waiver(result))
        elif result.record_id is not None and pair in locked:
            decided.append(waiting_for_two(result))
        elif result.record_id is None or is_plain:
            decided.append(result)
        else:
            decided.append(
                MatchResult(
                    MatchState.AMBIGUOUS,
                    reason=MatchReason.SEVERAL_PHOTOS,
                    candidates=(result.record_id,),
                )
            )
    return decided


def _write(changed: Sequence[tuple[CaptureEntry, MatchResult]], *, now: datetime) -> int:
    chosen: dict[PhotoKind, dict[int, int]] = {kind: {} for kind in PhotoKind}
    events = []
    for entry, result in changed:
        still_waiting = CaptureEntry.objects.filter(
            pk=entry.pk, state=MatchState.UNMATCHED, settled_at=None, reason=entry.reason
        )
        moved = still_waiting.update(
            state=result.state, reason=result.reason or "", record=result.record_id
        )
        if moved and result.record_id is not None:
            chosen[PhotoKind(entry.kind)][result.record_id] = entry.pk
            record = StudentRecord(pk=result.record_id)
            events.append(
                audit.event("entry.matched", actor=_ACTOR, now=now, obj=entry, subject=record)
            )
    for kind, pairs in chosen.items():
        put_forward(pairs, kind=kind, actor=_ACTOR, now=now)
    audit.record_many(events)
    return len(events)
