"""Identity reviews: rules, cases, papers, and the people who are named."""

import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from accounts.states import Role
from common import files
from common.actors import SYSTEM
from enrollment.models import StudentRecord
from enrollment.states import AssignmentRole
from imaging.models import (
    IdentityReview,
    ReviewDocument,
    ReviewDocumentRule,
    ReviewHandler,
    ReviewSeat,
)
from imaging.services.review import rules_of
from imaging.states.review import ComparisonResult, DocumentNeed, SeatRole
from tests.factories import enrolment, people
from tests.factories.corrections import picture_bytes

WEEK = timedelta(days=7)


def make_review(
    record: StudentRecord,
    result: ComparisonResult = ComparisonResult.UNCERTAIN,
    *,
    at: datetime,
    **fields: Any,
) -> IdentityReview:
    """A case that was just opened under the school's rules."""
    values: dict[str, Any] = {
        "rules": rules_of(record.school, actor=SYSTEM, now=at),
        "opened_at": at,
        "opened_by": "测试",
        "due_at": at + WEEK,
        **fields,
    }
    return IdentityReview.objects.create(record=record, result=result, **values)


def make_paper(
    review: IdentityReview, rule: ReviewDocumentRule | None = None, *, at: datetime
) -> ReviewDocument:
    """A sealed picture under one line of the checklist, the first one unless said otherwise."""
    stored = files.store_sealed(
        io.BytesIO(picture_bytes()),
        kind="review",
        content_type="image/jpeg",
        now=at,
        actor=SYSTEM,
        original_name="材料.jpg",
    )
    rule = rule or review.rules.documents.order_by("position")[0]
    return ReviewDocument.objects.create(
        review=review, rule=rule, file=stored, added_at=at, added_by="测试"
    )


def complete(
    review: IdentityReview,
    needs: Iterable[DocumentNeed] = (DocumentNeed.ALWAYS,),
    *,
    at: datetime,
) -> None:
    """One file for everything that is needed."""
    for rule in review.rules.documents.filter(need__in=list(needs)).order_by("position"):
        make_paper(review, rule, at=at)


def make_handler(email: str, *, at: datetime, user: User | None = None) -> User:
    """One of the office who is named as handler."""
    user = user or people.make_staff(Role.REGISTRAR, email)
    ReviewHandler.objects.create(user=user, name="吴老师", named_at=at, named_by="测试")
    return user


def make_seat(
    review: IdentityReview, user: User, role: SeatRole, *, at: datetime, name: str = "周老师"
) -> ReviewSeat:
    """Somebody named for the case."""
    return ReviewSeat.objects.create(
        review=review, user=user, role=role, name=name, named_at=at, named_by="测试"
    )


def make_panel(review: IdentityReview, *, at: datetime) -> list[User]:
    """A chair and two members, of the staff of other classes; the chair first."""
    found = []
    for number, role in enumerate((SeatRole.CHAIR, SeatRole.MEMBER, SeatRole.MEMBER), start=1):
        user = people.make_user(f"panel{number}-{review.pk}@example.test")
        enrolment.assign(
            user,
            AssignmentRole.COLLEGE_LEADER,
            college=enrolment.make_college("历史学院"),
        )
        make_seat(review, user, role, at=at, name=f"专家{number}")
        found.append(user)
    return found
