"""Capture tickets (采集号) as text: how they are made, recognised, and read however somebody typed them.

Twenty-three characters that nothing else looks like: no 0 or 1, no vowels, no B, G, I, L, O, Q, S, U, Z.
Ten of them, the last a check: weights that differ modulo the prime 23 find every single wrong
character and every swapped pair. Five letters at least tell a ticket from every kind of document
number (`imaging.matching.likely_kind`), which must never be kept in clear.
"""

import re
import secrets
import unicodedata
from typing import Final

__all__ = [
    "TICKET_LENGTH",
    "canonical_ticket",
    "grouped_ticket",
    "is_ticket",
    "new_ticket_code",
    "tickets_in",
]

TICKET_LENGTH: Final = 10
_ALPHABET: Final = "23456789CDFHJKMNPRTVWXY"
_FEWEST_LETTERS: Final = 5
_BETWEEN: Final = re.compile(r"[\s\-‐‑‒–—―_.·]+")  # noqa: RUF001 -- the dashes that keyboards and chats make
_IN_TEXT: Final = re.compile(
    rf"(?<![0-9A-Za-z])[{_ALPHABET}]{{4}}[ \-]?[{_ALPHABET}]{{4}}[ \-]?[{_ALPHABET}]{{2}}(?![0-9A-Za-z])",
    re.IGNORECASE | re.ASCII,
)


def new_ticket_code() -> str:
    """A random code: nine characters (41 bits) and their check; nothing can be read from it."""
    while True:
        body = "".join(secrets.choice(_ALPHABET) for _ in range(TICKET_LENGTH - 1))
        code = body + _check_of(body)
        if is_ticket(code):
            return code


def is_ticket(code: str) -> bool:
    """Whether a text in capitals and without gaps has the form of a ticket and a right check."""
    return (
        len(code) == TICKET_LENGTH
        and set(code) <= set(_ALPHABET)
        and sum(map(str.isalpha, code)) >= _FEWEST_LETTERS
        and code[-1] == _check_of(code[:-1])
    )


def canonical_ticket(typed: str) -> str | None:
    """The code meant by what was typed or scanned, or None where it cannot be one.

    Case, full width, spaces and dashes do not count.
    """
    folded = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed)).upper()
    return folded if is_ticket(folded) else None


def tickets_in(text: str) -> dict[str, str]:
    """The tickets in a file name, in one piece or in groups: as it stands there → its code."""
    return {
        found[0]: code
        for found in _IN_TEXT.finditer(text)
        if (code := canonical_ticket(found[0])) is not None
    }


def grouped_ticket(code: str) -> str:
    """The code in groups, as it is read aloud: `7K3R 9FHM 2X`."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def _check_of(body: str) -> str:
    total = sum(
        weight * _ALPHABET.index(character) for weight, character in enumerate(body, start=1)
    )
    return _ALPHABET[-total * pow(len(body) + 1, -1, len(_ALPHABET)) % len(_ALPHABET)]
