"""How a case moves: compare-and-swap, its step and audit event in one transaction."""

from datetime import datetime
from typing import Any, Final

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, StaleStateError
from imaging.models import IdentityReview, ReviewStep
from imaging.states.review import OPEN_REVIEWS, REVIEW, ReviewAction, ReviewState

__all__ = ["LONGEST_TEXT", "hold", "move_review", "required_text"]

LONGEST_TEXT: Final = 2_000
_STALE: Final = "这件复核刚刚有了变化，请刷新后再看。"
_AUDIT: Final[dict[ReviewAction, str]] = {
    ReviewAction.SUBMIT: "review.submitted",
    ReviewAction.RETURN: "review.returned",
    ReviewAction.CONFIRM: "review.confirmed",
    ReviewAction.CONVENE: "review.convened",
    ReviewAction.AGREE: "review.agreed",
    ReviewAction.FILE: "review.filed",
    ReviewAction.RELEASE: "review.released",
    ReviewAction.UPHOLD: "review.upheld",
}


def move_review(
    review: IdentityReview,
    action: ReviewAction,
    *,
    note: str = "",
    actor: Actor,
    now: datetime,
    **changes: Any,
) -> ReviewStep:
    """Move the row once, or say that somebody else was first.

    The caller runs in a transaction and has asked the policy. What people wrote stays in the case,
    encrypted: the audit trail says who did what when, and no more.
    """
    source = ReviewState(review.state)
    target = REVIEW.target(action, source=source)
    if target not in OPEN_REVIEWS:
        changes |= {"closed_at": now, "closed_by": actor.actor_label}
    unmoved = IdentityReview.objects.filter(pk=review.pk, state=source)
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError(_STALE)
    for column, value in {"state": target, **changes}.items():
        setattr(review, column, value)
    step = ReviewStep.objects.create(
        review=review, action=action, note=note or None, acted_at=now, acted_by=actor.actor_label
    )
    audit.record(
        _AUDIT[action],
        actor=actor,
        now=now,
        obj=review,
        subject=review.record,
        details={"review_state": target.value},
    )
    return step


def hold(review: IdentityReview) -> IdentityReview:
    """The case as it is, kept still until the transaction ends: papers and opinions change beside it.

    StaleStateError when it has moved since it was read.
    """
    fresh = (
        IdentityReview.objects.select_for_update(of=("self",))
        .select_related("record__school", "record__college", "rules")
        .get(pk=review.pk)
    )
    if fresh.state != review.state:
        raise StaleStateError(_STALE)
    return fresh


def required_text(text: str, *, field: str, message: str) -> str:
    """The text without blank ends; InvalidInputError when nothing or too much is left."""
    stripped = text.strip()
    if not stripped:
        raise InvalidInputError(message, field=field)
    if len(stripped) > LONGEST_TEXT:
        raise InvalidInputError(f"最多写 {LONGEST_TEXT} 个字。", field=field)
    return stripped
