"""照片更正 at the desk: proposed by one, previewed and confirmed by another, taken back by two."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from common.admin import (
    Act,
    Deed,
    Panel,
    Phase,
    ReadonlyAdmin,
    ReasonForm,
    WorkflowAdmin,
    actor_of,
    audit_panel,
    moment,
    phase_filter,
)
from common.models import AuditEvent
from enrollment.models import StudentRecord
from imaging.admin.repair_panels import foreseen, moves_panel
from imaging.models import PhotoRepair, RepairMove, RepairQuerySet
from imaging.policies import available_repair_actions
from imaging.selectors.repair import reasons_not_to_undo
from imaging.services.repair import (
    ask_undo_repair,
    confirm_repair,
    consequences,
    consequences_of_undo,
    drop_repair,
    keep_repair,
    sight_of,
    undo_repair,
)
from imaging.states import RepairAction, RepairState


class ConfirmForm(ReasonForm):
    """A reason, and what the page showed: conclusions given since make the second person look again."""

    sight = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, obj: PhotoRepair, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        self.initial["sight"] = sight_of(obj)
        self.fields["reason"].label = "核对说明"


def _desk(act: Act) -> User:
    return cast("User", act.actor)


def _can(action: RepairAction) -> Callable[[PhotoRepair, Act], bool]:
    """Whether the table and the policy offer the action."""
    return lambda repair, act: action in available_repair_actions(_desk(act), repair, now=act.now)


def _noted(
    service: Callable[..., PhotoRepair], said: str
) -> Callable[[PhotoRepair, Act], str | Sequence[Panel]]:
    """A deed that takes nothing but a reason."""

    def run(repair: PhotoRepair, act: Act) -> str:
        service(repair=repair, reason=act.reason, actor=_desk(act), now=act.now)
        return said

    return run


def _confirm(repair: PhotoRepair, act: Act) -> str:
    confirm_repair(
        repair=repair,
        reason=act.reason,
        actor=_desk(act),
        now=act.now,
        sight=act.given["sight"],
    )
    return "已办，照片换了的学生会收到通知；以后还可以由两个人撤销"


def _preview_confirm(repair: PhotoRepair, act: Act) -> Sequence[Panel]:
    return [
        moves_panel(repair),
        *foreseen(lambda: consequences(repair, actor=act.actor, now=act.now)),
    ]


def _preview_undo(repair: PhotoRepair, act: Act) -> Sequence[Panel]:
    if reasons := reasons_not_to_undo(repair):
        return [Panel.of("不能撤销", (), ((each,) for each in reasons), note="先把这些处理好。")]
    return foreseen(lambda: consequences_of_undo(repair, actor=act.actor, now=act.now))


REPAIR_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="confirm",
        label="确认办理",
        form=ConfirmForm,
        lead="你是第二经办人。照片要自己对着看一遍；确认后马上生效，一次全部办完，学生要重新核对。",
        is_offered=_can(RepairAction.CONFIRM),
        preview=_preview_confirm,
        run=_confirm,
        is_danger=True,
    ),
    Deed(
        name="drop",
        label="不办",
        lead="看过以后不对，或者不用办了。照片和结论都不变。",
        is_offered=_can(RepairAction.DROP),
        run=_noted(drop_repair, "已记为不办，什么都没变"),
    ),
    Deed(
        name="ask_undo",
        label="提出撤销",
        lead="办错了时用：照片都回到办以前，学生再核对一次。另一位老师确认以后才生效。",
        is_offered=_can(RepairAction.ASK_UNDO),
        preview=_preview_undo,
        run=_noted(ask_undo_repair, "已提出撤销，现在什么都没变；请另一位老师确认"),
    ),
    Deed(
        name="undo",
        label="确认撤销",
        lead="确认后马上生效，一次全部撤回，照片换了的学生会收到通知。",
        is_offered=_can(RepairAction.UNDO),
        preview=_preview_undo,
        run=_noted(undo_repair, "已撤销，照片回到办以前"),
        is_danger=True,
    ),
    Deed(
        name="keep",
        label="不撤销",
        lead="核实以后，当初办得对。",
        is_offered=_can(RepairAction.KEEP),
        run=_noted(keep_repair, "维持原来的办理，什么都没变"),
    ),
)


def _cases(rows: "QuerySet[Any]") -> RepairQuerySet:
    """The list's rows as what they are."""
    return cast("RepairQuerySet", rows)


