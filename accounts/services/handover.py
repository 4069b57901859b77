"""Document numbers that change hands between two accounts of one person, and go back when that was wrong."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.models import DeclaredIdentity, IdentityNumber, User
from accounts.selectors import identity_of
from accounts.states import NumberSource
from common import audit
from common.actors import Actor
from common.errors import NotAllowedError, StaleStateError
from common.masking import MaskKind, mask

__all__ = ["Handover", "give_back_numbers", "hand_over_numbers", "move_numbers"]

_STALE = "这个证件号码的登记刚刚有了变化，请刷新后再看。"
_LATER = "转过去的证件号码后来又改过，不能自动撤销；在实名信息里逐个更正。"


@dataclass(slots=True)
class Handover:
    """Which rows were ended, made and woken: enough to take it back. Holds no number."""

    ended: list[int] = field(default_factory=list)
    made: list[int] = field(default_factory=list)
    # A row that its new owner had already, with what it was: pk, source, moment of its end or "".
    woken: list[tuple[int, str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For keeping beside the case."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Handover":
        """What was kept."""
        woken = [(int(pk), str(source), str(at)) for pk, source, at in kept["woken"]]
        return cls(ended=kept["ended"], made=kept["made"], woken=woken)


@transaction.atomic
def hand_over_numbers(
    *, holder: User | None, claimed: IdentityNumber, reason: str, actor: Actor, now: datetime
) -> Handover:
    """The claimed number, and whatever else the holder has, belongs to the claimant from now on.

    Every row stays: with the holder as superseded. StaleStateError when the number is held by
    somebody else than the caller saw.
    """
    target = claimed.identity
    theirs = identity_of(holder) if holder is not None else None
    done = Handover()
    if theirs is not None:
        move_numbers(theirs, target, claimed=claimed, done=done, actor=actor, now=now)
    _wake(claimed, done)
    audit.record(
        "identity.number_moved",
        actor=actor,
        now=now,
        obj=target,
        reason=reason,
        details={
            "number": mask(claimed.number, MaskKind.DOCUMENT_NO),
            "former": holder.contact_label if holder else "",
        },
    )
    return done


def move_numbers(
    source: DeclaredIdentity,
    target: DeclaredIdentity,
    *,
    claimed: IdentityNumber | None = None,
    done: Handover,
    actor: Actor,
    now: datetime,
) -> None:
    """End every live row of the one and give the other a row for each; `done` notes what became of them.

    A number that the other one has a row of already wakes that row. The claimed one is left to
    the caller.
    """
    for row in source.numbers.filter(superseded_at=None).order_by("pk"):
        unmoved = IdentityNumber.objects.filter(pk=row.pk, superseded_at=None)
        if unmoved.update(superseded_at=now) != 1:
            raise StaleStateError(_STALE)
        done.ended.append(row.pk)
        if claimed is not None and bytes(row.number_index) == bytes(claimed.number_index):
            continue
        known = target.numbers.filter(number_index=row.number_index).order_by("-pk").first()
        if known is not None:
            _wake(known, done)
        else:
            done.made.append(_copied(row, target, actor=actor, now=now).pk)


def _wake(row: IdentityNumber, done: Handover) -> None:
    ended = row.superseded_at.isoformat() if row.superseded_at else ""
    done.woken.append((row.pk, row.source, ended))
    try:
        with transaction.atomic():
            IdentityNumber.objects.filter(pk=row.pk).update(
                superseded_at=None, source=NumberSource.STAFF
            )
    except IntegrityError as error:
        raise StaleStateError(_STALE) from error


def _copied(
    row: IdentityNumber, target: DeclaredIdentity, *, actor: Actor, now: datetime
) -> IdentityNumber:
    return IdentityNumber.objects.create(
        identity=target,
        id_type=row.id_type,
        number=row.number,
        number_index=row.number_index,
        source=NumberSource.STAFF,
        added_at=now,
        added_by=actor.actor_label,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


@transaction.atomic
def give_back_numbers(
    *, done: Handover, holder: User | None, reason: str, actor: Actor, now: datetime
) -> None:
    """Take a handover back, row by row; NotAllowedError when a row was changed since or is built upon."""
    for pk in done.made:
        row = IdentityNumber.objects.filter(pk=pk, superseded_at=None).first()
        if row is None:
            raise NotAllowedError(_LATER)
        try:
            row.delete()
        except ProtectedError as error:
            raise NotAllowedError(_LATER) from error
    for pk, source, ended in done.woken:
        awake = IdentityNumber.objects.filter(pk=pk, superseded_at=None)
        was = datetime.fromisoformat(ended) if ended else None
        if awake.update(superseded_at=was, source=source) != 1:
            raise NotAllowedError(_LATER)
    try:
        with transaction.atomic():
            asleep = IdentityNumber.objects.filter(pk__in=done.ended, superseded_at__isnull=False)
            if asleep.update(superseded_at=None) != len(done.ended):
                raise NotAllowedError(_LATER)
    except IntegrityError as error:
        raise NotAllowedError(_LATER) from error
    audit.record(
        "identity.numbers_returned",
        actor=actor,
        now=now,
        obj=identity_of(holder) if holder is not None else None,
        reason=reason,
        details={"rows": len(done.ended)},
    )
