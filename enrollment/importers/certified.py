"""What a registered certificate names: those fields of a record are locked, also for a roster."""

from accounts.identity import DocumentType, canonical_number
from enrollment.importers.facts import Facts
from enrollment.importers.findings import Finding, warning
from enrollment.importers.headers import FIELD_LABELS

__all__ = ["CERTIFIED_FIELDS", "keep_certified", "locked_finding"]

# Once the certificate is open for query the school alone may not change these.
CERTIFIED_FIELDS = (
    "name",
    "sex",
    "birth_date",
    "id_type",
    "id_number",
    "major_code",
    "major_name",
    "level",
    "duration_years",
    "study_mode",
    "education_category",
    "entry_date",
    "enrollment_status",
)


def keep_certified(old: Facts, merged: Facts) -> Facts:
    """The merged facts with everything that the certificate names as it stands in the record."""
    locked = _differing(old, merged)
    if not locked:
        return merged
    kept = {name: getattr(old, name) for name in locked}
    if "enrollment_status" in kept:
        kept["enrollment_status_text"] = old.enrollment_status_text
    if "entry_date" in kept and merged.entry_date[:4] == str(merged.entry_grade):
        # The year was worked out of the day, and the class stands in the year.
        kept["entry_grade"] = old.entry_grade
        if merged.class_grade not in {None, old.class_grade}:
            kept["class_grade"] = old.entry_grade
    return merged._replace(**kept)


def locked_finding(row_no: int, old: Facts, merged: Facts) -> Finding | None:
    """What to say about a row whose merged facts differ from the record's in what is locked."""
    locked = _differing(old, merged)
    if "id_number" in locked and _number(old) == _number(merged):
        locked.remove("id_number")  # only spelt otherwise
    if not locked:
        return None
    labels = "、".join(FIELD_LABELS[name] for name in locked)
    message = f"学历已经登记，{labels}锁定了，名册里的没有写入。要改，凭省级批文在学籍页更正。"
    return warning(row_no, "", "certified_locked", message)


def _differing(old: Facts, new: Facts) -> list[str]:
    return [name for name in CERTIFIED_FIELDS if getattr(old, name) != getattr(new, name)]


def _number(facts: Facts) -> str:
    return canonical_number(facts.id_number, DocumentType(facts.id_type))
