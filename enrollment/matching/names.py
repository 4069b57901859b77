"""How alike two spellings of a name are."""

import re
import unicodedata
from enum import StrEnum

from accounts.identity import name_match_key
from enrollment.matching.variants import fold_variants

# What stands in a roster for a character that its writer could not type (national file rules say
# `??`): question marks, the replacement sign, private-use signs, components in brackets.
_GAP = re.compile(
    r"[?�□〓]+|[\ue000-\uf8ff\U000f0000-\U000ffffd]|[(\[{【][^)\]}】]{1,6}[)\]}】]|[\u2ff0-\u2ffb].{2}"
)
_LEAST = 2  # a name of one sign is like every other


class NameLikeness(StrEnum):
    """In what two names differ; the value is stored with a suggestion."""

    SAME = "same"
    DOT = "dot"
    VARIANT = "variant"
    GAP = "gap"
    ONE_SIGN = "one_sign"
    SWAPPED = "swapped"
    ONE_MISSING = "one_missing"

    @property
    def why(self) -> str:
        """The likeness as a reason for staff."""
        return _WHY[self]


_WHY = {
    NameLikeness.SAME: "姓名相同",
    NameLikeness.DOT: "姓名只差间隔点",
    NameLikeness.VARIANT: "姓名只差繁简或异体字",
    NameLikeness.GAP: "姓名里有缺字或用部件拼写的生僻字，其余相同",
    NameLikeness.ONE_SIGN: "姓名只差一个字",
    NameLikeness.SWAPPED: "姓名里相邻两个字写反了",
    NameLikeness.ONE_MISSING: "姓名少写或多写了一个字",
}


def compare_names(one: str, other: str) -> NameLikeness | None:
    """How alike two names are; None when they are two names.

    Widths, spaces, letter case and the kind of interpunct are no difference (`name_match_key`).
    """
    left, right = name_match_key(one), name_match_key(other)
    if not left or not right:
        return None
    if left == right:
        return NameLikeness.SAME
    bare = left.replace("·", ""), right.replace("·", "")
    if bare[0] == bare[1]:
        return NameLikeness.DOT
    folded = fold_variants(_whole(bare[0])), fold_variants(_whole(bare[1]))
    if folded[0] == folded[1]:
        return NameLikeness.VARIANT
    if _has_gap(one, folded[1]) or _has_gap(other, folded[0]):
        return NameLikeness.GAP
    return _one_slip(*folded)


def _whole(text: str) -> str:
    """Compatibility ideographs as the characters that they stand for."""
    return unicodedata.normalize("NFKC", text)


def _has_gap(name: str, other: str) -> bool:
    """Whether `name` is `other` with a character or more that could not be typed."""
    text = fold_variants(unicodedata.normalize("NFKC", name)).replace("·", "").casefold()
    text = "".join(text.split())
    parts = _GAP.split(text)
    if len(parts) == 1 or not any(parts):
        return False
    # Two half-width question marks are one character, or each of them is one.
    pattern = ".{1,2}".join(re.escape(part) for part in parts)
    return re.fullmatch(pattern, other) is not None


def _one_slip(left: str, right: str) -> NameLikeness | None:
    if min(len(left), len(right)) < _LEAST:
        return None
    if len(left) == len(right):
        places = [place for place in range(len(left)) if left[place] != right[place]]
        if len(places) == 1:
            return NameLikeness.ONE_SIGN
        is_pair = len(places) == 2 and places[1] == places[0] + 1  # noqa: PLR2004 - a pair is two
        if is_pair and sorted(left) == sorted(right):
            return NameLikeness.SWAPPED
        return None
    short, long = sorted((left, right), key=len)
    is_missing = len(long) - len(short) == 1 and any(
        long[:place] + long[place + 1 :] == short for place in range(len(long))
    )
    return NameLikeness.ONE_MISSING if is_missing else None
