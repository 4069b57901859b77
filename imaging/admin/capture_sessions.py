"""Places and sessions at the desk, and the counter."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from common.admin import (
    Cell,
    ConfigurationAdmin,
    Deed,
    DeedForm,
    Panel,
    Phase,
    WorkflowAdmin,
    facts,
    moment,
    moment_text,
    phase_filter,
)
from common.masking import MaskKind, mask
from imaging.admin.capture_deeds import COUNTER, CREATE_SESSION, SESSION_DEEDS, payment_words
from imaging.models import CapturePlace, CaptureSession, CaptureVisit
from imaging.selectors.capture_desk import (
    class_alias,
    missing_members,
    session_count,
    visits_in_order,
)
from imaging.states import SessionKind

_SHOWN = 200
_LAST = 3


@admin.register(CapturePlace)
class CapturePlaceAdmin(ConfigurationAdmin):
    """Rooms, and the capture unit's branches with address and hours; edited directly."""

    list_display = ("name", "kind", "school", "address", "hours", "phone", "is_used")
    list_filter = ("kind", "is_used", "school")
    list_select_related = ("school",)
    ordering = ("kind", "name")
    fieldsets = (
        (None, {"fields": ("kind", "school", "name", "address", "is_used")}),
        ("学生会看到", {"fields": ("hours", "phone", "hint")}),
    )


