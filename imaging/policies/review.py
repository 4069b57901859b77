"""Identity reviews: who names whom, who moves a case, who ends it. The party to a case never does."""

from datetime import datetime

from accounts.models import User
from accounts.policies import is_office, is_registrar
from common.errors import NotAllowedError
from common.policy import allowed
from enrollment.models import Assignment
from enrollment.policies import is_staff_account
from imaging.models import IdentityReview, ReviewEnd
from imaging.selectors.reviews import (
    COLLEGE_ROLES,
    end_waiting,
    is_handler,
    is_party,
    reviews_visible_to,
    seat_of,
)
from imaging.states.review import (
    OPEN_REVIEWS,
    REVIEW,
    REVIEW_END,
    ComparisonResult,
    PanelOpinion,
    ReviewAction,
    ReviewEndAction,
    ReviewEndKind,
    ReviewEndState,
    ReviewState,
    SeatRole,
)

__all__ = [
    "check_can_add_document",
    "check_can_decide_end",
    "check_can_give_opinion",
    "check_can_move_review",
    "check_can_name_handler",
    "check_can_propose_end",
    "check_can_seat",
    "check_is_handler",
    "check_may_see_review",
    "end_kinds",
    "review_actions",
]

_PARTY = "这件事和你自己的学籍有关，要由别人办理。"
_NOT_NAMED = "身份复核只由指定的人办理。"
_ENDED = "这件复核已经办结。"
_WAITS = "有一份办结意见等第二人确认，先决定它，再接着办。"
# Whose step it is; every other one is a handler's.
_BY_SEAT = {
    ReviewAction.RETURN: SeatRole.COLLEGE,
    ReviewAction.CONFIRM: SeatRole.COLLEGE,
    ReviewAction.AGREE: SeatRole.CHAIR,
}
# The end of a case is two handlers' matter and goes another way.
_ENDS = frozenset({ReviewAction.RELEASE, ReviewAction.UPHOLD})
_SEAT_PAPERS = {
    SeatRole.COLLEGE: frozenset({ReviewState.COLLECTING, ReviewState.AT_COLLEGE}),
    SeatRole.CHAIR: frozenset({ReviewState.PANEL}),
}


def check_is_handler(user: User) -> None:
    """Results, rules and names are the named handlers' alone."""
    if not is_handler(user):
        raise NotAllowedError(_NOT_NAMED)


def check_may_see_review(user: User, review: IdentityReview, *, now: datetime) -> None:
    """Named for all cases or for this one, and not its party."""
    if not reviews_visible_to(user, now=now).filter(pk=review.pk).exists():
        raise NotAllowedError(_NOT_NAMED)


def check_can_name_handler(actor: User, user: User) -> None:
    """One of the office names another of the office: nobody lets themselves in."""
    if not is_registrar(actor):
        raise NotAllowedError("复核经办人由教务处指定。")
    if actor.pk == user.pk:
        raise NotAllowedError("不能指定自己，请教务处另一位老师来指定。")
    if not is_registrar(user):
        raise NotAllowedError("经办人要是教务处的账号。")


def check_can_seat(
    actor: User, review: IdentityReview, user: User, role: SeatRole, *, now: datetime
) -> None:
    """A handler names somebody else of the staff: of the record's college, or for the panel."""
    _check_works_on(actor, review)
    if actor.pk == user.pk:
        raise NotAllowedError("经办人不能指定自己。")
    if is_party(user, review.record):
        raise NotAllowedError("这个人就是学生本人，不能参加复核。")
    if is_handler(user):
        raise NotAllowedError("复核经办人不能又是学院核实人或专家，意见要由别人来提。")
    if role is SeatRole.COLLEGE:
        held = Assignment.objects.in_force_at(now).filter(user=user, role__in=COLLEGE_ROLES)
        college = review.record.college_id
        if is_office(user) or college is None or not held.filter(college=college).exists():
            raise NotAllowedError("学院核实人要是这名学生所在学院的教学秘书或学院领导。")
    elif not is_staff_account(user, now=now):
        raise NotAllowedError("专家要是学校的工作账号。请对方先有任职，再来指定。")


