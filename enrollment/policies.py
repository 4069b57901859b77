"""Who is what at a moment: the predicates behind every guard."""

from datetime import datetime

from django.db.models import Q

from accounts.models import AccountClosure, CounterRecovery, DeclaredIdentity, User
from accounts.policies import is_auditor, is_office, is_registrar
from accounts.selectors import identity_of
from accounts.states import ClosureState, CounterState
from common.errors import NotAllowedError
from common.policy import allowed
from common.wording import until_sentence
from enrollment.models import Assignment, ClassGroup, PersonMerge, RecordClaim, RescueCase
from enrollment.selectors import is_bound, is_counsellor_of, is_holder_as_told
from enrollment.states import (
    CLAIM,
    MERGE,
    OPEN_MERGES,
    RESCUE,
    AssignmentRole,
    ClaimAction,
    ClaimState,
    MergeAction,
    MergeState,
    RescueAction,
    RescueOpinion,
    RescueState,
)

__all__ = [
    "available_merge_actions",
    "available_rescue_actions",
    "check_can_act_on_merge",
    "check_can_act_on_rescue",
    "check_can_appoint_monitor",
    "check_can_approve_rescue",
    "check_can_bind",
    "check_can_hold",
    "check_can_merge",
    "check_can_move_claim",
    "check_can_open_rescue",
    "check_is_desk",
    "check_may_act_on_merge",
    "check_may_act_on_rescue",
    "claim_actions",
    "has_class_board",
    "is_auditor",
    "is_college_leader",
    "is_college_secretary",
    "is_counsellor",
    "is_monitor",
    "is_registrar",
    "is_staff_account",
    "is_student",
    "may_appoint_monitor",
]


def _holds(user: User, *roles: AssignmentRole, now: datetime) -> bool:
    return (
        user.is_active
        and Assignment.objects.in_force_at(now).filter(user=user, role__in=roles).exists()
    )


def is_student(user: User) -> bool:
    """Whether at least one record is bound to the account."""
    return user.is_active and is_bound(user)


def is_monitor(user: User, *, now: datetime) -> bool:
    """Whether the account is a student who is monitor of some class at `now`."""
    return _holds(user, AssignmentRole.MONITOR, now=now)


def is_counsellor(user: User, *, now: datetime) -> bool:
    """Whether the account is counsellor of some class at `now`."""
    return _holds(user, AssignmentRole.COUNSELLOR, now=now)


def is_college_secretary(user: User, *, now: datetime) -> bool:
    """Whether the account is secretary of some college at `now`."""
    return _holds(user, AssignmentRole.COLLEGE_SECRETARY, now=now)


def is_college_leader(user: User, *, now: datetime) -> bool:
    """Whether the account is leader of some college at `now`."""
    return _holds(user, AssignmentRole.COLLEGE_LEADER, now=now)


def has_class_board(user: User, *, now: datetime) -> bool:
    """Whether the account sees the progress of any class: every role but the plain student."""
    return is_office(user) or _holds(user, *AssignmentRole, now=now)


def is_staff_account(user: User, *, now: datetime) -> bool:
    """Whether the account is a member of staff: an office-wide role, or one in a class or college.

    The monitor is a student and no staff.
    """
    return is_office(user) or _holds(
        user,
        AssignmentRole.COUNSELLOR,
        AssignmentRole.COLLEGE_SECRETARY,
        AssignmentRole.COLLEGE_LEADER,
        now=now,
    )


def check_can_bind(user: User, *, now: datetime) -> None:
    """Staff accounts own no records: who is both has two accounts (edge case 20)."""
    if is_staff_account(user, now=now):
        raise NotAllowedError("这是工作账号，不能绑定学籍。你自己的学籍请另注册一个账号。")


def check_can_hold(user: User, role: AssignmentRole) -> None:
    """A monitor has a record of the own; every other role needs an account without one."""
    if role == AssignmentRole.MONITOR:
        if is_office(user):
            raise NotAllowedError("班长要用学生自己的账号，这是工作账号。")
        if not is_bound(user):
            raise NotAllowedError("这个账号还没有绑定学籍，先绑定再任命为班长。")
    elif is_bound(user):
        raise NotAllowedError("这是学生账号，工作角色请用另外的账号。")


def may_appoint_monitor(user: User, class_group: ClassGroup, *, now: datetime) -> bool:
    """Whether the person chooses the class's monitor: its counsellor and the office do."""
    return is_registrar(user) or is_counsellor_of(user, class_group, now=now)


