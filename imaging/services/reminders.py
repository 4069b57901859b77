"""Reminders: by the campaign's schedule, or with one click to a class; set-based, bounded by the day.

The recipients are worked out when it is sent, and each is looked at once more at delivery
(`reminder_delivery`). The database keeps the bound: a day's slots of an account are unique.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    F,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat, JSONObject, Least

from accounts.models import User
from common import audit, tasks
from common.actors import SYSTEM, Actor
from common.inserting import insert_from
from common.models import Channel, OutboxMessage
from common.wording import local
from enrollment.models import ClassGroup, School
from imaging.models import (
    Campaign,
    CampaignMember,
    Reminder,
    ReminderPlan,
    ReminderRules,
    ReminderRun,
)
from imaging.policies.reminders import check_can_remind
from imaging.selectors.reminders import (
    Recipients,
    class_recipients,
    is_ready,
    recipients_of,
    rules_of,
    running_plans,
    scheduled_recipients,
)
from imaging.states.reminders import ReminderKind

__all__ = ["Reminded", "remind_due", "send_class_reminder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded:
    """What one click has done: how many were written to, when, and why the others were not."""

    reminded: int
    due_at: datetime
    is_put_off: bool
    others: Recipients


def remind_due(*, now: datetime) -> int:
    """Send what the schedules of running campaigns ask for today; returns to how many.

    A day's reminders go out from the hour of the plan until the quiet begins, once for each member,
    however often this runs. What a whole day has missed is not made up for.
    """
    sent = 0
    for plan in running_plans(now=now).filter(hour__lte=local(now).hour):
        if not plan.days_before:
            continue
        for school in plan.campaign.schools.order_by("pk"):
            rules = rules_of(school)
            if not rules.is_quiet_at(now):
                sent += _send_scheduled(plan, school, rules, now=now)
    return sent


@transaction.atomic
def _send_scheduled(
    plan: ReminderPlan, school: School, rules: ReminderRules, *, now: datetime
) -> int:
    campaign = plan.campaign
    everybody = campaign.members.filter(record__school=school)
    members = scheduled_recipients(everybody, days_before=plan.days_before, rules=rules, now=now)
    if not is_ready(campaign, everybody, now=now):
        return 0
    run = ReminderRun(
        campaign=campaign,
        kind=ReminderKind.SCHEDULED,
        due_at=now,
        asked_at=now,
        asked_by=SYSTEM.actor_label,
    )
    return _write(run, members, rules, actor=SYSTEM, now=now)


@transaction.atomic
def send_class_reminder(
    *, campaign: Campaign, class_group: ClassGroup, actor: User, now: datetime
) -> Reminded:
    """Remind those of the class who have not acted, once; in the quiet hours it waits for the morning."""
    rules = rules_of(class_group.school)
    check_can_remind(actor, campaign, class_group, rules=rules, now=now)
    due_at = rules.next_moment(now)
    before = class_recipients(campaign, class_group, rules=rules, due_at=due_at, now=now)
    members = campaign.members.filter(class_group=class_group, closes_at__gt=due_at)
    sent = 0
    if before.to_remind:
        chosen = recipients_of(members, day=local(due_at).date(), per_day=rules.per_day, now=now)
        run = ReminderRun(
            campaign=campaign,
            class_group=class_group,
            kind=ReminderKind.BY_HAND,
            due_at=due_at,
            asked_at=now,
            asked_by=actor.actor_label,
        )
        sent = _write(run, chosen, rules, actor=actor, now=now)
    return Reminded(reminded=sent, due_at=due_at, is_put_off=due_at > now, others=before)


def _write(
    run: ReminderRun,
    members: QuerySet[CampaignMember],
    rules: ReminderRules,
    *,
    actor: Actor,
    now: datetime,
) -> int:
    """The rows of one run and their messages, one statement each; nothing where nobody is left."""
    place = transaction.savepoint()
    run.save(force_insert=True)
    written = insert_from(
        Reminder,
        members,
        {
            "run_id": run.pk,
            "kind": run.kind,
            "member_id": F("pk"),
            "user_id": F("user_id"),
            "remind_date": F("on_day"),
            "slot": F("next_slot"),
        },
    )
    if not written:
        transaction.savepoint_rollback(place)
        return 0
    transaction.savepoint_commit(place)
    ReminderRun.objects.filter(pk=run.pk).update(amount=written)
    _queue(run, quiet_from=rules.quiet_from(run.due_at), now=now)
    audit.record(
        "reminder.sent",
        actor=actor,
        now=now,
        obj=run,
        details={"campaign": run.campaign.title, "kind": run.kind, "amount": written},
    )
    return written


def _queue(run: ReminderRun, *, quiet_from: datetime, now: datetime) -> None:
    """A message for each reminder; it lapses at the own deadline, and when that day's quiet begins."""
    rows = Reminder.objects.filter(run=run).annotate(
        new_key=Concat(Value("reminder:"), Cast("pk", CharField()), output_field=CharField()),
        new_channel=Case(
            When(user__email=None, then=Value(Channel.SMS.value)),
            default=Value(Channel.EMAIL.value),
            output_field=CharField(),
        ),
        new_params=JSONObject(reminder="pk", campaign=Value(run.campaign.title)),
        lapses_at=Least("member__closes_at", Value(quiet_from, output_field=DateTimeField())),
    )
    columns: dict[str, Any] = {
        "key": F("new_key"),
        "channel": F("new_channel"),
        "template": "reminder",
        "params": F("new_params"),
        "user_id": F("user_id"),
        "created_at": now,
        "due_at": run.due_at,
        "expires_at": F("lapses_at"),
    }
    insert_from(OutboxMessage, rows, columns, unique=("key",))
    if run.due_at <= now:
        transaction.on_commit(partial(tasks.deliver_outbox.delay), robust=True)
