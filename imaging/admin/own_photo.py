"""自己交的照片 at the desk: the queue, one photo beside those that are there, and its picture."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.models import User
from common import files
from common.admin import (
    Cell,
    Panel,
    Phase,
    WorkflowAdmin,
    actor_of,
    masked,
    moment,
    moment_text,
    phase_filter,
)
from common.masking import MaskKind
from enrollment.models import StudentRecord
from imaging.admin.inspection import results_panel
from imaging.admin.own_deeds import OWN_DEEDS, UPLOAD
from imaging.admin.pictures import face_cell
from imaging.models import OwnPhoto
from imaging.selectors import photos_of
from imaging.selectors.own_photo import own_inspection
from imaging.states import PhotoKind
from imaging.states.own_photo import WAITING_OWN_PHOTOS, OwnPhotoState
from imaging.views.sending import send_marked

# What a student has not sent, or has taken back, is nobody's business here.
_PRIVATE = (OwnPhotoState.DRAFT, OwnPhotoState.DISCARDED)
_UNSEEN = (*_PRIVATE, OwnPhotoState.WITHDRAWN)


@admin.register(OwnPhoto)
class OwnPhotoAdmin(WorkflowAdmin):
    """Photos that students sent, the longest waiting first, and those that staff put in."""

    class Media:
        css = {"all": ("css/inspection.css",)}

    list_display = (
        "__str__",
        masked("member.record.name", MaskKind.NAME, "姓名"),
        "student_no",
        "campaign",
        "channel",
        "attempt_no",
        "remark_count",
        "state",
        moment("sent_at", "交的时间"),
        "claimed_by",
    )
    list_filter = (
        phase_filter(
            "等着看",
            "waiting",
            Phase("open", "还没定", lambda rows, _now: rows.filter(state__in=WAITING_OWN_PHOTOS)),
            Phase("free", "没有人认领", lambda rows, _now: rows.filter(state=OwnPhotoState.SENT)),
        ),
        "state",
        "channel",
        ("member__campaign", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("member__record", "member__campaign")
    search_fields = ("^member__record__student_no",)
    search_help_text = "学号开头"
    ordering = (F("ended_at").desc(nulls_first=True), "sent_at", "id")
    viewed_action = "ownphoto.viewed"
    deeds = OWN_DEEDS
    create = UPLOAD
    fields = (
        "picture_large",
        "student_no",
        "campaign",
        "channel",
        "attempt_no",
        "state",
        "made_at",
        "made_by",
        "sent_at",
        "claimed_at",
        "claimed_by",
        "reasons_shown",
        "answer_shown",
        "ended_at",
        "ended_by",
        "entry",
    )

    def get_urls(self) -> list[URLPattern]:
        """The picture's address before the stock ones."""
        picture = path(
            "<int:pk>/picture/",
            self.admin_site.admin_view(self.picture_view),
            name="imaging_ownphoto_picture",
        )
        return [picture, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Only what was sent."""
        return super().get_queryset(request).exclude(state__in=_PRIVATE)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without what is empty."""
        left_out = {"reasons_shown": "reasons", "answer_shown": "answer"}
        return [
            name
            for name in self.fields
            if name == "picture_large"
            or obj is None
            or getattr(obj, left_out.get(name, name), True)
        ]

    def subject_of(self, obj: OwnPhoto) -> StudentRecord:
        """The student's record."""
        return obj.member.record

    def picture_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The photo as it would be registered, marked with who looks; logged as a view."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        photo = (
            OwnPhoto.objects.exclude(state__in=_UNSEEN)
            .select_related("published", "member")
            .filter(pk=pk, published__purged_at=None)
            .first()
        )
        if photo is None:
            raise Http404
        now = timezone.now()
        files.log_view(
            photo.published,
            viewer=actor_of(request),
            purpose="教务处工作台：看自己交的照片",
            now=now,
            subject_id=str(photo.member.record_id),
        )
        return send_marked(photo.published, viewer=cast("User", request.user), now=now)

    @admin.display(description="照片")
    def picture_large(self, photo: OwnPhoto) -> str | SafeString:
        """With what was measured drawn over it."""
        if photo.published.purged_at is not None:
            return "照片已经按期清掉"
        if photo.state in _UNSEEN:
            return "学生撤回了，不再看"
        context = {
            "overlay": own_inspection(photo).overlay,
            "href": reverse("admin:imaging_ownphoto_picture", args=[photo.pk]),
            "alt": "学生交的照片，画着量到的位置，数值在下面的表里",
        }
        return render_to_string("imaging/_overlay.html", context)

    @admin.display(description="学号")
    def student_no(self, photo: OwnPhoto) -> str:
        """The student number."""
        return photo.member.record.student_no

    @admin.display(description="校对批次")
    def campaign(self, photo: OwnPhoto) -> str:
        """The campaign's title."""
        return photo.member.campaign.title

    @admin.display(description="提醒")
    def remark_count(self, photo: OwnPhoto) -> str:
        """How many things were remarked."""
        return f"{len(photo.warnings)} 条" if photo.warnings else ""

    @admin.display(description="请重拍的原因")
    def reasons_shown(self, photo: OwnPhoto) -> str:
        """What should be otherwise."""
        return "、".join(photo.reason_labels)

    @admin.display(description="给学生的话")
    def answer_shown(self, photo: OwnPhoto) -> str:
        """What the student was told."""
        return photo.answer or ""

    def panels(self, request: HttpRequest, obj: OwnPhoto) -> Sequence[Panel]:
        """The photos of this person that are there, what was measured, and the earlier attempts."""
        panels = [_compared(obj)]
        if obj.measures and obj.state not in _UNSEEN:
            panels.append(results_panel(own_inspection(obj)))
        return [*panels, _attempts(obj)]


def _compared(photo: OwnPhoto) -> Panel:
    shown = photos_of(photo.member.record)
    return Panel.of(
        "和这人已有的照片比",
        ("录取照片", "现在的毕业照片"),
        [
            tuple(
                face_cell(shown[kind].entry_id, str(kind.label)) if kind in shown else "没有"
                for kind in (PhotoKind.ADMISSION, PhotoKind.GRADUATION)
            )
        ],
        note="是不是同一个人由人看；程序不比对人脸。打开会记入查看记录。",
    )


def _attempts(photo: OwnPhoto) -> Panel:
    rows = (
        OwnPhoto.objects.filter(member=photo.member_id)
        .exclude(state__in=_PRIVATE)
        .exclude(pk=photo.pk)
        .order_by("pk")
    )
    url = "admin:imaging_ownphoto_change"
    return Panel.of(
        "这名学生交过的别的照片",
        ("照片", "第几次", "怎么来的", "状态", "原因", "时间"),
        (
            (
                Cell(text=str(row), url=reverse(url, args=[row.pk])),
                row.attempt_no,
                row.get_channel_display(),
                row.get_state_display(),
                "、".join(row.reason_labels),
                moment_text(row.sent_at or row.made_at),
            )
            for row in rows
        ),
    )
