"""Photo versions: which entry a record shows, set by set."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from common.actors import Actor
from common.errors import NotAllowedError
from common.loading import as_moment, load
from imaging.models import PhotoVersion, VerificationRound
from imaging.selectors.waivers import records_waived
from imaging.services.photo_arrivals import announce_versions
from imaging.states import PhotoKind

__all__ = ["NEW_VERSION", "end_current", "hold_rounds", "hold_versions", "put_forward"]

NEW_VERSION = "新版本"
WAIVED = "这名学生登记了免交照片。要用这张照片，先在批次成员里恢复收照片。"

_COLUMNS: Final = (
    *("record_id", "kind", "version_no", "entry_id", "is_current", "attached_at", "attached_by"),
    *("announced_at", "ended_at", "ended_by", "end_reason"),
)


def put_forward(
    entries: Mapping[int, int],
    *,
    kind: PhotoKind,
    actor: Actor,
    now: datetime,
    reason: str = NEW_VERSION,
    is_told: bool = True,
) -> list[PhotoVersion]:
    """Make each entry the current photo of its record (record → entry), ending what was current.

    Runs in the caller's transaction. Who puts forward another photo of a record at the same moment
    gets an IntegrityError: a record has one current photo of a kind. Who need not hand in a photo gets
    none: sweeps and deliveries let it wait before, staff are told. With `is_told` False the caller
    tells the students in words of its own.
    """
    if not entries:
        return []
    if records_waived(entries, kind, now=now):
        raise NotAllowedError(WAIVED)
    of_records = PhotoVersion.objects.filter(record__in=list(entries), kind=kind)
    numbers: dict[int, int] = {}
    current = []
    # Locked in one order, as in `end_current`.
    for pk, record_id, version_no, is_current in (
        of_records.select_for_update(no_key=True)
        .order_by("pk")
        .values_list("pk", "record", "version_no", "is_current")
    ):
        numbers[record_id] = max(version_no, numbers.get(record_id, 0))
        if is_current:
            current.append(pk)
    _end(current, actor=actor, now=now, reason=reason)
    versions = [
        PhotoVersion(
            record_id=record_id,
            kind=kind,
            version_no=numbers.get(record_id, 0) + 1,
            entry_id=entry_id,
            attached_at=now,
            attached_by=actor.actor_label,
        )
        for record_id, entry_id in entries.items()
    ]
    _load(versions)
    announce_versions(versions, now=now, is_told=is_told)
    return versions


def _load(versions: Sequence[PhotoVersion]) -> None:
    """Write new current versions and give each its number: a delivery has thousands of them."""
    rows = [
        (
            *(each.record_id, str(each.kind), each.version_no, each.entry_id, True),
            *(as_moment(each.attached_at), each.attached_by, None, None, "", ""),
        )
        for each in versions
    ]
    load(PhotoVersion._meta.db_table, _COLUMNS, rows)  # noqa: SLF001 -- Django's public _meta
    written = PhotoVersion.objects.filter(
        entry__in=[each.entry_id for each in versions], is_current=True
    )
    numbers = dict(written.values_list("entry", "pk"))
    for each in versions:
        each.pk = numbers[each.entry_id]


def end_current(
    record_ids: Iterable[int], *, kind: PhotoKind, actor: Actor, now: datetime, reason: str
) -> int:
    """End the current photos of these records; returns how many there were."""
    current = PhotoVersion.objects.filter(record__in=list(record_ids), kind=kind, is_current=True)
    # Locked in one order, so that two imports wait for each other instead of blocking each other.
    held = current.select_for_update(no_key=True).order_by("pk")
    locked = list(held.values_list("pk", flat=True))
    return _end(locked, actor=actor, now=now, reason=reason)


def _end(locked: Sequence[int], *, actor: Actor, now: datetime, reason: str) -> int:
    if not locked:
        return 0
    return PhotoVersion.objects.filter(pk__in=locked, is_current=True).update(
        is_current=False, ended_at=now, ended_by=actor.actor_label, end_reason=reason
    )


def hold_versions(record_ids: Sequence[int], kind: PhotoKind) -> None:
    """Lock the versions of all these records at once: for what ends some and puts others forward."""
    versions = PhotoVersion.objects.filter(record__in=record_ids, kind=kind)
    list(versions.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def hold_rounds(record_ids: Sequence[int]) -> None:
    """Lock the rounds as a student who concludes does, in one order: conclusions stand still until the end."""
    rounds = VerificationRound.objects.select_for_update(of=("self",)).filter(
        member__record__in=record_ids, is_current=True
    )
    list(rounds.order_by("pk").only("pk"))
