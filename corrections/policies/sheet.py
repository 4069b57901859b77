"""Who may take which step of a class's feedback sheet (C-64 … C-71)."""

from datetime import datetime

from django.conf import settings

from accounts.models import User
from accounts.policies import is_registrar
from accounts.selectors import has_second_factor
from common.errors import NotAllowedError, StaleStateError
from common.policy import allowed
from common.wording import until_sentence
from corrections.models import ClassSheet
from corrections.selectors.signers import COLLEGE_ROLES, has_monitor, is_on_sheet, roles_over
from corrections.selectors.standing import class_standings
from corrections.selectors.versions import hand_in_moments, is_hand_in_closed, is_stale
from corrections.states import SHEET, SheetAction, SheetState, SignerRole
from enrollment.models import ClassGroup
from imaging.models import Campaign

__all__ = [
    "available_sheet_actions",
    "check_can_move_sheet",
    "check_can_reopen_hand_in",
    "check_can_write_sheet",
    "sheet_roles",
]

_MONITOR = frozenset({SignerRole.MONITOR})
_COUNSELLOR = frozenset({SignerRole.COUNSELLOR})
_OFFICE = frozenset({SignerRole.REGISTRAR})
_REFUSALS: dict[frozenset[SignerRole], str] = {
    _MONITOR: "反馈表由班长整理和定稿",
    _COUNSELLOR: "这一步由本班辅导员办理",
    COLLEGE_ROLES: "这一步由本学院的教学秘书或学院领导办理",
    _OFFICE: "这一步由教务处办理",
}
# Who sends it back is whoever has it in hand.
_RETURNED_BY: dict[SheetState, frozenset[SignerRole]] = {
    SheetState.FROZEN: _COUNSELLOR,
    SheetState.COUNSELLOR_SIGNED: COLLEGE_ROLES,
    SheetState.COLLEGE_SEALED: COLLEGE_ROLES,
    SheetState.SUBMITTED: _OFFICE,
    SheetState.ACCEPTED: _OFFICE,
}
_ROLES: dict[SheetAction, frozenset[SignerRole]] = {
    SheetAction.FREEZE: _MONITOR,
    SheetAction.TAKE_BACK: _MONITOR,
    SheetAction.SIGN: _COUNSELLOR,
    SheetAction.SEAL: COLLEGE_ROLES,
    SheetAction.SUBMIT: COLLEGE_ROLES,
    SheetAction.ACCEPT: _OFFICE,
}
_DECISIONS = frozenset(
    {
        SheetAction.SIGN,
        SheetAction.SEAL,
        SheetAction.SUBMIT,
        SheetAction.ACCEPT,
        SheetAction.RETURN,
    }
)
# What is put a name to is what is printed, so it must still be so.
_NEEDS_FRESH = _DECISIONS - {SheetAction.RETURN}
_STRONG_ROLES = COLLEGE_ROLES | _OFFICE
_STALE = "定稿以后表上有内容变了，这一版已失效。请另起一版，再定稿、签名。"


def sheet_roles(sheet: ClassSheet, action: SheetAction) -> frozenset[SignerRole]:
    """Who takes this action on a sheet in this state, apart from a counsellor without a monitor.

    Of a class that has no college, the office takes the college's steps, in its own name.
    """
    roles = _roles_in(SheetState(sheet.state), action)
    return _OFFICE if roles == COLLEGE_ROLES and sheet.class_group.college_id is None else roles


def _roles_in(state: SheetState, action: SheetAction) -> frozenset[SignerRole]:
    if action == SheetAction.RETURN:
        return _RETURNED_BY.get(state, _OFFICE)
    if action == SheetAction.RENEW:
        return _OFFICE if state == SheetState.ACCEPTED else frozenset(SignerRole)
    return _ROLES[action]


def check_can_move_sheet(
    actor: User,
    sheet: ClassSheet,
    action: SheetAction,
    *,
    now: datetime,
    stale: bool | None = None,
) -> None:
    """Whether the person may take the action on the sheet as it stands.

    Nobody signs, hands in, accepts or returns a sheet in which they are a row. `stale` is whether the
    rows have changed, for a caller who knows already.
    """
    roles = sheet_roles(sheet, action)
    held = roles & _acting_roles(actor, sheet.class_group, action, now=now)
    if not held:
        raise NotAllowedError(_REFUSALS.get(roles, "你不办理这个班的反馈表"))
    if action in _DECISIONS and is_on_sheet(actor, sheet):
        raise NotAllowedError("你自己在这张表上，要由别人办理")
    SHEET.target(action, source=SheetState(sheet.state))
    if action in _DECISIONS and held <= _STRONG_ROLES:
        _check_second_factor(actor)
    if action == SheetAction.FREEZE:
        _check_settled(sheet, now=now)
    if action in _NEEDS_FRESH or action == SheetAction.RENEW:
        has_changed = is_stale(sheet, now=now) if stale is None else stale
        if action == SheetAction.RENEW and not has_changed:
            raise NotAllowedError("这一版和现在的内容一致，不用另起一版")
        if action in _NEEDS_FRESH and has_changed:
            raise StaleStateError(_STALE)
    if action == SheetAction.SUBMIT:
        _check_in_time(sheet, now=now)
    if action == SheetAction.ACCEPT and sheet.class_group.college_id is None:
        _check_other_person(actor, sheet)


