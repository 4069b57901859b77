"""What anybody may learn of a printed sheet: whether the data still are what it says, and no name."""

from dataclasses import dataclass
from datetime import datetime

from corrections.models import ClassSheet
from corrections.selectors.versions import frozen_document, is_stale
from corrections.states import FROZEN_SHEETS, SheetState

__all__ = ["CheckedSheet", "checked_sheet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSheet:
    """The answer about one version: it counts and equals the data, it does not equal them, or it is past."""

    version: ClassSheet
    version_label: str
    is_past: bool
    is_same: bool


def checked_sheet(code: str, *, now: datetime) -> CheckedSheet | None:
    """The version with this code as it compares at `now`; None for an unknown code and for drafts."""
    version = (
        ClassSheet.objects.filter(check_code=code)
        .exclude(state=SheetState.DRAFT)
        .select_related("campaign", "class_group__school", "class_group__college")
        .first()
    )
    if version is None:
        return None
    is_past = SheetState(version.state) not in FROZEN_SHEETS
    return CheckedSheet(
        version=version,
        version_label=frozen_document(version).version_label,
        is_past=is_past,
        is_same=not is_past and not is_stale(version, now=now),
    )
