"""Sentences that the office writes, with places for what differs from reader to reader.

A place is a name in braces: `{截止时间}`. Nothing else is special, so no sentence can reach anything
beyond the values that are handed in. Checked when it is saved, filled when it is shown.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

from common.errors import InvalidInputError

__all__ = ["check_places", "fill", "places_in"]

_PLACE: Final = re.compile(r"\{([^{}]*)\}")


def places_in(text: str) -> tuple[str, ...]:
    """The names that stand in braces, each once, in their order."""
    return tuple(dict.fromkeys(_PLACE.findall(text)))


def check_places(
    text: str, *, known: Collection[str], needed: Collection[str] = (), field: str | None = None
) -> None:
    """InvalidInputError where the text has a place that nobody fills, lacks one, or leaves a brace open."""
    offered = "、".join(f"{{{name}}}" for name in known)
    unknown = [name for name in places_in(text) if name not in known]
    if unknown:
        raise InvalidInputError(
            f"没有“{{{unknown[0]}}}”这个变量。可以用的有：{offered}。", field=field
        )
    if re.search(r"[{}]", _PLACE.sub("", text)):
        raise InvalidInputError(f"花括号没有成对。变量写成这样：{offered}。", field=field)
    missing = [name for name in needed if name not in places_in(text)]
    if missing:
        raise InvalidInputError(f"这段话里要有{{{missing[0]}}}，不然看不出日期。", field=field)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled; one without a value stays as it is written."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)
