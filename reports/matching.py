"""The code of a report: made at random, read however somebody typed it.

Crockford's alphabet: digits and letters without I, L, O and U, so that what looks alike on paper
means the same. Sixteen of 32 characters are 80 bits.
"""

import re
import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
_GROUP = 4
_FOLDED = str.maketrans("OIL", "011")
_BETWEEN = re.compile(r"[\s\-‐‑‒–—―_.·]+")  # noqa: RUF001 -- the dashes that keyboards and chats make
_CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
_CHECK_NUMBER = re.compile(r"[0-9]{12}")


def new_code() -> str:
    """A random code; nothing about the report can be read from it."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def canonical_code(typed: str) -> str | None:
    """The code meant by what was typed, or None where it cannot be one.

    Case, full width, spaces and dashes do not count; O is 0, I and L are 1.
    """
    folded = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed)).upper().translate(_FOLDED)
    return folded if _CODE.fullmatch(folded) else None


def grouped(code: str) -> str:
    """The code in groups of four, as it is read aloud: `7K3Q 9FHM 2XWD 4RTP`."""
    return " ".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def masked_code(code: str) -> str:
    """First and last group, for a receipt that must not open the report again."""
    return f"{code[:_GROUP]} **** **** {code[-_GROUP:]}"


def new_check_number() -> str:
    """The number of one check: twelve random digits."""
    return f"{secrets.randbelow(10**12):012d}"


def canonical_check_number(typed: str) -> str | None:
    """The number meant by what was typed, or None."""
    folded = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed)).upper().removeprefix("C")
    return folded if _CHECK_NUMBER.fullmatch(folded) else None
