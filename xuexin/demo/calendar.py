"""When things happened in the demonstration school, counted from the moment it is built."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["Calendar", "calendar_of"]

_SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The moments of one campaign that is in the middle of its days."""

    now: datetime
    school_at: datetime
    roster_at: datetime
    admission_photos_at: datetime
    photos_at: datetime
    campaign_at: datetime
    opens_at: datetime
    late_photos_at: datetime
    closes_at: datetime
    freeze_at: datetime

    def ago(self, *, days: float = 0, hours: float = 0) -> datetime:
        """So long before the demonstration school was built."""
        return self.now - timedelta(days=days, hours=hours)


def calendar_of(now: datetime) -> Calendar:
    """Open for five days, four more to go until 23:00, sheets final the next morning at 11:00."""
    today = now.astimezone(_SHANGHAI).date()

    def at(days: int, hour: int, minute: int = 0) -> datetime:
        day = today + timedelta(days=days)
        return datetime.combine(day, time(hour, minute), tzinfo=_SHANGHAI)

    return Calendar(
        now=now,
        school_at=at(-14, 9),
        roster_at=at(-12, 10),
        admission_photos_at=at(-11, 15, 20),
        photos_at=at(-8, 16, 40),
        campaign_at=at(-7, 10),
        opens_at=at(-5, 9),
        late_photos_at=at(-2, 10, 15),
        closes_at=at(4, 23),
        freeze_at=at(5, 11),
    )