@admin.register(CaptureSession)
class CaptureSessionAdmin(WorkflowAdmin):
    """The timetable of a campaign; a session's page leads to its counter."""

    list_display = (
        "session_no",
        moment("starts_at", "开始"),
        moment("ends_at", "结束"),
        "kind",
        "place",
        "campaign",
        "class_count",
        "seats",
        "arrived",
    )
    list_filter = (
        phase_filter(
            "进度",
            "phase",
            Phase(
                "today", "现在", lambda rows, now: rows.filter(starts_at__lte=now, ends_at__gt=now)
            ),
            Phase("future", "还没到", lambda rows, now: rows.filter(starts_at__gt=now)),
            Phase("over", "已结束", lambda rows, now: rows.filter(ends_at__lte=now)),
            Phase("cancelled", "已取消", lambda rows, _now: rows.exclude(cancelled_at=None)),
        ),
        "kind",
        ("campaign", admin.RelatedOnlyFieldListFilter),
        ("place", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("place", "campaign")
    ordering = ("-starts_at", "-id")
    create = CREATE_SESSION
    deeds = SESSION_DEEDS
    fields = (
        "campaign",
        "kind",
        "place",
        "starts_at",
        "ends_at",
        "classes_shown",
        "capacity",
        "seats_taken",
        "bookable_until",
        "bring",
        "wear",
        "note",
        "fee",
        "created_at",
        "created_by",
        "cancelled_at",
        "cancelled_by",
        "cancel_reason",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """With how many classes and how many came."""
        rows = super().get_queryset(request)
        return rows.annotate(
            classes_counted=Count("class_groups", distinct=True),
            arrived_counted=Count("visits", filter=Q(visits__voided_at=None), distinct=True),
        )

    @admin.display(description="场次", ordering="id")
    def session_no(self, session: CaptureSession) -> str:
        """The number that the capture unit knows too."""
        return str(session.pk)

    @admin.display(description="班级")
    def class_count(self, session: Any) -> str:
        """How many classes it is for."""
        return f"{session.classes_counted} 个" if session.classes_counted else "不限"

    @admin.display(description="预约")
    def seats(self, session: CaptureSession) -> str:
        """Seats taken of those there are."""
        if session.kind == SessionKind.CLASS:
            return "–"
        return f"{session.seats_taken} / {session.capacity}"

    @admin.display(description="已到", ordering="arrived_counted")
    def arrived(self, session: Any) -> int:
        """How many were checked in."""
        return int(session.arrived_counted)

    @admin.display(description="收费")
    def fee(self, session: CaptureSession) -> str:
        """What is said about the cost."""
        return session.fee_words or "没有写"

    @admin.display(description="班级（代号）")
    def classes_shown(self, session: CaptureSession) -> str:
        """The classes, each with the alias that the capture unit knows."""
        classes = session.class_groups.order_by("name")
        return "、".join(f"{each.name}（{class_alias(each.pk)}）" for each in classes) or "不限"

    def panels(self, request: HttpRequest, obj: CaptureSession) -> Sequence[Panel]:
        """Numbers, who is missing, and who came in which order."""
        now = timezone.now()
        count = session_count(obj, now=now)
        pairs = [
            ("名单上", count.expected),
            ("已到", count.arrived),
            ("请假", count.away),
            ("没到" if obj.ends_at <= now else "还没到", count.missing),
        ]
        if obj.has_fee:
            pairs.append(("记了交费", visits_in_order(obj).filter(is_paid=True).count()))
        missing = [missing_panel(obj)] if obj.ends_at <= now else []
        return [facts("人数", pairs), *missing, arrivals_panel(obj, _SHOWN)]

    def answer(
        self, request: HttpRequest, obj: Any, deed: Deed, outcome: str | Sequence[Panel] | Any
    ) -> HttpResponse:
        """After a check-in the counter is ready for the next person."""
        response = super().answer(request, obj, deed, outcome)
        is_said = deed is COUNTER and isinstance(outcome, str)
        return HttpResponseRedirect(self.deed_url(obj, deed)) if is_said else response

    def draw(
        self,
        request: HttpRequest,
        obj: Any,
        deed: Deed,
        form: DeedForm,
        panels: Sequence[Panel],
        *,
        is_filled: bool = True,
    ) -> HttpResponse:
        """At the counter: how many came, the last ones, and a button that says what it does."""
        response = super().draw(request, obj, deed, form, panels, is_filled=is_filled)
        if deed is COUNTER and isinstance(response, TemplateResponse) and response.context_data:
            count = session_count(obj, now=timezone.now())
            response.context_data["title"] = f"报到：{obj.place}（{obj}）"
            response.context_data["submit_label"] = "是本人，报到" if is_filled else "查"
            if not is_filled:
                said = f"名单上 {count.expected} 人，已到 {count.arrived} 人。"
                response.context_data["panels"] = [arrivals_panel(obj, _LAST, note=said)]
        return response


def missing_panel(session: CaptureSession) -> Panel:
    """Who did not come and said nothing; masked."""
    rows = missing_members(session, now=timezone.now()).select_related("record", "class_group")
    return Panel.of(
        "没到，也没请假",
        ("姓名", "学号", "班级"),
        (
            (mask(row.record.name, MaskKind.NAME), row.record.student_no, row.class_group)
            for row in rows.order_by("class_group__name", "record__student_no")[:_SHOWN]
        ),
        empty="都到了，或者请过假",
    )


def arrivals_panel(session: CaptureSession, shown: int, *, note: str = "") -> Panel:
    """The last who came, newest first."""
    visits = visits_in_order(session)
    return Panel.of(
        "到场顺序（新的在前）",
        ("时间", "姓名", "学号", "班级", "经办", *(("交费",) if session.has_fee else ())),
        (
            (
                moment_text(visit.arrived_at),
                mask(visit.member.record.name, MaskKind.NAME),
                mask(visit.member.record.student_no, MaskKind.STUDENT_NO),
                visit.member.class_group,
                visit.arrived_by,
                *((_payment_cell(visit),) if session.has_fee else ()),
            )
            for visit in visits.reverse()[:shown]
        ),
        empty="还没有人报到",
        note=note,
    )


def _payment_cell(visit: CaptureVisit) -> Cell:
    """What was written down, and the way to where it is put right."""
    url = reverse("admin:imaging_capturevisit_change", args=[visit.pk])
    return Cell(text=payment_words(visit), url=url)
