"""What a part of an export is made of, and how values are written into its JSON."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from common.wording import local

__all__ = ["Item", "Part", "as_json", "by_whom", "without_numbers"]

_LONG_NUMBER = re.compile(r"\d{7,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One file of the ZIP: plain data that becomes JSON, or bytes that are read when their turn comes."""

    path: str
    label: str
    data: Any = None
    read: Callable[[], bytes] | None = None

    def content(self) -> bytes:
        """The bytes as they stand in the ZIP."""
        return self.read() if self.read is not None else as_json(self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One app's share: what it holds about the person at a moment, and nothing about anybody else."""

    name: str
    collect: Callable[[User, datetime], Iterable[Item]]


def as_json(data: Any) -> bytes:
    """Readable JSON; moments in the time of Shanghai, dates as ISO."""
    return json.dumps(data, ensure_ascii=False, indent=2, default=_plain).encode()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return local(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    raise TypeError(type(value).__name__)


def by_whom(label: str, user: User) -> str:
    """Who did it, as the person may know it: themselves, the system, or the office without a name."""
    if not label:
        return ""
    if label in {user.actor_label, "本人"}:
        return "本人"
    return label if label == "系统" else "学校工作人员"


def without_numbers(text: str) -> str:
    """Text about somebody else with long numbers taken out."""
    return _LONG_NUMBER.sub("***", text)
