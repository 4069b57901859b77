"""What a rehearsal (演练) is known by: a mark that its campaign's title begins with, wherever it is named."""

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["REHEARSAL_MARK", "names_rehearsal"]

REHEARSAL_MARK: Final = "【演练】"


def names_rehearsal(params: Mapping[str, Any]) -> bool:
    """Whether any word of these parameters begins with the mark."""
    return any(
        isinstance(value, str) and value.startswith(REHEARSAL_MARK) for value in params.values()
    )
