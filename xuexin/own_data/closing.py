"""Closing an account over all apps: who may, the cooling-off, and the end."""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import AccountClosure, User
from accounts.services.closing import cancel_closing, close_account
from accounts.services.sessions import end_sessions
from accounts.states import COOLING_OFF, ClosureState
from common import audit, outbox
from common.actors import SYSTEM
from common.errors import NotAllowedError, StaleStateError
from common.models import Channel, PurgeProof
from common.retention import prove
from common.searches import forget_searches_of
from enrollment.models import Assignment
from enrollment.services.profile import erase_profile
from imaging.services.reminder_plan import erase_choice

__all__ = [
    "CLOSED_ACCOUNT",
    "ERASERS",
    "check_can_close",
    "close_again",
    "close_due_accounts",
    "request_closing",
]

CLOSED_ACCOUNT = "注销账号的联系方式"
logger = logging.getLogger(__name__)

# What the apps keep for the person alone and not for the register: each erases its share when the
# account ends. Whoever keeps such data adds one line.
ERASERS: tuple[Callable[[User, datetime], object], ...] = (
    lambda user, now: erase_profile(user=user, now=now),
    lambda user, _now: erase_choice(user=user),
    lambda user, _now: forget_searches_of(user_id=user.pk),
)


def check_can_close(user: User, *, now: datetime) -> None:
    """Who holds a role hands it over first: a class or an office would stand without anybody."""
    if user.roles:
        raise NotAllowedError("这个账号还有全校角色，先由教务处终止角色，才能注销。")
    held = Assignment.objects.in_force_at(now).filter(user=user).first()
    if held is not None:
        raise NotAllowedError(f"你还担任{held.get_role_display()}，先请任命的老师终止，才能注销。")


def request_closing(*, user: User, now: datetime) -> AccountClosure:
    """Begin the seven days; every session ends, so that a later login is a decision.

    Asking again while they run changes nothing.
    """
    check_can_close(user, now=now)
    pending = AccountClosure.objects.filter(user=user, state=ClosureState.PENDING)
    if found := pending.first():
        return found
    try:
        with transaction.atomic():
            closure = AccountClosure.objects.create(
                user=user, requested_at=now, due_at=now + COOLING_OFF
            )
            audit.record("account.closing_requested", actor=user, now=now, obj=user)
            _tell(user, closure, "own_data_closing", now=now)
            end_sessions(user)
    except IntegrityError:  # the second click of two
        return pending.get()
    return closure


def close_due_accounts(*, now: datetime, limit: int = 100) -> int:
    """Close accounts whose seven days are over; returns how many. Safe to run twice.

    Who has been given a role meanwhile keeps the account. One that fails keeps no other waiting.
    """
    due = AccountClosure.objects.filter(state=ClosureState.PENDING, due_at__lte=now)
    closed = 0
    for closure in due.select_related("user").order_by("due_at", "pk")[:limit]:
        try:
            closed += _close(closure, now=now)
        except StaleStateError:
            continue
        except Exception:
            logger.exception("account closure %s failed", closure.pk)
    return closed


def _close(closure: AccountClosure, *, now: datetime) -> int:
    user = closure.user
    try:
        check_can_close(user, now=now)
    except NotAllowedError as error:
        cancel_closing(user=user, actor=SYSTEM, now=now, reason=str(error))
        return 0
    with transaction.atomic():
        # The last message goes to contacts that are gone afterwards, so they stand in it.
        _tell(user, closure, "own_data_closed", now=now)
        _end(closure, now=now)
        prove(
            user,
            kind=CLOSED_ACCOUNT,
            sha256=_digest(user),
            basis=f"本人申请注销满 {COOLING_OFF.days} 天",
            due_at=closure.due_at,
            now=now,
            owner_id=user.pk,
        )
    return 1


def _end(closure: AccountClosure, *, now: datetime) -> None:
    for erase in ERASERS:
        erase(closure.user, now)
    close_account(closure=closure, actor=SYSTEM, now=now)


def _digest(user: User) -> str:
    """Tells the account from another that a restored database gives the same number."""
    return hashlib.sha256(f"{user.pk} {user.date_joined.isoformat()}".encode()).hexdigest()


@transaction.atomic
def close_again(proof: PurgeProof, now: datetime) -> int:
    """Close once more an account that a backup brought back; 1 when it had come back.

    Nothing is sent: the person was told when it was closed.
    """
    user = User.objects.filter(pk=proof.object_id, closed_at=None).first()
    if user is None or _digest(user) != proof.sha256:
        return 0
    closure, _ = AccountClosure.objects.get_or_create(
        user=user,
        state=ClosureState.PENDING,
        defaults={"requested_at": proof.erased_at, "due_at": proof.due_at},
    )
    _end(closure, now=now)
    return 1


def _tell(user: User, closure: AccountClosure, template: str, *, now: datetime) -> None:
    """To every contact that the account has proved."""
    reached = [(channel, user.contact_for(channel)) for channel in (Channel.EMAIL, Channel.SMS)]
    outbox.queue_many(
        [
            outbox.Message(
                key=f"{template}:{closure.pk}:{channel}",
                channel=channel,
                template=template,
                recipient=contact,
                user_id=user.pk,
                params={"due_at": closure.due_at.isoformat()},
                expires_at=now + COOLING_OFF,
            )
            for channel, contact in reached
            if contact
        ],
        now=now,
    )
