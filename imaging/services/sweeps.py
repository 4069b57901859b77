"""Sweeps of imaging: they announce what time or an import has already decided."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from common.actors import SYSTEM
from enrollment.selectors import has_status
from enrollment.states import ENROLLED
from imaging.models import CampaignMember, VerificationConclusion, VerificationRound
from imaging.services.receipts import announce
from imaging.services.rounds import NextRound, open_next_rounds
from imaging.states import Conclusion, ConclusionKind, RoundCause

__all__ = ["announce_locks", "open_due_rounds"]

LOCK_BATCH: Final = 1_000
_ROUND_BATCH: Final = 500


def announce_locks(*, now: datetime, limit: int = 100_000) -> int:
    """Tell students that their conclusions are locked: audit event, notice and receipt; returns how many.

    The lock itself needs nobody: it is the moment `locks_at`. Each row is announced once, in batches
    of at most 1,000, each a transaction of its own.
    """
    announced = 0
    while announced < limit:
        batch = _announce_batch(now, min(LOCK_BATCH, max(limit - announced, 2)))
        if not batch:
            break
        announced += batch
    return announced


@transaction.atomic
def _announce_batch(now: datetime, size: int) -> int:
    due = (
        VerificationConclusion.objects.select_for_update(skip_locked=True)
        .filter(lock_announced_at=None)
        .locked_at(now)
        .order_by("locks_at", "round_id")
        .values_list("pk", "round_id", "locks_at")
    )
    rows = list(due[: size + 1])
    if len(rows) > size:
        # Conclusions of one round that lock together share one receipt, so they stay together.
        last = rows[-1][1:]
        rows = [row for row in rows if row[1:] != last]
    return announce([row[0] for row in rows], now=now) if rows else 0


def open_due_rounds(*, now: datetime, limit: int = _ROUND_BATCH) -> int:
    """Open the next round where a conclusion was given on something that has changed since.

    Only in the newest opened campaign of a record that is still enrolled; returns how many. Pages
    and forms do not wait for this: invalidity is derived.
    """
    opened = 0
    while opened < limit:
        batch = _open_batch(now, min(_ROUND_BATCH, limit - opened))
        if not batch:
            break
        opened += batch
    return opened


@transaction.atomic
def _open_batch(now: datetime, size: int) -> int:
    newer = CampaignMember.objects.filter(
        record=OuterRef("round__member__record"),
        removed_at=None,
        campaign__opens_at__lte=now,
        campaign__opens_at__gt=OuterRef("round__member__campaign__opens_at"),
    )
    outdated = (
        VerificationConclusion.objects.invalid()
        .exclude(state=Conclusion.PENDING)
        .filter(
            ~Exists(newer),
            has_status(ENROLLED, now=now, path="round__member__record__"),
            round__is_current=True,
            round__member__removed_at=None,
            round__member__campaign__opens_at__lte=now,
        )
    )
    rounds = list(
        VerificationRound.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(pk__in=outdated.order_by().values("round"), is_current=True)
        .select_related("member__campaign", "member__record")
        .order_by("pk")[:size]
    )
    kinds: dict[int, set[ConclusionKind]] = {}
    for round_id, kind in (
        VerificationConclusion.objects.invalid()
        .filter(round__in=[each.pk for each in rounds])
        .values_list("round_id", "kind")
    ):
        kinds.setdefault(round_id, set()).add(ConclusionKind(kind))
    plans = [
        NextRound(ended=each, kinds=frozenset(kinds[each.pk]), cause=_cause(kinds[each.pk]))
        for each in rounds
        if each.pk in kinds
    ]
    if plans:
        open_next_rounds(plans, actor=SYSTEM, now=now)
    return len(plans)


def _cause(kinds: set[ConclusionKind]) -> RoundCause:
    if ConclusionKind.PHOTO in kinds:
        return RoundCause.PHOTO_CHANGED
    return RoundCause.DATA_CHANGED
