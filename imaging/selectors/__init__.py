"""Reads of imaging."""

from imaging.selectors.campaigns import (
    campaign_of,
    conclusions_of,
    current_round,
    former_rounds,
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
)
from imaging.selectors.class_photos import ClassPhoto, class_photos
from imaging.selectors.classes import (
    ClassProgress,
    ConclusionResult,
    StudentResult,
    class_members,
    class_progress,
    class_results,
    field_labels,
    reason_labels,
    reasons_said,
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
    shown_photos_of,
)
from imaging.selectors.receipts import (
    has_receipt,
    receipt_digest,
    receipt_no,
    verification_in,
)
from imaging.selectors.registered import Registered, registered_in
from imaging.selectors.reopens import (
    members_to_enter_for,
    open_reopen_of,
    reopens_of,
    waiting_reopens,
)
from imaging.selectors.roster_effects import concluded_after, conclusions_lost
from imaging.selectors.terms import Terms, shown_texts, terms_given_under
from imaging.selectors.timetables import (
    SheetMoments,
    has_begun,
    has_cohort_photos,
    sheet_moments,
    timetable_of,
)
from imaging.selectors.verification import (
    Part,
    Phase,
    Verification,
    verification_of,
)

__all__ = [
    "CAPTURE_FIELDS",
    "ClassPhoto",
    "ClassProgress",
    "ConclusionResult",
    "Part",
    "Phase",
    "PhotoPhase",
    "PhotoStatus",
    "Registered",
    "RematchPreview",
    "SheetMoments",
    "StudentResult",
    "Terms",
    "Verification",
    "campaign_of",
    "candidates_of",
    "captures_without_record",
    "certified_photo_of",
    "class_members",
    "class_photos",
    "class_progress",
    "class_results",
    "concluded_after",
    "conclusions_lost",
    "conclusions_of",
    "current_round",
    "field_labels",
    "former_rounds",
    "has_begun",
    "has_cohort_photos",
    "has_receipt",
    "locked_disputes",
    "member_of",
    "members_to_enter_for",
    "newest",
    "open_reopen_of",
    "photo_of",
    "photo_status",
    "photos_of",
    "photos_visible_to",
    "preview_rematch",
    "reason_labels",
    "reasons_said",
    "receipt_digest",
    "receipt_no",
    "records_without_photo",
    "registered_in",
    "reopens_of",
    "sheet_moments",
    "shown_photos_of",
    "shown_texts",
    "terms_given_under",
    "thumbnail_of",
    "timetable_of",
    "verification_in",
    "verification_of",
    "waiting_reopens",
]
