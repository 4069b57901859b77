"""One official at a time: a case is taken in hand, laid down, or taken over with a reason."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from common import audit
from common.errors import InvalidInputError, StaleStateError
from corrections.models import CorrectionRequest
from corrections.policies import check_can_hold, check_can_release, check_can_take_over
from corrections.services.moves import LAID_DOWN, in_hand

__all__ = ["hold_request", "release_request", "take_over_request"]

_STALE = "这张勘误单刚刚被别人领走了，请刷新后再看"
_REASON_LENGTH = 300


@transaction.atomic
def hold_request(*, request: CorrectionRequest, actor: User, now: datetime) -> CorrectionRequest:
    """The actor has the case in hand for two hours, or two hours more."""
    check_can_hold(actor, request, now=now)
    free = Q(holder=None) | Q(holder=actor) | Q(held_until__lte=now)
    _change(request, free, in_hand(actor, now=now))
    audit.record("correction.held", actor=actor, now=now, obj=request, subject=request.record)
    return request


@transaction.atomic
def release_request(*, request: CorrectionRequest, actor: User, now: datetime) -> CorrectionRequest:
    """The actor lays the case down, so that others need not wait."""
    check_can_release(actor, request, now=now)
    _change(request, Q(holder=actor), LAID_DOWN)
    audit.record("correction.released", actor=actor, now=now, obj=request, subject=request.record)
    return request


@transaction.atomic
def take_over_request(
    *, request: CorrectionRequest, reason: str, actor: User, now: datetime
) -> CorrectionRequest:
    """The actor takes the case out of the hands of somebody who is away; the trail says why."""
    check_can_take_over(actor, request, now=now)
    reason = reason.strip()
    if not reason or len(reason) > _REASON_LENGTH:
        raise InvalidInputError("写清楚为什么接过来，最多 300 个字", field="reason")
    _change(request, Q(holder=request.holder_id), in_hand(actor, now=now))
    audit.record(
        "correction.taken_over",
        actor=actor,
        now=now,
        obj=request,
        subject=request.record,
        reason=reason,
    )
    return request


def _change(request: CorrectionRequest, unheld: Q, columns: dict[str, object]) -> None:
    """Compare-and-swap on state and holder."""
    same = CorrectionRequest.objects.filter(unheld, pk=request.pk, state=request.state)
    if same.update(**columns) != 1:
        raise StaleStateError(_STALE)
    for column, value in columns.items():
        setattr(request, column, value)
