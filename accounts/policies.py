"""Who holds an office-wide role; which accounts nobody uses any more; who may agree alone."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.models import Consent, CounterRecovery, User
from accounts.selectors import identity_of, proved_email
from accounts.states import (
    CONSENT_VERSION,
    COUNTER,
    GUARDIAN_BELOW_AGE,
    PHONE_TRUSTED_FOR,
    CounterAction,
    CounterState,
    Role,
)
from common.errors import NotAllowedError
from common.policy import allowed
from common.wording import local


def is_registrar(user: User) -> bool:
    """Whether the account acts for the registrar's office."""
    return user.has_role(Role.REGISTRAR)


def is_auditor(user: User) -> bool:
    """Whether the account may look at everything and change nothing."""
    return user.has_role(Role.AUDITOR)


def is_office(user: User) -> bool:
    """Whether the account has any office-wide role."""
    return user.has_role(Role.REGISTRAR, Role.AUDITOR)


def check_can_act_on_counter(
    actor: User,
    case: CounterRecovery,
    action: CounterAction,
    *,
    now: datetime,  # noqa: ARG001 -- every policy takes the moment
) -> None:
    """The office helps; the second person is another than the first, and neither is the owner."""
    if not is_registrar(actor):
        raise NotAllowedError("柜台找回由教务处办理")
    if case.user_id == actor.pk:
        raise NotAllowedError("这是你自己的账号，要由别人办理")
    if action == CounterAction.CONFIRM and case.enterer_id == actor.pk:
        raise NotAllowedError("是你登记的，要由另一个人确认")
    COUNTER.target(action, source=CounterState(case.state))


def available_counter_actions(
    actor: User, case: CounterRecovery, *, now: datetime
) -> list[CounterAction]:
    """The actions that the person may take now; draws every button."""
    return [
        action
        for action in COUNTER.actions_from(CounterState(case.state))
        if allowed(check_can_act_on_counter, actor, case, action, now=now)
    ]


def campus_login() -> Any:
    """What the settings say of the campus log-in; LookupError where it is switched off."""
    if settings.SINGLE_SIGN_ON is None:
        raise LookupError("OIDC_ISSUER is empty")
    return settings.SINGLE_SIGN_ON


def is_abandoned(user: User, *, now: datetime) -> bool:
    """Whether nobody has logged in for ABANDONED_AFTER_DAYS and the account can spare its phone.

    A working account never counts as abandoned, nor one that only the phone leads to.
    """
    seen = user.last_login or user.date_joined
    unused = now - seen >= timedelta(days=settings.ABANDONED_AFTER_DAYS)
    return unused and not is_office(user) and proved_email(user) is not None


def is_phone_doubtful(user: User, *, now: datetime) -> bool:
    """Whether the phone may have another holder by now, and the account says who its person is.

    Numbers are given to new people (domain edge case 13): a code by SMS alone would then show a
    stranger somebody's record. Nobody is asked who has declared nothing, as nothing is shown.
    """
    proved = user.phone_verified_at
    if proved is None or now - proved < PHONE_TRUSTED_FOR:
        return False
    return identity_of(user) is not None


def needs_guardian(user: User, *, now: datetime) -> bool:
    """Whether the declared birth date says that the person is below the age at which one agrees alone."""
    identity = identity_of(user)
    if identity is None or identity.birth_date is None:
        return False
    return _age(identity.birth_date, local(now).date()) < GUARDIAN_BELOW_AGE


def _age(born: date, today: date) -> int:
    """Full years; who was born on 29 February completes one on 1 March of a common year."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def consent_is_due(user: User, *, now: datetime) -> bool:
    """Whether the person has not agreed to the present notice, or a guardian has still to agree."""
    if user.consent_version != CONSENT_VERSION:
        return True
    if not needs_guardian(user, now=now):
        return False
    given = Consent.objects.filter(user=user, version=CONSENT_VERSION).first()
    return given is None or not given.guardian_name
