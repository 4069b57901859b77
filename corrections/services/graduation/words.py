"""What people write in an audit: stripped, required where it must be there, never too long."""

from typing import Final

from common.errors import InvalidInputError

__all__ = ["LONGEST_TEXT", "optional_text", "required_text", "short_text"]

LONGEST_TEXT: Final = 1_000


def required_text(text: str, *, field: str, message: str) -> str:
    """The text without blank ends; InvalidInputError when nothing or too much is left."""
    stripped = optional_text(text, field=field)
    if not stripped:
        raise InvalidInputError(message, field=field)
    return stripped


def optional_text(text: str, *, field: str) -> str:
    """The text without blank ends, when it is not too long."""
    stripped = text.strip()
    if len(stripped) > LONGEST_TEXT:
        raise InvalidInputError(f"最多写 {LONGEST_TEXT} 个字。", field=field)
    return stripped


def short_text(text: str, *, field: str, most: int, message: str) -> str:
    """One line that must be there."""
    stripped = " ".join(text.split())
    if not stripped:
        raise InvalidInputError(message, field=field)
    if len(stripped) > most:
        raise InvalidInputError(f"最多写 {most} 个字。", field=field)
    return stripped
