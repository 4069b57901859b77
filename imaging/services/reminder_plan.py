"""提醒安排: when a campaign reminds; and an account's choice to get none."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from common import audit
from common.actors import Actor
from common.errors import InvalidInputError
from imaging.models import Campaign, ReminderOptOut, ReminderPlan
from imaging.policies import check_can_manage_campaigns
from imaging.states.reminders import (
    DEFAULT_DAYS,
    DEFAULT_HOUR,
    EARLIEST_HOUR,
    LATEST_HOUR,
    MOST_DAYS,
    MOST_STEPS,
)

__all__ = [
    "carry_choice",
    "choose_reminders",
    "erase_choice",
    "give_choice_back",
    "plan_by_default",
    "set_reminder_plan",
]


def plan_by_default(campaign: Campaign, *, actor: Actor, now: datetime) -> ReminderPlan:
    """What a new campaign begins with; a campaign from before has none until the office sets one."""
    return ReminderPlan.objects.create(
        campaign=campaign,
        days_before=list(DEFAULT_DAYS),
        hour=DEFAULT_HOUR,
        has_digest=True,
        set_at=now,
        set_by=actor.actor_label,
    )


@transaction.atomic
def set_reminder_plan(
    *,
    campaign: Campaign,
    days_before: Collection[int],
    hour: int,
    has_digest: bool,
    actor: Actor,
    now: datetime,
    reason: str,
) -> ReminderPlan:
    """Remind so many days before the own deadline from now on; no days are no reminders.

    What was due before today is not made up for.
    """
    check_can_manage_campaigns(actor)
    days = sorted(set(days_before), reverse=True)
    _check(days, hour, reason)
    before = ReminderPlan.objects.select_for_update().filter(campaign=campaign).first()
    plan, _ = ReminderPlan.objects.update_or_create(
        campaign=campaign,
        defaults={
            "days_before": days,
            "hour": hour,
            "has_digest": has_digest,
            "set_at": now,
            "set_by": actor.actor_label,
        },
    )
    audit.record(
        "campaign.reminders_set",
        actor=actor,
        now=now,
        obj=campaign,
        reason=reason.strip(),
        details={"before": _shown(before) if before else {}, "after": _shown(plan)},
    )
    return plan


@transaction.atomic
def choose_reminders(*, user: User, wants: bool, now: datetime) -> bool:
    """Get reminders, or none; returns whether anything changed. Other notices come either way."""
    if wants:
        changed = ReminderOptOut.objects.filter(user=user).delete()[0] > 0
    else:
        _, changed = ReminderOptOut.objects.get_or_create(user=user, defaults={"chosen_at": now})
    if changed:
        action = "reminder.opted_in" if wants else "reminder.opted_out"
        audit.record(action, actor=user, now=now, obj=user)
    return changed


def carry_choice(*, stays: User, goes: User, actor: Actor, now: datetime) -> bool:
    """Two accounts are one person's: who wanted no reminders on the one gets none on the other.

    It carries the moment of the choice, by which `give_choice_back` knows it again.
    """
    chosen = ReminderOptOut.objects.filter(user=goes).first()
    if chosen is None:
        return False
    _, carried = ReminderOptOut.objects.get_or_create(
        user=stays, defaults={"chosen_at": chosen.chosen_at}
    )
    if carried:
        audit.record("reminder.opted_out", actor=actor, now=now, obj=stays)
    return carried


def give_choice_back(*, stays: User, goes: User, actor: Actor, now: datetime) -> bool:
    """The two are two people after all: what was carried over goes, an own choice stays."""
    theirs = ReminderOptOut.objects.filter(user=goes).values("chosen_at")
    gone = ReminderOptOut.objects.filter(user=stays, chosen_at__in=theirs).delete()[0] > 0
    if gone:
        audit.record("reminder.opted_in", actor=actor, now=now, obj=stays)
    return gone


def erase_choice(*, user: User) -> int:
    """The choice goes with the account."""
    return ReminderOptOut.objects.filter(user=user).delete()[0]


def _check(days: Sequence[int], hour: int, reason: str) -> None:
    if not reason.strip():
        raise InvalidInputError("请写明理由。", field="reason")
    if len(days) > MOST_STEPS or any(not 0 <= each <= MOST_DAYS for each in days):
        raise InvalidInputError(
            f"最多写 {MOST_STEPS} 个，每个在 0 到 {MOST_DAYS} 天之间。", field="days_before"
        )
    if not EARLIEST_HOUR <= hour <= LATEST_HOUR:
        raise InvalidInputError(f"请填 {EARLIEST_HOUR} 到 {LATEST_HOUR} 点。", field="hour")


def _shown(plan: ReminderPlan) -> dict[str, Any]:
    return {"days_before": plan.days_before, "hour": plan.hour, "has_digest": plan.has_digest}
