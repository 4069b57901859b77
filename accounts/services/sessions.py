"""Log-ins and live sessions: written down, told to their person, ended, disowned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.core.internal.httpkit import HTTP_USER_AGENT_MAX_LENGTH
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import LoginEvent, User
from accounts.states import LIVE_SESSIONS, LoginWay
from common import audit, outbox
from common.crypto import blind_index
from common.errors import InvalidInputError
from common.models import Channel
from common.origin import coarse_network, device_label, network_label
from common.wording import moment_sentence

__all__ = [
    "LINK_LIVES",
    "Origin",
    "disown_login",
    "disowned_event",
    "end_other_sessions",
    "end_session",
    "end_sessions",
    "is_known_device",
    "keep_newest_sessions",
    "list_session",
    "record_login",
    "record_refusal",
]

LINK_LIVES = timedelta(days=14)
_NOTICE_LIVES = timedelta(days=2)
_SALT = "accounts.not-me"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """From where somebody came: address, the browser's own description, and our mark in its cookie.

    A mark that is only being given (`is_new`) cannot have been seen before.
    """

    address: str
    user_agent: str
    mark: str = ""
    is_new: bool = False

    @property
    def device(self) -> str:
        """The device in plain words."""
        return device_label(self.user_agent)

    @property
    def network(self) -> str:
        """The coarse network."""
        return coarse_network(self.address)


def _device_index(user: User, origin: Origin) -> bytes | None:
    # With the account's own key inside, so that nobody can ask who shares a device.
    return blind_index(f"{user.pk}:{origin.mark}", purpose="device") if origin.mark else None


def is_known_device(user: User, origin: Origin) -> bool:
    """Whether the account has been logged in to from this device, and the person did not deny it."""
    index = None if origin.is_new else _device_index(user, origin)
    return index is not None and (
        LoginEvent.objects.filter(
            user=user, device_index=index, is_success=True, disowned_at=None
        ).exists()
    )


@transaction.atomic(savepoint=False)
def record_login(
    *, user: User, way: LoginWay, origin: Origin, is_first: bool, now: datetime
) -> LoginEvent:
    """Write a log-in down; a device that the account has not been seen on is told to its person.

    `is_first`: the account's first log-in ever, which nobody needs to be warned of.
    """
    index = _device_index(user, origin)
    is_known = is_known_device(user, origin)
    event = LoginEvent.objects.create(
        user=user,
        occurred_at=now,
        way=way,
        is_success=True,
        device=origin.device,
        network=origin.network,
        device_index=index,
    )
    if not is_first and not is_known:
        _tell_of_new_device(event, now=now)
    return event


def _tell_of_new_device(event: LoginEvent, *, now: datetime) -> None:
    channel = next(
        (way for way in (Channel.EMAIL, Channel.SMS) if event.user.contact_for(way)), None
    )
    if channel is None:
        return
    path = reverse("accounts:not_me", args=[signing.dumps(event.pk, salt=_SALT)])
    outbox.queue(
        outbox.Message(
            key=f"login:{event.pk}:device",
            channel=channel,
            template="account_new_device",
            user_id=event.user_id,
            params={
                "at": moment_sentence(now),
                "way": LoginWay(event.way).label,
                "days": LINK_LIVES.days,
            },
            secret_params={
                "device": event.device,
                "network": network_label(event.network),
                "link": f"{settings.BASE_URL}{path}",
            },
            expires_at=now + _NOTICE_LIVES,
        ),
        now=now,
        is_awaited=False,
    )


@transaction.atomic
def record_refusal(*, user: User | None, way: LoginWay, origin: Origin, now: datetime) -> None:
    """Write down that a log-in was refused; for an unknown account the same effort leaves nothing."""
    if user is None:
        LoginEvent.objects.filter(pk=0).update(occurred_at=now)
        return
    LoginEvent.objects.create(
        user=user,
        occurred_at=now,
        way=way,
        is_success=False,
        device=origin.device,
        network=origin.network,
    )


def _end(keys: Sequence[str]) -> int:
    """End sessions in two statements: one by one each would cost as many as there are."""
    if not keys:
        return 0
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    return len(keys)


def _keys(sessions: QuerySet[UserSession]) -> list[str]:
    return list(sessions.values_list("session_key", flat=True))


def list_session(
    *, user: User, session_key: str, address: str, user_agent: str, now: datetime
) -> None:
    """Put a session among the person's live ones; one that is listed belongs to them from now on."""
    row = UserSession(
        user=user,
        session_key=session_key,
        ip=address,
        user_agent=user_agent[:HTTP_USER_AGENT_MAX_LENGTH],
        created_at=now,
        last_seen_at=now,
    )
    # One statement, where asking first would take five.
    UserSession.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["session_key"],
        update_fields=["user", "ip", "user_agent", "last_seen_at"],
    )


