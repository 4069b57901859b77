"""Class feedback sheets at the desk: accepted, returned, and let in late with buttons; the rest to look at."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from common.admin import (
    Act,
    Deed,
    NothingForm,
    Panel,
    Phase,
    WorkflowAdmin,
    facts,
    moment,
    moment_text,
    phase_filter,
)
from corrections.admin.sheet_forms import NoteForm, ReopeningForm, ReturnForm
from corrections.models import ClassSheet, HandInReopening, SheetSignature
from corrections.policies import available_sheet_actions
from corrections.selectors.versions import (
    changed_lines,
    frozen_document,
    hand_in_moments,
    is_stale,
    reopening_in_force,
)
from corrections.services.sheet_steps import (
    accept_sheet,
    renew_sheet,
    reopen_hand_in,
    return_sheet,
    seal_sheet,
    submit_sheet,
)
from corrections.states import AT_COLLEGE, CURRENT_SHEETS, SheetAction, SheetState
from corrections.views.sheets import NO_COLLEGE_LEADS


def _desk(act: Act) -> User:
    return cast("User", act.actor)


def _can(action: SheetAction) -> Callable[[ClassSheet, Act], bool]:
    """Whether the table and the policy offer the action."""
    return lambda sheet, act: action in available_sheet_actions(_desk(act), sheet, now=act.now)


def _accept(sheet: ClassSheet, act: Act) -> str:
    accept_sheet(sheet=sheet, note=act.given["note"], actor=_desk(act), now=act.now)
    return "已接收，班级和学院会收到通知"


def _return(sheet: ClassSheet, act: Act) -> str:
    return_sheet(
        sheet=sheet,
        reason=act.given["reason"],
        open_until=act.given["open_until"],
        actor=_desk(act),
        now=act.now,
    )
    return "已退回，班级要重新定稿、签名"


def _renew(sheet: ClassSheet, act: Act) -> str:
    renew_sheet(sheet=sheet, actor=_desk(act), now=act.now)
    return "已另起一版，班级要重新定稿、签名"


def _reopen(_obj: None, act: Act) -> HandInReopening:
    return reopen_hand_in(**act.given, actor=_desk(act), now=act.now)


def _stands_in(action: SheetAction) -> Callable[[ClassSheet, Act], bool]:
    """Whether the class has no college, so that its step is the office's."""
    can = _can(action)
    return lambda sheet, act: sheet.class_group.college_id is None and can(sheet, act)


def _seal(sheet: ClassSheet, act: Act) -> str:
    seal_sheet(sheet=sheet, note=act.given["note"], actor=_desk(act), now=act.now)
    return "已代学院审核，接着上交"


def _submit(sheet: ClassSheet, act: Act) -> str:
    submit_sheet(sheet=sheet, actor=_desk(act), now=act.now)
    return "已上交，由另一位老师接收"


def _preview(sheet: ClassSheet, act: Act) -> Sequence[Panel]:
    return [_state_panel(sheet, act.now), _rows_panel(sheet)]


def _state_panel(sheet: ClassSheet, now: datetime) -> Panel:
    moments = hand_in_moments(sheet)
    granted = reopening_in_force(sheet, now=now)
    stale = is_stale(sheet, now=now)
    return facts(
        "这一版",
        [
            ("和现在的数据", "不一致" if stale else "一致"),
            ("内容摘要", sheet.content_hash[:12].upper() or "–"),
            ("上交截止", moment_text(moments.hand_in_at) or "没有定"),
            ("允许补交到", moment_text(granted.open_until) if granted else "–"),
        ],
    )


def _rows_panel(sheet: ClassSheet) -> Panel:
    document = frozen_document(sheet) if sheet.content is not None else None
    wrong = [row for row in document.rows if row.printed_result != "无误"] if document else []
    return Panel.of(
        "不是“无误”的行",
        ("序号", "学号", "校对结果"),
        ((row.position, row.student_no, row.printed_result) for row in wrong),
        empty="全部无误" if document else "还没有定稿",
    )


def _changes_panel(sheet: ClassSheet, now: datetime) -> list[Panel]:
    if not is_stale(sheet, now=now):
        return []
    return [
        Panel.of(
            "定稿以后变了什么",
            ("学号", "定稿时", "现在"),
            ((number, was, is_now) for number, _, was, is_now in changed_lines(sheet, now=now)),
            empty="变的是表头（班级、届或学校）",
        )
    ]


def _signatures_panel(sheet: ClassSheet) -> Panel:
    return Panel.of(
        "谁签的",
        ("步骤", "姓名", "身份", "账号", "时间", "两步验证", "意见"),
        (
            (
                row.get_step_display(),
                row.signer_name,
                _role(row),
                row.signed_by,
                moment_text(row.signed_at),
                "用了" if row.has_second_factor else "没有",
                row.note,
            )
            for row in sheet.signatures.order_by("signed_at", "pk")
        ),
        empty="还没有人签",
    )


def _role(row: SheetSignature) -> str:
    if not row.is_deputy:
        return row.get_role_display()
    return f"代理{row.get_role_display()}" + (f"（代{row.deputy_for}）" if row.deputy_for else "")


_PROVED_AGAIN = frozenset({"accept", "seal", "submit"})


