"""How alike two document numbers or two names are, and what that says about a missing record: pure rules.

A likeness is a reason to ask a person, never a reason to act: nothing here binds, merges or rewrites.
"""

from enrollment.matching.causes import (
    Advice,
    Cause,
    Owner,
    Standing,
    Step,
    Trace,
    advice_on,
    causes_of,
)
from enrollment.matching.names import NameLikeness, compare_names
from enrollment.matching.numbers import NumberLikeness, compare_numbers, near_numbers, near_texts
from enrollment.matching.rows import RowPerson, reason_text, row_reasons
from enrollment.matching.variants import fold_variants

__all__ = [
    "Advice",
    "Cause",
    "NameLikeness",
    "NumberLikeness",
    "Owner",
    "RowPerson",
    "Standing",
    "Step",
    "Trace",
    "advice_on",
    "causes_of",
    "compare_names",
    "compare_numbers",
    "fold_variants",
    "near_numbers",
    "near_texts",
    "reason_text",
    "row_reasons",
]
