"""学籍认领 at the desk: the oldest first, declared and roster side by side, buttons from the table."""

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from common import audit
from common.admin import (
    Cell,
    Panel,
    Phase,
    ReadonlyAdmin,
    WorkflowAdmin,
    actor_of,
    masked,
    moment,
    moment_text,
    phase_filter,
)
from common.admin.private import show_file
from common.masking import MaskKind, mask
from enrollment.admin.claim_deeds import CLAIM_DEEDS, side_by_side
from enrollment.models import ClaimEvidence, NotSame, RecordClaim
from enrollment.selectors.claims import Candidate, candidates_for
from enrollment.states import ClaimState

_PURPOSE = "核实学籍认领"


@admin.register(RecordClaim)
class RecordClaimAdmin(WorkflowAdmin):
    """Claims that the facts alone could not settle."""

    list_display = (
        "__str__",
        masked("given_name", MaskKind.NAME, "所填姓名"),
        masked("given_no", MaskKind.STUDENT_NO, "所填号码"),
        "school",
        "state",
        moment("submitted_at", "提交时间"),
        moment("due_at", "应答复"),
        moment("closed_at", "办结时间"),
    )
    list_filter = (
        phase_filter(
            "等着办",
            "waiting",
            Phase("open", "没办结", lambda rows, _now: rows.filter(state=ClaimState.OPEN)),
            Phase(
                "late",
                "过了答复时间",
                lambda rows, now: rows.filter(state=ClaimState.OPEN, due_at__lte=now),
            ),
        ),
        "state",
        "school",
    )
    list_select_related = ("school", "identity__user")
    search_fields = ("=given_no",)
    search_help_text = "所填的学号或考生号（整个）"
    ordering = (F("closed_at").desc(nulls_first=True), "due_at", "id")
    fields = (
        "school",
        "state",
        "account",
        "note_shown",
        "submitted_at",
        "submitted_by",
        "due_at",
        "record",
        "answer_shown",
        "closed_at",
        "closed_by",
    )
    deeds = CLAIM_DEEDS

    def get_urls(self) -> list[URLPattern]:
        """Proofs are served here, each view logged."""
        proof = path(
            "<int:pk>/evidence/<int:evidence_pk>/",
            self.admin_site.admin_view(self.evidence_view),
            name="enrollment_recordclaim_evidence",
        )
        return [proof, *super().get_urls()]

    def evidence_view(self, request: HttpRequest, pk: int, evidence_pk: int) -> HttpResponseBase:
        """A proof; who looked is written down for the person to see."""
        claim = self.get_object(request, str(pk))
        proof = claim and claim.evidence.filter(pk=evidence_pk).select_related("file").first()
        if claim is None or proof is None or not self.has_view_permission(request, claim):
            raise Http404
        now = timezone.now()
        audit.record("claim.evidence_opened", actor=actor_of(request), now=now, obj=claim.identity)
        return show_file(
            proof.file,
            viewer=actor_of(request),
            purpose=_PURPOSE,
            now=now,
            subject_id=str(claim.record_id or ""),
        )

    @admin.display(description="账号")
    def account(self, claim: RecordClaim) -> str:
        """The masked log-in name."""
        return claim.identity.user.contact_label

    @admin.display(description="说明")
    def note_shown(self, claim: RecordClaim) -> str:
        """What the person added."""
        return claim.note or "–"

    @admin.display(description="答复")
    def answer_shown(self, claim: RecordClaim) -> str:
        """What the person was told."""
        return claim.answer or "–"

    def panels(self, request: HttpRequest, obj: RecordClaim) -> Sequence[Panel]:
        """Side by side, what it may be, the proofs."""
        if obj.state != ClaimState.OPEN:
            return [side_by_side(obj, obj.record), self.evidence_panel(obj)]
        found = candidates_for(obj)
        best = found[0].record if found else None
        return [
            side_by_side(obj, best),
            self.candidates_panel(obj, found),
            self.evidence_panel(obj),
        ]

    def candidates_panel(self, claim: RecordClaim, found: Sequence[Candidate]) -> Panel:
        """Near records with the reasons; a click fills in the form and decides nothing."""
        approve, other = (self.deed_url(claim, self.deeds[number]) for number in (0, 2))
        return Panel.of(
            "可能是这些学籍",
            ("学号", "姓名", "班级", "为什么", "", ""),
            (
                (
                    Cell(
                        text=candidate.record.student_no,
                        url=reverse(
                            "admin:enrollment_studentrecord_change", args=[candidate.record.pk]
                        ),
                    ),
                    mask(candidate.record.name, MaskKind.NAME),
                    candidate.record.class_group or "",
                    "；".join(candidate.reasons),
                    Cell(text="就是它", url=f"{approve}?record={candidate.record.student_no}"),
                    Cell(text="不是同一人", url=f"{other}?record={candidate.record.student_no}"),
                )
                for candidate in found
                if candidate.record.school_id == claim.school_id
            ),
            empty="没有相近的、还没绑定的学籍",
            note="只是推荐。对着证明材料看过，再决定。",
        )

    def evidence_panel(self, claim: RecordClaim) -> Panel:
        """The proofs, each a link that leaves a trace."""
        rows = claim.evidence.select_related("file").order_by("pk")
        return Panel.of(
            "证明材料",
            ("材料", "类型", "上传时间"),
            (
                (
                    Cell(
                        text=f"证明 {row.pk}",
                        url=reverse(
                            "admin:enrollment_recordclaim_evidence", args=[claim.pk, row.pk]
                        ),
                    ),
                    "PDF" if row.file.content_type == "application/pdf" else "图片",
                    moment_text(row.added_at),
                )
                for row in rows
            ),
            note="打开会留下记录，本人可以查到。",
        )


@admin.register(ClaimEvidence)
class ClaimEvidenceAdmin(ReadonlyAdmin):
    """Proofs; opened on the page of their claim."""

    list_display = ("__str__", "claim", moment("added_at", "上传时间"), "added_by")
    list_select_related = ("claim",)
    ordering = ("-id",)
    fields = ("claim", "added_at", "added_by")


@admin.register(NotSame)
class NotSameAdmin(ReadonlyAdmin):
    """Pairs that staff found not to be one person."""

    list_display = (
        masked("identity.name", MaskKind.NAME, "姓名"),
        masked("record.student_no", MaskKind.STUDENT_NO, "学号"),
        "reason",
        moment("decided_at", "认定时间"),
        "decided_by",
    )
    list_select_related = ("identity", "record")
    ordering = ("-id",)
    fields = ("identity", "record", "reason", "decided_at", "decided_by")
