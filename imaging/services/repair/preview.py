"""What a case touches, said by the services themselves: done for a look, and taken back."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from common.actors import Actor
from common.models import OutboxMessage
from common.outbox import rendered
from enrollment.models import StudentRecord
from imaging.models import (
    PhotoRepair,
    PhotoVersion,
    RepairMove,
    VerificationConclusion,
    VerificationRound,
)
from imaging.selectors.photos import certified_photos
from imaging.selectors.repair import current_versions, given_on, record_ids_of
from imaging.services.repair.carrying import Errand, carry_out, errand_of, give_back
from imaging.states import ConclusionKind

__all__ = ["Consequence", "Told", "consequences", "consequences_of_undo", "foresee", "sight_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message that would go out: by what way, under which subject."""

    channel: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What one record shows now and would show, and what falls with it; 0 stands for no photo."""

    record: StudentRecord
    is_bound: bool
    entry_before: int
    entry_after: int
    fallen: VerificationConclusion | None
    is_certified: bool
    next_round: VerificationRound | None
    told: tuple[Told, ...]


def foresee(moves: Sequence[RepairMove], errand: Errand) -> list[Consequence]:
    """What moving these photos would do to every record; nothing is written."""
    return _rehearsed(lambda: carry_out(moves, errand), record_ids_of(moves), errand)


def consequences(repair: PhotoRepair, *, actor: Actor, now: datetime) -> list[Consequence]:
    """What confirming the case would do now."""
    moves = list(repair.moves.select_related("entry").order_by("pk"))
    return foresee(moves, errand_of(repair, actor=actor, now=now))


def consequences_of_undo(repair: PhotoRepair, *, actor: Actor, now: datetime) -> list[Consequence]:
    """What taking the case back would do now."""
    moves = list(repair.moves.select_related("entry").order_by("pk"))
    errand = errand_of(repair, actor=actor, now=now, is_undo=True)
    return _rehearsed(
        lambda: give_back(moves, repair.memo, errand), sorted(map(int, repair.memo)), errand
    )


def sight_of(repair: PhotoRepair) -> str:
    """A digest of the conclusions on the photos that the case touches."""
    rows = (
        VerificationConclusion.objects.filter(
            kind=ConclusionKind.PHOTO,
            round__is_current=True,
            round__member__removed_at=None,
            round__member__record__in=list(map(int, repair.seen)),
        )
        .order_by("pk")
        .values_list("pk", "state", "locks_at")
    )
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest()[:32]


def _rehearsed(
    act: Callable[[], object], record_ids: Sequence[int], errand: Errand
) -> list[Consequence]:
    before = current_versions(record_ids, errand.kind)
    shown = [version.pk for version in before.values()]
    fallen = {
        row.round.member.record_id: row
        for row in given_on(shown).select_related("round__member").order_by("pk")
    }
    certified = set(certified_photos().filter(pk__in=shown).values_list("record", flat=True))
    records = StudentRecord.objects.select_related(
        "class_group", "school", "binding__identity"
    ).in_bulk(record_ids)
    with transaction.atomic():
        act()
        after = current_versions(record_ids, errand.kind)
        rounds = _opened(record_ids, errand)
        told = _told(records.values(), errand)
        transaction.set_rollback(True)
    found = []
    for pk in record_ids:
        is_changed = _entry_of(before.get(pk)) != _entry_of(after.get(pk))
        found.append(
            Consequence(
                record=records[pk],
                is_bound=hasattr(records[pk], "binding"),
                entry_before=_entry_of(before.get(pk)),
                entry_after=_entry_of(after.get(pk)),
                fallen=fallen.get(pk) if is_changed else None,
                is_certified=pk in certified,
                next_round=rounds.get(pk),
                told=tuple(told.get(pk, ())),
            )
        )
    return found


def _entry_of(version: PhotoVersion | None) -> int:
    return version.entry_id if version is not None else 0


def _opened(record_ids: Sequence[int], errand: Errand) -> dict[int, VerificationRound]:
    opened = VerificationRound.objects.filter(
        member__record__in=record_ids, is_current=True, opened_at=errand.now
    ).select_related("member__campaign")
    return {each.member.record_id: each for each in opened}


def _told(records: Iterable[StudentRecord], errand: Errand) -> Mapping[int, list[Told]]:
    """The messages written in this rehearsal, by the record whose owner they go to."""
    owners = {
        record.binding.identity.user_id: record.pk
        for record in records
        if hasattr(record, "binding")
    }
    found: dict[int, list[Told]] = {}
    written = OutboxMessage.objects.filter(user__in=list(owners), created_at=errand.now)
    for message in written.order_by("pk"):
        subject, _text = rendered(message)
        found.setdefault(owners[message.user_id or 0], []).append(
            Told(channel=message.get_channel_display(), subject=subject)
        )
    return found
