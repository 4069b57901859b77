"""What reminders of a campaign may look like: kinds, defaults, bounds."""

from django.db import models

__all__ = [
    "DEFAULT_DAYS",
    "DEFAULT_HOUR",
    "EARLIEST_HOUR",
    "LATEST_HOUR",
    "MOST_DAYS",
    "MOST_PER_DAY",
    "MOST_STEPS",
    "ReminderKind",
]

# So many days before the own deadline; 0 is its last day.
DEFAULT_DAYS = (7, 2, 0)
DEFAULT_HOUR = 9
MOST_DAYS = 60
MOST_STEPS = 10
EARLIEST_HOUR = 6
LATEST_HOUR = 21
MOST_PER_DAY = 5


class ReminderKind(models.TextChoices):
    """Who sends a reminder."""

    SCHEDULED = "SCHEDULED", "按安排提醒"
    BY_HAND = "BY_HAND", "一键提醒"
