"""Who may be reminded of what: worked out at the moment of sending, never kept.

A reminder goes to who can do something about it: takes part, has an account, still owes a conclusion,
and for the photo has one to look at.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from common.models import Channel, OutboxMessage
from common.outbox import rendered
from common.wording import local
from enrollment.models import ClassGroup, School
from enrollment.selectors import has_status
from imaging.models import (
    Campaign,
    CampaignMember,
    Extension,
    PhotoVersion,
    Reminder,
    ReminderOptOut,
    ReminderPlan,
    ReminderRules,
    SchoolTimetable,
    VerificationConclusion,
)
from imaging.selectors.registered import is_registered
from imaging.selectors.timetables import (
    class_deadlines,
    has_begun,
    has_cohort_photos,
    is_published,
)
from imaging.states import Conclusion, ConclusionKind, MembershipEffect, statuses_with
from imaging.states.reminders import ReminderKind

__all__ = [
    "Recipients",
    "awaited",
    "can_act",
    "class_recipients",
    "days_until",
    "deadline_on",
    "due_on",
    "has_account",
    "is_ready",
    "plan_of",
    "recipients_of",
    "rules_of",
    "running_plans",
    "sample_reminder",
    "scheduled_recipients",
    "wants_none",
]

_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)


def rules_of(school: School) -> ReminderRules:
    """What the school allows; the defaults where it has set nothing."""
    found = ReminderRules.objects.filter(school=school).first()
    return found or ReminderRules(school=school)


def plan_of(campaign: Campaign) -> ReminderPlan | None:
    """When the campaign reminds; None where it does not."""
    return ReminderPlan.objects.filter(campaign=campaign).first()


def running_plans(*, now: datetime) -> QuerySet[ReminderPlan]:
    """The plans of campaigns in which anybody's time may run; a rehearsal reminds nobody.

    A school may open before the campaign, and who was granted more time has it beyond the campaign's end.
    """
    own = SchoolTimetable.objects.filter(campaign=OuterRef("campaign"))
    more = Extension.objects.filter(campaign=OuterRef("campaign"), closes_at__gt=now)
    begun = Q(campaign__opens_at__lte=now) | Exists(own.filter(opens_at__lte=now))
    lasts = Q(campaign__ends_at=None) | Q(campaign__ends_at__gt=now)
    return (
        ReminderPlan.objects.filter(begun, campaign__is_rehearsal=False)
        .filter(lasts | Exists(more) | Exists(own.filter(closes_at__gt=now)))
        .select_related("campaign__profile")
        .order_by("pk")
    )


def wants_none(user_id: int) -> bool:
    """Whether the account has chosen to get no reminders."""
    return ReminderOptOut.objects.filter(user=user_id).exists()


def last_day(closes_at: datetime) -> date:
    """The last local day on which something can be handed in; midnight belongs to the day it ends."""
    return local(closes_at - _TICK).date()


def days_until(closes_at: datetime, day: date) -> int:
    """Whole days from `day` to the last one: 0 on the last day itself."""
    return (last_day(closes_at) - day).days


def deadline_on(day: date, now: datetime) -> Q:
    """Members whose last day is this one: the twin of `last_day`."""
    midnight = local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    begins = midnight + (day - midnight.date())
    return Q(closes_at__gt=begins, closes_at__lte=begins + _DAY)


def due_on(days_before: Collection[int], *, now: datetime) -> Q:
    """Members whose last day is one of so many days away from today; nobody without any."""
    today = local(now).date()
    found = Q(pk__in=())
    for days in days_before:
        found |= deadline_on(today + timedelta(days=days), now)
    return found


def _owed(*kinds: str) -> Exists:
    """A conclusion of these kinds is still to be given."""
    return Exists(
        VerificationConclusion.objects.filter(
            round__member=OuterRef("pk"),
            round__is_current=True,
            state=Conclusion.PENDING,
            kind__in=kinds,
        )
    )


def _taking_part(members: QuerySet[CampaignMember], *, now: datetime) -> QuerySet[CampaignMember]:
    """Those who take part, and whose time runs."""
    stays = statuses_with(MembershipEffect.STAYS)
    return members.filter(
        has_begun(now),
        has_status(stays, now=now, path="record__"),
        ~is_registered(""),
        removed_at=None,
        closes_at__gt=now,
        record__hidden_at=None,
        record__duplicate_of=None,
    )


def awaited(members: QuerySet[CampaignMember], *, now: datetime) -> QuerySet[CampaignMember]:
    """Those who take part, whose time runs, and who still owe a conclusion."""
    return _taking_part(members, now=now).filter(_owed(*ConclusionKind.values))


def can_act(now: datetime) -> Q:
    """The data are still owed, or the photo is and there is one to look at."""
    photo = PhotoVersion.objects.filter(
        record=OuterRef("record"), kind=OuterRef("campaign__profile__kind"), is_current=True
    )
    return _owed(ConclusionKind.DATA) | (
        is_published(now) & _owed(ConclusionKind.PHOTO) & Exists(photo)
    )


def has_account() -> Q:
    """Bound to an account that is in use and to which messages are sent."""
    user = "record__binding__identity__user__"
    return Q(**{f"{user}is_active": True, f"{user}silenced_at": None})


def is_opted_out() -> Exists:
    """The account wants no reminders."""
    return Exists(ReminderOptOut.objects.filter(user=OuterRef("record__binding__identity__user")))


def _with_used(members: QuerySet[CampaignMember], day: date) -> QuerySet[CampaignMember]:
    """With `used`: how often the account was or will be reminded on that day, by anybody."""
    sent = (
        Reminder.objects.filter(user=OuterRef("record__binding__identity__user"), remind_date=day)
        .order_by()
        .values("user")
        .annotate(amount=Count("pk"))
        .values("amount")
    )
    is_first = not Reminder.objects.filter(remind_date=day).exists()
    used = Value(0) if is_first else Coalesce(Subquery(sent, output_field=IntegerField()), 0)
    return members.annotate(
        used=used,
        on_day=Value(day, output_field=DateField()),
        user_id=F("record__binding__identity__user"),
        next_slot=F("used") + 1,
    )


def recipients_of(
    members: QuerySet[CampaignMember], *, day: date, per_day: int, now: datetime
) -> QuerySet[CampaignMember]:
    """Of these members who is written to on `day`: who can act, has room that day, and wants it."""
    taking_part = _taking_part(members, now=now)
    open_to = taking_part.filter(can_act(now), has_account(), ~is_opted_out())
    return _with_used(open_to, day).filter(Q(used__lt=per_day))


def scheduled_recipients(
    members: QuerySet[CampaignMember],
    *,
    days_before: Collection[int],
    rules: ReminderRules,
    now: datetime,
) -> QuerySet[CampaignMember]:
    """Whom of these the schedule reminds today and has not reminded yet."""
    today = local(now).date()
    done = Reminder.objects.filter(
        member=OuterRef("pk"), remind_date=today, kind=ReminderKind.SCHEDULED
    )
    due = members.filter(~Exists(done), due_on(days_before, now=now))
    return recipients_of(due, day=today, per_day=rules.per_day, now=now)


def is_ready(campaign: Campaign, members: QuerySet[CampaignMember], *, now: datetime) -> bool:
    """Whether there is something to do at all: the cohort's photos are there, where one is asked for."""
    if ConclusionKind.PHOTO not in campaign.asked:
        return True
    present = members.filter(removed_at=None).select_related("campaign__profile", "record")
    member = present.order_by("pk").first()
    return member is not None and has_cohort_photos(member, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """A class before a click: how many would be written to, and why the others are not."""

    to_remind: int
    already: int
    opted_out: int
    no_account: int
    no_photo: int
    too_late: int


def class_recipients(
    campaign: Campaign,
    class_group: ClassGroup,
    *,
    rules: ReminderRules,
    due_at: datetime,
    now: datetime,
) -> Recipients:
    """Everybody of the class who is awaited stands in exactly one of the counts; two queries."""
    members = campaign.members.filter(class_group=class_group)
    if not is_ready(campaign, members, now=now):
        waiting = awaited(members, now=now).count()
        return Recipients(
            to_remind=0, already=0, opted_out=0, no_account=0, no_photo=waiting, too_late=0
        )
    late, able = Q(closes_at__lte=due_at), can_act(now)
    known, out, room = has_account(), Q(is_out=True), Q(used__lt=rules.per_day)
    day = local(due_at).date()
    people = _with_used(awaited(members, now=now), day).annotate(
        is_out=is_opted_out(), is_able=_truth(able), is_known=_truth(known), is_late=_truth(late)
    )
    told = Q(is_late=False, is_able=True, is_known=True) & ~out
    found = people.aggregate(
        too_late=Count("pk", filter=Q(is_late=True)),
        no_photo=Count("pk", filter=Q(is_late=False, is_able=False)),
        no_account=Count("pk", filter=Q(is_late=False, is_able=True, is_known=False)),
        opted_out=Count("pk", filter=Q(is_late=False, is_able=True, is_known=True) & out),
        already=Count("pk", filter=told & ~room),
        to_remind=Count("pk", filter=told & room),
    )
    return Recipients(**found)


def sample_reminder(
    *, campaign: Campaign, class_group: ClassGroup, due_at: datetime
) -> tuple[str, str]:
    """Subject and text as most of the class would read them by mail."""
    closes_at, _last = class_deadlines(campaign, class_group)
    message = OutboxMessage(
        channel=Channel.EMAIL,
        template="reminder",
        params={
            "campaign": campaign.title,
            "until_at": closes_at.isoformat(),
            "days": max(days_until(closes_at, local(due_at).date()), 0),
            "counts_silence": campaign.counts_silence,
        },
    )
    return rendered(message)


def _truth(condition: Q) -> Case:
    return Case(When(condition, then=True), default=False, output_field=BooleanField())
