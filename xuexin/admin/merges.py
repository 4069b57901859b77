"""合并两个账号 at the desk: opened, chosen value by value, confirmed by another, taken apart by two."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest

from accounts.admin.search import looks_like_number
from accounts.identity import canonical_number
from accounts.models import IdentityNumber, User
from common import audit
from common.admin import Act, Deed, Panel, Phase, WorkflowAdmin, moment, phase_filter
from common.errors import InvalidInputError
from common.masking import MaskKind, mask
from enrollment.admin.lookup import account_with
from enrollment.models import MergeQuerySet, PersonMerge
from enrollment.policies import available_merge_actions, check_can_merge
from enrollment.services.merge import (
    MergePlan,
    ask_undo_merge,
    confirm_merge,
    drop_merge,
    keep_merge,
    open_merge,
    propose_merge,
    send_back_merge,
    undo_merge,
)
from enrollment.states import MergeAction, MergeState
from xuexin.admin.merge_forms import OpenForm, PlanForm
from xuexin.admin.merge_panels import account_panels, case_panels, plan_panels, undo_panel

_UNKNOWN = "没有找到这个账号。写整个邮箱、手机号、证件号码，或者学号。"


def _desk(act: Act) -> User:
    return cast("User", act.actor)


def _account(term: str, field: str, act: Act) -> User:
    """The account meant: `#12`, a contact, a document number (audited), or a student number."""
    term = term.strip()
    if term.startswith("#") and term[1:].isdecimal():
        user = User.objects.filter(pk=int(term[1:])).first()
    else:
        user = account_with(term) or _account_with_number(term, act)
    if user is None:
        raise InvalidInputError(_UNKNOWN, field=field)
    return user


def _account_with_number(term: str, act: Act) -> User | None:
    number = canonical_number(term)
    held = IdentityNumber.objects.of_number(number).filter(superseded_at=None)
    found = User.objects.filter(identity__numbers__in=held).first()
    if found is not None or looks_like_number(term):
        audit.record(
            "number.searched",
            actor=act.actor,
            now=act.now,
            details={"号码": mask(number, MaskKind.DOCUMENT_NO), "列表": "合并账号"},
        )
    return found


def _sides(act: Act) -> tuple[User, User]:
    return (
        _account(act.given["stays"], "stays", act),
        _account(act.given["goes"], "goes", act),
    )


def _preview_open(_obj: None, act: Act) -> Sequence[Panel]:
    """Both accounts side by side; looking at them is written down like opening their pages."""
    sides = _sides(act)
    check_can_merge(_desk(act), *sides, now=act.now)
    for user in sides:
        audit.record("user.viewed", actor=act.actor, now=act.now, obj=user)
    return account_panels(*sides)


def _open(_obj: None, act: Act) -> PersonMerge:
    stays, goes = _sides(act)
    return open_merge(stays=stays, goes=goes, reason=act.reason, actor=_desk(act), now=act.now)


def _preview_plan(case: PersonMerge, act: Act) -> Sequence[Panel]:
    return plan_panels(case, act.given["plan"], actor=_desk(act), now=act.now)


def _propose(case: PersonMerge, act: Act) -> str:
    propose_merge(
        case=case, plan=act.given["plan"], reason=act.reason, actor=_desk(act), now=act.now
    )
    return "方案已提出，现在什么都没变。双方收到了通知，24 小时以后由另一位老师确认"


def _preview_confirm(case: PersonMerge, act: Act) -> Sequence[Panel]:
    return plan_panels(case, MergePlan.from_json(case.choices), actor=_desk(act), now=act.now)


def _can(action: MergeAction) -> Callable[[PersonMerge, Act], bool]:
    """Whether the table and the policy offer the action."""
    return lambda case, act: action in available_merge_actions(_desk(act), case, now=act.now)


def _noted(
    service: Callable[..., PersonMerge], said: str
) -> Callable[[PersonMerge, Act], str | Sequence[Panel]]:
    """A deed that takes nothing but a reason."""

    def run(case: PersonMerge, act: Act) -> str:
        service(case=case, reason=act.reason, actor=_desk(act), now=act.now)
        return said

    return run


def _cases(rows: "QuerySet[Any]") -> MergeQuerySet:
    """The list's rows as what they are."""
    return cast("MergeQuerySet", rows)


