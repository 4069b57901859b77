"""Correction requests at the desk: every move a button that the table offers."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from accounts.models import User
from common import files
from common.admin import (
    Panel,
    Phase,
    WorkflowAdmin,
    masked,
    moment,
    moment_text,
    phase_filter,
)
from common.masking import MaskKind
from corrections.admin.forms import photo_matter_of
from corrections.admin.panels import changes_panel, evidence_panel, photos_panel, steps_panel
from corrections.admin.request_deeds import DEEDS
from corrections.admin.terms import stays_panel
from corrections.models import CorrectionRequest
from corrections.selectors import evidence_visible_to
from corrections.selectors.ageing import overdue_requests
from corrections.services.evidence import open_evidence
from corrections.states import UNDECIDED, RequestState
from corrections.states.batch import MOST_BATCHED
from enrollment.models import StudentRecord
from imaging.selectors import reason_labels
from imaging.states import ConclusionKind, PhotoMatter, PhotoReason

_MATTERS = {
    PhotoMatter.NOT_THEIRS: "不是本人的照片",
    PhotoMatter.MISSING: "看不到照片",
    PhotoMatter.RETAKE: "是本人，希望重拍",
    PhotoMatter.FLAWED: "是本人，照片有毛病",
}


def _wish() -> Q:
    """The twin of `photo_matter` for the wish alone."""
    return Q(kind=ConclusionKind.PHOTO, reasons=[PhotoReason.WANTS_RETAKE.value])


class _StateFilter(admin.ChoicesFieldListFilter):
    """Every state but the draft: what a student has not handed in is nobody else's."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Without the one that would never find anything."""
        draft = RequestState.DRAFT.label
        return (each for each in super().choices(changelist) if each["display"] != draft)


