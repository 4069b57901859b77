"""May the student give, change or take back a conclusion; may somebody open a photo."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from accounts.policies import is_registrar
from common.actors import Actor
from common.errors import NotAllowedError, StaleStateError
from common.policy import allowed
from common.wording import moment_sentence, until_sentence
from enrollment.models import Binding, StudentRecord
from imaging.models import CampaignMember, PhotoRepair, RepairMove, VerificationConclusion
from imaging.states import (
    MEMBERSHIP_EFFECTS,
    REPAIR,
    VERIFICATION,
    Conclusion,
    ConclusionAction,
    MembershipEffect,
    RepairAction,
    RepairState,
)

__all__ = [
    "available_repair_actions",
    "check_can_act_on_repair",
    "check_can_change",
    "check_can_conclude",
    "check_can_manage_campaigns",
    "check_can_repair",
    "check_can_settle_photos",
    "check_can_withdraw",
    "is_own",
    "is_told",
]


def is_own(user: User, member: CampaignMember) -> bool:
    """Whether the member's record is bound to this account; nobody stands in for a student."""
    try:
        owner_id = member.record.binding.identity.user_id
    except Binding.DoesNotExist:
        return False
    return user.is_active and owner_id == user.pk


def is_told(record: StudentRecord, *, now: datetime) -> bool:
    """Whether anybody may be written to about the record: not after a death, not while it is not shown."""
    effect = MEMBERSHIP_EFFECTS[record.status_at(now)]
    return record.is_shown and effect is not MembershipEffect.SILENT


def check_can_manage_campaigns(actor: Actor) -> None:
    """Campaigns, members and deadlines are the registrar's; commands act for the office."""
    if isinstance(actor, User) and not is_registrar(actor):
        raise NotAllowedError("只有教务处能设置校对批次。")


def check_can_settle_photos(actor: Actor) -> None:
    """Photo batches and capture entries are the registrar's; commands and sweeps act for the office."""
    if isinstance(actor, User) and not is_registrar(actor):
        raise NotAllowedError("只有教务处能导入照片、处理采集信息。")


def check_can_repair(actor: User, moves: Iterable[RepairMove]) -> None:
    """Moving photos that somebody relies on is the registrar's, and nobody's own record."""
    if not is_registrar(actor):
        raise NotAllowedError("只有教务处能导入照片、处理采集信息。")
    ids = {pk for move in moves for pk in (move.from_record_id, move.to_record_id)}
    if Binding.objects.filter(record__in=ids - {None}, identity__user=actor).exists():
        raise NotAllowedError("这件事和你自己的学籍有关，要由别人办理。")


def check_can_act_on_repair(
    actor: User, repair: PhotoRepair, action: RepairAction, *, now: datetime
) -> None:
    """Whether the person may do it now; two acts need somebody who did not ask for them."""
    check_can_repair(actor, repair.moves.all())
    if action == RepairAction.CONFIRM and actor.pk == repair.proposer_id:
        raise NotAllowedError("提出的人不能自己确认，请另一位老师核对后确认。")
    if action == RepairAction.UNDO and actor.pk == repair.undo_asker_id:
        raise NotAllowedError("提出撤销的人不能自己确认，请另一位老师核对后确认。")
    REPAIR.target(action, source=RepairState(repair.state))
    if action == RepairAction.CONFIRM and not repair.is_open_at(now):
        raise NotAllowedError("过了有效期没有人确认，没有办。还要办的话，请重新提出。")


def available_repair_actions(
    actor: User, repair: PhotoRepair, *, now: datetime
) -> list[RepairAction]:
    """The actions that the person may take now, in the order of the table; draws every button."""
    return [
        action
        for action in REPAIR.actions_from(RepairState(repair.state))
        if action != RepairAction.EXPIRE
        and allowed(check_can_act_on_repair, actor, repair, action, now=now)
    ]


def check_can_conclude(
    user: User, conclusion: VerificationConclusion, *, member: CampaignMember, now: datetime
) -> None:
    """A first conclusion: the bound student, within [opens_at, own deadline), while still PENDING."""
    _check_owner(user, member, now=now)
    if now < member.campaign.opens_at:
        raise NotAllowedError(f"校对还没开始，{moment_sentence(member.campaign.opens_at)}开始。")
    if conclusion.state != Conclusion.PENDING:
        raise StaleStateError(_already(conclusion, now))
    if member.closes_at <= now:
        raise NotAllowedError(
            f"{until_sentence(member.closes_at)} 已经截止，不能再提交。请联系辅导员。"
        )


def check_can_withdraw(
    user: User, conclusion: VerificationConclusion, *, member: CampaignMember, now: datetime
) -> None:
    """Back to PENDING: the bound student, before the lock and before the own deadline."""
    check_can_change(user, conclusion, member=member, now=now)
    if member.closes_at <= now:
        raise NotAllowedError(
            "已经过了截止时间，撤回以后就不能再提交了，所以不能撤回；还可以修改结论。"
        )


def check_can_change(
    user: User, conclusion: VerificationConclusion, *, member: CampaignMember, now: datetime
) -> None:
    """Another conclusion in its place: the bound student, before the lock, also after the deadline."""
    _check_owner(user, member, now=now)
    if not VERIFICATION.allows(ConclusionAction.WITHDRAW, source=Conclusion(conclusion.state)):
        raise StaleStateError("这项结论已经撤回了，请刷新页面再看。")
    if conclusion.is_locked_at(now):
        raise NotAllowedError("结论已经锁定，不能再改。发现错了，请联系辅导员。")


def _check_owner(user: User, member: CampaignMember, *, now: datetime) -> None:
    if not is_own(user, member):
        raise NotAllowedError("只能由学生本人核对，别人不能代替。")
    if not member.record.is_shown:
        raise NotAllowedError("教务处正在核实这条学籍，核实完才能核对。")
    if MEMBERSHIP_EFFECTS[member.record.status_at(now)] is MembershipEffect.REMOVED:
        raise NotAllowedError("你的学籍状态已经变了，不参加这次校对。有疑问请联系辅导员。")
    if member.removed_at is not None:
        raise NotAllowedError("你已不在这次校对的名单里，有疑问请联系辅导员。")


def _already(conclusion: VerificationConclusion, now: datetime) -> str:
    said = f"{conclusion.get_kind_display()}刚刚已经提交为“{conclusion.get_state_display()}”"
    if conclusion.is_locked_at(now):
        return f"{said}，并且已经锁定。"
    return f"{said}，可能是在另一个窗口或设备上。请刷新页面再看。"
