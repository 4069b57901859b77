"""Two accounts of one person, and cases about them in any stage."""

from datetime import datetime, timedelta
from typing import Any

from accounts.models import IdentityNumber, User
from accounts.services import PersonChoice
from enrollment.models import PersonMerge
from enrollment.services.merge import (
    MergePlan,
    RecordChoice,
    confirm_merge,
    open_merge,
    propose_merge,
)

DAY = timedelta(hours=24)


def number_of(user: User) -> int:
    """The id of the account's one live number."""
    return IdentityNumber.objects.get(identity__user=user, superseded_at=None).pk


def make_plan(stays: User, *, records: tuple[RecordChoice, ...] = (), **person: Any) -> MergePlan:
    """Everything as the account that stays has it, but for what is named."""
    choice = {"primary": number_of(stays)} | person
    return MergePlan(person=PersonChoice(**choice), records=records)


def opened(stays: User, goes: User, actor: User, *, at: datetime) -> PersonMerge:
    """A case in which nothing is chosen yet."""
    return open_merge(stays=stays, goes=goes, reason="两个账号都能登录", actor=actor, now=at)


def merged(
    stays: User,
    goes: User,
    first: User,
    second: User,
    *,
    at: datetime,
    plan: MergePlan | None = None,
) -> PersonMerge:
    """A case carried through: proposed a day before `at`, confirmed at `at`."""
    case = opened(stays, goes, first, at=at - DAY)
    plan = plan or make_plan(stays)
    propose_merge(case=case, plan=plan, reason="核对过", actor=first, now=at - DAY)
    return confirm_merge(case=case, reason="也核对过", actor=second, now=at)
