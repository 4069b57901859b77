"""重复学籍: the second person's page, with both records side by side."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from common.admin import Act, Deed, DeedForm, Panel, WorkflowAdmin, audit_panel, moment
from common.models import AuditEvent
from enrollment.models import DuplicateCase
from enrollment.selectors import owner_of
from enrollment.services.duplicates import confirm_duplicate, decline_duplicate, undo_duplicate
from enrollment.states import DUPLICATE, DuplicateAction, DuplicateState
from xuexin.admin.life_deeds import duplicate_panels
from xuexin.admin.merge_panels import two_accounts_panel


class NoteForm(DeedForm):
    """A word on what was compared."""

    note = forms.CharField(label="核对说明", required=False, max_length=300)


def _allows(case: DuplicateCase, action: DuplicateAction) -> bool:
    return DUPLICATE.allows(action, source=DuplicateState(case.state))


def _preview(case: DuplicateCase, _act: Act) -> Sequence[Panel]:
    return duplicate_panels(case.record, case.stays)


def _confirm(case: DuplicateCase, act: Act) -> str:
    confirm_duplicate(case=case, note=act.given["note"], actor=act.actor, now=act.now)
    return "已注销重复的一条，学生只看到保留的一条；可以恢复"


def _decline(case: DuplicateCase, act: Act) -> str:
    decline_duplicate(case=case, reason=act.reason, actor=act.actor, now=act.now)
    return "已记为不是重复，两条都保留"


def _undo(case: DuplicateCase, act: Act) -> str:
    undo_duplicate(case=case, reason=act.reason, actor=act.actor, now=act.now)
    return "已恢复，学籍状态改回原来的"


DUPLICATE_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="confirm",
        label="确认注销",
        lead="提出的人不能自己确认。",
        form=NoteForm,
        preview=_preview,
        is_offered=lambda case, act: (
            _allows(case, DuplicateAction.CONFIRM) and act.actor.actor_id != case.proposer_id
        ),
        run=_confirm,
        is_danger=True,
    ),
    Deed(
        name="decline",
        label="不是重复，保留",
        is_offered=lambda case, _act: _allows(case, DuplicateAction.DECLINE),
        run=_decline,
    ),
    Deed(
        name="undo",
        label="恢复学籍",
        preview=_preview,
        is_offered=lambda case, _act: _allows(case, DuplicateAction.UNDO),
        run=_undo,
    ),
)


@admin.register(DuplicateCase)
class DuplicateCaseAdmin(WorkflowAdmin):
    """Pairs that were proposed, with who decided and what came of it."""

    list_display = (
        "cancelled_no",
        "kept_no",
        "state",
        "reason",
        moment("proposed_at", "提出时间"),
        "proposed_by",
        moment("decided_at", "决定时间"),
        "decided_by",
    )
    list_filter = ("state",)
    list_select_related = ("record", "stays")
    search_fields = ("^record__student_no", "^stays__student_no")
    search_help_text = "学号开头"
    ordering = ("-id",)
    fields = (
        "record",
        "stays",
        "state",
        "reason",
        "proposed_at",
        "proposed_by",
        "decided_at",
        "decided_by",
        "decision_note",
        "undone_at",
        "undone_by",
        "undo_reason",
    )
    deeds = DUPLICATE_DEEDS

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what the comparison reads."""
        return (
            super()
            .get_queryset(request)
            .select_related(
                "record__school",
                "record__major",
                "record__binding",
                "stays__school",
                "stays__major",
                "stays__binding",
            )
        )

    @admin.display(description="要注销的学号")
    def cancelled_no(self, case: DuplicateCase) -> str:
        """The number of the record that goes."""
        return case.record.student_no

    @admin.display(description="保留的学号")
    def kept_no(self, case: DuplicateCase) -> str:
        """The number of the record that stays."""
        return case.stays.student_no

    def panels(self, request: HttpRequest, obj: DuplicateCase) -> Sequence[Panel]:
        """The pair, and the trail."""
        events = AuditEvent.objects.filter(
            object_type="enrollment.duplicatecase", object_id=str(obj.pk)
        )
        panels = duplicate_panels(obj.record, obj.stays)
        owners = [owner_of(record) for record in (obj.stays, obj.record)]
        if owners[0] is not None and owners[1] is not None and owners[0] != owners[1]:
            panels.append(two_accounts_panel(owners[0], owners[1]))
        return [*panels, audit_panel(events.order_by("-pk"))]