@admin.register(CorrectionRequest)
class CorrectionRequestAdmin(WorkflowAdmin):
    """The office's side of 勘误."""

    list_display = (
        "__str__",
        masked("record.name", MaskKind.NAME, "姓名"),
        "student_no",
        "kind",
        "matter",
        "state",
        moment("submitted_at", "提交时间"),
        "handled_by",
        moment("closed_at", "办结时间"),
    )
    list_filter = (
        ("state", _StateFilter),
        phase_filter(
            "等着办",
            "waiting",
            Phase("open", "没办结", lambda rows, _now: rows.filter(state__in=UNDECIDED)),
            Phase(
                "late",
                "过了期限没办",
                lambda rows, now: rows.filter(pk__in=overdue_requests(now=now).values("pk")),
            ),
        ),
        "kind",
        phase_filter(
            "照片问题",
            "matter",
            Phase("wish", "是本人，只是希望重拍", lambda rows, _now: rows.filter(_wish())),
            Phase(
                "wrong",
                "照片真有问题",
                lambda rows, _now: rows.filter(kind=ConclusionKind.PHOTO).exclude(_wish()),
            ),
        ),
    )
    list_select_related = ("record", "handler")
    search_fields = ("^record__student_no",)
    search_help_text = "学号开头"
    ordering = (F("closed_at").desc(nulls_first=True), "submitted_at", "id")
    viewed_action = "correction.viewed"
    fields = (
        "record",
        "kind",
        "matter",
        "state",
        "reasons_shown",
        "note_shown",
        "submitted_at",
        "submitted_by",
        "handled_by",
        "held_shown",
        "college_agreed_at",
        "college_agreed_by",
        "approval",
        "answer",
        "decided_at",
        "decided_by",
        "disagreement_shown",
        "disagreed_at",
        "closed_at",
        "closed_by",
    )
    deeds = DEEDS
    actions = ("decide_together",)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Who may decide may decide on several; an auditor has no boxes to tick."""
        return self.may_act(request)

    def get_action_choices(
        self,
        request: HttpRequest,
        default_choices: list[tuple[str, str]] | None = None,
    ) -> list[tuple[str, str]]:
        """With our word for nothing chosen."""
        return super().get_action_choices(request, default_choices or [("", "请选择")])

    @admin.action(description="一起办（先看会怎样）", permissions=["act"])
    def decide_together(
        self, request: HttpRequest, queryset: "QuerySet[CorrectionRequest]"
    ) -> HttpResponse | None:
        """Take the ticked cases to the page that asks for the decision."""
        pks = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_BATCHED + 1])
        if len(pks) > MOST_BATCHED:
            said = f"一次最多办 {MOST_BATCHED} 张，勾选的不止这些。请用筛选缩小范围，分几次办"
            messages.error(request, said)
            return None
        add = reverse("admin:corrections_casebatch_add")
        return HttpResponseRedirect(f"{add}?cases={'-'.join(map(str, pks))}")

    def subject_of(self, obj: CorrectionRequest) -> StudentRecord:
        """The student's record."""
        return obj.record

    def get_urls(self) -> list[URLPattern]:
        """Proofs are served here, each view logged."""
        proof = path(
            "<int:pk>/evidence/<int:evidence_pk>/",
            self.admin_site.admin_view(self.evidence_view),
            name="corrections_correctionrequest_evidence",
        )
        return [proof, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what the page reads."""
        return (
            super()
            .get_queryset(request)
            .exclude(state=RequestState.DRAFT)
            .select_related(
                "record__school",
                "handler",
                "holder",
                "conclusion__round__member",
                "conclusion__seen_photo",
            )
            .defer("conclusion__proposed", "conclusion__note", "private_note")
        )

    @admin.display(description="学号")
    def student_no(self, row: CorrectionRequest) -> str:
        """The student number."""
        return row.record.student_no

    @admin.display(description="照片问题")
    def matter(self, row: CorrectionRequest) -> str:
        """Whose face, or only the wish for another picture: different cases."""
        found = photo_matter_of(row)
        return _MATTERS[found] if found else "–"

    @admin.display(description="经办人")
    def handled_by(self, row: CorrectionRequest) -> str:
        """The masked log-in name of the handler."""
        return row.handler.contact_label if row.handler else "–"

    @admin.display(description="正在办的人")
    def held_shown(self, row: CorrectionRequest) -> str:
        """Who has it in hand, and until when."""
        if row.held_until is None or not row.is_held_at(timezone.now()):
            return "没有人"
        return f"{row.held_by}，到 {moment_text(row.held_until)}"

    @admin.display(description="学生的不同意见")
    def disagreement_shown(self, row: CorrectionRequest) -> str:
        """What the student keeps to after a refusal."""
        return row.disagreement or "–"

    @admin.display(description="原因")
    def reasons_shown(self, row: CorrectionRequest) -> str:
        """The reasons in words."""
        return "、".join(reason_labels(row.reasons)) or "–"

    @admin.display(description="补充说明")
    def note_shown(self, row: CorrectionRequest) -> str:
        """What the student added."""
        return row.note or "–"

    def panels(self, request: HttpRequest, obj: CorrectionRequest) -> Sequence[Panel]:
        """Original and proposed, photos, proofs, what happened so far, and until when it may lie."""
        return [
            changes_panel(obj),
            photos_panel(obj),
            evidence_panel(obj),
            steps_panel(obj),
            stays_panel(obj),
        ]

    def evidence_view(self, request: HttpRequest, pk: int, evidence_pk: int) -> HttpResponse:
        """One proof, shown in the browser; the view is logged with its purpose."""
        viewer = cast("User", request.user)
        now = timezone.now()
        found = evidence_visible_to(viewer, now=now).filter(pk=evidence_pk, request=pk).first()
        if found is None:
            raise Http404
        with files.lost_is_404(found.file):
            content = open_evidence(
                file=found.file,
                record=found.request.record,
                viewer=viewer,
                purpose=f"核实勘误 {pk}",
                now=now,
            )
        return files.send_bytes(content, content_type=found.file.content_type)
