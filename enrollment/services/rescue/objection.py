"""The holder says no: from the own account, or by the single-use link in the alarm."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from common.actors import Actor, System
from common.errors import NotAllowedError, StaleStateError
from common.ratelimit import Limit, hit
from enrollment.models import RescueAlert, RescueCase
from enrollment.policies import check_can_act_on_rescue
from enrollment.services.rescue.moves import NO_PROPOSAL, move_rescue
from enrollment.services.rescue.words import tell_claimant
from enrollment.states import RescueAction

__all__ = ["LINKS_PER_ADDRESS", "object_by_account", "object_by_link"]

LINKS_PER_ADDRESS = Limit("rescue-link", 60, 600)
_PER_ACCOUNT = Limit("rescue-object", 10, 3_600)
_BY_LINK = System("告知链接")
_LONGEST = 1_000


def object_by_account(*, case: RescueCase, reason: str, actor: User, now: datetime) -> RescueCase:
    """The account that holds the number objects; the case is settled at the counter then."""
    hit(_PER_ACCOUNT, str(actor.pk), now=now)
    check_can_act_on_rescue(actor, case, RescueAction.OBJECT, now=now)
    with transaction.atomic():
        _object(case, reason=reason, actor=actor, label="现登记账号", now=now)
    return case


@transaction.atomic
def object_by_link(*, alert: RescueAlert, reason: str, now: datetime) -> RescueCase:
    """The same by a link from the alarm, which works once.

    StaleStateError when it was used or the case is over.
    """
    used = RescueAlert.objects.filter(pk=alert.pk, used_at=None)
    if used.update(used_at=now) != 1:
        raise StaleStateError("这个链接已经用过了。")
    case = alert.case
    if case.holder_id != alert.told_id:
        raise StaleStateError("这个链接已经失效。")
    _object(case, reason=reason, actor=_BY_LINK, label=alert.contact, now=now)
    return case


def _object(case: RescueCase, *, reason: str, actor: Actor, label: str, now: datetime) -> None:
    if not case.is_waiting:
        raise StaleStateError("这个申请已经办结。有疑问带证件找教务处。")
    reason = reason.strip()
    if len(reason) > _LONGEST:
        raise NotAllowedError(f"理由最多写 {_LONGEST} 个字")
    move_rescue(
        case,
        RescueAction.OBJECT,
        actor=actor,
        now=now,
        objected_at=now,
        objected_by=label,
        objection=reason or None,
        **NO_PROPOSAL,
    )
    tell_claimant(case, template="rescue_counter", key=f"counter:{int(now.timestamp())}", now=now)
