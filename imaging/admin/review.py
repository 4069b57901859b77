"""身份复核 at the desk: results in, cases, handlers, rules. Confidential, see `review_guard`."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from common.admin import Deed, Panel, WorkflowAdmin, masked, moment
from common.masking import MaskKind
from enrollment.models import StudentRecord
from imaging.admin.review_deeds import REVIEW_DEEDS
from imaging.admin.review_guard import HandlersOnly, desk_user
from imaging.admin.review_panels import review_panels
from imaging.models import IdentityReview
from imaging.selectors.reviews import checklist_of, reviews_visible_to
from imaging.services.review import CaseArchive, note_list_seen, note_review_seen

__all__ = ["IdentityReviewAdmin"]

_ALWAYS = frozenset({"student", "school", "college", "hid_record"})


@admin.register(IdentityReview)
class IdentityReviewAdmin(HandlersOnly, WorkflowAdmin):
    """The cases, those that wait first; every page that is opened is written down, each time."""

    change_form_template = "admin/imaging/identityreview/change_form.html"
    list_display = (
        "__str__",
        masked("record.name", MaskKind.NAME, "姓名"),
        "college",
        "result",
        "compared_again",
        "state",
        moment("due_at", "材料交齐"),
    )
    list_filter = ("state", "result", "compared_again")
    list_select_related = ("record__college",)
    ordering = (F("closed_at").desc(nulls_first=True), "due_at", "id")
    viewed_action = "review.viewed"
    deeds = REVIEW_DEEDS
    fields = (
        "student",
        "school",
        "college",
        "result",
        "state",
        "hid_record",
        "opened_at",
        "opened_by",
        "due_at",
        "compared_again",
        "compared_at",
        "college_name",
        "college_opinion",
        "confirmed_at",
        "panel_opinion",
        "met_date",
        "minutes",
        "filing_no",
        "filing_date",
        "closed_at",
        "closed_by",
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[IdentityReview]":
        """Without the case about the own record, if there is one."""
        return reviews_visible_to(desk_user(request), now=timezone.now())

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """What is there: a case begins with few facts and gathers the others."""
        named = list(self.fields)
        if obj is None:
            return named
        return [name for name in named if name in _ALWAYS or getattr(obj, name, None)]

    def subject_of(self, obj: IdentityReview) -> StudentRecord:
        """The student's record."""
        return obj.record

    def note_look(self, request: HttpRequest, obj: IdentityReview) -> None:
        """Every time, also the second time within ten minutes."""
        note_review_seen(review=obj, viewer=desk_user(request), now=timezone.now())

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list too is a look."""
        count = self.get_queryset(request).count()
        note_list_seen(count=count, viewer=desk_user(request), now=timezone.now())
        return super().changelist_view(request, extra_context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The trail of a case is part of it."""
        obj = self.get_object(request, object_id)
        if obj is not None:
            self.note_look(request, obj)
        return super().history_view(request, object_id, extra_context)

    def draw(self, request: HttpRequest, obj: Any, deed: Deed, *args: Any, **kwargs: Any) -> Any:
        """A form of a deed shows what it is about."""
        self.note_look(request, obj)
        return super().draw(request, obj, deed, *args, **kwargs)

    def answer(self, request: HttpRequest, obj: Any, deed: Deed, outcome: Any) -> HttpResponse:
        """The archive is sent in pieces, never held in the memory."""
        if isinstance(outcome, CaseArchive):
            return _sent(outcome)  # type: ignore[return-value]  # streamed
        return super().answer(request, obj, deed, outcome)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add how complete the file is."""
        obj = kwargs.get("obj")
        if obj is not None:
            context["checklist"] = checklist_of(obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def panels(self, request: HttpRequest, obj: IdentityReview) -> Sequence[Panel]:
        """Photos, papers, people, ends, steps."""
        return review_panels(obj)

    @admin.display(description="学生")
    def student(self, review: IdentityReview) -> str:
        """Name and number."""
        return f"{review.record.name} {review.record.student_no}"

    @admin.display(description="学校")
    def school(self, review: IdentityReview) -> str:
        """The school's name."""
        return review.record.school.name

    @admin.display(description="学院")
    def college(self, review: IdentityReview) -> str:
        """The college whose person confirms."""
        return review.record.college.name if review.record.college else "–"


def _sent(archive: CaseArchive) -> FileResponse:
    response = FileResponse(archive.file, content_type="application/zip")
    response["Content-Length"] = str(archive.size)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=archive.name) or "attachment"
    )
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    return response
