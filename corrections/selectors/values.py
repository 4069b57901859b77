"""How a value of a case is shown: whole to its owner, in part to others, masked in a message."""

from collections.abc import Iterable

from common.masking import MaskKind, mask
from common.wording import date_cn
from corrections.models import CorrectionField
from enrollment.importers.dates import parse_date
from enrollment.selectors import FIELD_LABELS

__all__ = ["masked_changes", "masked_value", "message_value", "written_value"]

_NUMBER_FIELDS = frozenset({"id_number"})
_DATE_FIELDS = frozenset({"birth_date", "entry_date", "expected_graduation_date"})
_MASKS = {
    "name": MaskKind.NAME,
    "id_number": MaskKind.DOCUMENT_NO,
    "student_no": MaskKind.STUDENT_NO,
    "candidate_no": MaskKind.STUDENT_NO,
}


def masked_value(field: str, value: str) -> str:
    """A value for another person's eyes: document numbers only masked."""
    return mask(value, MaskKind.DOCUMENT_NO) if field in _NUMBER_FIELDS else value


def written_value(field: str, value: str) -> str:
    """A typed value as the record would show it, where that is known: dates in one way."""
    day = parse_date(value).day if field in _DATE_FIELDS else None
    return date_cn(day) if day else value


def message_value(field: str, value: str) -> str:
    """A value for a message that leaves the house: the first character of anything, no more."""
    if field in _MASKS:
        return mask(value, _MASKS[field])
    return value[:1] + "*" * (len(value) - 1)


def masked_changes(
    fields: Iterable[CorrectionField], *, is_decided: bool = False
) -> list[dict[str, str]]:
    """The original/corrected table of a case as a message may carry it; decided, with each result."""
    return [
        {
            "label": FIELD_LABELS.get(row.field, row.field),
            "original": message_value(row.field, written_value(row.field, row.original)),
            "proposed": message_value(row.field, written_value(row.field, row.proposed)),
            **({"result": "已采纳" if row.is_applied else "未采纳"} if is_decided else {}),
        }
        for row in fields
    ]
