"""Photo versions: which entry a record shows, set by set; and telling its student."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Max

from common import outbox
from common.actors import Actor
from common.models import Channel
from common.outbox import Message
from imaging.models import CampaignMember, PhotoVersion, VerificationRound
from imaging.selectors.timetables import has_begun
from imaging.states import PhotoKind

__all__ = ["NEW_VERSION", "announce_versions", "end_current", "hold_rounds", "put_forward"]

NEW_VERSION = "新版本"


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
    gets an IntegrityError: a record has one current photo of a kind. With `is_told` False the caller
    tells the students in words of its own.
    """
    if not entries:
        return []
    end_current(entries, kind=kind, actor=actor, now=now, reason=reason)
    of_records = PhotoVersion.objects.filter(record__in=list(entries), kind=kind)
    numbers = dict(of_records.values_list("record").annotate(Max("version_no")))
    versions = PhotoVersion.objects.bulk_create(
        PhotoVersion(
            record_id=record_id,
            kind=kind,
            version_no=numbers.get(record_id, 0) + 1,
            entry_id=entry_id,
            attached_at=now,
            attached_by=actor.actor_label,
        )
        for record_id, entry_id in entries.items()
    )
    if is_told:
        announce_versions(versions, now=now)
    return versions


def end_current(
    record_ids: Iterable[int], *, kind: PhotoKind, actor: Actor, now: datetime, reason: str
) -> int:
    """End the current photos of these records; returns how many there were."""
    current = PhotoVersion.objects.filter(record__in=list(record_ids), kind=kind, is_current=True)
    # Locked in one order, so that two imports wait for each other instead of blocking each other.
    locked = list(current.select_for_update().order_by("pk").values_list("pk", flat=True))
    if not locked:
        return 0
    return PhotoVersion.objects.filter(pk__in=locked, is_current=True).update(
        is_current=False, ended_at=now, ended_by=actor.actor_label, end_reason=reason
    )


def hold_rounds(record_ids: Sequence[int]) -> None:
    """Lock the rounds as a student who concludes does, in one order: conclusions stand still until the end."""
    rounds = VerificationRound.objects.select_for_update(of=("self",)).filter(
        member__record__in=record_ids, is_current=True
    )
    list(rounds.order_by("pk").only("pk"))


def announce_versions(versions: Iterable[PhotoVersion], *, now: datetime) -> int:
    """Tell students of a running campaign that a photo to be verified is there: one notice per version.

    Running is a campaign that has opened and in which the student may still conclude; returns how
    many notices were written. Set-based, in the caller's transaction.
    """
    by_record = {version.record_id: version for version in versions}
    members = (
        CampaignMember.objects.filter(
            has_begun(now),
            record__in=list(by_record),
            removed_at=None,
            closes_at__gt=now,
            record__binding__isnull=False,
        )
        .order_by("campaign__opens_at", "pk")
        .values_list(
            "record_id",
            "record__binding__identity__user_id",
            "campaign__title",
            "campaign__profile__kind",
            "closes_at",
        )
    )
    messages = {
        record_id: Message(
            key=f"photo-arrived:{by_record[record_id].pk}",
            channel=Channel.NOTICE,
            template="photo_arrived",
            user_id=user_id,
            params={"campaign": title, "until_at": closes_at.isoformat()},
        )
        for record_id, user_id, title, kind, closes_at in members
        if kind == by_record[record_id].kind
    }
    outbox.queue_many(list(messages.values()), now=now)
    return len(messages)
