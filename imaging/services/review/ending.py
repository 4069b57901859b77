"""A case ends when two handlers agree: the record is shown again, or it is written that it did not pass."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit
from common.errors import StaleStateError
from enrollment.services.visibility import show_record
from imaging.models import IdentityReview, ReviewEnd
from imaging.policies.review import check_can_decide_end, check_can_propose_end
from imaging.services.review.moves import hold, move_review, required_text
from imaging.services.review.words import tell_ended
from imaging.states.review import (
    REVIEW_END,
    ReviewAction,
    ReviewEndAction,
    ReviewEndKind,
    ReviewEndState,
)

__all__ = ["decide_end", "propose_end"]

_MOVED = "这份办结意见刚刚有了变化，请刷新后再看。"
_SHOWN = "核实已办结，恢复显示"


@transaction.atomic
def propose_end(
    *, review: IdentityReview, kind: ReviewEndKind, reason: str, actor: User, now: datetime
) -> ReviewEnd:
    """One handler says how the case should end; nothing happens until another one agrees."""
    case = hold(review)
    check_can_propose_end(actor, case, kind)
    said = required_text(reason, field="reason", message="写明理由，另一位经办人会看。")
    try:
        with transaction.atomic():
            end = ReviewEnd.objects.create(
                review=case,
                kind=kind,
                seen_state=case.state,
                reason=said,
                proposer=actor,
                proposed_at=now,
                proposed_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise StaleStateError("已经有一份办结意见等第二人确认。") from error
    _write_down("review.end_proposed", end, actor=actor, now=now)
    return end


@transaction.atomic
def decide_end(
    *, end: ReviewEnd, action: ReviewEndAction, actor: User, now: datetime
) -> IdentityReview:
    """Another handler confirms, and it is done; either of them may drop it, and the work goes on."""
    check_can_decide_end(actor, end, action)
    target = REVIEW_END.target(action, source=ReviewEndState(end.state))
    unmoved = ReviewEnd.objects.filter(pk=end.pk, state=ReviewEndState.PROPOSED)
    decided = unmoved.update(
        state=target, decider=actor, decided_at=now, decided_by=actor.actor_label
    )
    if decided != 1:
        raise StaleStateError(_MOVED)
    end.refresh_from_db()
    review = end.review
    if action is ReviewEndAction.DROP:
        _write_down("review.end_dropped", end, actor=actor, now=now)
        return review
    if review.state != end.seen_state:
        raise StaleStateError("提出以后案子又有了变化，请先不采用，看过再重新提出。")
    is_released = end.kind != ReviewEndKind.NOT_SAME
    move_review(
        review,
        ReviewAction.RELEASE if is_released else ReviewAction.UPHOLD,
        note=str(end.reason),
        actor=actor,
        now=now,
    )
    record = review.record
    record.refresh_from_db()
    if is_released and review.hid_record and record.hidden_at is not None:
        show_record(record=record, reason=_SHOWN, actor=actor, now=now, is_told=False)
    tell_ended(review, is_released=is_released, now=now)
    return review


def _write_down(action: str, end: ReviewEnd, *, actor: User, now: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        now=now,
        obj=end.review,
        subject=end.review.record,
        details={"review_end": end.kind},
    )
