"""What a photo without a record says beside what a record says, for its student's eyes: pure rules."""

from collections.abc import Sequence
from typing import NamedTuple

from common.masking import MaskKind, mask
from imaging.matching.near import Person, hint_text

__all__ = ["Compared", "compared", "is_told_apart", "likeness_words"]

_FIELDS = (
    ("name", "姓名", MaskKind.NAME),
    ("student_no", "学号", MaskKind.STUDENT_NO),
    ("candidate_no", "考生号", MaskKind.DOCUMENT_NO),
    ("document_no", "证件号码", MaskKind.DOCUMENT_NO),
)


class Compared(NamedTuple):
    """One datum of both, masked by the one mask; empty where the photo came without it."""

    label: str
    photo: str
    record: str
    word: str
    is_same: bool


def compared(photo: Person, record: Person, reasons: Sequence[str]) -> list[Compared]:
    """Name and numbers of both side by side, with how alike they are in words.

    The school stands last, and only where the photo names another one.
    """
    why = {code.partition(":")[0]: code for code in reasons if ":" in code}
    rows = []
    for field, label, kind in _FIELDS:
        said, own = _text(photo, field), _text(record, field)
        if not said and not own:
            continue
        code = why.get(field, "")
        is_same = code.endswith(":same")
        unlike = f"{label}没有写" if not said else f"{label}不一样"
        word = hint_text(code) if code else unlike
        rows.append(Compared(label, mask(said, kind), mask(own, kind), word, is_same))
    if "school" in reasons:
        rows.append(
            Compared("院校代码", photo.school_code, record.school_code, hint_text("school"), False)  # noqa: FBT003 -- a row of a table
        )
    return rows


def likeness_words(reasons: Sequence[str]) -> list[str]:
    """How the photo's data are like the record's, for its student; without what only staff can weigh."""
    return [
        hint_text(code)
        for code in reasons
        if code.partition(":")[0] in {field for field, _label, _kind in _FIELDS} or code == "school"
    ]


def is_told_apart(reasons: Sequence[str]) -> bool:
    """Whether name and a number both point to this record: then its student may look at the face.

    By a name alone, or by a number alone, the photo may well be a namesake's or a neighbour's, and
    whose face it is must not be shown to somebody else (ADR 0039).
    """
    fields = {code.partition(":")[0] for code in reasons if ":" in code}
    return "name" in fields and bool(fields & {"student_no", "candidate_no", "document_no"})


def _text(person: Person, field: str) -> str:
    value = getattr(person, field)
    return value if isinstance(value, str) else ""
