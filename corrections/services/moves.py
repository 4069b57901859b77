"""How a correction request moves: compare-and-swap, its step, audit event and messages in one transaction."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from common import audit, outbox
from common.actors import Actor
from common.errors import InvalidInputError, StaleStateError
from common.models import Channel
from common.outbox import Message
from corrections.models import CorrectionField, CorrectionRequest, RequestStep
from corrections.selectors.rehearsals import campaign_named, is_rehearsed
from corrections.selectors.values import masked_changes
from corrections.services.terms import enter_states
from corrections.states import DECIDED, ENDED_REQUESTS, REQUEST, RequestAction, RequestState
from enrollment.selectors import owner_of
from imaging.selectors.capture_plan import capture_member_of
from imaging.services.retakes import end_retake, grant_retake

_A, _S = RequestAction, RequestState
# What the student is told, and about which moves; the others show on the page alone. Of what was put
# right `tell_applied` speaks, once it is known whether anybody checks again.
TOLD: dict[RequestAction, str] = {
    _A.RETURN: "correction_returned",
    _A.TO_PROVINCE: "correction_moved",
    _A.TO_ORIGIN: "correction_moved",
    _A.TO_VENDOR: "correction_moved",
    _A.TO_RECAPTURE: "correction_moved",
    _A.REFUSE: "correction_refused",
    _A.PROVINCE_REFUSE: "correction_refused",
}
# The reasons of the school belong into the trail; what a student writes stays in the request.
_BY_STUDENT = frozenset({_A.SUBMIT, _A.REDRAFT, _A.RESUBMIT, _A.WITHDRAW, _A.DISAGREE})
_ON_SITE_ONLY = frozenset({_A.TO_PROVINCE, _A.TO_ORIGIN, _A.TO_VENDOR})
_AUDIT: dict[RequestAction, str] = {
    _A.SUBMIT: "correction.submitted",
    _A.REDRAFT: "correction.redrafted",
    _A.COLLEGE_TAKE: "correction.college_taken",
    _A.FORWARD: "correction.forwarded",
    _A.TAKE: "correction.taken",
    _A.PULL: "correction.pulled",
    _A.RETURN: "correction.returned",
    _A.RESUBMIT: "correction.resubmitted",
    _A.TO_PROVINCE: "correction.to_province",
    _A.APPROVE: "correction.approved",
    _A.PROVINCE_REFUSE: "correction.province_refused",
    _A.TO_ORIGIN: "correction.to_origin",
    _A.TO_VENDOR: "correction.to_vendor",
    _A.TO_RECAPTURE: "correction.to_recapture",
    _A.RESUME: "correction.resumed",
    _A.APPLY: "correction.applied",
    _A.REFUSE: "correction.refused",
    _A.RECHECK: "correction.recheck",
    _A.CLOSE: "correction.closed",
    _A.DISAGREE: "correction.disagreed",
    _A.WITHDRAW: "correction.withdrawn",
    _A.UNTAKE: "correction.untaken",
    _A.UNDECIDE: "correction.undecided",
    _A.UNANSWER: "correction.unanswered",
}
# Who takes a case has it in hand; every other move lays it down.
_TAKES_IN_HAND = frozenset({_A.COLLEGE_TAKE, _A.TAKE, _A.PULL, _A.RESUME})
HOLD_FOR = timedelta(hours=2)
LAID_DOWN: dict[str, Any] = {"holder": None, "held_at": None, "held_by": "", "held_until": None}
_NOTE_LENGTH = 2_000


def move_request(
    request: CorrectionRequest,
    action: RequestAction,
    *,
    note: str,
    actor: Actor,
    now: datetime,
    details: dict[str, Any] | None = None,
    unless_set: str = "",
    **changes: Any,
) -> RequestStep:
    """Move the row once, or say that somebody else was first.

    The caller runs in a transaction and has asked the policy. `changes` are further columns of the row;
    `note` is what the other side reads. Who had it in hand is compared too: a take-over comes first.
    `unless_set` names a column that must be empty still, where the state alone does not tell.
    """
    source = RequestState(request.state)
    target = REQUEST.target(action, source=source)
    if target in ENDED_REQUESTS and source not in ENDED_REQUESTS:
        changes |= {"closed_at": now, "closed_by": actor.actor_label}
    if target in DECIDED and source not in DECIDED:
        changes |= {"decided_at": now, "decided_by": actor.actor_label}
    changes = _reopened(source, target) | changes
    changes |= in_hand(actor, now=now) if action in _TAKES_IN_HAND else LAID_DOWN
    unmoved = CorrectionRequest.objects.filter(
        pk=request.pk, state=source, holder=request.holder_id
    )
    if unless_set:
        unmoved = unmoved.filter(**{unless_set: None})
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError("这张勘误单刚刚有了变化，请刷新后再看")
    for column, value in {"state": target, **changes}.items():
        setattr(request, column, value)
    enter_states([request], actor=actor, now=now)
    if RequestState.RECAPTURE in {source, target}:
        _follow_retake(request, actor=actor, now=now)
    step = RequestStep.objects.create(
        request=request, action=action, note=note, acted_at=now, acted_by=actor.actor_label
    )
    audit.record(
        _AUDIT[action],
        actor=actor,
        now=now,
        obj=request,
        subject=request.record,
        reason="" if action in _BY_STUDENT else note,
        details={"from": source.value, "to": target.value, **(details or {})},
    )
    _tell(request, step, source=source, now=now)
    return step


def _follow_retake(request: CorrectionRequest, *, actor: Actor, now: datetime) -> None:
    """The student may book a retake exactly as long as the case waits for it."""
    given = request.conclusion
    member = given.round.member if given else capture_member_of(request.record, now=now)
    if member is None:
        return
    follow = grant_retake if request.state == RequestState.RECAPTURE else end_retake
    follow(member=member, case=f"勘误单 {request.pk}", actor=actor, now=now)


def _reopened(source: RequestState, target: RequestState) -> dict[str, Any]:
    """What a case has no more once its decision is taken back."""
    changes: dict[str, Any] = {}
    if source in ENDED_REQUESTS and target not in ENDED_REQUESTS:
        changes |= {"closed_at": None, "closed_by": ""}
    if source in DECIDED and target not in DECIDED:
        changes |= {"decided_at": None, "decided_by": "", "answer": None}
    return changes


def in_hand(actor: Actor, *, now: datetime) -> dict[str, Any]:
    """The columns of a case that the actor, a person, has in hand from now on."""
    return {
        "holder": actor,
        "held_at": now,
        "held_by": actor.actor_label,
        "held_until": now + HOLD_FOR,
    }


def _tell(
    request: CorrectionRequest, step: RequestStep, *, source: RequestState, now: datetime
) -> None:
    action = RequestAction(step.action)
    if action not in TOLD:
        return
    office = "学院" if source == RequestState.COLLEGE_REVIEW else "教务处"
    told = messages(
        owner_of(request.record),
        key=f"correction.step:{step.pk}",
        template=TOLD[action],
        params={
            **told_of(request),
            "state": str(request.get_state_display()),
            "office": "省里" if action == _A.PROVINCE_REFUSE else office,
        },
        on_site_only=action in _ON_SITE_ONLY,
        is_rehearsal=is_rehearsed(request),
    )
    outbox.queue_many(told, now=now)


def tell_applied(
    request: CorrectionRequest, step: RequestStep, *, has_own_mail: bool, now: datetime
) -> None:
    """Say what was put right and what was not, and whether it is to be checked again.

    `has_own_mail`: what asks to check again sends a mail of its own, and one for one deed is enough.
    """
    told = messages(
        owner_of(request.record),
        key=f"correction.step:{step.pk}",
        template="correction_applied" if request.state == _S.RECHECK else "correction_closed",
        params={
            **told_of(request, is_decided=True),
            "is_partly": request.fields.filter(is_applied=False).exists(),
        },
        on_site_only=has_own_mail,
        is_rehearsal=is_rehearsed(request),
    )
    outbox.queue_many(told, now=now)


def told_of(
    request: CorrectionRequest,
    fields: Iterable[CorrectionField] | None = None,
    *,
    is_decided: bool = False,
) -> dict[str, Any]:
    """What every message says of a case: its number, its kind, original and right values masked."""
    shown = request.fields.order_by("pk") if fields is None else fields
    return {
        **campaign_named(request),
        "request_id": request.pk,
        "kind": str(request.get_kind_display()),
        "changes": masked_changes(shown, is_decided=is_decided),
    }


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
    is_rehearsal: bool = False,
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
            is_rehearsal=is_rehearsal,
        )
        for channel in (Channel.NOTICE, *outward)
    ]
