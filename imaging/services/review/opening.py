"""A case is opened, and its record hidden where the rules demand it; a later result is noted in it, and hides it too."""

from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from common import audit
from common.actors import Actor
from common.errors import StaleStateError
from enrollment.models import StudentRecord
from enrollment.services.visibility import hide_record
from imaging.models import IdentityReview, ReviewRules
from imaging.services.review.words import tell_opened
from imaging.states.review import ComparisonResult

__all__ = ["HIDDEN_REASON", "compare_again", "open_review"]

# Read by whoever of the office opens the record, named or not: it says nothing of the case.
HIDDEN_REASON: Final = "按规定核实期间暂不显示，由教务处指定的老师办理"


@transaction.atomic
def open_review(
    *,
    record: StudentRecord,
    result: ComparisonResult,
    rules: ReviewRules,
    due_at: datetime,
    actor: Actor,
    now: datetime,
) -> IdentityReview:
    """Open the case and tell the student where to go; StaleStateError when one is open already."""
    hides = _hides(rules, result, record)
    try:
        with transaction.atomic():
            review = IdentityReview.objects.create(
                record=record,
                rules=rules,
                result=result,
                hid_record=hides,
                due_at=due_at,
                opened_at=now,
                opened_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise StaleStateError(
            "有学生刚刚已经立案，这次一个也没有导入。请刷新页面，再导入一次。"
        ) from error
    audit.record(
        "review.opened",
        actor=actor,
        now=now,
        obj=review,
        subject=record,
        details={"comparison": result.value},
    )
    if hides:
        hide_record(record=record, reason=HIDDEN_REASON, actor=actor, now=now, is_told=False)
    tell_opened(review, now=now)
    return review


@transaction.atomic
def compare_again(
    *, review: IdentityReview, result: ComparisonResult, actor: Actor, now: datetime
) -> IdentityReview:
    """Note what a later comparison said, and hide the record where the case's rules demand it for that.

    It moves nothing by itself, and shows nothing again: a case ends when two handlers agree.
    """
    record = review.record
    hides = _hides(review.rules, result, record)
    waiting = IdentityReview.objects.waiting().filter(pk=review.pk)
    noted = {
        "compared_again": result.value,
        "compared_at": now,
        "compared_by": actor.actor_label,
        "hid_record": review.hid_record or hides,
    }
    if waiting.update(**noted) != 1:
        raise StaleStateError("有一件复核刚刚办结，这次一个也没有导入。请刷新页面，再导入一次。")
    for column, value in noted.items():
        setattr(review, column, value)
    audit.record(
        "review.compared",
        actor=actor,
        now=now,
        obj=review,
        subject=record,
        details={"comparison": result.value},
    )
    if hides:
        # The student has been told where to go; another message would say that there is a result.
        hide_record(record=record, reason=HIDDEN_REASON, actor=actor, now=now, is_told=False)
    return review


def _hides(rules: ReviewRules, result: ComparisonResult, record: StudentRecord) -> bool:
    return result.value in rules.hides and record.hidden_at is None
