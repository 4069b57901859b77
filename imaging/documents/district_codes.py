"""区位码: the four digits by which the old paper cards knew a character (GB 2312, row and cell)."""

from typing import Final, NamedTuple

__all__ = ["DistrictCode", "district_codes"]

_OFFSET: Final = 0xA0
_TWO_BYTES: Final = 2
# The interpunct of names stands in GB 2312 as 0104, which the codec reads as the Japanese middle dot.
_INTERPUNCT: Final = {"·": "・"}


class DistrictCode(NamedTuple):
    """One character of a name with its code, `is_known` where GB 2312 has the character.

    Else `code` is the Unicode number, because the card has no other way to name it.
    """

    character: str
    code: str
    is_known: bool


def district_codes(name: str) -> list[DistrictCode]:
    """The codes of a name, character by character; spaces are left out.

    GB 2312 knows 6,763 characters; 镕, 喆, 玥 and 犇 are not among them.
    """
    return [_code_of(character) for character in name if not character.isspace()]


def _code_of(character: str) -> DistrictCode:
    try:
        encoded = _INTERPUNCT.get(character, character).encode("gb2312")
    except UnicodeEncodeError:
        encoded = b""
    if len(encoded) != _TWO_BYTES:
        return DistrictCode(character, f"U+{ord(character):04X}", is_known=False)
    row, cell = (byte - _OFFSET for byte in encoded)
    return DistrictCode(character, f"{row:02d}{cell:02d}", is_known=True)
