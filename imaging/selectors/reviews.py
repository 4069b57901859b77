"""Identity reviews: who finds which, how complete a file is, what a student is told, what waits for one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import IdentityNumber, User
from accounts.policies import is_registrar
from enrollment.models import Assignment, StudentRecord
from enrollment.policies import is_staff_account
from enrollment.states import AssignmentRole
from imaging.models import (
    IdentityReview,
    ReviewDocument,
    ReviewDocumentRule,
    ReviewEnd,
    ReviewHandler,
    ReviewSeat,
)
from imaging.states.review import (
    OPEN_REVIEWS,
    PANEL_ROLES,
    DocumentNeed,
    ReviewEndState,
    ReviewState,
    SeatRole,
)

__all__ = [
    "COLLEGE_ROLES",
    "CheckLine",
    "Checklist",
    "checklist_of",
    "end_waiting",
    "is_handler",
    "is_party",
    "records_under_review",
    "review_documents_visible_to",
    "review_of_student",
    "reviews_named_for",
    "reviews_visible_to",
    "seat_of",
]

COLLEGE_ROLES = (AssignmentRole.COLLEGE_SECRETARY, AssignmentRole.COLLEGE_LEADER)
_WITH_PANEL = frozenset({ReviewState.PANEL, ReviewState.AGREED})


def is_handler(user: User) -> bool:
    """Whether the person is named as 复核经办人 and still acts for the office.

    The role alone opens nothing: of the whole office only those who were named see a case.
    """
    return is_registrar(user) and ReviewHandler.objects.filter(user=user, ended_at=None).exists()


def is_party(user: User, record: StudentRecord) -> bool:
    """Whether the record is the person's own: bound to the account, or under a number it declared."""
    return (
        StudentRecord.objects.filter(pk=record.pk, binding__identity__user=user).exists()
        or _own_numbers(user).filter(number_index=record.id_number_index).exists()
    )


def _own_numbers(user: User) -> QuerySet[IdentityNumber]:
    return IdentityNumber.objects.filter(identity__user=user)


def reviews_visible_to(user: User, *, now: datetime) -> QuerySet[IdentityReview]:
    """The cases that the person may open: a handler every one, others those they are named for now.

    Nobody finds the case about the own record. Everybody else, office or not, finds nothing.
    """
    rows = IdentityReview.objects.all() if is_handler(user) else _named(user, now)
    return (
        rows.exclude(record__binding__identity__user=user)
        .exclude(record__id_number_index__in=_own_numbers(user).values("number_index"))
        .select_related("record__school", "record__college", "record__class_group", "rules")
    )


def reviews_named_for(user: User, *, now: datetime) -> QuerySet[IdentityReview]:
    """The open cases in which the person has a seat, the most urgent first."""
    return reviews_visible_to(user, now=now).filter(pk__in=_named(user, now)).order_by("due_at")


def _named(user: User, now: datetime) -> QuerySet[IdentityReview]:
    """By a seat, while the case is open and the person still is what they were named as."""
    if not is_staff_account(user, now=now):
        return IdentityReview.objects.none()
    seats = ReviewSeat.objects.filter(user=user, ended_at=None)
    own_college = (
        Assignment.objects.in_force_at(now)
        .filter(user=user, role__in=COLLEGE_ROLES, college__isnull=False)
        .values("college")
    )
    seats = seats.filter(
        Q(role__in=sorted(PANEL_ROLES))
        | Q(role=SeatRole.COLLEGE, review__record__college__in=own_college)
    )
    return IdentityReview.objects.waiting().filter(pk__in=seats.values("review"))


def review_documents_visible_to(user: User, *, now: datetime) -> QuerySet[ReviewDocument]:
    """The documents that the person may open; one that was taken off the file only handlers."""
    rows = ReviewDocument.objects.filter(
        review__in=reviews_visible_to(user, now=now).values("pk"), file__purged_at=None
    ).select_related("file", "rule", "review__record")
    return rows if is_handler(user) else rows.filter(removed_at=None)


def seat_of(user: User, review: IdentityReview) -> ReviewSeat | None:
    """What the person is named for in the case."""
    return ReviewSeat.objects.filter(review=review, user=user, ended_at=None).first()


def end_waiting(review: IdentityReview) -> ReviewEnd | None:
    """The proposal to end the case that waits for a second handler."""
    return ReviewEnd.objects.filter(review=review, state=ReviewEndState.PROPOSED).first()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One line of the checklist with what is there."""

    rule: ReviewDocumentRule
    files: tuple[ReviewDocument, ...]
    is_needed: bool

    @property
    def is_given(self) -> bool:
        """At least one file is there."""
        return bool(self.files)

    @property
    def has_room(self) -> bool:
        """Another file may be added."""
        return len(self.files) < self.rule.most

    @property
    def is_missing(self) -> bool:
        """Needed now, and not there."""
        return self.is_needed and not self.files


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """The whole list of a case; how much of what is needed now is there."""

    lines: tuple[CheckLine, ...]

    @property
    def needed(self) -> int:
        """How many documents are needed now."""
        return sum(line.is_needed for line in self.lines)

    @property
    def given(self) -> int:
        """How many of them are there."""
        return sum(line.is_needed and line.is_given for line in self.lines)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is needed and not there, by name."""
        return tuple(line.rule.title for line in self.lines if line.is_missing)

    @property
    def is_complete(self) -> bool:
        """Nothing that is needed now is missing."""
        return not self.missing


def checklist_of(review: IdentityReview) -> Checklist:
    """The case's checklist under the rules that it was opened with; two queries."""
    needed = {DocumentNeed.ALWAYS}
    if review.state in _WITH_PANEL or review.panel_opinion:
        needed.add(DocumentNeed.PANEL)
    there: dict[int, list[ReviewDocument]] = {}
    rows = ReviewDocument.objects.filter(review=review, removed_at=None).select_related("file")
    for row in rows.order_by("pk"):
        there.setdefault(row.rule_id, []).append(row)
    rules = ReviewDocumentRule.objects.filter(rules=review.rules_id).order_by("position")
    return Checklist(
        lines=tuple(
            CheckLine(rule=rule, files=tuple(there.get(rule.pk, ())), is_needed=rule.need in needed)
            for rule in rules
        )
    )


def review_of_student(user: User) -> IdentityReview | None:
    """The open case about one of the person's own records, for the one sentence that they are told."""
    return (
        IdentityReview.objects.waiting()
        .filter(record__binding__identity__user=user, record__duplicate_of=None)
        .select_related("record__college", "record__school")
        .order_by("due_at")
        .first()
    )


def records_under_review(record_ids: Collection[int]) -> frozenset[int]:
    """Which of the records may not be registered yet: a case is open, or ended without a release."""
    cases = IdentityReview.objects.filter(record__in=list(record_ids))
    held = cases.filter(state__in=sorted(OPEN_REVIEWS | {ReviewState.UPHELD}))
    return frozenset(held.values_list("record", flat=True))
