"""What a claimant knows of the record, compared in constant time; the outcome is for staff alone."""

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from datetime import date

from accounts.models import IdentityNumber
from enrollment.importers.dates import parse_date
from enrollment.models import School, StudentRecord
from enrollment.states import RESCUE_FACTS

__all__ = ["compared_facts"]

_DATES = frozenset({"entry_date", "expected_graduation_date"})
_ABSENT = "\0"


def compared_facts(
    *, number: IdentityNumber, school: School, given: Mapping[str, str]
) -> dict[str, bool | None]:
    """Which of the given facts agree with the record of this number at the school.

    None where the roster holds nothing to compare with, or there is no such record: the same work is
    done then. Of several records the one that agrees most counts.
    """
    records: list[StudentRecord | None] = list(
        StudentRecord.objects.filter(school=school, id_number_index=number.number_index)
    )
    outcomes = [_compared(record, given) for record in records or [None]]
    return max(outcomes, key=lambda outcome: sum(value is True for value in outcome.values()))


def _compared(record: StudentRecord | None, given: Mapping[str, str]) -> dict[str, bool | None]:
    outcome: dict[str, bool | None] = {}
    for name in RESCUE_FACTS:
        if name not in given:
            continue
        held = getattr(record, name) if record is not None else None
        wanted = _plain(name, held) or _ABSENT
        agrees = hmac.compare_digest(_digest(wanted), _digest(_plain(name, given[name])))
        outcome[name] = None if wanted == _ABSENT else agrees
    return outcome


def _digest(text: str) -> bytes:
    """Both sides have one length, so that the comparison takes one time."""
    return hashlib.sha256(text.encode()).digest()


def _plain(name: str, value: object) -> str:
    """A value as it is compared: widths, spaces, case, 族 and the way of writing a date do not count."""
    if isinstance(value, date):
        return value.isoformat()
    text = "".join(unicodedata.normalize("NFKC", str(value or "")).split()).upper()
    if name in _DATES:
        day = parse_date(text).day
        return day.isoformat() if day else text
    return text.removesuffix("族") if name == "ethnicity" else text
