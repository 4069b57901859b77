"""Reminder plans, rules, and what lies in the outbox because of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from common.models import OutboxMessage
from enrollment.models import School, StudentRecord
from imaging.models import Campaign, ReminderPlan, ReminderRules
from tests.factories.enrolment import bind, make_record, make_school
from tests.factories.people import make_identity, make_user

__all__ = ["at", "make_bound", "make_plan", "make_rules", "reminders"]


def make_plan(campaign: Campaign, days: tuple[int, ...] = (7, 2, 0), **fields: Any) -> ReminderPlan:
    """A plan at nine o'clock, without digest."""
    values = {"hour": 9, "has_digest": False, "set_at": campaign.created_at, "set_by": "测试"}
    return ReminderPlan.objects.create(
        campaign=campaign, days_before=list(days), **{**values, **fields}
    )


def make_rules(school: School | None = None, **fields: Any) -> ReminderRules:
    """Rules of a school that differ from the defaults in what is given."""
    return ReminderRules.objects.create(school=school or make_school(), **fields)


def make_bound(email: str | None = None, **fields: Any) -> StudentRecord:
    """A record bound to an account of its own."""
    record = make_record(**fields)
    identity = make_identity(make_user(email), name=record.name, number=record.id_number)
    bind(record, identity)
    return record


def reminders() -> list[tuple[str, datetime, datetime | None]]:
    """Channel, due moment and lapse of every reminder in the outbox, in their order."""
    rows = OutboxMessage.objects.filter(template="reminder").order_by("pk")
    return list(rows.values_list("channel", "due_at", "expires_at"))


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of June 2026 as the clocks in Shanghai show it."""
    midnight = datetime(2026, 6, day, tzinfo=UTC) - timedelta(hours=8)
    return midnight + timedelta(hours=hour, minutes=minute, seconds=second)
