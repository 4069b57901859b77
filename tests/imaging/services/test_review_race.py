"""Two people at one moment: one of them is first, and the other is told so."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest

from accounts.models import User
from common.models import AuditEvent
from enrollment.models import StudentRecord
from imaging.models import IdentityReview, ReviewDocument, ReviewEnd, ReviewStep
from imaging.services import review as service
from imaging.states.review import (
    ComparisonResult,
    ReviewEndAction,
    ReviewEndKind,
    ReviewState,
    SeatRole,
)
from tests.factories import review as reviewing
from tests.factories.racing import together

pytestmark = [pytest.mark.unit, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def handlers(now: datetime) -> list[User]:
    """Three of the office who are named."""
    return [
        reviewing.make_handler(f"{name}@example.test", at=now) for name in ("wu", "zheng", "wang")
    ]


@pytest.fixture
def review(record: StudentRecord, now: datetime) -> IdentityReview:
    """A case."""
    return reviewing.make_review(record, at=now)


def test_one_record_gets_one_open_case(
    record: StudentRecord, handlers: list[User], now: datetime
) -> None:
    rules = service.rules_of(record.school, actor=handlers[0], now=now)
    open_it = [
        partial(
            service.open_review,
            record=StudentRecord.objects.get(pk=record.pk),
            result=ComparisonResult.NOT_PASSED,
            rules=rules,
            due_at=now,
            actor=handler,
            now=now,
        )
        for handler in handlers
    ]

    said = together(open_it)

    assert said.count("") == 1
    assert IdentityReview.objects.count() == 1
    assert AuditEvent.objects.filter(action="record.hidden").count() == 1


def test_one_end_is_confirmed_or_dropped(
    review: IdentityReview, handlers: list[User], now: datetime
) -> None:
    wu, zheng, wang = handlers
    end = service.propose_end(
        review=review, kind=ReviewEndKind.MISTAKEN, reason="导错", actor=wu, now=now
    )
    decide = [
        partial(
            service.decide_end,
            end=ReviewEnd.objects.select_related("review__record").get(pk=end.pk),
            action=action,
            actor=actor,
            now=now,
        )
        for actor, action in (
            (zheng, ReviewEndAction.CONFIRM),
            (wang, ReviewEndAction.CONFIRM),
            (wu, ReviewEndAction.DROP),
        )
    ]

    said = together(decide)

    assert said.count("") == 1
    review.refresh_from_db()
    steps = ReviewStep.objects.filter(review=review).count()
    assert steps == (1 if review.state == ReviewState.RELEASED else 0)


def test_two_proposals_make_one(
    review: IdentityReview, handlers: list[User], now: datetime
) -> None:
    propose = [
        partial(
            service.propose_end,
            review=IdentityReview.objects.get(pk=review.pk),
            kind=ReviewEndKind.MISTAKEN,
            reason="导错",
            actor=handler,
            now=now,
        )
        for handler in handlers
    ]

    assert together(propose).count("") == 1
    assert ReviewEnd.objects.count() == 1


def test_file_is_never_handed_over_while_a_paper_is_taken_off(
    review: IdentityReview, handlers: list[User], secretary: User, now: datetime
) -> None:
    reviewing.complete(review, at=now)
    reviewing.make_seat(review, secretary, SeatRole.COLLEGE, at=now)
    paper = ReviewDocument.objects.select_related("review__record").order_by("pk")[0]
    acts: list[Callable[[], object]] = [
        partial(
            service.submit_to_college,
            review=IdentityReview.objects.select_related("record").get(pk=review.pk),
            actor=handlers[0],
            now=now,
        ),
        partial(
            service.remove_document, document=paper, reason="拍糊了", actor=handlers[1], now=now
        ),
    ]

    said = together(acts)

    review.refresh_from_db()
    paper.refresh_from_db()
    assert said.count("") == 1
    assert (review.state == ReviewState.AT_COLLEGE) == (paper.removed_at is None)
