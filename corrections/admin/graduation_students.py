"""Students of a round at the desk: the list, the result, what they object to."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from common.admin import (
    Act,
    Deed,
    Panel,
    WorkflowAdmin,
    masked,
    moment,
    moment_text,
)
from common.masking import MaskKind
from common.policy import allowed
from corrections.admin.graduation_forms import (
    MarkForm,
    NoteForm,
    NumberForm,
    OutcomeForm,
    ProposalForm,
)
from corrections.models import AuditedStudent
from corrections.policies.graduation import check_can_print_certificate, result_actions
from corrections.selectors.graduation import checklist_of, has_changed
from corrections.selectors.graduation_scope import objections_of
from corrections.services.graduation import (
    decide_result,
    drop_student,
    print_certificate,
    propose_result,
    reopen_result,
    return_result,
    set_mark,
)
from corrections.states.graduation import (
    AuditOutcome,
    AuditState,
    ItemState,
    ResultAction,
)

__all__ = ["AuditedStudentAdmin"]

_SHOWN = 500


def _user(act: Act) -> User:
    return cast("User", act.actor)


def _can(action: ResultAction) -> Callable[[AuditedStudent, Act], bool]:
    return lambda student, act: action in result_actions(_user(act), student, now=act.now)


def _decide(student: AuditedStudent, act: Act) -> str:
    done = decide_result(
        student=student,
        outcome=AuditOutcome(act.given["outcome"]),
        note=act.given["note"],
        actor=_user(act),
        now=act.now,
    )
    return f"已审定：{done.get_decided_display()}，学生会收到通知"


def _propose(student: AuditedStudent, act: Act) -> str:
    propose_result(
        student=student,
        outcome=AuditOutcome(act.given["outcome"]),
        note=act.given["note"],
        actor=_user(act),
        now=act.now,
    )
    return "已提出，要由另一位老师审定"


def _noted(
    service: Callable[..., AuditedStudent], said: str
) -> Callable[[AuditedStudent, Act], str]:
    def run(student: AuditedStudent, act: Act) -> str:
        service(student=student, note=act.given["note"], actor=_user(act), now=act.now)
        return said

    return run


def _mark(student: AuditedStudent, act: Act) -> str:
    set_mark(
        student=student,
        item=act.given["item"],
        state=ItemState(act.given["state"]),
        note=act.given["note"],
        reason=act.given["reason"],
        actor=_user(act),
        now=act.now,
    )
    return f"已改“{act.given['item'].title}”"


def _print(student: AuditedStudent, act: Act) -> str:
    print_certificate(student=student, number=act.given["number"], actor=_user(act), now=act.now)
    return "已登记证书"


def _preview(student: AuditedStudent, act: Act) -> Sequence[Panel]:
    return [_checklist(student, act)]


def _checklist(student: AuditedStudent, act: Act) -> Panel:
    checklist = checklist_of(student, now=act.now)
    suggested = checklist.suggested.label if checklist.suggested else "还定不了"
    changed = "审定以后情况变了，请重新审核。" if has_changed(student, checklist) else ""
    return Panel.of(
        "清单",
        ("项目", "情况", "说明", "来自", "写入时间", "毕业必须达到"),
        (
            (
                line.item.title,
                line.state.label,
                line.note,
                line.item.get_source_display(),
                moment_text(line.since) if line.since else "",
                "是" if line.item.is_required else "否",
            )
            for line in checklist.lines
        ),
        note=f"{checklist.standing}，各项目得出：{suggested}。{changed}",
    )


@admin.register(AuditedStudent)
class AuditedStudentAdmin(WorkflowAdmin):
    """Who is audited, those that wait for the office first."""

    list_display = (
        masked("record.name", MaskKind.NAME, "姓名"),
        "student_no",
        "audit",
        "college",
        "state",
        "proposed",
        "decided",
        moment("confirmed_at", "学生确认"),
    )
    list_filter = ("state", "proposed", "decided", "audit", "college")
    list_select_related = ("audit", "record", "college")
    search_fields = ("record__student_no",)
    ordering = (F("proposed_at").asc(nulls_last=True), "id")
    fields = (
        "audit",
        "student",
        "college",
        "state",
        "proposed",
        "proposed_note",
        "proposed_at",
        "proposed_by",
        "decided",
        "decided_note",
        "decided_at",
        "decided_by",
        "confirmed_at",
        "confirmed_by",
    )
    viewed_action = "auditresult.viewed"
    deeds = (
        Deed(
            name="propose",
            label=ResultAction.PROPOSE.label,
            form=ProposalForm,
            lead="这名学生没有学院，由教务处提出；审定要由另一位老师办理。",
            is_offered=lambda student, act: (
                student.college_id is None and _can(ResultAction.PROPOSE)(student, act)
            ),
            preview=_preview,
            run=_propose,
        ),
        Deed(
            name="decide",
            label=ResultAction.DECIDE.label,
            form=OutcomeForm,
            is_offered=_can(ResultAction.DECIDE),
            preview=_preview,
            run=_decide,
        ),
        Deed(
            name="return",
            label=ResultAction.RETURN.label,
            form=NoteForm,
            is_offered=_can(ResultAction.RETURN),
            run=_noted(return_result, "已退回，等重新提出"),
        ),
        Deed(
            name="mark",
            label="改一个项目",
            form=MarkForm,
            lead="只改导入来的项目。照片、信息、处分、登记由网站自己的记录得出。",
            is_offered=lambda student, _act: (
                student.is_in and student.audit.state in {AuditState.DRAFT, AuditState.CHECKING}
            ),
            preview=_preview,
            run=_mark,
        ),
        Deed(
            name="reopen",
            label=ResultAction.REOPEN.label,
            form=NoteForm,
            lead="审定的结果不再算，回到学院；学生会收到通知。",
            is_offered=_can(ResultAction.REOPEN),
            preview=_preview,
            run=_noted(reopen_result, "已重新审核，学生会收到通知"),
            is_danger=True,
        ),
        Deed(
            name="drop",
            label=ResultAction.DROP.label,
            form=NoteForm,
            is_offered=_can(ResultAction.DROP),
            run=_noted(drop_student, "已移出"),
            is_danger=True,
        ),
        Deed(
            name="certificate",
            label="登记一本证书",
            form=NumberForm,
            is_offered=lambda student, act: allowed(
                check_can_print_certificate, _user(act), student
            ),
            run=_print,
        ),
    )

    def panels(self, request: HttpRequest, obj: AuditedStudent) -> Sequence[Panel]:
        """The list as it is now, and what the student objects to."""
        act = Act(actor=cast("User", request.user), now=timezone.now())
        return [
            _checklist(obj, act),
            Panel.of(
                "异议",
                ("项目", "内容", "状态", "答复", "收到"),
                (
                    (
                        each.item.title if each.item else "",
                        each.reason,
                        each.get_state_display(),
                        each.answer or "",
                        moment_text(each.received_at),
                    )
                    for each in objections_of([obj])
                ),
            ),
        ]

    def subject_of(self, obj: AuditedStudent) -> Any:
        """The student's record."""
        return obj.record

    @admin.display(description="学号", ordering="record__student_no")
    def student_no(self, student: AuditedStudent) -> str:
        """The number of the record."""
        return student.record.student_no

    @admin.display(description="学生")
    def student(self, student: AuditedStudent) -> str:
        """Name and number."""
        return f"{student.record.name} {student.record.student_no}"
