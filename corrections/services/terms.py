"""The clock of a case: started with every state it enters, and a reminder when it has run out."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from django.db import transaction

from common import audit, outbox
from common.actors import Actor, System
from common.models import Channel
from common.outbox import Message
from common.workdays import add_workdays
from corrections.models import CaseStay, CorrectionRequest, RequestStep
from corrections.selectors.ageing import (
    overdue_stays,
    owners_of,
    terms,
    turn_of,
    unclocked_requests,
)
from corrections.selectors.rehearsals import campaign_named, is_rehearsed
from corrections.selectors.values import masked_changes
from corrections.states import AWAITED, RequestState
from corrections.states.terms import Turn
from enrollment.selectors import owner_of

__all__ = ["announce_overdue", "enter_states", "follow_cases", "resume_clock"]

_SWEEP = System("勘误期限")
_WITH = (
    "request__record__college",
    "request__handler",
    "request__conclusion__round__member__campaign",
)


def enter_states(requests: Iterable[CorrectionRequest], *, actor: Actor, now: datetime) -> None:
    """End the stays of cases that have just moved, and begin those in their new states.

    Runs in the transaction of the move. Terms count in working days from the moment of entry; a closed
    case has none.
    """
    moved = list(requests)
    CaseStay.objects.current().filter(request__in=moved).update(
        left_at=now, left_by=actor.actor_label
    )
    workdays = terms()
    due = lru_cache(maxsize=None)(lambda state: add_workdays(now, workdays[state]))
    CaseStay.objects.bulk_create(
        CaseStay(
            request=request,
            state=request.state,
            entered_at=now,
            entered_by=actor.actor_label,
            due_at=due(str(request.state)),
        )
        for request in moved
        if request.state in AWAITED
    )


def resume_clock(request: CorrectionRequest, step: RequestStep) -> None:
    """The case is back where it lay before the step: that stay goes on, nobody wins time by an undo.

    It keeps its entry and its term, so a case is as late as it was; who was told of it is not told again.
    """
    former = CaseStay.objects.filter(request=request, state=request.state, left_at=step.acted_at)
    stay = former.order_by("-pk").first()
    if stay is None:
        return
    # The stay that the move back has just begun; the one in the wrong state is ended and remains.
    CaseStay.objects.current().filter(request=request).delete()
    CaseStay.objects.filter(pk=stay.pk).update(left_at=None, left_by="")


def follow_cases(*, now: datetime, limit: int = 500) -> int:
    """Start the clock of open cases that have none in their state; returns how many.

    Cases from before there were clocks, or that came in past the services. Safe to run twice.
    """
    started = 0
    for pk in list(unclocked_requests().order_by("pk").values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            # A move holds the row until its own stay is written, so the question is asked again.
            CorrectionRequest.objects.select_for_update().filter(pk=pk).first()
            request = unclocked_requests().filter(pk=pk).first()
            if request is None:
                continue
            enter_states([request], actor=_SWEEP, now=now)
            started += 1
    return started


def announce_overdue(*, now: datetime, limit: int = 500) -> int:
    """Tell the owner of a case, once for each stay, that its term has run out; returns how many cases.

    The page shows it by itself; safe to run twice, late, or beside another run.
    """
    told = 0
    due = overdue_stays(now=now).filter(announced_at=None)
    for stay in due.select_related(*_WITH)[:limit]:
        told += _announce(stay, now=now)
    return told


@transaction.atomic
def _announce(stay: CaseStay, *, now: datetime) -> bool:
    untold = CaseStay.objects.overdue_at(now).filter(pk=stay.pk, announced_at=None)
    if untold.update(announced_at=now) != 1:
        return False
    owners = owners_of(stay.request, now=now)
    rehearsed = is_rehearsed(stay.request)
    changes = masked_changes(stay.request.fields.order_by("pk"))
    is_own = turn_of(stay.state) is Turn.STUDENT
    outbox.queue_many(
        [
            Message(
                key=f"correction.overdue:{stay.pk}:{user.pk}",
                channel=Channel.NOTICE,
                template="correction_overdue",
                user_id=user.pk,
                params={
                    **campaign_named(stay.request),
                    "request_id": stay.request_id,
                    "kind": str(stay.request.get_kind_display()),
                    "changes": changes,
                    "state": str(RequestState(stay.state).label),
                    "due_at": stay.due_at.isoformat(),
                    "is_own": is_own and user == owner_of(stay.request.record),
                },
                is_rehearsal=rehearsed,
            )
            for user in owners
        ],
        now=now,
    )
    audit.record(
        "correction.overdue",
        actor=_SWEEP,
        now=now,
        obj=stay.request,
        details={"from": stay.state, "count": len(owners)},
    )
    return True
