"""The documents of a case file: cleaned, sealed, counted against the checklist; each look written down."""

import io
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from common import audit, files
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.evidence import clean_evidence
from common.ratelimit import Limit, hit
from common.watermark import watermarked
from common.wording import local
from enrollment.services.record import checked_reason
from imaging.models import IdentityReview, PhotoVersion, ReviewDocument, ReviewDocumentRule
from imaging.policies.review import check_can_add_document, check_is_handler, check_may_see_review
from imaging.selectors.class_photos import viewer_words
from imaging.selectors.review_traces import LOOK_PURPOSE, REVIEW_FILE
from imaging.services.review.moves import hold
from imaging.states.review import OPEN_REVIEWS

__all__ = [
    "KIND",
    "MOST_BYTES",
    "add_document",
    "open_document",
    "open_review_photo",
    "purpose_of",
    "remove_document",
]

KIND: Final = REVIEW_FILE
# Of one case, so that its ZIP is made while somebody waits.
MOST_BYTES: Final = 100 * 1024 * 1024
UPLOADS: Final = Limit("review-uploads", 200, 3600)
LOOKS: Final = Limit("review-looks", 600, 3600)
_JPEG: Final = "image/jpeg"


@transaction.atomic
def add_document(
    *,
    review: IdentityReview,
    rule: ReviewDocumentRule,
    data: bytes,
    name: str,
    actor: User,
    now: datetime,
) -> ReviewDocument:
    """Put one file under one line of the checklist: pictures drawn anew, PDFs checked, all sealed."""
    hit(UPLOADS, actor.actor_id, now=now)
    clean = clean_evidence(data, name)
    case = hold(review)
    check_can_add_document(actor, case, now=now)
    if rule.rules_id != case.rules_id:
        raise InvalidInputError("这项材料不在这件复核的清单里。", field="rule")
    there = ReviewDocument.objects.filter(review=case, removed_at=None)
    if there.filter(rule=rule).count() >= rule.most:
        raise InvalidInputError(
            f"“{rule.title}”最多 {rule.most} 份，已经够了。要换的话，请经办人先撤下原来的。",
            field="rule",
        )
    total = there.aggregate(total=Sum("file__size"))["total"] or 0
    if total + len(clean.data) > MOST_BYTES:
        raise InvalidInputError("这件复核的材料太大了，请把图片缩小以后再传。", field="evidence")
    stored = files.store_sealed(
        io.BytesIO(clean.data),
        kind=KIND,
        content_type=clean.content_type,
        now=now,
        actor=actor,
        original_name=clean.name,
    )
    made = ReviewDocument.objects.create(
        review=case, rule=rule, file=stored, added_at=now, added_by=actor.actor_label
    )
    _write_down("review.document_added", made, actor=actor, now=now)
    return made


@transaction.atomic
def remove_document(
    *, document: ReviewDocument, reason: str, actor: User, now: datetime
) -> ReviewDocument:
    """Take a file off the case file: it counts for nothing and is not exported, and stays till its time."""
    check_is_handler(actor)
    case = hold(document.review)
    check_may_see_review(actor, case, now=now)
    if case.state not in OPEN_REVIEWS:
        raise NotAllowedError("这件复核已经办结，材料不能再动。")
    why = checked_reason(reason)
    there = ReviewDocument.objects.filter(pk=document.pk, removed_at=None)
    if there.update(removed_at=now, removed_by=actor.actor_label, removed_reason=why) != 1:
        raise StaleStateError("这份材料已经撤下了。")
    document.refresh_from_db()
    _write_down("review.document_removed", document, actor=actor, now=now)
    return document


@transaction.atomic
def open_document(*, document: ReviewDocument, viewer: User, now: datetime) -> bytes:
    """The document for one viewer, after the look is written down; a picture bears who looks and when."""
    check_may_see_review(viewer, document.review, now=now)
    hit(LOOKS, viewer.actor_id, now=now)
    data = files.read(document.file)
    files.log_view(
        document.file,
        viewer=viewer,
        purpose=purpose_of(document.review),
        now=now,
        subject_id=str(document.review.record_id),
    )
    return _marked(data, viewer, now) if document.file.content_type == _JPEG else data


@transaction.atomic
def open_review_photo(
    *, review: IdentityReview, version: PhotoVersion, viewer: User, now: datetime
) -> bytes:
    """One of the two compared photos, marked, after the look is written down."""
    check_may_see_review(viewer, review, now=now)
    hit(LOOKS, viewer.actor_id, now=now)
    file = version.entry.published
    data = files.read(file)
    files.log_view(
        file,
        viewer=viewer,
        purpose=purpose_of(review),
        now=now,
        subject_id=str(review.record_id),
    )
    return _marked(data, viewer, now)


def purpose_of(review: IdentityReview) -> str:
    """Why it was opened, as the student reads it in the ledger."""
    return f"{LOOK_PURPOSE} {review.case_no}"


def _marked(data: bytes, viewer: User, now: datetime) -> bytes:
    words = (viewer_words(viewer, now=now), f"{local(now):%Y-%m-%d %H:%M} 查看")
    return watermarked(data, lines=words)


def _write_down(action: str, document: ReviewDocument, *, actor: User, now: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        now=now,
        obj=document.review,
        subject=document.review.record,
        details={"paper": document.rule.title, "sha256": document.file.sha256},
    )
