"""How alike two numbers are: document numbers in canonical form, student and candidate numbers as text."""

import re
from enum import StrEnum
from string import digits

from accounts.identity import canonical_number

_RESIDENT = re.compile(r"[0-9]{17}[0-9X]")
_FIFTEEN = re.compile(r"[0-9]{15}")
_BODY = 17  # digits before the check character
_CHECK_CHARACTERS = f"{digits}X"


class NumberLikeness(StrEnum):
    """In what two numbers differ; the value is stored with a suggestion."""

    SAME = "same"
    OLDER_FORM = "older_form"
    ONE_SIGN = "one_sign"
    SWAPPED = "swapped"
    ONE_MISSING = "one_missing"

    @property
    def why(self) -> str:
        """The likeness as a reason for staff."""
        return _WHY[self]


_WHY = {
    NumberLikeness.SAME: "证件号码相同",
    NumberLikeness.OLDER_FORM: "证件号码是同一个号的 15 位和 18 位写法",
    NumberLikeness.ONE_SIGN: "证件号码只差一位",
    NumberLikeness.SWAPPED: "证件号码相邻两位写反了",
    NumberLikeness.ONE_MISSING: "证件号码少写或多写了一位",
}


def compare_numbers(one: str, other: str) -> NumberLikeness | None:
    """How alike two document numbers are, however they were typed; None when they are two numbers.

    Widths, look-alike X, brackets, issue counts and the 15-digit form of a number are no
    difference (`canonical_number`). An 18-digit number and 15 digits that only lack century and
    check character are one number in two generations, also where its date cannot be widened.
    """
    one, other = canonical_number(one), canonical_number(other)
    if not one or not other:
        return None
    if one == other:
        return NumberLikeness.SAME
    if slip := _one_slip(one, other):
        return slip
    olds = _older_form(one), _older_form(other)
    # Fifteen digits may have been widened with the wrong century.
    widened = {*olds, *(canonical_number(old) for old in olds)} - {""}
    is_older = olds[0] == olds[1] != "" and not widened.isdisjoint({one, other})
    return NumberLikeness.OLDER_FORM if is_older else None


def _older_form(canonical: str) -> str:
    """The 15 digits that an 18-digit number had in the first generation, empty for anything else."""
    if not _RESIDENT.fullmatch(canonical):
        return canonical if _FIFTEEN.fullmatch(canonical) else ""
    return canonical[:6] + canonical[8:_BODY]


def _one_slip(one: str, other: str) -> NumberLikeness | None:
    if len(one) == len(other):
        places = [place for place in range(len(one)) if one[place] != other[place]]
        if len(places) == 1:
            return NumberLikeness.ONE_SIGN
        is_pair = len(places) == 2 and places[1] == places[0] + 1  # noqa: PLR2004 - a pair is two
        if is_pair and one[places[0]] == other[places[1]] and one[places[1]] == other[places[0]]:
            return NumberLikeness.SWAPPED
        return None
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) != 1:
        return None
    is_missing = any(long[:place] + long[place + 1 :] == short for place in range(len(long)))
    return NumberLikeness.ONE_MISSING if is_missing else None


def near_numbers(number: str) -> list[str]:
    """The canonical document numbers one slip away from this one, for a search by index.

    One digit or two neighbours differ; of an 18-digit resident number also its form of 15 digits.
    Two valid numbers are never one slip apart, so twins are not among each other's. The number
    itself is not among them.
    """
    canonical = canonical_number(number)
    found = dict.fromkeys(near_texts(canonical))
    if _RESIDENT.fullmatch(canonical):
        found |= dict.fromkeys(canonical[:_BODY] + sign for sign in _CHECK_CHARACTERS)
        found[_older_form(canonical)] = None
        found[canonical_number(_older_form(canonical))] = None
    found.pop(canonical, None)
    return list(found)


def near_texts(text: str) -> list[str]:
    """Texts with one digit changed or two neighbours swapped; letters stay letters."""
    found: dict[str, None] = {}
    for place, sign in enumerate(text):
        if sign.isdigit():
            for digit in digits:
                found[text[:place] + digit + text[place + 1 :]] = None
        if place + 1 < len(text):
            found[text[:place] + text[place + 1] + sign + text[place + 2 :]] = None
    found.pop(text, None)
    return list(found)