@admin.register(ClassSheet)
class ClassSheetAdmin(WorkflowAdmin):
    """Every version of every class's sheet; the office accepts and returns here."""

    list_display = (
        "__str__",
        "college",
        "campaign",
        "state",
        "row_count",
        moment("frozen_at", "定稿时间"),
        moment("submitted_at", "上交时间"),
        moment("hand_in_at", "上交截止"),
        moment("stale_at", "发现有变化"),
    )
    list_filter = (
        phase_filter(
            "等着办",
            "waiting",
            Phase(
                "office", "等教务处接收", lambda rows, _now: rows.filter(state=SheetState.SUBMITTED)
            ),
            Phase(
                "no_college",
                "没有学院，等教务处代办",
                lambda rows, _now: rows.filter(state__in=AT_COLLEGE, class_group__college=None),
            ),
            Phase(
                "current", "在办的一版", lambda rows, _now: rows.filter(state__in=CURRENT_SHEETS)
            ),
            Phase(
                "stale",
                "定稿后有变化，已失效",
                lambda rows, _now: rows.filter(
                    state__in=CURRENT_SHEETS - {SheetState.ACCEPTED}, stale_at__isnull=False
                ),
            ),
            Phase(
                "changed",
                "已接收后有变化",
                lambda rows, _now: rows.filter(state=SheetState.ACCEPTED, stale_at__isnull=False),
            ),
        ),
        "state",
        ("campaign", admin.RelatedOnlyFieldListFilter),
        ("class_group__college", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("campaign", "class_group__college")
    search_fields = ("class_group__name",)
    search_help_text = "班级名称"
    ordering = ("-id",)
    fields = (
        "campaign",
        "class_group",
        "version_no",
        "state",
        "row_count",
        "created_at",
        "created_by",
        "frozen_at",
        "frozen_by",
        "hand_in_at",
        "submitted_at",
        "submitted_by",
        "announced_at",
        "accepted_at",
        "accepted_by",
        "ended_at",
        "ended_by",
        "why_ended",
        "stale_at",
    )
    deeds = (
        Deed(
            name="seal",
            label="代学院审核",
            lead=NO_COLLEGE_LEADS[SheetAction.SEAL],
            form=NoteForm,
            preview=_preview,
            is_offered=_stands_in(SheetAction.SEAL),
            run=_seal,
        ),
        Deed(
            name="submit",
            label="代学院上交",
            lead=NO_COLLEGE_LEADS[SheetAction.SUBMIT],
            form=NothingForm,
            preview=_preview,
            is_offered=_stands_in(SheetAction.SUBMIT),
            run=_submit,
        ),
        Deed(
            name="accept",
            label=SheetAction.ACCEPT.label,
            lead="确认收到纸质表，内容与系统一致。接收以后班级不能再改。",
            form=NoteForm,
            preview=_preview,
            is_offered=_can(SheetAction.ACCEPT),
            run=_accept,
        ),
        Deed(
            name="return",
            label=SheetAction.RETURN.label,
            lead="这一版作废，班级另起一版，重新定稿、打印、签名、盖章。",
            form=ReturnForm,
            preview=_preview,
            is_offered=_can(SheetAction.RETURN),
            run=_return,
            is_danger=True,
        ),
        Deed(
            name="renew",
            label=SheetAction.RENEW.label,
            lead="定稿以后表上有内容变了。另起一版后，原来的纸不再有效，班级要重新定稿、签名、盖章。",
            form=NothingForm,
            preview=lambda sheet, act: _changes_panel(sheet, act.now),
            is_offered=_can(SheetAction.RENEW),
            run=_renew,
            is_danger=True,
        ),
    )

    def perform(self, request: HttpRequest, obj: Any, deed: Deed) -> HttpResponse:
        """These put the office's name to it, so the password or passkey is shown once more."""
        if deed.name in _PROVED_AGAIN:
            raise_if_reauthentication_required(request, app="account")
        return super().perform(request, obj, deed)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what the page and the rules read."""
        return (
            super()
            .get_queryset(request)
            .select_related("campaign", "class_group__school", "class_group__college")
        )

    @admin.display(description="学院")
    def college(self, sheet: ClassSheet) -> str:
        """The college."""
        return str(sheet.class_group.college or "–")

    @admin.display(description="退回原因")
    def why_ended(self, sheet: ClassSheet) -> str:
        """Why it went back."""
        return sheet.end_reason or "–"

    def panels(self, request: HttpRequest, obj: ClassSheet) -> Sequence[Panel]:
        """Where it stands, what changed, who signed, and what is not 无误."""
        now = timezone.now()
        return [
            _state_panel(obj, now),
            *_changes_panel(obj, now),
            _signatures_panel(obj),
            _rows_panel(obj),
        ]


@admin.register(HandInReopening)
class HandInReopeningAdmin(WorkflowAdmin):
    """Classes that may hand in after the deadline."""

    list_display = (
        "campaign",
        "class_group",
        moment("open_until", "补交截止"),
        "reason",
        moment("granted_at", "批准时间"),
        "granted_by",
    )
    list_filter = (("campaign", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("campaign", "class_group")
    ordering = ("-id",)
    fields = ("campaign", "class_group", "open_until", "reason", "granted_at", "granted_by")
    create = Deed(
        name="add",
        label="允许补交",
        lead="上交截止以后，只有写在这里的班级还能上交，到补交截止为止。班级和学院会收到通知。",
        form=ReopeningForm,
        run=_reopen,
    )
