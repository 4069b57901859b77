"""Half-open intervals of time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Window:
    """[opens_at, closes_at): at the closing moment it is over; None means unbounded."""

    opens_at: datetime | None
    closes_at: datetime | None

    def has_opened(self, now: datetime) -> bool:
        """Whether the opening moment has come."""
        return self.opens_at is None or self.opens_at <= now

    def has_closed(self, now: datetime) -> bool:
        """Whether the closing moment has come."""
        return self.closes_at is not None and self.closes_at <= now

    def contains(self, now: datetime) -> bool:
        """Whether `now` lies in the window."""
        return self.has_opened(now) and not self.has_closed(now)
