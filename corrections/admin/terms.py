"""Terms of cases at the desk: how many working days each state may take, and where cases lie."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from common.admin import (
    ConfigurationAdmin,
    Panel,
    Phase,
    ReadonlyAdmin,
    moment,
    moment_text,
    phase_filter,
)
from common.wording import until_field
from corrections.models import CaseStay, CaseStayQuerySet, CaseTerm, CorrectionRequest
from corrections.selectors.ageing import ageing_of, left_text, terms, turn_of
from corrections.states import RequestState
from enrollment.models import StudentRecord

__all__ = ["CaseStayAdmin", "CaseTermAdmin", "stays_panel"]


def _stays(rows: "QuerySet[Any]") -> CaseStayQuerySet:
    """The list's rows as what they are."""
    return cast("CaseStayQuerySet", rows)


@admin.register(CaseTerm)
class CaseTermAdmin(ConfigurationAdmin):
    """Another number of working days than the usual one."""

    list_display = ("stage", "workdays", "basis")
    ordering = ("stage",)
    fields = ("stage", "workdays", "basis")

    def panels(self, request: HttpRequest, obj: Any) -> Sequence[Panel]:
        """Every term as it holds for cases that come into a state from now on."""
        return [
            Panel.of(
                "现在的期限",
                ("状态", "轮到谁", "工作日"),
                (
                    (RequestState(state).label, turn_of(state).label, days)
                    for state, days in terms().items()
                ),
                note="从进入这个状态的第二天起数，节假日按日历和“节假日调整”。"
                "改了以后只管新进入的，已经在办的期限不变。",
            )
        ]


@admin.register(CaseStay)
class CaseStayAdmin(ReadonlyAdmin):
    """Where cases lie and lay, what is due first at the top."""

    list_display = (
        "request",
        "student_no",
        "state",
        "whose_turn",
        "handled_by",
        moment("entered_at", "进入时间"),
        moment("due_at", "应办结时间"),
        "lies",
    )
    list_filter = (
        phase_filter(
            "现在",
            "now",
            Phase("current", "还在办", lambda rows, _now: _stays(rows).current()),
            Phase("overdue", "超期没办", lambda rows, now: _stays(rows).overdue_at(now)),
            Phase("week", "放了 7 天以上", lambda rows, now: _stays(rows).aged_at(now, days=7)),
            Phase("month", "放了 30 天以上", lambda rows, now: _stays(rows).aged_at(now, days=30)),
        ),
        "state",
    )
    list_select_related = ("request__record", "request__handler")
    search_fields = ("^request__record__student_no",)
    search_help_text = "学号开头"
    ordering = ("due_at", "id")
    fields = (
        "request",
        "state",
        "entered_at",
        "entered_by",
        "due_at",
        "left_at",
        "left_by",
        "announced_at",
    )

    def subject_of(self, obj: CaseStay) -> StudentRecord:
        """The student's record."""
        return obj.request.record

    @admin.display(description="学号")
    def student_no(self, row: CaseStay) -> str:
        """The student number."""
        return row.request.record.student_no

    @admin.display(description="轮到谁")
    def whose_turn(self, row: CaseStay) -> str:
        """Who has the next move."""
        return str(turn_of(row.state).label)

    @admin.display(description="经办人")
    def handled_by(self, row: CaseStay) -> str:
        """The masked log-in name of the handler."""
        return row.request.handler.contact_label if row.request.handler else "–"

    @admin.display(description="放了多久")
    def lies(self, row: CaseStay) -> str:
        """Days in the state, and by how many it is overdue."""
        return "已离开" if row.left_at else ageing_of(row, now=timezone.now()).text


def stays_panel(request: CorrectionRequest) -> Panel:
    """Since when the case lies where it lies, until when it may, and where it lay before."""
    now = timezone.now()
    return Panel.of(
        "办理期限",
        ("状态", "轮到谁", "进入时间", "应办结时间", "离开，或还剩"),
        (
            (
                RequestState(stay.state).label,
                turn_of(stay.state).label,
                moment_text(stay.entered_at),
                until_field(stay.due_at),
                moment_text(stay.left_at)
                if stay.left_at
                else left_text(ageing_of(stay, now=now), now=now),
            )
            for stay in request.stays.order_by("-entered_at", "-pk")
        ),
        empty="没有在办的期限",
    )
