"""Naming people: handlers of the office, and the seats of one case."""

from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.policies import is_registrar
from common import audit
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from imaging.models import IdentityReview, ReviewHandler, ReviewSeat
from imaging.policies.review import check_can_name_handler, check_can_seat, check_may_see_review
from imaging.selectors.reviews import is_handler
from imaging.services.review.moves import hold
from imaging.states.review import OPEN_REVIEWS, SeatRole

__all__ = ["end_handler", "end_seat", "name_handler", "name_seat"]

_LONGEST_NAME: Final = 50


@transaction.atomic
def name_handler(*, user: User, name: str, actor: User, now: datetime) -> ReviewHandler:
    """One of the office names another one; from now on that person sees every case but the own."""
    check_can_name_handler(actor, user)
    named = _name(name)
    try:
        with transaction.atomic():
            made = ReviewHandler.objects.create(
                user=user, name=named, named_at=now, named_by=actor.actor_label
            )
    except IntegrityError as error:
        raise StaleStateError("这个人已经是复核经办人。") from error
    audit.record(
        "reviewer.named", actor=actor, now=now, obj=made, details={"account": user.contact_label}
    )
    return made


@transaction.atomic
def end_handler(*, handler: ReviewHandler, actor: User, now: datetime) -> None:
    """The person sees no case any more, at once."""
    if not is_registrar(actor):
        raise NotAllowedError("复核经办人由教务处指定和终止。")
    running = ReviewHandler.objects.filter(pk=handler.pk, ended_at=None)
    if running.update(ended_at=now, ended_by=actor.actor_label) != 1:
        raise StaleStateError("已经不是复核经办人了。")
    handler.refresh_from_db()
    audit.record(
        "reviewer.ended",
        actor=actor,
        now=now,
        obj=handler,
        details={"account": handler.user.contact_label},
    )


@transaction.atomic
def name_seat(
    *,
    review: IdentityReview,
    user: User,
    role: SeatRole,
    name: str,
    actor: User,
    now: datetime,
) -> ReviewSeat:
    """Name the college's person, or somebody of the panel, for this one case."""
    case = hold(review)
    check_can_seat(actor, case, user, role, now=now)
    named = _name(name)
    try:
        with transaction.atomic():
            seat = ReviewSeat.objects.create(
                review=case,
                user=user,
                role=role,
                name=named,
                named_at=now,
                named_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise NotAllowedError(
            "这个人在这件复核里已经有角色，或者这个角色已经有人。先终止原来的，再指定。"
        ) from error
    _write_down("review.seat_named", case, seat, actor=actor, now=now)
    return seat


@transaction.atomic
def end_seat(*, seat: ReviewSeat, actor: User, now: datetime) -> None:
    """The person does not see the case any more; what they said before stays."""
    review = seat.review
    check_may_see_review(actor, review, now=now)
    if not is_handler(actor):
        raise NotAllowedError("只有复核经办人能终止。")
    if hold(review).state not in OPEN_REVIEWS:
        raise NotAllowedError("这件复核已经办结。")
    running = ReviewSeat.objects.filter(pk=seat.pk, ended_at=None)
    if running.update(ended_at=now, ended_by=actor.actor_label) != 1:
        raise StaleStateError("已经终止了。")
    seat.refresh_from_db()
    _write_down("review.seat_ended", review, seat, actor=actor, now=now)


def _write_down(
    action: str, review: IdentityReview, seat: ReviewSeat, *, actor: User, now: datetime
) -> None:
    audit.record(
        action,
        actor=actor,
        now=now,
        obj=review,
        subject=review.record,
        details={"account": seat.user.contact_label, "seat": seat.role},
    )


def _name(name: str) -> str:
    stripped = name.strip()
    if not stripped or len(stripped) > _LONGEST_NAME:
        raise InvalidInputError(f"写上姓名，最多 {_LONGEST_NAME} 个字。", field="name")
    return stripped
