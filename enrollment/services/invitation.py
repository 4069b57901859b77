"""Invitations: a single-use random link instead of an initial password."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from accounts.models import User
from accounts.selectors import proved_owner
from accounts.services.invited import open_invited_account
from common import audit, outbox
from common.actors import Actor, System
from common.errors import NotAllowedError, StaleStateError
from common.models import Channel
from common.ratelimit import Limit, hit
from enrollment.models import Invitation
from enrollment.models.staff import Placement
from enrollment.selectors.invitations import offers_beside, token_index
from enrollment.services.placement import place
from enrollment.states import INVITATION, InvitationAction, InvitationState, ListedRole

__all__ = [
    "LIVES",
    "accept_as",
    "accept_with_password",
    "invite",
    "resend",
    "revoke",
]

# Long enough for a week of holidays, short enough that an old mailbox gives nothing away.
LIVES = timedelta(days=7)
# The rows of one list are sent within this time, in one message.
_ONE_LIST = timedelta(hours=1)
MESSAGES_PER_CONTACT = Limit("invitation-contact", 5, 86_400)

_PLACED = (
    "role",
    "class_group_id",
    "college_id",
    "record_id",
    "name",
    "contact",
    "contact_index",
    "channel",
    "is_deputy",
    "starts_at",
    "ends_at",
)


@transaction.atomic
def invite(*, placement: Placement, actor: Actor, now: datetime) -> Invitation:
    """Send the link to the listed contact; an open invitation to the same is sent again instead.

    Who is listed for several classes gets one message: accepting one accepts all.
    """
    found = (
        Invitation.objects.open_at(now)
        .filter(
            contact_index=placement.contact_index,
            role=placement.role,
            class_group=placement.class_group_id,
            college=placement.college_id,
            record=placement.record_id,
        )
        .first()
    )
    if found is not None:
        return resend(invitation=found, actor=actor, now=now)
    is_told = offers_beside(placement, now=now).filter(created_at__gt=now - _ONE_LIST).exists()
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        **{field: getattr(placement, field) for field in _PLACED},
        token_digest=token_index(token),
        state=INVITATION.initial,
        created_at=now,
        created_by=actor.actor_label,
        expires_at=now + LIVES,
    )
    if not is_told:
        _send(invitation, token, now=now)
    _note("invitation.sent", invitation, actor=actor, now=now)
    return invitation


@transaction.atomic
def resend(*, invitation: Invitation, actor: Actor, now: datetime) -> Invitation:
    """A new link with a new week; the one before is dead from now on."""
    token = secrets.token_urlsafe(32)
    unmoved = Invitation.objects.filter(
        pk=invitation.pk,
        state=InvitationState.PENDING,
        token_digest=bytes(invitation.token_digest),
    )
    if unmoved.update(token_digest=token_index(token), expires_at=now + LIVES) != 1:
        raise StaleStateError("这份邀请刚刚有了变化，请刷新页面再看。")
    invitation.refresh_from_db()
    _send(invitation, token, now=now)
    _note("invitation.sent_again", invitation, actor=actor, now=now)
    return invitation


@transaction.atomic
def revoke(*, invitation: Invitation, actor: Actor, now: datetime, reason: str) -> None:
    """Take an invitation back that was not accepted; its link is dead from now on."""
    _move(invitation, InvitationAction.REVOKE, {"revoked_at": now, "revoked_by": actor.actor_label})
    _note("invitation.revoked", invitation, actor=actor, now=now, reason=reason)


@transaction.atomic
def accept_with_password(*, invitation: Invitation, password: str, now: datetime) -> User:
    """Open the account of somebody who has none yet, with the password they chose."""
    _check_open(invitation, now=now)
    contact: str = invitation.contact
    is_mail = invitation.channel == Channel.EMAIL
    inviter = System(invitation.created_by)
    user = open_invited_account(
        email=contact if is_mail else None,
        phone=None if is_mail else contact,
        password=password,
        invited_by=inviter,
        now=now,
    )
    _accept(invitation, user, now=now)
    return user


@transaction.atomic
def accept_as(*, invitation: Invitation, user: User, now: datetime) -> None:
    """Take what was offered to an account that has proved the invited contact."""
    _check_open(invitation, now=now)
    owner = proved_owner(invitation.contact_kind, invitation.contact)
    if owner is None or owner.pk != user.pk:
        raise NotAllowedError("这份邀请发给了别的邮箱或手机号，用那个账号登录再打开链接。")
    _accept(invitation, user, now=now)


def _check_open(invitation: Invitation, *, now: datetime) -> None:
    if not invitation.is_open_at(now):
        raise NotAllowedError("这个链接已经用过或者过期了，请让邀请你的老师再发一次。")


def _accept(invitation: Invitation, user: User, *, now: datetime) -> None:
    """This one, and whatever else waits for the same contact, which the link has proved."""
    for one in [invitation, *offers_beside(invitation, now=now).exclude(pk=invitation.pk)]:
        _move(
            one,
            InvitationAction.ACCEPT,
            {"accepted_at": now, "accepted_by": user.actor_label, "user": user},
        )
        place(user, one, actor=System(one.created_by), now=now)
        _note("invitation.accepted", one, actor=user, now=now)


def _move(invitation: Invitation, action: InvitationAction, changes: dict[str, object]) -> None:
    source = InvitationState(invitation.state)
    target = INVITATION.target(action, source=source)
    unmoved = Invitation.objects.filter(
        pk=invitation.pk, state=source, token_digest=bytes(invitation.token_digest)
    )
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError("这份邀请刚刚有了变化，请刷新页面再看。")
    invitation.refresh_from_db()


def _send(invitation: Invitation, token: str, *, now: datetime) -> None:
    hit(MESSAGES_PER_CONTACT, bytes(invitation.contact_index).hex(), now=now)
    outbox.queue(
        outbox.Message(
            key=f"invitation:{invitation.pk}:{bytes(invitation.token_digest).hex()[:16]}",
            channel=Channel(invitation.channel),
            template="invitation",
            recipient=invitation.contact,
            params={
                "role": ListedRole(invitation.role).label,
                "scope": invitation.scope,
                "expires_at": invitation.expires_at.isoformat(),
            },
            secret_params={
                "name": invitation.name,
                "path": reverse("enrollment:invitation", args=[token]),
            },
            expires_at=invitation.expires_at,
        ),
        now=now,
    )


def _note(
    action: str, invitation: Invitation, *, actor: Actor, now: datetime, reason: str = ""
) -> None:
    audit.record(
        action,
        actor=actor,
        now=now,
        obj=invitation,
        subject=invitation.record,
        reason=reason,
        details={
            "role": invitation.role,
            "scope": invitation.scope,
            "contact": invitation.contact_label,
        },
    )
