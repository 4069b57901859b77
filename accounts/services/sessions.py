"""Log-ins and live sessions: written down, told to their person, ended, disowned."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import transaction
from django.db.models import Q
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
    "is_known_device",
    "keep_newest_sessions",
    "record_login",
    "record_refusal",
]

LINK_LIVES = timedelta(days=14)
_NOTICE_LIVES = timedelta(days=2)
_SALT = "accounts.not-me"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """From where somebody came: address, the browser's own description, and our mark in its cookie."""

    address: str
    user_agent: str
    mark: str = ""

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
    index = _device_index(user, origin)
    return index is not None and (
        LoginEvent.objects.filter(
            user=user, device_index=index, is_success=True, disowned_at=None
        ).exists()
    )


@transaction.atomic
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


def _end(rows: list[UserSession]) -> int:
    """End sessions in two statements: one by one each would cost as many as there are."""
    if not rows:
        return 0
    Session.objects.filter(session_key__in=[row.session_key for row in rows]).delete()
    UserSession.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


@transaction.atomic
def keep_newest_sessions(*, user: User, now: datetime, amount: int = LIVE_SESSIONS - 1) -> int:
    """End all but the newest sessions, and forget those that have run out; returns how many went."""
    rows = list(UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk"))
    live = set(
        Session.objects.filter(
            session_key__in=[row.session_key for row in rows], expire_date__gt=now
        ).values_list("session_key", flat=True)
    )
    kept = [row.pk for row in rows if row.session_key in live][:amount]
    return _end([row for row in rows if row.pk not in kept])


@transaction.atomic
def end_session(*, user: User, session_id: int, now: datetime) -> bool:
    """End one of the person's own sessions; False when it is none of theirs."""
    rows = list(UserSession.objects.filter(user=user, pk=session_id))
    if not _end(rows):
        return False
    audit.record("account.session_ended", actor=user, now=now, obj=user, details={"count": 1})
    return True


@transaction.atomic
def end_other_sessions(*, user: User, current_key: str, now: datetime) -> int:
    """End every session of the person but the one at hand; returns how many."""
    rows = UserSession.objects.filter(user=user).exclude(session_key=current_key)
    if ended := _end(list(rows)):
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
    _end(list(UserSession.objects.filter(user=user)))
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
