"""The fact that a person must know beside name and number, as each school asks for it."""

import hmac
import unicodedata

from enrollment.models import StudentRecord
from enrollment.states import BindingFact

__all__ = ["fact_agrees", "is_fact_secret", "plain_number"]


def plain_number(text: str) -> str:
    """A student or candidate number as it is compared: widths, spaces and case do not count."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def fact_agrees(record: StudentRecord, fact: str) -> bool:
    """Whether the plain `fact` is the one that the record's school asks for."""
    if record.school.binding_fact == BindingFact.NONE:
        return True
    wanted = record.candidate_no if is_fact_secret(record) else record.student_no
    return hmac.compare_digest(plain_number(wanted).encode(), fact.encode())


def is_fact_secret(record: StudentRecord) -> bool:
    """Whether the fact is the candidate number; a student number stands on every class list."""
    return record.school.binding_fact == BindingFact.CANDIDATE_NO and bool(record.candidate_no)
