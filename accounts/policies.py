"""Who holds an office-wide role; which accounts nobody uses any more."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.models import CounterRecovery, User
from accounts.selectors import proved_email
from accounts.states import COUNTER, CounterAction, CounterState, Role
from common.errors import NotAllowedError
from common.policy import allowed


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
