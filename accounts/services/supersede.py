"""One person's account takes the place of another one of theirs."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services.sessions import end_sessions
from common import audit
from common.actors import Actor
from common.errors import NotAllowedError, StaleStateError

__all__ = ["revive_account", "supersede_account"]


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
def revive_account(*, user: User, reason: str, actor: Actor, now: datetime) -> None:
    """The account that was replaced is a working one again; its former password and second factor hold."""
    if user.closed_at is not None:
        raise NotAllowedError("原账号已经注销，不能恢复。")
    replaced = User.objects.filter(pk=user.pk, superseded_at__isnull=False, closed_at=None)
    if replaced.update(superseded_at=None, superseded_by="") != 1:
        raise StaleStateError("这个账号没有被取代，请刷新后再看。")
    user.superseded_at, user.superseded_by = None, ""
    audit.record(
        "account.revived",
        actor=actor,
        now=now,
        obj=user,
        reason=reason,
        details={"contact": user.contact_label, "sessions": end_sessions(user)},
    )
