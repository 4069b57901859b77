"""How long a case has lain where it lies, until when it may, and who has to move it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from accounts.states import Role
from common.wording import days_left, local
from corrections.models import CaseStay, CaseStayQuerySet, CaseTerm, CorrectionRequest
from corrections.states import AWAITED, WORKED_ON, RequestState
from corrections.states.terms import DEFAULT_WORKDAYS, TURNS, Turn
from enrollment.models import Assignment
from enrollment.selectors import owner_of
from enrollment.states import AssignmentRole
from imaging.states import ConclusionKind

__all__ = [
    "Ageing",
    "ageing_of",
    "current_stays",
    "overdue_requests",
    "overdue_stays",
    "owners_of",
    "registrars",
    "terms",
    "turn_of",
    "unclocked_requests",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """Where a case lies."""

    state: str
    turn: Turn
    entered_at: datetime
    due_at: datetime
    days: int
    is_overdue: bool
    overdue_days: int

    @property
    def text(self) -> str:
        """How long it lies there, in words for a table."""
        since = f"第 {self.days + 1} 天"
        return f"{since}，超期 {max(self.overdue_days, 1)} 天" if self.is_overdue else since


def terms() -> dict[str, int]:
    """Working days of every open state: what the office has entered, else the usual."""
    entered: Mapping[str, int] = dict(CaseTerm.objects.values_list("stage", "workdays"))
    return {state: entered.get(state, DEFAULT_WORKDAYS[state]) for state in sorted(AWAITED)}


def turn_of(state: str) -> Turn:
    """Who has the next move in an open state."""
    return TURNS[RequestState(state)]


def ageing_of(stay: CaseStay, *, now: datetime) -> Ageing:
    """How long the case lies in its state, by days of the calendar, and whether that is too long."""
    today = local(now).date()
    return Ageing(
        state=stay.state,
        turn=turn_of(stay.state),
        entered_at=stay.entered_at,
        due_at=stay.due_at,
        days=(today - local(stay.entered_at).date()).days,
        is_overdue=stay.is_overdue_at(now),
        # The due moment is the midnight after the last day: that day itself is the first one late.
        overdue_days=max((today - local(stay.due_at).date()).days + 1, 0),
    )


def left_text(ageing: Ageing, *, now: datetime) -> str:
    """What is left of the term."""
    return ageing.text if ageing.is_overdue else days_left(ageing.due_at, now=now)


def current_stays() -> CaseStayQuerySet:
    """Where every open case lies, the one due first at the top."""
    return (
        CaseStay.objects.current()
        .select_related("request__record__college", "request__handler")
        .order_by("due_at", "pk")
    )


def overdue_stays(*, now: datetime) -> CaseStayQuerySet:
    """Where cases lie too long, the longest overdue first."""
    return current_stays().overdue_at(now)


def overdue_requests(*, now: datetime) -> QuerySet[CorrectionRequest]:
    """Undecided cases that the school has let lie beyond their term; what waits for the student is not among them.

    Where a case lies with the province or another outside, the term of that state counts, not an answer's.
    """
    late = CaseStay.objects.overdue_at(now).filter(state__in=sorted(WORKED_ON))
    return CorrectionRequest.objects.filter(
        state__in=sorted(WORKED_ON), pk__in=late.values("request")
    )


def unclocked_requests() -> QuerySet[CorrectionRequest]:
    """Open cases without a stay in their present state: nobody would miss them."""
    current = CaseStay.objects.current()
    fitting = [
        CorrectionRequest.objects.filter(
            state=state, pk__in=current.filter(state=state).values("request")
        ).values("pk")
        for state in sorted(AWAITED)
    ]
    rows = CorrectionRequest.objects.filter(state__in=AWAITED)
    for clocked in fitting:
        rows = rows.exclude(pk__in=clocked)
    return rows


def owners_of(request: CorrectionRequest, *, now: datetime) -> list[User]:
    """Who has to move the open case; where nobody of that side has an account, the office.

    Whoever took the case owns it alone. A student whose record nobody has claimed owns nothing.
    """
    turn = turn_of(request.state)
    if turn is Turn.COLLEGE and _is_for_the_office(request):
        turn = Turn.OFFICE
    found: Iterable[User] = ()
    if turn is Turn.STUDENT:
        owner = owner_of(request.record)
        found = [owner] if owner is not None and owner.is_active else ()
    elif request.handler is not None and request.handler.is_active:
        return [request.handler]
    elif turn is Turn.COLLEGE:
        found = _college_people(request, now=now)
    return list(found) or list(registrars())


def _is_for_the_office(request: CorrectionRequest) -> bool:
    """A photo never goes by the college, and what it has vouched for does not come back to it."""
    return request.kind == ConclusionKind.PHOTO or request.college_agreed_at is not None


def _college_people(request: CorrectionRequest, *, now: datetime) -> list[User]:
    """The secretaries of the record's college; its leaders where there is none."""
    if request.record.college_id is None:
        return []
    held = (
        Assignment.objects.in_force_at(now)
        .filter(college=request.record.college_id, user__is_active=True)
        .select_related("user")
        .order_by("pk")
    )
    for role in (AssignmentRole.COLLEGE_SECRETARY, AssignmentRole.COLLEGE_LEADER):
        people = {row.user_id: row.user for row in held if row.role == role}
        if people:
            return list(people.values())
    return []


def registrars() -> QuerySet[User]:
    """Everybody of the office who works on cases and sheets."""
    return (
        User.objects.filter(
            office_roles__role=Role.REGISTRAR, office_roles__ended_at=None, is_active=True
        )
        .distinct()
        .order_by("pk")
    )