@admin.register(PhotoRepair)
class PhotoRepairAdmin(WorkflowAdmin):
    """What waits for a second person first."""

    list_display = (
        "__str__",
        "kind",
        "state_shown",
        "reason",
        moment("proposed_at", "提出时间"),
        "proposed_by",
        moment("expires_at", "有效到"),
        "closed_by",
    )
    list_filter = (
        phase_filter(
            "等着办",
            "waiting",
            Phase("second", "等第二人确认", lambda rows, now: _cases(rows).second_at(now)),
            Phase("lapsed", "过期没有确认", lambda rows, now: _cases(rows).lapsed_at(now)),
        ),
        "kind",
        "state",
    )
    search_fields = ("^moves__from_record__student_no", "^moves__to_record__student_no")
    search_help_text = "学号开头"
    ordering = (F("closed_at").desc(nulls_first=True), "-id")
    deeds = REPAIR_DEEDS
    viewed_action = "repair.viewed"
    fields = (
        "kind",
        "photo_kind",
        "state_shown",
        "reason",
        "proposed_at",
        "proposed_by",
        "expires_at",
        "closed_at",
        "closed_by",
        "undo_asked_at",
        "undo_asked_by",
        "undone_at",
        "undone_by",
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What has happened so far; stages that were not reached have no empty lines."""
        return [name for name in self.fields if not obj or getattr(obj, name, True)]

    def subject_of(self, obj: PhotoRepair) -> StudentRecord | None:
        """The record of its first move."""
        move = obj.moves.select_related("from_record", "to_record").order_by("pk").first()
        return (move.from_record or move.to_record) if move else None

    @admin.display(description="状态", ordering="state")
    def state_shown(self, repair: PhotoRepair) -> str:
        """The state; what nobody confirmed in time says so before the sweep does."""
        if repair.state == RepairState.PROPOSED and not repair.is_open_at(timezone.now()):
            return str(RepairState.EXPIRED.label)
        return str(repair.get_state_display())

    def panels(self, request: HttpRequest, obj: PhotoRepair) -> Sequence[Panel]:
        """What goes where, what would come of it now, and what happened so far."""
        now, actor = timezone.now(), actor_of(request)
        panels = [moves_panel(obj)]
        if obj.is_open_at(now):
            panels += foreseen(lambda: consequences(obj, actor=actor, now=now))
        if obj.state in {RepairState.DONE, RepairState.UNDOING}:
            reasons = reasons_not_to_undo(obj)
            if reasons:
                panels.append(Panel.of("不能再撤销", (), ((each,) for each in reasons)))
        subject = self.subject_of(obj)  # every event is written once about each record
        events = AuditEvent.objects.filter(
            object_type="imaging.photorepair",
            object_id=str(obj.pk),
            subject_id=str(subject.pk) if subject else "",
        ).exclude(action=self.viewed_action)
        return [*panels, audit_panel(events.order_by("-pk"))]


@admin.register(RepairMove)
class RepairMoveAdmin(ReadonlyAdmin):
    """Every photo of every case, read-only."""

    list_display = ("repair", "entry", "from_state", "from_no", "to_state", "to_no", "is_open")
    list_filter = ("is_open", "from_state", "to_state")
    list_select_related = ("repair", "entry", "from_record", "to_record")
    search_fields = ("^from_record__student_no", "^to_record__student_no")
    search_help_text = "学号开头"
    ordering = ("-id",)
    fields = (
        "repair",
        "entry",
        "from_state",
        "from_no",
        "from_reason",
        "from_settled_at",
        "from_settled_by",
        "to_state",
        "to_no",
        "is_open",
    )

    @admin.display(description="原学号")
    def from_no(self, move: RepairMove) -> str:
        """The number of the record that it was taken from."""
        return move.from_record.student_no if move.from_record else ""

    @admin.display(description="改到的学号")
    def to_no(self, move: RepairMove) -> str:
        """The number of the record that it goes to."""
        return move.to_record.student_no if move.to_record else ""