def available_sheet_actions(
    actor: User, sheet: ClassSheet, *, now: datetime, stale: bool | None = None
) -> list[SheetAction]:
    """The actions that the person may take now, in the order of the table; draws every button."""
    has_changed = is_stale(sheet, now=now) if stale is None else stale
    return [
        action
        for action in SHEET.actions_from(SheetState(sheet.state))
        if allowed(check_can_move_sheet, actor, sheet, action, now=now, stale=has_changed)
    ]


def check_can_write_sheet(
    actor: User, sheet: ClassSheet, *, now: datetime, after_freeze: bool = False
) -> None:
    """Whether the person may write beside the rows: remarks in the draft, proxies until it is signed."""
    if SignerRole.MONITOR not in _acting_roles(
        actor, sheet.class_group, SheetAction.FREEZE, now=now
    ):
        raise NotAllowedError(_REFUSALS[_MONITOR])
    if sheet.state == SheetState.DRAFT or (after_freeze and sheet.state == SheetState.FROZEN):
        return
    raise StaleStateError(
        "辅导员已经签名，不能再改代签。"
        if after_freeze
        else "反馈表已经定稿，要改备注，先收回定稿。"
    )


def check_can_reopen_hand_in(
    actor: User,
    campaign: Campaign,  # noqa: ARG001 -- says on what
    class_group: ClassGroup,
) -> None:
    """The office alone lets a class hand in late, and no member of it does so for the own class."""
    if not is_registrar(actor):
        raise NotAllowedError("补交由教务处批准")
    if class_group.records.filter(binding__identity__user=actor).exists():
        raise NotAllowedError("你自己在这个班，要由别人办理")


def _acting_roles(
    actor: User, class_group: ClassGroup, action: SheetAction, *, now: datetime
) -> set[SignerRole]:
    """The person's roles over the class; the counsellor compiles for a class that has no monitor."""
    held = roles_over(actor, class_group, now=now)
    compiles = action in {SheetAction.FREEZE, SheetAction.TAKE_BACK}
    if compiles and SignerRole.COUNSELLOR in held and not has_monitor(class_group, now=now):
        held.add(SignerRole.MONITOR)
    return held


def _check_second_factor(actor: User) -> None:
    """Who has one was asked for it at the log-in; who must have one and has none signs nothing."""
    if settings.STAFF_SECOND_FACTOR == "required" and not has_second_factor(actor):
        raise NotAllowedError("先在“账号安全”里设置两步验证，再签名、盖章或接收反馈表")


def _check_other_person(actor: User, sheet: ClassSheet) -> None:
    """Two of the office look at it, as college and office would."""
    if sheet.signatures.filter(step=SheetAction.SEAL, signer=actor).exists():
        raise NotAllowedError("学院这一步是你代办的，接收要由另一个人办理")


def _check_settled(sheet: ClassSheet, *, now: datetime) -> None:
    """From the freeze of the class on; before only where nothing on the sheet can change by itself."""
    moments = hand_in_moments(sheet)
    if moments.is_frozen_at(now):
        return
    people = class_standings(campaign=sheet.campaign, class_group=sheet.class_group, now=now)
    if any(person.found.is_open or person.is_awaited for person in people):
        raise NotAllowedError(
            f"{until_sentence(moments.freeze_at)}才能定稿；要提前，得等全班都核对完、结论都锁定。"
        )


def _check_in_time(sheet: ClassSheet, *, now: datetime) -> None:
    if not is_hand_in_closed(sheet, now=now):
        return
    moments = hand_in_moments(sheet)
    closed_at = moments.hand_in_at or moments.ends_at
    until = f"{until_sentence(closed_at)}截止" if closed_at else "已经截止"
    raise NotAllowedError(f"上交{until}，不再接收。要补交，请联系教务处。")
