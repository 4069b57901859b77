"""Tickets, bookings, leave and arrivals at the desk."""

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin import (
    Act,
    Deed,
    Panel,
    Phase,
    ReadonlyAdmin,
    ReasonForm,
    WorkflowAdmin,
    facts,
    masked,
    moment,
    phase_filter,
)
from common.errors import StaleStateError
from common.masking import MaskKind
from enrollment.models import StudentRecord
from imaging.admin.capture_deeds import VISIT_DEEDS, payment_words
from imaging.admin.capture_forms import IssueForm
from imaging.models import (
    CampaignMember,
    CaptureAbsence,
    CaptureBooking,
    CaptureTicket,
    CaptureVisit,
)
from imaging.selectors.capture_desk import members_for_tickets
from imaging.services.tickets import issue_tickets, renew_ticket


def _issue(_obj: None, act: Act) -> str:
    issued = issue_tickets(campaign=act.given["campaign"], actor=act.actor, now=act.now)
    return f"发放了 {issued} 个采集号；原来有的不变"


def _preview_issue(_obj: None, act: Act) -> Sequence[Panel]:
    campaign = act.given["campaign"]
    members = members_for_tickets(campaign, now=act.now)
    having = campaign.tickets.filter(voided_at=None).values("record")
    return [
        facts(
            "会发放",
            [
                ("批次", campaign),
                ("新发", f"{members.exclude(record__in=having).count()} 人"),
                ("已经有的，不变", f"{members.filter(record__in=having).count()} 人"),
            ],
        )
    ]


def _renew(ticket: CaptureTicket, act: Act) -> CaptureTicket:
    member = CampaignMember.objects.select_related("campaign", "record").filter(
        campaign=ticket.campaign_id, record=ticket.record_id, removed_at=None
    )
    found = member.first()
    if found is None:
        raise StaleStateError("这名学生已经移出批次，不用再发采集号。")
    return renew_ticket(member=found, actor=act.actor, now=act.now, reason=act.reason)


@admin.register(CaptureTicket)
class CaptureTicketAdmin(WorkflowAdmin):
    """Who has which ticket; the code leads to a person only here."""

    list_display = (
        "code",
        masked("record.name", MaskKind.NAME, "姓名"),
        "student_no",
        "campaign",
        moment("issued_at", "发放"),
        moment("voided_at", "作废"),
    )
    list_filter = (
        ("campaign", admin.RelatedOnlyFieldListFilter),
        phase_filter(
            "有效",
            "valid",
            Phase("yes", "有效", lambda rows, _now: rows.filter(voided_at=None)),
            Phase("no", "已作废", lambda rows, _now: rows.exclude(voided_at=None)),
        ),
    )
    list_select_related = ("record", "campaign")
    search_fields = ("=code", "^record__student_no")
    search_help_text = "采集号，或学号开头"
    ordering = ("-id",)
    viewed_action = "ticket.viewed"
    fields = (
        "code",
        "record",
        "campaign",
        "issued_at",
        "issued_by",
        "voided_at",
        "voided_by",
    )
    create = Deed(
        name="issue",
        label="发放采集号",
        lead="批次里每名还没有采集号的学生发一个；可以重复做，不会发两个。",
        form=IssueForm,
        asks_first=True,
        preview=_preview_issue,
        run=_issue,
    )
    deeds = (
        Deed(
            name="renew",
            label="换发采集号",
            lead="原来的马上作废；已经报到、正等照片的不受影响。",
            form=ReasonForm,
            is_offered=lambda ticket, _act: ticket.voided_at is None,
            run=_renew,
        ),
    )

    def subject_of(self, obj: CaptureTicket) -> StudentRecord:
        """The record behind the code."""
        return obj.record

    @admin.display(description="学号")
    def student_no(self, ticket: CaptureTicket) -> str:
        """The student number."""
        return ticket.record.student_no


@admin.register(CaptureBooking)
class CaptureBookingAdmin(ReadonlyAdmin):
    """Seats in make-up sessions, held and given up."""

    list_display = (
        masked("member.record.name", MaskKind.NAME, "姓名"),
        "session",
        moment("session.starts_at", "场次开始"),
        moment("booked_at", "预约"),
        moment("ended_at", "结束"),
        "end_reason",
    )
    list_filter = ("end_reason",)
    list_select_related = ("member__record", "session")
    ordering = ("-id",)
    fields = ("member", "session", "booked_at", "booked_by", "ended_at", "ended_by", "end_reason")


@admin.register(CaptureAbsence)
class CaptureAbsenceAdmin(ReadonlyAdmin):
    """Leave from sessions; the reason stands on its own page only."""

    list_display = (
        masked("member.record.name", MaskKind.NAME, "姓名"),
        "session",
        moment("session.starts_at", "场次开始"),
        moment("told_at", "请假"),
        moment("withdrawn_at", "撤回"),
    )
    list_select_related = ("member__record", "session")
    ordering = ("-id",)
    viewed_action = "captureabsence.viewed"
    fields = ("member", "session", "reason", "told_at", "told_by", "withdrawn_at", "withdrawn_by")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[CaptureAbsence]":
        """Without the encrypted reason, which only the page of one row reads."""
        rows: QuerySet[CaptureAbsence] = super().get_queryset(request)
        return rows.defer("reason")

    def subject_of(self, obj: CaptureAbsence) -> StudentRecord:
        """The student's record."""
        return obj.member.record


@admin.register(CaptureVisit)
class CaptureVisitAdmin(WorkflowAdmin):
    """Who was seen at the counter, by whom and when."""

    list_display = (
        masked("member.record.name", MaskKind.NAME, "姓名"),
        "session",
        moment("arrived_at", "到场"),
        "arrived_by",
        "payment",
        moment("voided_at", "作废"),
    )
    list_filter = (("session", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("member__record", "session")
    ordering = ("-id",)
    deeds = VISIT_DEEDS
    fields = (
        "member",
        "session",
        "ticket",
        "arrived_at",
        "arrived_by",
        "payment",
        "voided_at",
        "voided_by",
    )

    @admin.display(description="交费")
    def payment(self, visit: CaptureVisit) -> str:
        """What was written down where the session costs something."""
        return payment_words(visit) if visit.session.has_fee else visit.session.fee_words or "–"
