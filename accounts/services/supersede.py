"""One person's account takes the place of another one of theirs."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.db import IntegrityError, transaction

from accounts.models import DeclaredIdentity, IdentityNumber, User
from accounts.selectors import identity_of
from accounts.states import NumberSource
from common import audit
from common.actors import Actor
from common.errors import StaleStateError
from common.masking import MaskKind, mask

__all__ = ["end_sessions", "hand_over_numbers", "supersede_account"]

_STALE = "这个证件号码的登记刚刚有了变化，请刷新后再看。"


def end_sessions(user: User) -> int:
    """Log the account out everywhere; returns from how many devices."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)


@transaction.atomic
def supersede_account(*, user: User, reason: str, actor: Actor, now: datetime) -> None:
    """The account stays to be read and can do nothing any more; its sessions end.

    StaleStateError when it has been replaced already.
    """
    unmoved = User.objects.filter(pk=user.pk, superseded_at=None)
    if unmoved.update(superseded_at=now, superseded_by=actor.actor_label) != 1:
        raise StaleStateError("这个账号已经被取代，请刷新后再看。")
    user.superseded_at, user.superseded_by = now, actor.actor_label
    audit.record(
        "account.superseded",
        actor=actor,
        now=now,
        obj=user,
        reason=reason,
        details={"contact": user.contact_label, "sessions": end_sessions(user)},
    )


@transaction.atomic
def hand_over_numbers(
    *, holder: User | None, claimed: IdentityNumber, reason: str, actor: Actor, now: datetime
) -> None:
    """The claimed number, and whatever else the holder has, belongs to the claimant from now on.

    Every row stays: with the holder as superseded. StaleStateError when the number is held by
    somebody else than the caller saw.
    """
    target = claimed.identity
    theirs = identity_of(holder) if holder is not None else None
    if theirs is not None:
        for row in theirs.numbers.filter(superseded_at=None).order_by("pk"):
            _move(row, claimed=claimed, target=target, actor=actor, now=now)
    try:
        with transaction.atomic():
            IdentityNumber.objects.filter(pk=claimed.pk).update(
                superseded_at=None, source=NumberSource.STAFF
            )
    except IntegrityError as error:
        raise StaleStateError(_STALE) from error
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


def _move(
    row: IdentityNumber,
    *,
    claimed: IdentityNumber,
    target: DeclaredIdentity,
    actor: Actor,
    now: datetime,
) -> None:
    """End the holder's row; a further number than the claimed one gets a row with the claimant."""
    unmoved = IdentityNumber.objects.filter(pk=row.pk, superseded_at=None)
    if unmoved.update(superseded_at=now) != 1:
        raise StaleStateError(_STALE)
    if bytes(row.number_index) == bytes(claimed.number_index):
        return
    IdentityNumber.objects.create(
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
