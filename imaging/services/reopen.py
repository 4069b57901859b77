"""申请重新开放: a locked conclusion is given again when two people of the office agree."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit, outbox
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import Channel
from common.ratelimit import Limit, hit
from common.workdays import add_workdays
from enrollment.selectors import owner_of
from imaging.models import CampaignMember, ReopenRequest, VerificationConclusion
from imaging.policies import check_can_move_reopen, check_not_registered, is_own, is_told
from imaging.selectors.campaigns import current_round
from imaging.services.rounds import reopen_round
from imaging.states import REOPEN, ConclusionKind, ReopenAction, ReopenState, RoundCause

__all__ = [
    "LONGEST_TEXT",
    "TERM_WORKDAYS",
    "decide_reopen",
    "propose_for_student",
    "propose_reopen",
    "send_back_reopen",
    "submit_reopen",
    "withdraw_reopen",
]

TERM_WORKDAYS: Final = 2
LONGEST_TEXT: Final = 1_000
REQUESTS_PER_ACCOUNT: Final = Limit("reopen-account", 5, 24 * 3600)
_MOVED = "这份申请刚刚有了变化，请刷新后再看。"
_AUDIT: Final = {
    ReopenAction.PROPOSE_GRANT: "reopen.proposed",
    ReopenAction.PROPOSE_REFUSE: "reopen.proposed",
    ReopenAction.GRANT: "reopen.granted",
    ReopenAction.REFUSE: "reopen.refused",
    ReopenAction.SEND_BACK: "reopen.sent_back",
    ReopenAction.WITHDRAW: "reopen.withdrawn",
}


@transaction.atomic
def submit_reopen(
    *,
    member: CampaignMember,
    kinds: Collection[ConclusionKind],
    reason: str,
    actor: User,
    now: datetime,
) -> ReopenRequest:
    """The student asks to give locked conclusions again; answered within two working days.

    One request at a time. Nothing is asked any more once the certificate is registered.
    """
    if not is_own(actor, member):
        raise NotAllowedError("只能由学生本人申请。")
    hit(REQUESTS_PER_ACCOUNT, str(actor.pk), now=now)
    return _create(member, kinds, reason=_text(reason, "reason"), actor=actor, now=now)


@transaction.atomic
def propose_for_student(
    *,
    member: CampaignMember,
    kinds: Collection[ConclusionKind],
    reason: str,
    closes_at: datetime,
    actor: Actor,
    now: datetime,
) -> ReopenRequest:
    """The office opens it by itself, for who cannot ask: this is the first of the two, another decides."""
    request = _create(
        member, kinds, reason=_text(reason, "reason"), actor=actor, now=now, is_by_staff=True
    )
    return propose_reopen(
        request=request,
        action=ReopenAction.PROPOSE_GRANT,
        note="",
        closes_at=closes_at,
        actor=actor,
        now=now,
    )


def _create(
    member: CampaignMember,
    kinds: Collection[ConclusionKind],
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    is_by_staff: bool = False,
) -> ReopenRequest:
    fresh = CampaignMember.objects.select_related("campaign", "record").get(pk=member.pk)
    check_not_registered(fresh)
    if fresh.removed_at is not None:
        raise NotAllowedError("已不在这次校对的名单里，不能重新开放。")
    current = current_round(fresh)
    if current is None:
        raise StaleStateError(_MOVED)
    asked = frozenset(kinds)
    locked = VerificationConclusion.objects.filter(round=current, kind__in=asked).locked_at(now)
    if not asked:
        raise InvalidInputError("照片和信息，至少选一项重新核对。", field="kinds")
    if locked.count() != len(asked):
        raise InvalidInputError(
            "只有锁定了的结论才要申请。没锁定的，在核对页面直接撤回或修改。", field="kinds"
        )
    try:
        with transaction.atomic():
            request = ReopenRequest.objects.create(
                member=fresh,
                round=current,
                asks_data=ConclusionKind.DATA in asked,
                asks_photo=ConclusionKind.PHOTO in asked,
                reason=reason,
                submitted_at=now,
                submitted_by=actor.actor_label,
                is_by_staff=is_by_staff,
                due_at=add_workdays(now, TERM_WORKDAYS),
            )
    except IntegrityError as error:
        raise StaleStateError("已经有一份申请在办，等它办完再提交。") from error
    _write_down("reopen.submitted", request, actor=actor, now=now, kinds=sorted(asked))
    return request


@transaction.atomic
def propose_reopen(
    *,
    request: ReopenRequest,
    action: ReopenAction,
    note: str,
    closes_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> ReopenRequest:
    """The first of the two says what should be done, and for a new round until when; nothing happens yet."""
    if action == ReopenAction.PROPOSE_GRANT:
        if closes_at is None or closes_at <= now:
            raise InvalidInputError("开放到的时间要晚于现在。", field="closes_at")
    else:
        closes_at = None
        if not note.strip():
            raise InvalidInputError("写明为什么不开放，复核的老师会看。", field="note")
    _move(
        request,
        action,
        actor=actor,
        now=now,
        proposer_id=actor.actor_id,
        proposed_at=now,
        proposed_by=actor.actor_label,
        proposal_note=note.strip()[:300],
        closes_at=closes_at,
    )
    return request


@transaction.atomic
def decide_reopen(
    *, request: ReopenRequest, action: ReopenAction, answer: str, actor: Actor, now: datetime
) -> ReopenRequest:
    """The second of the two does what was proposed: opens the next round, or refuses; with an answer."""
    said = _text(answer, "answer")
    closed: dict[str, Any] = {"closed_at": now, "closed_by": actor.actor_label, "answer": said}
    if action == ReopenAction.REFUSE:
        _move(request, action, actor=actor, now=now, **closed)
        _tell_refused(request, now=now)
        return request
    REOPEN.target(action, source=ReopenState(request.state))
    check_can_move_reopen(actor, request, action)
    check_not_registered(request.member)
    if request.closes_at is None or request.closes_at <= now:
        raise NotAllowedError("提出的开放时间已经过了，请退回，重新定一个时间。")
    # The round can be ended once; the request is closed with it or, having moved, nothing happens.
    opened = reopen_round(
        member=request.member,
        kinds=request.kinds,
        cause=RoundCause.REOPENED,
        reason=f"重新开放申请 {request.pk}",
        until=request.closes_at,
        actor=actor,
        now=now,
    )
    _move(request, action, actor=actor, now=now, opened_round=opened, **closed)
    return request


@transaction.atomic
def send_back_reopen(
    *, request: ReopenRequest, note: str, actor: Actor, now: datetime
) -> ReopenRequest:
    """Not as proposed: the request is looked at from the start, and whoever proposed may think again."""
    if not note.strip():
        raise InvalidInputError("写明为什么退回。", field="note")
    _move(
        request,
        ReopenAction.SEND_BACK,
        actor=actor,
        now=now,
        note=note.strip(),
        proposer_id="",
        proposed_at=None,
        proposed_by="",
        proposal_note="",
        closes_at=None,
    )
    return request


@transaction.atomic
def withdraw_reopen(*, request: ReopenRequest, actor: User, now: datetime) -> ReopenRequest:
    """The student leaves the conclusion as it is."""
    _move(
        request,
        ReopenAction.WITHDRAW,
        actor=actor,
        now=now,
        closed_at=now,
        closed_by=actor.actor_label,
    )
    return request


def _move(
    request: ReopenRequest,
    action: ReopenAction,
    *,
    actor: Actor,
    now: datetime,
    note: str = "",
    **values: Any,
) -> None:
    """Move the row once, or say that somebody else was first; who proposed must not have changed either."""
    source = ReopenState(request.state)
    target = REOPEN.target(action, source=source)
    check_can_move_reopen(actor, request, action)
    unmoved = ReopenRequest.objects.filter(
        pk=request.pk,
        state=source,
        proposer_id=request.proposer_id,
        proposed_at=request.proposed_at,
    )
    changes = {"state": target, **values}
    if unmoved.update(**changes) != 1:
        raise StaleStateError(_MOVED)
    for column, value in changes.items():
        setattr(request, column, value)
    _write_down(
        _AUDIT[action],
        request,
        actor=actor,
        now=now,
        reason=note or request.proposal_note,
        reopen_state=target,
        until=request.closes_at.isoformat() if request.closes_at else "",
    )


def _write_down(
    event: str,
    request: ReopenRequest,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    **details: Any,
) -> None:
    audit.record(
        event,
        actor=actor,
        now=now,
        obj=request,
        subject=request.member.record,
        reason=reason,
        details=details,
    )


def _tell_refused(request: ReopenRequest, *, now: datetime) -> None:
    """Granting tells of the new round; refusing tells that there is an answer, not what it says."""
    member = request.member
    owner = owner_of(member.record)
    if owner is None or request.is_by_staff or not is_told(member.record, now=now):
        return
    outbox.queue_many(
        [
            outbox.Message(
                key=f"reopen-refused:{request.pk}:{channel}",
                channel=channel,
                template="reopen_refused",
                user_id=owner.pk,
                params={"campaign": member.campaign.title},
            )
            for channel in (Channel.NOTICE, Channel.EMAIL if owner.email else Channel.SMS)
        ],
        now=now,
    )


def _text(typed: str, field: str) -> str:
    text = typed.strip()
    if not text:
        raise InvalidInputError(
            "写一句给学生的答复。" if field == "answer" else "写明为什么要重新核对。", field=field
        )
    if len(text) > LONGEST_TEXT:
        raise InvalidInputError(f"请写在 {LONGEST_TEXT} 字以内。", field=field)
    return text
