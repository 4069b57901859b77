"""What a rehearsal (演练) is known by, and who says whose messages stay here while one stands."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

__all__ = ["HELD_BACK", "REHEARSAL_MARK", "names_rehearsal"]

REHEARSAL_MARK: Final = "【演练】"

# Asked with the outbox rows about to be sent: the keys of those that are to demo people of a
# rehearsal. The composition root puts in who knows.
HELD_BACK: Final[list[Callable[[Sequence[Any]], Collection[int]]]] = []


def names_rehearsal(params: Mapping[str, Any]) -> bool:
    """Whether any word of these parameters begins with the mark."""
    return any(
        isinstance(value, str) and value.startswith(REHEARSAL_MARK) for value in params.values()
    )
