"""How a correction request moves: compare-and-swap, its step, audit event and messages in one transaction."""

from datetime import datetime
from typing import Any

from accounts.models import User
from common import audit, outbox
from common.actors import Actor
from common.errors import InvalidInputError, StaleStateError
from common.models import Channel
from common.outbox import Message
from corrections.models import CorrectionRequest, RequestStep
from corrections.services.terms import enter_states
from corrections.states import OPEN_REQUESTS, REQUEST, RequestAction, RequestState
from enrollment.selectors import owner_of

# What the student is told, and about which moves; the others show on the page alone.
TOLD: dict[RequestAction, str] = {
    RequestAction.RETURN: "correction_returned",
    RequestAction.APPLY: "correction_applied",
    RequestAction.REFUSE: "correction_refused",
}
# The reasons of the office belong into the trail; what a student writes stays in the request.
_BY_OFFICE = frozenset({RequestAction.RETURN, RequestAction.APPLY, RequestAction.REFUSE})
# Applying opens a round, whose own mail asks to check again; one mail for one deed is enough.
_ON_SITE_ONLY = frozenset({RequestAction.APPLY})
_AUDIT: dict[RequestAction, str] = {
    RequestAction.TAKE: "correction.taken",
    RequestAction.RETURN: "correction.returned",
    RequestAction.RESUBMIT: "correction.resubmitted",
    RequestAction.APPLY: "correction.applied",
    RequestAction.REFUSE: "correction.refused",
    RequestAction.WITHDRAW: "correction.withdrawn",
}
_NOTE_LENGTH = 2_000


def move_request(
    request: CorrectionRequest,
    action: RequestAction,
    *,
    note: str,
    actor: Actor,
    now: datetime,
    details: dict[str, Any] | None = None,
    **changes: Any,
) -> RequestStep:
    """Move the row once, or say that somebody else was first.

    The caller runs in a transaction and has asked the policy. `changes` are further columns of the row;
    `note` is what the other side reads.
    """
    source = RequestState(request.state)
    target = REQUEST.target(action, source=source)
    if target not in OPEN_REQUESTS:
        changes |= {"closed_at": now, "closed_by": actor.actor_label}
    unmoved = CorrectionRequest.objects.filter(pk=request.pk, state=source)
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError("这张勘误单刚刚有了变化，请刷新后再看")
    for column, value in {"state": target, **changes}.items():
        setattr(request, column, value)
    enter_states([request], actor=actor, now=now)
    step = RequestStep.objects.create(
        request=request, action=action, note=note, acted_at=now, acted_by=actor.actor_label
    )
    audit.record(
        _AUDIT[action],
        actor=actor,
        now=now,
        obj=request,
        subject=request.record,
        reason=note if action in _BY_OFFICE else "",
        details={"from": source.value, "to": target.value, **(details or {})},
    )
    _tell(request, step, now=now)
    return step


def _tell(request: CorrectionRequest, step: RequestStep, *, now: datetime) -> None:
    action = RequestAction(step.action)
    if action not in TOLD:
        return
    told = messages(
        owner_of(request.record),
        key=f"correction.step:{step.pk}",
        template=TOLD[action],
        params={"request_id": request.pk, "kind": str(request.get_kind_display())},
        on_site_only=action in _ON_SITE_ONLY,
    )
    outbox.queue_many(told, now=now)


def required_text(text: str, *, field: str, message: str) -> str:
    """The text without blank ends; InvalidInputError when nothing or too much is left."""
    stripped = text.strip()
    if not stripped:
        raise InvalidInputError(message, field=field)
    return limited_text(stripped, field=field)


def limited_text(text: str, *, field: str) -> str:
    """The text without blank ends, when it is not too long."""
    stripped = text.strip()
    if len(stripped) > _NOTE_LENGTH:
        raise InvalidInputError(f"最多写 {_NOTE_LENGTH} 个字", field=field)
    return stripped


def messages(
    user: User | None,
    *,
    key: str,
    template: str,
    params: dict[str, Any],
    on_site_only: bool = False,
) -> list[Message]:
    """A notice on the site and a mail (an SMS for who has no mail) to the person, if there is one.

    What the office answered stays on the page: a mail only says that there is an answer.
    """
    if user is None:
        return []
    outward = () if on_site_only else (Channel.EMAIL if user.email else Channel.SMS,)
    return [
        Message(
            key=f"{key}:{channel}",
            channel=channel,
            template=template,
            user_id=user.pk,
            params=params,
        )
        for channel in (Channel.NOTICE, *outward)
    ]
