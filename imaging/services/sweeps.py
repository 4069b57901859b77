"""Sweeps of imaging: they announce what time or an import has already decided."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from common import audit, outbox
from common.actors import SYSTEM, Actor
from common.models import Channel
from enrollment.selectors import has_status
from enrollment.states import ENROLLED
from imaging.models import CampaignMember, VerificationConclusion, VerificationRound
from imaging.policies import is_told
from imaging.selectors.registered import registrations
from imaging.services.receipts import announce
from imaging.services.rounds import NextRound, open_next_rounds
from imaging.states import BY_SILENCE, CampaignKind, Conclusion, ConclusionKind, RoundCause

__all__ = ["announce_locks", "count_silence", "open_due_rounds", "open_rounds_of"]

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


def count_silence(*, now: datetime, limit: int = _ROUND_BATCH) -> int:
    """Write down where a freshman's deadline has passed in silence, and say so; returns how many.

    Silence counts from the deadline on, whether or not this has run.
    """
    counted = 0
    while counted < limit:
        batch = _silence_batch(now, min(_ROUND_BATCH, limit - counted))
        if not batch:
            break
        counted += batch
    return counted


@transaction.atomic
def _silence_batch(now: datetime, size: int) -> int:
    rows = list(
        VerificationConclusion.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(
            kind=ConclusionKind.DATA,
            state=Conclusion.PENDING,
            round__is_current=True,
            round__member__removed_at=None,
            round__member__closes_at__lte=now,
            round__member__campaign__kind=CampaignKind.FRESHMAN,
        )
        .select_related("round__member__record", "round__member__campaign")
        .order_by("pk")[:size]
    )
    _write_silence(rows, now=now)
    audit.record_many(
        audit.event(
            "verification.tacit",
            actor=SYSTEM,
            now=now,
            obj=row,
            subject=row.round.member.record,
            details={"kind": row.kind, "state": row.state},
        )
        for row in rows
    )
    outbox.queue_many(_silence_notices(rows, now=now), now=now)
    return len(rows)


def _write_silence(rows: list[VerificationConclusion], *, now: datetime) -> None:
    """Concluded and locked at the deadline, on the data as it is now."""
    for row in rows:
        member = row.round.member
        row.state = Conclusion.CORRECT
        row.is_tacit = True
        row.seen_digest = member.record.key_digest
        row.concluded_at = row.locks_at = member.closes_at
        row.concluded_by = BY_SILENCE
        row.lock_announced_at = now
    VerificationConclusion.objects.bulk_update(
        rows,
        [
            "state",
            "is_tacit",
            "seen_digest",
            "concluded_at",
            "locks_at",
            "concluded_by",
            "lock_announced_at",
        ],
    )


def _silence_notices(rows: list[VerificationConclusion], *, now: datetime) -> list[outbox.Message]:
    members = {row.round.member_id: row for row in rows}
    owned = CampaignMember.objects.filter(
        pk__in=list(members), record__binding__isnull=False
    ).select_related("campaign", "record__binding__identity")
    return [
        outbox.Message(
            key=f"verification-tacit:{members[member.pk].pk}",
            channel=Channel.NOTICE,
            template="verification_tacit",
            user_id=member.record.binding.identity.user_id,
            params={
                "campaign": member.campaign.title,
                "closed_at": member.closes_at.isoformat(),
            },
        )
        for member in owned
        if is_told(member.record, now=now)
    ]


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
    locked = VerificationRound.objects.select_for_update(of=("self",), skip_locked=True)
    return len(_open_next(locked.filter(_is_due(now)).order_by("pk")[:size], actor=SYSTEM, now=now))


def open_rounds_of(
    record_ids: Iterable[int], *, actor: Actor, now: datetime, reason: str
) -> list[VerificationRound]:
    """What the sweep would open for these records, at once and in the caller's transaction."""
    locked = VerificationRound.objects.select_for_update(of=("self",))
    mine = locked.filter(_is_due(now), member__record__in=list(record_ids))
    return _open_next(mine.order_by("pk"), actor=actor, now=now, reason=reason)


def _is_due(now: datetime) -> Q:
    """Current rounds with a conclusion on something that has changed since."""
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
            ~Exists(registrations("round__member__")),
            has_status(ENROLLED, now=now, path="round__member__record__"),
            round__is_current=True,
            round__member__removed_at=None,
            round__member__campaign__opens_at__lte=now,
        )
    )
    return Q(pk__in=outdated.order_by().values("round"), is_current=True)


def _open_next(
    due: QuerySet[VerificationRound], *, actor: Actor, now: datetime, reason: str = ""
) -> list[VerificationRound]:
    rounds = list(due.select_related("member__campaign", "member__record"))
    kinds: dict[int, set[ConclusionKind]] = {}
    for round_id, kind in (
        VerificationConclusion.objects.invalid()
        .filter(round__in=[each.pk for each in rounds])
        .values_list("round_id", "kind")
    ):
        kinds.setdefault(round_id, set()).add(ConclusionKind(kind))
    plans = [
        NextRound(
            ended=each,
            kinds=frozenset(kinds[each.pk]),
            cause=_cause(kinds[each.pk]),
            reason=reason,
        )
        for each in rounds
        if each.pk in kinds
    ]
    return open_next_rounds(plans, actor=actor, now=now) if plans else []


def _cause(kinds: set[ConclusionKind]) -> RoundCause:
    if ConclusionKind.PHOTO in kinds:
        return RoundCause.PHOTO_CHANGED
    return RoundCause.DATA_CHANGED
