"""简报: once a day what is open in the classes of a counsellor; nothing where nothing is."""

from collections import defaultdict
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet

from accounts.models import User
from common import outbox
from common.models import Channel
from common.outbox import Message
from common.wording import local
from enrollment.models import Assignment
from enrollment.states import AssignmentRole
from imaging.models import CampaignMember, ReminderPlan
from imaging.selectors.reminders import awaited, days_until, rules_of, running_plans

__all__ = ["announce_digests"]


@transaction.atomic
def announce_digests(*, now: datetime) -> int:
    """One message per counsellor and day, from the hour of the plan on; returns how many.

    Who has classes in several campaigns gets one message about all of them.
    """
    today = local(now).date()
    running = running_plans(now=now).filter(has_digest=True)
    due = running.filter(hour__lte=local(now).hour).exclude(digest_date=today)
    claimed = [plan for plan in due if not _is_quiet(plan, now) and _claim(plan, now)]
    if not claimed:
        return 0
    lines = _lines(running, now=now)
    touched = {plan.campaign_id for plan in claimed}
    holders: dict[int, list[int]] = defaultdict(list)
    posts = Assignment.objects.in_force_at(now).filter(
        role=AssignmentRole.COUNSELLOR, class_group__in=list(lines)
    )
    for user_id, class_id in posts.order_by("pk").values_list("user", "class_group").distinct():
        holders[user_id].append(class_id)
    messages = []
    for user in User.objects.filter(pk__in=list(holders), is_active=True).order_by("pk"):
        own = [line for class_id in dict.fromkeys(holders[user.pk]) for line in lines[class_id]]
        if any(line["campaign_id"] in touched for line in own):
            messages.append(_message(user, own, now=now))
    outbox.queue_many(messages, now=now, is_awaited=False)
    return len(messages)


def _is_quiet(plan: ReminderPlan, now: datetime) -> bool:
    return any(rules_of(school).is_quiet_at(now) for school in plan.campaign.schools.all())


def _claim(plan: ReminderPlan, now: datetime) -> bool:
    """Whether it was this run that set the day; of two at once one does."""
    today = local(now).date()
    unclaimed = ReminderPlan.objects.filter(pk=plan.pk).filter(
        Q(digest_date=None) | ~Q(digest_date=today)
    )
    return unclaimed.update(digest_date=today) == 1


def _lines(plans: QuerySet[ReminderPlan], *, now: datetime) -> dict[int, list[dict[str, Any]]]:
    """Class → a line for each campaign in which somebody of it is awaited, with the deadline next to come.

    The deadlines are the members' own: a school or a class may have another than the campaign.
    """
    members = CampaignMember.objects.filter(
        campaign__in=plans.values("campaign"), class_group__isnull=False, removed_at=None
    )
    open_rows = (
        awaited(members, now=now)
        .values_list("campaign", "class_group")
        .annotate(amount=Count("pk"), until=Min("closes_at"))
        .order_by()
    )
    waiting = {(campaign, group): (amount, until) for campaign, group, amount, until in open_rows}
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    everybody = (
        members.filter(class_group__in=[group for _, group in waiting])
        .values_list("campaign", "campaign__title", "class_group", "class_group__name")
        .annotate(amount=Count("pk"))
        .order_by("class_group__name", "class_group", "campaign")
    )
    today = local(now).date()
    for campaign, title, group, name, total in everybody:
        if (campaign, group) in waiting:
            amount, until = waiting[campaign, group]
            found[group].append(
                {
                    "campaign_id": campaign,
                    "class_id": group,
                    "campaign": title,
                    "name": name,
                    "waiting": amount,
                    "total": total,
                    "days": days_until(until, today),
                }
            )
    for lines in found.values():
        lines.sort(key=itemgetter("days"))
    return found


def _message(user: User, lines: list[dict[str, Any]], *, now: datetime) -> Message:
    """Counts alone; names stay behind the log-in."""
    return Message(
        key=f"reminder-digest:{user.pk}:{local(now).date():%F}",
        channel=Channel.EMAIL if user.email else Channel.NOTICE,
        template="reminder_digest",
        user_id=user.pk,
        params={"waiting": sum(line["waiting"] for line in lines), "lines": lines},
    )