def check_can_move_review(
    actor: User, review: IdentityReview, action: ReviewAction, *, now: datetime
) -> None:
    """Whether this is the person's step now; what still has to be there is the service's to check."""
    if is_party(actor, review.record):
        raise NotAllowedError(_PARTY)
    if action in _ENDS:
        raise NotAllowedError("办结要两位经办人：一位提出，另一位确认。")
    role = _BY_SEAT.get(action)
    if role is None:
        check_is_handler(actor)
    else:
        check_may_see_review(actor, review, now=now)
        seat = seat_of(actor, review)
        if seat is None or seat.role != role:
            raise NotAllowedError(f"这一步由{role.label}办理。")
    REVIEW.target(action, source=ReviewState(review.state))
    if end_waiting(review) is not None:
        raise NotAllowedError(_WAITS)
    if action is ReviewAction.CONVENE and review.compared_again == ComparisonResult.PASSED:
        raise NotAllowedError("重新比对已经通过，不用专家组，直接提出办结。")


def review_actions(actor: User, review: IdentityReview, *, now: datetime) -> list[ReviewAction]:
    """The steps that the person may take now, in the order of the table; draws every button."""
    return [
        action
        for action in REVIEW.actions_from(ReviewState(review.state))
        if allowed(check_can_move_review, actor, review, action, now=now)
    ]


def check_can_add_document(actor: User, review: IdentityReview, *, now: datetime) -> None:
    """A handler while the case is open; the college while it collects, the chair while the panel looks."""
    check_may_see_review(actor, review, now=now)
    if review.state not in OPEN_REVIEWS:
        raise NotAllowedError(_ENDED)
    if is_handler(actor):
        return
    seat = seat_of(actor, review)
    if seat is None or review.state not in _SEAT_PAPERS.get(SeatRole(seat.role), frozenset()):
        raise NotAllowedError("现在这一步不由你交材料。")


def check_can_give_opinion(actor: User, review: IdentityReview, *, now: datetime) -> None:
    """A member of the panel, while it looks into the case."""
    check_may_see_review(actor, review, now=now)
    seat = seat_of(actor, review)
    if seat is None or seat.role == SeatRole.COLLEGE:
        raise NotAllowedError("意见由专家组成员提出。")
    if review.state != ReviewState.PANEL:
        raise NotAllowedError("现在不是专家组核查的时候，意见不能再提或再改。")


def check_can_propose_end(actor: User, review: IdentityReview, kind: ReviewEndKind) -> None:
    """A handler, on a ground that the case gives: a release needs a pass, a filing, or a mistake."""
    _check_works_on(actor, review)
    if end_waiting(review) is not None:
        raise NotAllowedError(_WAITS)
    against = _against_end(review, kind)
    if against:
        raise NotAllowedError(against)


def _against_end(review: IdentityReview, kind: ReviewEndKind) -> str:
    """What is still lacking for this ground; empty when nothing is."""
    is_filed = review.state == ReviewState.FILED
    denied = review.panel_opinion == PanelOpinion.NOT_SAME
    if kind is ReviewEndKind.PASSED:
        if review.compared_again != ComparisonResult.PASSED:
            return "还没有导入“通过”的重新比对结果。"
        return "" if review.confirmed_at else "先由学院核实，再提出解除。"
    if kind is ReviewEndKind.AGREED:
        if not is_filed:
            return "先登记省级备案号和日期，再提出解除。"
        return "专家组的结论是“不是本人”，不能按同意备案解除。" if denied else ""
    if kind is ReviewEndKind.NOT_SAME and not (is_filed and denied):
        return "只有专家组认定不是本人、并且已备案，才能这样办结。"
    return ""


def end_kinds(actor: User, review: IdentityReview) -> list[ReviewEndKind]:
    """The ways in which the person may propose to end the case now."""
    return [kind for kind in ReviewEndKind if allowed(check_can_propose_end, actor, review, kind)]


def check_can_decide_end(actor: User, end: ReviewEnd, action: ReviewEndAction) -> None:
    """Another handler confirms; whoever proposed may only drop it."""
    check_is_handler(actor)
    if is_party(actor, end.review.record):
        raise NotAllowedError(_PARTY)
    if action is ReviewEndAction.CONFIRM and actor.pk == end.proposer_id:
        raise NotAllowedError("提出的人不能自己确认，请另一位经办人核对后确认。")
    REVIEW_END.target(action, source=ReviewEndState(end.state))


def _check_works_on(actor: User, review: IdentityReview) -> None:
    check_is_handler(actor)
    if is_party(actor, review.record):
        raise NotAllowedError(_PARTY)
    if review.state not in OPEN_REVIEWS:
        raise NotAllowedError(_ENDED)
