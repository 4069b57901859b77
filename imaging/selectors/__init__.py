"""Reads of imaging."""

from imaging.selectors.campaigns import (
    campaign_of,
    conclusions_of,
    current_round,
    member_of,
    newest,
)
from imaging.selectors.captures import (
    CAPTURE_FIELDS,
    RematchPreview,
    candidates_of,
    captures_without_record,
    preview_rematch,
    records_without_photo,
    thumbnail_of,
)
from imaging.selectors.classes import (
    ClassProgress,
    ConclusionResult,
    StudentResult,
    class_members,
    class_progress,
    class_results,
    field_labels,
    reason_labels,
)
from imaging.selectors.disputes import locked_disputes
from imaging.selectors.photos import (
    PhotoPhase,
    PhotoStatus,
    certified_photo_of,
    photo_of,
    photo_status,
    photos_of,
    photos_visible_to,
)
from imaging.selectors.roster_effects import concluded_after, conclusions_lost
from imaging.selectors.verification import (
    Part,
    Phase,
    Verification,
    receipt_no,
    verification_of,
)

__all__ = [
    "CAPTURE_FIELDS",
    "ClassProgress",
    "ConclusionResult",
    "Part",
    "Phase",
    "PhotoPhase",
    "PhotoStatus",
    "RematchPreview",
    "StudentResult",
    "Verification",
    "campaign_of",
    "candidates_of",
    "captures_without_record",
    "certified_photo_of",
    "class_members",
    "class_progress",
    "class_results",
    "concluded_after",
    "conclusions_lost",
    "conclusions_of",
    "current_round",
    "field_labels",
    "locked_disputes",
    "member_of",
    "newest",
    "photo_of",
    "photo_status",
    "photos_of",
    "photos_visible_to",
    "preview_rematch",
    "reason_labels",
    "receipt_no",
    "records_without_photo",
    "thumbnail_of",
    "verification_of",
]
