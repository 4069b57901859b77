"""Identity numbers and names: canonical forms, check rules and keys, without any database.

Everybody who compares two document numbers or two names goes through this module: the declared
identity, the roster import, log-in by number and photo matching. Values are *stored* as they were
delivered; only the keys made here are compared.
"""

from accounts.identity.documents import PLATFORM_CODES, DocumentType, Sex, parse_document_type
from accounts.identity.names import NameProblem, fold_lookalikes, name_match_key, name_problems
from accounts.identity.number import (
    NumberProblem,
    birth_date_of,
    canonical_number,
    check_digit,
    check_number,
    has_lookalike_x,
    is_fifteen_digits,
    sex_of,
)

__all__ = [
    "PLATFORM_CODES",
    "DocumentType",
    "NameProblem",
    "NumberProblem",
    "Sex",
    "birth_date_of",
    "canonical_number",
    "check_digit",
    "check_number",
    "fold_lookalikes",
    "has_lookalike_x",
    "is_fifteen_digits",
    "name_match_key",
    "name_problems",
    "parse_document_type",
    "sex_of",
]
