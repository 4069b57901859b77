"""What a rehearsal (演练) is known by, and who says whose messages stay here while one stands."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

__all__ = ["HELD_BACK", "REHEARSAL_MARK", "TITLES", "HeldBack", "names_rehearsal"]

REHEARSAL_MARK: Final = "【演练】"


class HeldBack(Protocol):
    """Says which of the outbox rows about to be sent are to demo people of a rehearsal, by key."""

    def __call__(self, messages: Sequence[Any], /, *, now: datetime) -> Collection[int]: ...


# The composition root puts in who knows.
HELD_BACK: Final[list[HeldBack]] = []


# The parameters that carry the title of a campaign or of a graduation audit. Any other word, a reason
# or a name, may begin with the mark and says nothing about what the message is about.
TITLES: Final = ("campaign", "audit")


def names_rehearsal(params: Mapping[str, Any]) -> bool:
    """Whether the title in these parameters begins with the mark."""
    return any(str(params.get(name, "")).startswith(REHEARSAL_MARK) for name in TITLES)
