"""The steps between opening and end: the college confirms, the panel looks, the province is filed with."""

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from common import audit
from common.errors import InvalidInputError, NotAllowedError
from common.wording import local
from imaging.models import IdentityReview, ReviewSeat
from imaging.policies.review import check_can_give_opinion, check_can_move_review
from imaging.selectors.reviews import checklist_of, seat_of
from imaging.services.review.moves import hold, move_review, required_text
from imaging.states.review import (
    PANEL_ROLES,
    SMALLEST_PANEL,
    PanelOpinion,
    ReviewAction,
    SeatRole,
)

__all__ = [
    "agree",
    "confirm_by_college",
    "convene_panel",
    "file_with_province",
    "give_opinion",
    "return_to_collecting",
    "submit_to_college",
]

_LONGEST_NO: Final = 50


@transaction.atomic
def submit_to_college(*, review: IdentityReview, actor: User, now: datetime) -> IdentityReview:
    """The file is together: the college's named person looks at it."""
    check_can_move_review(actor, review, ReviewAction.SUBMIT, now=now)
    move_review(review, ReviewAction.SUBMIT, actor=actor, now=now)
    _check_complete(review)
    if not _seats(review).filter(role=SeatRole.COLLEGE).exists():
        raise NotAllowedError("先指定学院核实人，再送学院核实。")
    return review


@transaction.atomic
def return_to_collecting(
    *, review: IdentityReview, note: str, actor: User, now: datetime
) -> IdentityReview:
    """The college says what is missing or wrong; the file is worked on again."""
    check_can_move_review(actor, review, ReviewAction.RETURN, now=now)
    said = required_text(note, field="note", message="写清楚还要补什么材料。")
    move_review(review, ReviewAction.RETURN, note=said, actor=actor, now=now)
    return review


@transaction.atomic
def confirm_by_college(
    *, review: IdentityReview, opinion: str, actor: User, now: datetime
) -> IdentityReview:
    """The college has checked person, admission and attendance, and says so under a name."""
    check_can_move_review(actor, review, ReviewAction.CONFIRM, now=now)
    said = required_text(
        opinion, field="opinion", message="写明怎样核实了本人、录取材料和在校学习情况。"
    )
    seat = seat_of(actor, review)
    move_review(
        review,
        ReviewAction.CONFIRM,
        actor=actor,
        now=now,
        college_opinion=said,
        college_name=seat.name if seat else actor.actor_label,
        confirmed_at=now,
        confirmed_by=actor.actor_label,
    )
    _check_complete(review)
    return review


@transaction.atomic
def convene_panel(*, review: IdentityReview, actor: User, now: datetime) -> IdentityReview:
    """The named panel looks into it; each member gives an opinion, the chair the conclusion."""
    check_can_move_review(actor, review, ReviewAction.CONVENE, now=now)
    move_review(review, ReviewAction.CONVENE, actor=actor, now=now)
    panel = _panel(review)
    if len(panel) < SMALLEST_PANEL or not any(seat.role == SeatRole.CHAIR for seat in panel):
        raise NotAllowedError(
            f"专家组要有一位组长，连组长至少 {SMALLEST_PANEL} 人；现在 {len(panel)} 人。"
        )
    return review


@transaction.atomic
def give_opinion(
    *, review: IdentityReview, opinion: PanelOpinion, grounds: str, actor: User, now: datetime
) -> ReviewSeat:
    """What one of the panel holds; it may be given anew until the chair has handed in the conclusion."""
    case = hold(review)
    check_can_give_opinion(actor, case, now=now)
    said = required_text(grounds, field="grounds", message="写明理由。")
    seat = ReviewSeat.objects.get(review=case, user=actor, ended_at=None)
    seat.opinion, seat.grounds = opinion, said
    seat.given_at, seat.given_by = now, actor.actor_label
    seat.save(update_fields=["opinion", "grounds", "given_at", "given_by"])
    audit.record("review.opinion_given", actor=actor, now=now, obj=case, subject=case.record)
    return seat


@transaction.atomic
def agree(
    *,
    review: IdentityReview,
    opinion: PanelOpinion,
    minutes: str,
    met_date: date,
    actor: User,
    now: datetime,
) -> IdentityReview:
    """The chair hands in the panel's conclusion with its minutes, after everybody has said theirs."""
    check_can_move_review(actor, review, ReviewAction.AGREE, now=now)
    said = required_text(minutes, field="minutes", message="写上会议纪要。")
    if met_date > local(now).date() or met_date < local(review.opened_at).date():
        raise InvalidInputError("开会日期要在立案以后、今天以前（含今天）。", field="met_date")
    move_review(
        review,
        ReviewAction.AGREE,
        actor=actor,
        now=now,
        panel_opinion=opinion.value,
        minutes=said,
        met_date=met_date,
        agreed_at=now,
        agreed_by=actor.actor_label,
    )
    silent = [seat.name for seat in _panel(review) if not seat.opinion]
    if silent:
        raise NotAllowedError(f"还有专家没有提出意见：{'、'.join(silent)}。")
    if opinion is not PanelOpinion.UNCLEAR and opinion not in {
        seat.opinion for seat in _panel(review)
    }:
        raise NotAllowedError("没有一位专家持这个意见，不能作为结论。")
    _check_complete(review)
    return review


@transaction.atomic
def file_with_province(
    *,
    review: IdentityReview,
    filing_no: str,
    filing_date: date,
    actor: User,
    now: datetime,
) -> IdentityReview:
    """The province has answered: the number and the day of its filing."""
    check_can_move_review(actor, review, ReviewAction.FILE, now=now)
    number = filing_no.strip()
    if not number or len(number) > _LONGEST_NO:
        raise InvalidInputError(f"写上备案号，最多 {_LONGEST_NO} 个字。", field="filing_no")
    if filing_date > local(now).date() or filing_date < local(review.opened_at).date():
        raise InvalidInputError("备案日期要在立案以后、今天以前（含今天）。", field="filing_date")
    move_review(
        review,
        ReviewAction.FILE,
        actor=actor,
        now=now,
        filing_no=number,
        filing_date=filing_date,
        filed_at=now,
        filed_by=actor.actor_label,
    )
    _check_complete(review)
    return review


def _panel(review: IdentityReview) -> list[ReviewSeat]:
    return list(_seats(review).filter(role__in=sorted(PANEL_ROLES)).order_by("pk"))


def _seats(review: IdentityReview) -> QuerySet[ReviewSeat]:
    return ReviewSeat.objects.filter(review=review, ended_at=None)


def _check_complete(review: IdentityReview) -> None:
    """After the move, which keeps the case still: nothing can be taken away beside it."""
    missing = checklist_of(review).missing
    if missing:
        raise NotAllowedError(f"还差必交的材料：{'、'.join(missing)}。")