MERGE_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="propose",
        label="提出合并方案",
        form=PlanForm,
        lead="两边不一样的每一项都要选。先看会改什么，再提出；另一位老师确认以后才生效。",
        asks_first=True,
        is_offered=_can(MergeAction.PROPOSE),
        preview=_preview_plan,
        run=_propose,
    ),
    Deed(
        name="confirm",
        label="确认合并",
        lead="你是第二经办人。确认后马上生效，双方都会收到通知；以后还可以由两个人拆开。",
        is_offered=_can(MergeAction.CONFIRM),
        preview=_preview_confirm,
        run=_noted(confirm_merge, "已合并，双方都会收到通知"),
        is_danger=True,
    ),
    Deed(
        name="send_back",
        label="退回重选",
        lead="有一项选得不对，或者账号有了变化：退回去重选，等待期重新算。",
        is_offered=_can(MergeAction.SEND_BACK),
        run=_noted(send_back_merge, "已退回，重新逐项选"),
    ),
    Deed(
        name="drop",
        label="不合并",
        lead="不是同一个人，或者不用合并。通知过双方的，会再告诉他们。",
        is_offered=_can(MergeAction.DROP),
        run=_noted(drop_merge, "已记为不合并，两个账号没有变化"),
    ),
    Deed(
        name="ask_undo",
        label="提出拆开",
        lead="合并错了时用：两个账号、证件号码、学籍都回到合并以前。另一位老师确认以后才生效。",
        is_offered=_can(MergeAction.ASK_UNDO),
        preview=lambda case, _act: [undo_panel(case)],
        run=_noted(ask_undo_merge, "已提出拆开，现在什么都没变；请另一位老师确认"),
    ),
    Deed(
        name="undo",
        label="确认拆开",
        lead="确认后马上生效，双方都会收到通知。",
        is_offered=_can(MergeAction.UNDO),
        preview=lambda case, _act: [undo_panel(case)],
        run=_noted(undo_merge, "已拆开，两个账号回到合并以前"),
        is_danger=True,
    ),
    Deed(
        name="keep",
        label="不拆开",
        lead="核实以后，当初合并是对的。",
        is_offered=_can(MergeAction.KEEP),
        run=_noted(keep_merge, "维持合并，什么都没变"),
    ),
)


@admin.register(PersonMerge)
class PersonMergeAdmin(WorkflowAdmin):
    """What waits for a choice or a second person first."""

    list_display = (
        "__str__",
        "stays_shown",
        "goes_shown",
        "state",
        moment("opened_at", "登记时间"),
    )
    list_filter = (
        phase_filter(
            "等着办",
            "waiting",
            Phase("open", "没办结", lambda rows, _now: _cases(rows).waiting()),
            Phase("second", "等第二人确认", lambda rows, now: _cases(rows).second_at(now)),
            Phase("choose", "等着逐项选", lambda rows, _now: rows.filter(state=MergeState.OPEN)),
        ),
        "state",
    )
    list_select_related = ("stays", "goes")
    ordering = (F("closed_at").desc(nulls_first=True), "-id")
    viewed_action = "merge.viewed"
    fields = (
        "stays_shown",
        "goes_shown",
        "state",
        "reason",
        "opened_at",
        "opened_by",
        "proposed_at",
        "proposed_by",
        "freeze_ends_at",
        "closed_at",
        "closed_by",
        "undo_asked_at",
        "undo_asked_by",
        "undone_at",
        "undone_by",
    )
    create = Deed(
        name="open",
        label="登记合并",
        form=OpenForm,
        lead="两个账号是同一个人的时用。这一步只登记，什么都不改。",
        asks_first=True,
        preview=_preview_open,
        run=_open,
    )
    deeds = MERGE_DEEDS

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What has happened so far; stages that were not reached have no empty lines."""
        return [name for name in self.fields if not obj or getattr(obj, name, True)]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With both accounts."""
        return super().get_queryset(request).select_related("stays", "goes", "proposer")

    @admin.display(description="保留的账号")
    def stays_shown(self, case: PersonMerge) -> str:
        """The masked log-in name."""
        return case.stays.contact_label

    @admin.display(description="停用的账号")
    def goes_shown(self, case: PersonMerge) -> str:
        """The masked log-in name."""
        return case.goes.contact_label

    def panels(self, request: HttpRequest, obj: PersonMerge) -> Sequence[Panel]:
        """Both accounts, their records, what stays behind, and what happened so far."""
        return case_panels(obj)
