"""When things happened in the demonstration school, counted from the moment it is built."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
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

    @property
    def phases(self) -> dict[str, datetime | None]:
        """The moments of the campaign beside those that every campaign has."""
        return {
            "capture_opens_at": self.on(-75, 8),
            "capture_closes_at": self.on(-61, 18),
            "publishes_at": self.on(-8, 17),
            "hand_in_at": self.on(7, 17),
            "ends_at": self.on(9, 17),
        }

    @property
    def graduation_date(self) -> date:
        """The day on which the certificates are handed out."""
        return self.on(24, 0).date()

    def ago(self, hours: float) -> datetime:
        """So many hours before the demonstration school was built."""
        return self.now - timedelta(hours=hours)

    def on(self, days: int, hour: int, minute: int = 0) -> datetime:
        """A time of day so many days from today; two days back is more than 24 hours ago."""
        return _at(self.now, days, hour, minute)


def calendar_of(now: datetime) -> Calendar:
    """Open for five days, four more to go until 23:00, sheets final the next morning at 11:00."""
    return Calendar(
        now=now,
        school_at=_at(now, -14, 9),
        roster_at=_at(now, -12, 10),
        admission_photos_at=_at(now, -11, 15, 20),
        photos_at=_at(now, -8, 16, 40),
        campaign_at=_at(now, -7, 10),
        opens_at=_at(now, -5, 9),
        late_photos_at=_at(now, -2, 10, 15),
        closes_at=_at(now, 4, 23),
        freeze_at=_at(now, 5, 11),
    )


def _at(now: datetime, days: int, hour: int, minute: int = 0) -> datetime:
    day = now.astimezone(_SHANGHAI).date() + timedelta(days=days)
    return datetime.combine(day, time(hour, minute), tzinfo=_SHANGHAI)
