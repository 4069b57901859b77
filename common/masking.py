"""Masking of personal values: one rule per kind, used by pages, lists, logs and messages alike.

Two different masks of one number, laid side by side, rebuild it; so there is one function and it
takes no options.
"""

from enum import Enum, auto

__all__ = ["MaskKind", "mask"]

_STAR = "*"
_INTERPUNCT = "·"
_SHORT = 2


class MaskKind(Enum):
    """What a value is; decides which characters stay readable."""

    DOCUMENT_NO = auto()
    PHONE = auto()
    EMAIL = auto()
    NAME = auto()
    STUDENT_NO = auto()


# How many characters stay at the head and at the tail, and from which length on; of a shorter
# value at most a quarter stays on either side.
_ENDS: dict[MaskKind, tuple[int, int, int]] = {
    MaskKind.DOCUMENT_NO: (2, 2, 8),
    MaskKind.PHONE: (3, 4, 10),
    MaskKind.STUDENT_NO: (4, 2, 10),
}


def mask(value: str, kind: MaskKind) -> str:
    """Return the value with its private middle as asterisks, one for each hidden character.

    Short values show less than long ones; an empty value stays empty.
    """
    if not value:
        return ""
    if kind is MaskKind.EMAIL:
        return _mask_email(value)
    if kind is MaskKind.NAME:
        return _mask_name(value)
    head, tail, least = _ENDS[kind]
    if len(value) < least:
        head = len(value) // 4 or (len(value) > 1)
        tail = len(value) // 4
    return _keep_ends(value, head, tail)


def _keep_ends(value: str, head: int, tail: int) -> str:
    hidden = len(value) - head - tail
    return value[:head] + _STAR * hidden + (value[-tail:] if tail else "")


def _mask_email(value: str) -> str:
    """Keep the first character and the domain: enough to recognise one's own mailbox."""
    local, at, domain = value.rpartition("@")
    if not at:
        return _keep_ends(value, 1 if len(value) > 1 else 0, 0)
    return f"{_keep_ends(local, 1 if len(local) > 1 else 0, 0)}@{domain}"


def _mask_name(value: str) -> str:
    """Keep the first character, of three and more also the last; of a dotted name the first part."""
    first, dot, rest = value.partition(_INTERPUNCT)
    if dot and first:
        hidden = "".join(part if part == _INTERPUNCT else _STAR for part in rest)
        return f"{first}{dot}{hidden}"
    if len(value) == 1:
        return _STAR
    return _keep_ends(value, 1, 1 if len(value) > _SHORT else 0)
