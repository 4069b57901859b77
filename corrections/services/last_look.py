"""The last look at what a step says to the student: one that was taken back meanwhile says nothing."""

from datetime import datetime
from typing import Any

from common.models import OutboxMessage
from corrections.models import RequestStep
from corrections.states import RequestAction

__all__ = ["last_look"]

_TAKES_BACK = frozenset({RequestAction.UNTAKE, RequestAction.UNDECIDE, RequestAction.UNANSWER})


def last_look(message: OutboxMessage, *, now: datetime) -> dict[str, Any] | None:  # noqa: ARG001 -- the hook names it
    """Nothing to add; None when the step of the message's key was taken back.

    A mail that failed once is tried again later, and would come after the word that it is void.
    """
    rest = message.key.removeprefix("correction.step:")
    number = rest.partition(":")[0]
    if rest == message.key or not number.isdecimal():
        return {}
    step = RequestStep.objects.filter(pk=int(number)).first()
    if step is None:
        return {}
    # Only the newest step is ever taken back, so the very next one says it.
    after = RequestStep.objects.filter(request=step.request_id, pk__gt=step.pk).order_by("pk")
    following = after.first()
    return None if following is not None and following.action in _TAKES_BACK else {}
