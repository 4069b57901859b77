"""What the UI tags take: small frozen values that say what to show, never how.

Selectors and pages build them, templates pass them on; nothing here knows Django or a domain noun's rules.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from common.wording import NumberKind

__all__ = [
    "ActionButton",
    "BurnUp",
    "BurnUpPoint",
    "FieldRow",
    "MeterCounts",
    "NavItem",
    "PhotoView",
    "SheetPage",
    "SheetRow",
    "TimelineStep",
    "Tone",
]


class Tone(StrEnum):
    """The six looks of a state; each has its own icon, colour and shape."""

    TODO = "todo"
    DUE = "due"
    DONE = "done"
    LOCKED = "locked"
    DISPUTED = "disputed"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One link of a navigation or of a row of tabs."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionButton:
    """One thing that the reader may do now; a POST is drawn as its own small form."""

    label: str
    url: str
    method: Literal["get", "post"] = "get"
    tone: Literal["primary", "outline", "danger", "link"] = "primary"
    icon: str = ""
    name: str = ""
    value: str = ""
    confirm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoView:
    """A portrait of 3:4 to show; without `url` the drawing of a missing photo."""

    url: str
    alt: str
    caption: str = ""
    note: str = ""
    zoom_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """One field of a record; an empty value is shown as empty, never left out."""

    label: str
    value: str
    kind: Literal["text"] | NumberKind = "text"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineStep:
    """One station on the way of a photo, a conclusion or a request."""

    label: str
    state: Literal["done", "now", "todo", "lock", "broken"]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterCounts:
    """How many people of a class stand where; `idle` are those of whom nothing is asked, beside the others."""

    locked: int
    open: int
    disputed: int
    todo: int
    blocked: int = 0
    idle: int = 0

    @property
    def total(self) -> int:
        """Everybody who takes part, counted once."""
        return self.locked + self.open + self.disputed + self.todo + self.blocked


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnUpPoint:
    """How many had given their conclusions by the end of a day."""

    day: date
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnUp:
    """The curve of a campaign from its first day to its deadline, up to today."""

    points: tuple[BurnUpPoint, ...]
    total: int
    starts_on: date
    ends_at: datetime
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One student on the class feedback sheet; `is_open` is printed as 暂定."""

    number: int
    student_no: str
    name: str
    result: str
    tone: Tone
    is_open: bool = False
    signature: str = ""

    @property
    def shown(self) -> str:
        """The result as it stands on the sheet; one that may still change says so."""
        return f"{self.result}（暂定）" if self.is_open else self.result


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPage:
    """One page of the class feedback sheet, a complete form by itself."""

    title: str
    class_line: str
    order_line: str
    number: int
    count: int
    rows: tuple[SheetRow, ...]
    is_last: bool
    digest: str = ""
    version: int | None = None
    made_at: datetime | None = None
    is_demo: bool = False
