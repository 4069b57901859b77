"""A step of a case is taken back: columns, clock, proofs and messages as they were before it."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from common import outbox
from common.errors import NotAllowedError
from common.models import Channel, StoredFile
from corrections.models import CorrectionRequest, RequestStep
from corrections.selectors.rehearsals import is_rehearsed
from corrections.services.moves import TOLD, messages, move_request, told_of
from corrections.services.terms import resume_clock
from corrections.states import ENDED_REQUESTS, RequestAction

__all__ = ["locked_request", "take_back"]


def locked_request(pk: int) -> CorrectionRequest:
    """The case as it is now; nobody moves it until this transaction is over."""
    rows = CorrectionRequest.objects.select_for_update(of=("self",))
    return rows.select_related("record__school", "record__college").get(pk=pk)


def take_back(
    request: CorrectionRequest,
    step: RequestStep,
    action: RequestAction,
    *,
    reason: str,
    actor: User,
    now: datetime,
    **former: Any,
) -> None:
    """Move the case back to where it was before the step; `former` are its columns of then.

    The caller has locked the case and asked the policy. What the student was told is called back where
    it has not left yet, else the student is told that it holds no more.
    """
    was_ended = request.state in ENDED_REQUESTS
    try:
        with transaction.atomic():
            done = move_request(request, action, note=reason, actor=actor, now=now, **former)
    except IntegrityError as error:
        raise NotAllowedError("学生又交了一张同类的勘误单，那张正在办") from error
    resume_clock(request, step)
    if was_ended:
        # The time that proofs are kept begins with the end of the case, and that has not come.
        StoredFile.objects.filter(evidence__request=request, purged_at=None).update(
            retain_until=None
        )
    _tell(request, step, done, now=now)


def _tell(
    request: CorrectionRequest, step: RequestStep, done: RequestStep, *, now: datetime
) -> None:
    if RequestAction(step.action) not in TOLD:
        return
    keys = [f"correction.step:{step.pk}:{channel}" for channel in Channel.values]
    left = outbox.call_back(keys, now=now)
    if not left:
        return
    told = messages(
        # Whom the step was told, even where the record has changed hands since.
        User.objects.filter(messages__key__in=keys).order_by("pk").first(),
        key=f"correction.step:{done.pk}",
        template="correction_taken_back",
        params={
            **told_of(request),
            "state": str(request.get_state_display()),
            "undone": str(step.get_action_display()),
        },
        on_site_only=set(left) <= {Channel.NOTICE},
        is_rehearsal=is_rehearsed(request),
    )
    outbox.queue_many(told, now=now)
