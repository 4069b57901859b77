"""Two members of staff decide: the first proposes, a second one confirms or sends it back."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import hand_over_numbers, supersede_account
from common.errors import NotAllowedError
from enrollment.models import RescueCase, StudentRecord
from enrollment.policies import check_can_act_on_rescue, check_can_approve_rescue
from enrollment.selectors.rescue import records_at_stake
from enrollment.services.handover import hand_over_records, retire_posts
from enrollment.services.rescue.moves import NO_PROPOSAL, move_rescue, required_text
from enrollment.services.rescue.words import tell_claimant, tell_replaced
from enrollment.states import RescueAction, RescueOpinion

__all__ = ["approve_rescue", "propose_rescue", "refuse_rescue", "send_back_rescue"]

_NAME = "写上经办人的姓名，印在回执上"


@transaction.atomic
def propose_rescue(
    *,
    case: RescueCase,
    opinion: RescueOpinion,
    answer: str,
    name: str,
    actor: User,
    now: datetime,
) -> RescueCase:
    """The first one says what should be done; `answer` is what the claimant will read at the end."""
    check_can_act_on_rescue(actor, case, RescueAction.PROPOSE, now=now)
    answer = required_text(answer, field="answer", message="写清楚给申请人的答复")
    name = required_text(name, field="name", message=_NAME)
    if opinion == RescueOpinion.APPROVE:
        check_can_approve_rescue(case, now=now)
        records_to_hand_over(case)
    move_rescue(
        case,
        RescueAction.PROPOSE,
        note=f"{opinion.label}：{answer}",
        actor=actor,
        now=now,
        opinion=opinion.value,
        answer=answer,
        proposed_at=now,
        proposed_by=actor.actor_label,
        proposer=actor,
        proposer_name=name,
    )
    return case


@transaction.atomic
def send_back_rescue(*, case: RescueCase, note: str, actor: User, now: datetime) -> RescueCase:
    """The second one does not agree, or the first one takes the proposal back: it is looked into again."""
    check_can_act_on_rescue(actor, case, RescueAction.SEND_BACK, now=now)
    note = required_text(note, field="reason", message="写清楚还要核实什么")
    move_rescue(case, RescueAction.SEND_BACK, note=note, actor=actor, now=now, **NO_PROPOSAL)
    return case


@transaction.atomic
def refuse_rescue(*, case: RescueCase, name: str, actor: User, now: datetime) -> RescueCase:
    """The second one confirms the refusal; nothing changes hands, and the claimant reads why."""
    check_can_act_on_rescue(actor, case, RescueAction.REFUSE, now=now)
    name = required_text(name, field="name", message=_NAME)
    move_rescue(case, RescueAction.REFUSE, actor=actor, now=now, decider=actor, decider_name=name)
    tell_claimant(case, template="rescue_refused", key="ended", now=now)
    return case


@transaction.atomic
def approve_rescue(*, case: RescueCase, name: str, actor: User, now: datetime) -> RescueCase:
    """The second one confirms: the number and its records go to the claimant.

    The old account is superseded: kept, read-only, logged out everywhere, all its contacts told.
    """
    check_can_act_on_rescue(actor, case, RescueAction.APPROVE, now=now)
    name = required_text(name, field="name", message=_NAME)
    records = records_to_hand_over(case)
    move_rescue(case, RescueAction.APPROVE, actor=actor, now=now, decider=actor, decider_name=name)
    reason = f"证件号码找回 {case.case_no}"
    numbers = hand_over_numbers(
        holder=case.holder, claimed=case.number, reason=reason, actor=actor, now=now
    )
    moved = hand_over_records(records, identity=case.identity, reason=reason, actor=actor, now=now)
    posts = []
    if case.holder is not None:
        posts = retire_posts(case.holder, reason=reason, actor=actor, now=now)
        supersede_account(user=case.holder, reason=reason, actor=actor, now=now)
        tell_replaced(case.holder, case, now=now)
    case.memo = {"numbers": numbers.as_json(), "records": moved, "posts": posts}
    case.save(update_fields=["memo"])
    tell_claimant(case, template="rescue_approved", key="ended", now=now)
    return case


def records_to_hand_over(case: RescueCase) -> list[StudentRecord]:
    """The records that go to the claimant; NotAllowedError when something does not fit.

    A record in another name is another person's (domain: two persons with one number), and without
    any account or record to hand over there is nothing to approve.
    """
    at_stake = records_at_stake(case)
    strangers = [
        record
        for record, binding in at_stake
        if record.name_key != case.identity.name_key
        and (binding is None or binding.identity.user_id == case.holder_id)
    ]
    if strangers:
        raise NotAllowedError(
            "这个号码名下有别的姓名的学籍，可能是两个人共用一个号码。先在学籍里更正，再办这个申请。"
        )
    if any(binding and binding.identity.user_id != case.holder_id for _, binding in at_stake):
        raise NotAllowedError("名下有学籍绑定在第三个账号上，先到那条学籍里核实。")
    if case.holder is None and not at_stake:
        raise NotAllowedError(
            "没有账号登记这个号码，名册里也没有，没有可以转的。提出“不通过”，告诉申请人找哪里。"
        )
    return [record for record, _ in at_stake]
