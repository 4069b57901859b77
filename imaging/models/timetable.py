"""The moments of a campaign in their order: a plain value that knows when it makes no sense."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final

__all__ = ["PHASES", "Timetable"]

# The moments in the order of a year, and what the desk calls them.
PHASES: Final[Mapping[str, str]] = {
    "capture_opens_at": "采集开始",
    "capture_closes_at": "采集结束",
    "publishes_at": "照片公布",
    "opens_at": "核对开始",
    "closes_at": "学生截止",
    "sheet_freeze_at": "反馈表定稿",
    "hand_in_at": "反馈表上交截止",
    "ends_at": "批次结束",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """All moments of a campaign, or of one school in it; what is None has not been fixed.

    Each is half-open: at the closing moment it is over.
    """

    opens_at: datetime
    closes_at: datetime
    sheet_freeze_at: datetime
    capture_opens_at: datetime | None = None
    capture_closes_at: datetime | None = None
    publishes_at: datetime | None = None
    hand_in_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def moments(self) -> dict[str, datetime | None]:
        """Field → moment, in the order of a year."""
        return {name: getattr(self, name) for name in PHASES}

    @property
    def fixed(self) -> dict[str, datetime]:
        """The moments that have been fixed, in the order of a year."""
        return {name: at for name, at in self.moments.items() if at is not None}

    def with_moments(self, own: Mapping[str, datetime | None]) -> "Timetable":
        """The same with other moments where `own` has one."""
        known = {field.name for field in fields(self)}
        return replace(self, **{name: at for name, at in own.items() if at and name in known})

    def problem(self) -> tuple[str, str] | None:
        """The field that is out of order with a sentence that says what it has to be, or None."""
        checks = (
            ("capture_closes_at", self.capture_opens_at, self.capture_closes_at, True),
            ("opens_at", self.publishes_at, self.opens_at, False),
            ("closes_at", self.opens_at, self.closes_at, True),
            ("sheet_freeze_at", self.closes_at, self.sheet_freeze_at, False),
            ("hand_in_at", self.sheet_freeze_at, self.hand_in_at, False),
            ("ends_at", self.hand_in_at or self.sheet_freeze_at, self.ends_at, False),
        )
        for name, before, after, is_strict in checks:
            if before is None or after is None:
                continue
            if after < before or (is_strict and after == before):
                return name, _SENTENCES[name]
        return None


_SENTENCES: Final[Mapping[str, str]] = {
    "capture_closes_at": "采集结束时间要晚于采集开始时间。",
    "opens_at": "核对开始不能早于照片公布。",
    "closes_at": "学生截止时间要晚于开始时间。",
    "sheet_freeze_at": "反馈表定稿时间不能早于学生截止时间。",
    "hand_in_at": "反馈表上交截止不能早于定稿时间。",
    "ends_at": "批次结束不能早于反馈表定稿和上交截止。",
}
