"""照片认领 at the desk: both sides side by side, and one registrar who is no party to it decides."""

from collections.abc import Callable, Sequence
from typing import cast

from django import forms
from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.models import User
from common.admin import (
    Act,
    Deed,
    DeedForm,
    Panel,
    Phase,
    ReasonForm,
    WorkflowAdmin,
    masked,
    moment,
    moment_text,
    phase_filter,
)
from common.masking import MaskKind
from enrollment.models import StudentRecord
from imaging.admin.pictures import face_cell, thumbnail
from imaging.admin.repair_panels import record_cell
from imaging.matching import hint_text
from imaging.models import PhotoClaim, PhotoVersion
from imaging.policies import photo_claim_actions
from imaging.selectors.finding import compared_with, rival_claims
from imaging.services.photo_claim import LONGEST_NOTE, accept_photo_claim, refuse_photo_claim
from imaging.states import PhotoClaimAction
from imaging.states.claim import OPEN_PHOTO_CLAIMS


class AnswerForm(DeedForm):
    """What the student reads."""

    answer = forms.CharField(
        label="给学生的答复",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="学生会看到：为什么不是，接着怎么办（例如约补拍、带证件来学籍科）。",
    )


def _can(action: PhotoClaimAction) -> Callable[[PhotoClaim, Act], bool]:
    return lambda claim, act: action in photo_claim_actions(act.actor, claim)


def _accept(claim: PhotoClaim, act: Act) -> str:
    accept_photo_claim(claim=claim, reason=act.reason, actor=cast("User", act.actor), now=act.now)
    return "已关联，成为这份学籍的当前照片；学生会收到通知，照常核对"


def _refuse(claim: PhotoClaim, act: Act) -> str:
    refuse_photo_claim(
        claim=claim, answer=act.given["answer"], actor=cast("User", act.actor), now=act.now
    )
    return "已答复学生；这张照片不再给这名学生看"


def _preview(claim: PhotoClaim, _act: Act) -> Sequence[Panel]:
    return [_faces(claim), _data(claim), *_rivals(claim)]


def _faces(claim: PhotoClaim) -> Panel:
    """The photo beside every other picture of the student that the school has."""
    others = PhotoVersion.objects.filter(record=claim.record_id).order_by("-is_current", "-pk")
    return Panel.of(
        "照片对着看",
        ("是什么", "照片", "什么时候"),
        (
            ("认领的照片", face_cell(claim.entry_id, "认领的照片"), claim.entry.captured_date),
            *(
                (
                    f"{each.get_kind_display()}第 {each.version_no} 版"
                    + ("" if each.is_current else "（停用）"),
                    face_cell(each.entry_id, f"{each.get_kind_display()}"),
                    moment_text(each.attached_at),
                )
                for each in others[:3]
            ),
        ),
        note="看不出是不是一个人，就请学生带证件来，当面核对以后再定。",
    )


def _data(claim: PhotoClaim) -> Panel:
    rows = compared_with(claim.entry, claim.record, claim.likeness)
    return Panel.of(
        "两边的信息",
        ("项目", "照片带的", "学籍里的", "比较"),
        (
            *((row.label, row.photo or "没有写", row.record or "（空）", row.word) for row in rows),
            ("拍照经过（学生写的）", claim.note or "没有写", "", ""),
            ("认领前看过照片", "看过" if claim.has_seen else "没有给看", "", ""),
        ),
        note="给学生看的依据：" + "；".join(map(hint_text, claim.likeness)) + "。",
    )


def _rivals(claim: PhotoClaim) -> list[Panel]:
    rivals = list(rival_claims(claim))
    if not rivals:
        return []
    return [
        Panel.of(
            "别人也认领了这张照片",
            ("学生", "班级", "认领时间"),
            (
                (record_cell(each.record), each.record.class_group, moment_text(each.submitted_at))
                for each in rivals
            ),
            note="只能是一个人的。通过一份，其余的自动结束，并通知本人。",
        )
    ]


PHOTO_CLAIM_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="accept",
        label=PhotoClaimAction.ACCEPT.label,
        lead="照片马上成为这份学籍的当前照片，学生照常核对。理由写进审计记录。",
        form=ReasonForm,
        preview=_preview,
        is_offered=_can(PhotoClaimAction.ACCEPT),
        run=_accept,
    ),
    Deed(
        name="refuse",
        label=PhotoClaimAction.REFUSE.label,
        lead="照片留在没对上的照片里。",
        form=AnswerForm,
        preview=_preview,
        is_offered=_can(PhotoClaimAction.REFUSE),
        run=_refuse,
    ),
)


@admin.register(PhotoClaim)
class PhotoClaimAdmin(WorkflowAdmin):
    """What students say of photos that found no record, the earliest due first."""

    list_display = (
        "picture",
        "__str__",
        masked("record.name", MaskKind.NAME, "姓名"),
        "student_no",
        "likeness_shown",
        "state",
        moment("submitted_at", "认领时间"),
        moment("due_at", "应答复"),
    )
    list_display_links = ("picture", "__str__")
    list_filter = (
        phase_filter(
            "等着办",
            "waiting",
            Phase("open", "没办结", lambda rows, _now: rows.filter(state__in=OPEN_PHOTO_CLAIMS)),
            Phase(
                "late",
                "过了答复时间",
                lambda rows, now: rows.filter(state__in=OPEN_PHOTO_CLAIMS, due_at__lte=now),
            ),
        ),
        "state",
        ("record__class_group", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("record",)
    search_fields = ("^record__student_no",)
    search_help_text = "学号开头"
    ordering = (F("closed_at").desc(nulls_first=True), "due_at", "id")
    viewed_action = "photoclaim.viewed"
    deeds = PHOTO_CLAIM_DEEDS
    fields = (
        "student_no",
        "state",
        "likeness_shown",
        "submitted_at",
        "submitted_by",
        "due_at",
        "answer_shown",
        "closed_at",
        "closed_by",
    )

    def subject_of(self, obj: PhotoClaim) -> StudentRecord:
        """The student's record."""
        return obj.record

    @admin.display(description="照片")
    def picture(self, claim: PhotoClaim) -> SafeString:
        """A thumbnail."""
        return thumbnail(claim.entry_id, f"认领的照片 {claim.entry_id}")

    @admin.display(description="学号")
    def student_no(self, claim: PhotoClaim) -> str:
        """The student number."""
        return claim.record.student_no

    @admin.display(description="相近之处")
    def likeness_shown(self, claim: PhotoClaim) -> str:
        """Why the portal showed it to this student."""
        return "；".join(map(hint_text, claim.likeness))

    @admin.display(description="答复")
    def answer_shown(self, claim: PhotoClaim) -> str:
        """What the student was told."""
        return claim.answer or "–"

    def panels(self, request: HttpRequest, obj: PhotoClaim) -> Sequence[Panel]:
        """Faces, data, and who else claims it."""
        return [_faces(obj), _data(obj), *_rivals(obj)]