def check_can_appoint_monitor(user: User, class_group: ClassGroup, *, now: datetime) -> None:
    """The class's counsellor and the office choose its monitor."""
    if not may_appoint_monitor(user, class_group, now=now):
        raise NotAllowedError("班长由本班辅导员任命。")


_RESCUE_OFFICE = "证件号码找回由教务处办理"
_RESCUE_INVOLVED = "这件事和你有关，要由别人办理"
_RESCUE_FIRST = "意见是你提的，要由另一个人确认"
_RESCUE_OWNER = "只有申请人本人可以这样做"


def check_can_open_rescue(user: User, *, now: datetime) -> None:
    """Whoever has declared a number and has no record; staff accounts own none."""
    check_can_bind(user, now=now)
    if user.superseded_at is not None:
        raise NotAllowedError("这个账号已经停用。")
    if is_bound(user):
        raise NotAllowedError("你的学籍已经绑定，不用再申请。")


def check_may_act_on_rescue(actor: User, case: RescueCase, action: RescueAction) -> None:
    """Whether the person may ever take this action on the case, whatever its state.

    Nobody decides on a case that is about an own account: not who opened it, not who holds the number
    (C-175). The second decision is another person's than the first.
    """
    if action == RescueAction.WITHDRAW:
        if not actor.is_active or case.identity.user_id != actor.pk:
            raise NotAllowedError(_RESCUE_OWNER)
        return
    if action == RescueAction.OBJECT:
        if case.holder_id is None or case.holder_id != actor.pk:
            raise NotAllowedError("只有现在登记这个号码的账号可以反对")
        return
    if not is_registrar(actor):
        raise NotAllowedError(_RESCUE_OFFICE)
    if actor.pk in {case.identity.user_id, case.holder_id}:
        raise NotAllowedError(_RESCUE_INVOLVED)
    if action in {RescueAction.APPROVE, RescueAction.REFUSE} and case.proposer_id == actor.pk:
        raise NotAllowedError(_RESCUE_FIRST)
    if action == RescueAction.UNDO and case.undo_asker_id == actor.pk:
        raise NotAllowedError("撤销是你提的，要由另一个人确认")


def check_can_act_on_rescue(
    actor: User, case: RescueCase, action: RescueAction, *, now: datetime
) -> None:
    """Whether the person may take the action on the case as it stands."""
    check_may_act_on_rescue(actor, case, action)
    RESCUE.target(action, source=RescueState(case.state))
    if action == RescueAction.APPROVE:
        if case.opinion != RescueOpinion.APPROVE:
            raise NotAllowedError("第一位经办人的意见是不通过")
        check_can_approve_rescue(case, now=now)
    if action == RescueAction.REFUSE and case.opinion != RescueOpinion.REFUSE:
        raise NotAllowedError("第一位经办人的意见是归申请人")
    if action == RescueAction.RESTART and is_holder_as_told(case):
        raise NotAllowedError("现登记的账号没有变，已经告知过")


def check_can_approve_rescue(case: RescueCase, *, now: datetime) -> None:
    """Whether the number may go to the claimant: waited for, met where needed, and nobody untold."""
    if case.is_frozen_at(now):
        raise NotAllowedError(f"{until_sentence(case.freeze_ends_at)}以前不能通过：对方还可以反对")
    if case.needs_meeting:
        raise NotAllowedError("要先当面核对证件，再通过")
    if not is_holder_as_told(case):
        raise NotAllowedError("登记这个号码的账号变了，先“重新告知并等待”")


def available_rescue_actions(actor: User, case: RescueCase, *, now: datetime) -> list[RescueAction]:
    """The actions that the person may take now, in the order of the table; draws every button."""
    return [
        action
        for action in RESCUE.actions_from(RescueState(case.state))
        if allowed(check_can_act_on_rescue, actor, case, action, now=now)
    ]


def check_is_desk(actor: User, identity: DeclaredIdentity) -> None:
    """The registrar's office decides about people, and nobody about the own person."""
    if not is_registrar(actor):
        raise NotAllowedError("学籍认领由教务处核实。")
    if identity.user_id == actor.pk:
        raise NotAllowedError("这是你自己的认领，要由别人核实。")


def check_can_move_claim(actor: User, claim: RecordClaim, action: ClaimAction) -> None:
    """Whether the person may take the action on the claim as it stands."""
    if action == ClaimAction.WITHDRAW:
        if not actor.is_active or claim.identity.user_id != actor.pk:
            raise NotAllowedError("只有本人可以撤回认领。")
    else:
        check_is_desk(actor, claim.identity)
    CLAIM.target(action, source=ClaimState(claim.state))