@transaction.atomic(savepoint=False)
def keep_newest_sessions(*, user: User, now: datetime, amount: int = LIVE_SESSIONS - 1) -> int:
    """End all but the newest sessions, and forget those that have run out; returns how many went."""
    live = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    rows = list(
        UserSession.objects.filter(user=user)
        .annotate(is_live=Exists(live))
        .order_by("-is_live", "-last_seen_at", "-pk")
        .values_list("session_key", "is_live")
    )
    return _end(
        [key for place, (key, is_live) in enumerate(rows) if place >= amount or not is_live]
    )


@transaction.atomic(savepoint=False)
def end_sessions(user: User) -> int:
    """Log the account out everywhere; returns from how many devices."""
    return _end(_keys(UserSession.objects.filter(user=user)))


@transaction.atomic
def end_session(*, user: User, session_id: int, now: datetime) -> bool:
    """End one of the person's own sessions; False when it is none of theirs."""
    if not _end(_keys(UserSession.objects.filter(user=user, pk=session_id))):
        return False
    audit.record("account.session_ended", actor=user, now=now, obj=user, details={"count": 1})
    return True


@transaction.atomic
def end_other_sessions(*, user: User, current_key: str, now: datetime) -> int:
    """End every session of the person but the one at hand; returns how many."""
    rows = UserSession.objects.filter(user=user).exclude(session_key=current_key)
    if ended := _end(_keys(rows)):
        audit.record(
            "account.session_ended", actor=user, now=now, obj=user, details={"count": ended}
        )
    return ended


def disowned_event(*, token: str) -> LoginEvent:
    """The log-in that a link of a mail is about; InvalidInputError when the link is not ours or old."""
    try:
        event_id = signing.loads(token, salt=_SALT, max_age=LINK_LIVES)
    except signing.BadSignature as error:
        raise InvalidInputError("这个链接不完整，或者已经过期。") from error
    event = LoginEvent.objects.select_related("user").filter(pk=event_id).first()
    if event is None:
        raise InvalidInputError("这个链接不完整，或者已经过期。")
    return event


@transaction.atomic
def disown_login(*, event: LoginEvent, now: datetime) -> bool:
    """ "That was not me": nobody stays in, the password is void, and what was added since is gone.

    Authenticators and linked campus accounts that came after the log-in may be the intruder's way
    back, so they go too. Asked again, nothing more happens: the person may have a new password.
    """
    disowned = LoginEvent.objects.filter(pk=event.pk, is_success=True, disowned_at=None)
    if disowned.update(disowned_at=now) != 1:
        return False
    user = User.objects.select_for_update().get(pk=event.user_id)
    end_sessions(user)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    since = Q(created_at__gte=event.occurred_at)
    removed, _ = Authenticator.objects.filter(since, user=user).delete()
    unlinked, _ = SocialAccount.objects.filter(
        user=user, date_joined__gte=event.occurred_at
    ).delete()
    audit.record(
        "account.login_disowned",
        actor=user,
        now=now,
        obj=user,
        details={"authenticators": removed, "links": unlinked},
    )
    return True