def claim_actions(actor: User, claim: RecordClaim) -> list[ClaimAction]:
    """The actions that the person may take now, in the order of the table; draws every button."""
    return [
        action
        for action in CLAIM.actions_from(ClaimState(claim.state))
        if allowed(check_can_move_claim, actor, claim, action)
    ]


_MERGE_OFFICE = "合并账号由教务处办理"
_MERGE_INVOLVED = "这件事和你有关，要由别人办理"


def check_can_merge(
    actor: User, stays: User, goes: User, *, now: datetime, case: PersonMerge | None = None
) -> None:
    """Whether these two accounts may be made one at all, whoever says so; the message says what to do first.

    Working accounts are never merged with a student's (edge case 20), and whatever is being decided
    about either account is decided first. `case` is the one being worked on.
    """
    if not is_registrar(actor):
        raise NotAllowedError(_MERGE_OFFICE)
    if actor.pk in {stays.pk, goes.pk}:
        raise NotAllowedError(_MERGE_INVOLVED)
    if stays.pk == goes.pk:
        raise NotAllowedError("保留的和停用的是同一个账号。")
    if identity_of(stays) is None:
        raise NotAllowedError("保留的账号没有实名信息，换一个方向：保留有实名信息的那个。")
    for user in (stays, goes):
        _check_side(user, now=now, case=case)


def _check_side(user: User, *, now: datetime, case: PersonMerge | None) -> None:
    """One of the two accounts is a working student's account about which nothing else is open."""
    label = user.contact_label
    if user.closed_at is not None or user.superseded_at is not None:
        raise NotAllowedError(f"账号 {label} 已经注销，或者已被另一个账号取代。")
    if is_staff_account(user, now=now):
        raise NotAllowedError(f"账号 {label} 是工作账号，不和学生账号合并。")
    open_merges = PersonMerge.objects.filter(state__in=sorted(OPEN_MERGES))
    if case is not None:
        open_merges = open_merges.exclude(pk=case.pk)
    open_matters = {
        "证件号码找回": RescueCase.objects.waiting().filter(
            Q(identity__user=user) | Q(holder=user)
        ),
        "学籍认领": RecordClaim.objects.filter(identity__user=user, state=ClaimState.OPEN),
        "柜台找回": CounterRecovery.objects.filter(
            user=user, state__in=[CounterState.ENTERED, CounterState.CONFIRMED]
        ),
        "注销申请": AccountClosure.objects.filter(user=user, state=ClosureState.PENDING),
        "合并": open_merges.filter(Q(stays=user) | Q(goes=user)),
    }
    for what, rows in open_matters.items():
        if rows.exists():
            raise NotAllowedError(f"账号 {label} 还有没办结的{what}，先办结再合并。")


def check_may_act_on_merge(actor: User, case: PersonMerge, action: MergeAction) -> None:
    """Whether the person may ever take this action on the case, whatever its state.

    Nobody decides about an own account; who opened the case or chose does not confirm it, nor who
    asked for the undo that one (C-175).
    """
    if not is_registrar(actor):
        raise NotAllowedError(_MERGE_OFFICE)
    if actor.pk in {case.stays_id, case.goes_id}:
        raise NotAllowedError(_MERGE_INVOLVED)
    if action == MergeAction.CONFIRM and actor.pk in {case.opener_id, case.proposer_id}:
        raise NotAllowedError("这件是你登记或提出的，要由另一个人确认")
    if action == MergeAction.UNDO and actor.pk == case.undo_asker_id:
        raise NotAllowedError("拆开是你提的，要由另一个人确认")


def check_can_act_on_merge(
    actor: User, case: PersonMerge, action: MergeAction, *, now: datetime
) -> None:
    """Whether the person may take the action on the case as it stands."""
    check_may_act_on_merge(actor, case, action)
    MERGE.target(action, source=MergeState(case.state))
    if action == MergeAction.CONFIRM and case.is_frozen_at(now) and case.freeze_ends_at:
        raise NotAllowedError(
            f"{until_sentence(case.freeze_ends_at)}以前不能确认：双方收到了通知，还可以反对"
        )


def available_merge_actions(actor: User, case: PersonMerge, *, now: datetime) -> list[MergeAction]:
    """The actions that the person may take now, in the order of the table; draws every button."""
    return [
        action
        for action in MERGE.actions_from(MergeState(case.state))
        if allowed(check_can_act_on_merge, actor, case, action, now=now)
    ]
