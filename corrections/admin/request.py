"""Correction requests: taken, returned, applied, refused with buttons."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, cast

from django.contrib import admin
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from accounts.models import User
from common import audit, files
from common.admin import (
    Act,
    Cell,
    Deed,
    NothingForm,
    Panel,
    Phase,
    WorkflowAdmin,
    facts,
    masked,
    moment,
    moment_text,
    phase_filter,
)
from common.masking import MaskKind
from corrections.admin.forms import ApplyForm, NoteForm, RefuseForm, photo_matter_of
from corrections.models import CorrectionRequest
from corrections.policies import available_actions
from corrections.selectors import evidence_visible_to, request_changes
from corrections.services.evidence import open_evidence
from corrections.services.request import (
    apply_request,
    refuse_request,
    return_request,
    take_request,
)
from corrections.states import OPEN_REQUESTS, RequestAction, RequestState
from enrollment.models import StudentRecord
from imaging.admin.pictures import picture_cell
from imaging.selectors import photos_of, reason_labels
from imaging.states import ConclusionKind, PhotoKind, PhotoMatter, PhotoReason

_PROMISED = timedelta(days=2)
_MATTERS = {
    PhotoMatter.NOT_THEIRS: "不是本人的照片",
    PhotoMatter.MISSING: "看不到照片",
    PhotoMatter.RETAKE: "是本人，希望重拍",
    PhotoMatter.FLAWED: "是本人，照片有毛病",
}


def _wish() -> Q:
    """The twin of `photo_matter` for the wish alone."""
    return Q(kind=ConclusionKind.PHOTO, reasons=[PhotoReason.WANTS_RETAKE.value])


def _desk(act: Act) -> User:
    return cast("User", act.actor)


def _can(action: RequestAction) -> Callable[[CorrectionRequest, Act], bool]:
    """Whether the table and the policy offer the action."""
    return lambda request, act: action in available_actions(_desk(act), request, now=act.now)


def _take(request: CorrectionRequest, act: Act) -> str:
    take_request(request=request, actor=_desk(act), now=act.now)
    return "已受理，由你经办"


def _return(request: CorrectionRequest, act: Act) -> str:
    return_request(request=request, note=act.given["note"], actor=_desk(act), now=act.now)
    return "已退回，学生会收到通知"


def _apply(request: CorrectionRequest, act: Act) -> str:
    apply_request(
        request=request,
        answer=act.given["answer"],
        values=act.given["values"],
        actor=_desk(act),
        now=act.now,
    )
    return "已更正，学生会收到通知并再核对一次"


def _refuse(request: CorrectionRequest, act: Act) -> str:
    refuse_request(request=request, answer=act.given["answer"], actor=_desk(act), now=act.now)
    return "未采纳，学生会看到答复"


def _preview_apply(request: CorrectionRequest, act: Act) -> Sequence[Panel]:
    changes = {change.name: change for change in request_changes(request)}
    accepted = act.given["values"]
    return [
        Panel.of(
            "会改的字段",
            ("字段", "现在", "改为"),
            (
                (
                    changes[name].label,
                    changes[name].original,
                    changes[name].proposed if name == "id_number" else value,
                )
                for name, value in accepted.items()
            ),
            empty="不改学籍字段：照片已经换过，办结后学生再核对一次",
            note="学籍会立刻更正，学生的这项结论作废，要再核对一次。",
        ),
        facts("答复", [("给学生的答复", act.given["answer"])]),
    ]


def _reveal(request: CorrectionRequest, act: Act) -> Sequence[Panel]:
    audit.record(
        "correction.revealed",
        actor=act.actor,
        now=act.now,
        obj=request,
        subject=request.record,
        reason=act.reason,
    )
    changes = request_changes(request, whole_number=True)
    return [
        Panel.of(
            "完整的原值和应为",
            ("字段", "原值", "应为"),
            ((change.label, change.original, change.proposed) for change in changes),
            note="只显示这一次，查看已记入审计，学生可以查到。",
        )
    ]


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
        "state",
        phase_filter(
            "等着办",
            "waiting",
            Phase("open", "没办结", lambda rows, _now: rows.filter(state__in=OPEN_REQUESTS)),
            Phase(
                "late",
                "过了两天没办结",
                lambda rows, now: rows.filter(
                    state__in=OPEN_REQUESTS - {RequestState.RETURNED},
                    submitted_at__lte=now - _PROMISED,
                ),
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
    ordering = ("closed_at", "submitted_at", "id")
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
        "answer",
        "closed_at",
        "closed_by",
    )
    deeds = (
        Deed(
            name="take",
            label="受理",
            form=NothingForm,
            lead="由你经办，学生的页面会显示“教务处核实中”。",
            is_offered=_can(RequestAction.TAKE),
            run=_take,
        ),
        Deed(
            name="apply",
            label="更正并请学生复核",
            form=ApplyForm,
            asks_first=True,
            preview=_preview_apply,
            is_offered=_can(RequestAction.APPLY),
            run=_apply,
        ),
        Deed(
            name="return",
            label="退回补充",
            form=NoteForm,
            is_offered=_can(RequestAction.RETURN),
            run=_return,
        ),
        Deed(
            name="refuse",
            label="不予采纳",
            form=RefuseForm,
            lead="学籍和照片保持不变，学生的结论仍是有误。",
            is_offered=_can(RequestAction.REFUSE),
            run=_refuse,
            is_danger=True,
        ),
        Deed(
            name="reveal",
            label="看完整证件号码",
            lead="只显示一次。查看人、时间和理由会记入审计，学生可以查到。",
            is_offered=lambda request, _act: request.fields.filter(field="id_number").exists(),
            run=_reveal,
        ),
    )

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
            .select_related(
                "record__school", "handler", "conclusion__round__member", "conclusion__seen_photo"
            )
            .defer("conclusion__proposed", "conclusion__note")
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

    @admin.display(description="原因")
    def reasons_shown(self, row: CorrectionRequest) -> str:
        """The reasons in words."""
        return "、".join(reason_labels(row.reasons)) or "–"

    @admin.display(description="补充说明")
    def note_shown(self, row: CorrectionRequest) -> str:
        """What the student added."""
        return row.note or "–"

    def panels(self, request: HttpRequest, obj: CorrectionRequest) -> Sequence[Panel]:
        """Original and proposed, photos, proofs, and what happened so far."""
        return [changes_panel(obj), photos_panel(obj), evidence_panel(obj), steps_panel(obj)]

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


def changes_panel(request: CorrectionRequest) -> Panel:
    """The fields as they were, as they should be, and whether that was accepted."""
    return Panel.of(
        "哪些字段有误",
        ("字段", "原值", "应为", "已采纳"),
        (
            (change.label, change.original, change.proposed, "是" if change.is_applied else "否")
            for change in request_changes(request)
        ),
        empty="没有指出字段",
    )


def photos_panel(request: CorrectionRequest) -> Panel:
    """The photo that the student saw beside those of the record now."""
    seen = request.conclusion.seen_photo if request.conclusion else None
    rows: list[tuple[object, ...]] = []
    if seen is not None:
        rows.append(("学生看到的照片", picture_cell(seen.entry_id, "学生看到的照片")))
    rows += [
        (f"现在的{PhotoKind(kind).label}", picture_cell(photo.entry_id, PhotoKind(kind).label))
        for kind, photo in photos_of(request.record).items()
    ]
    return Panel.of("照片", ("哪一张", "照片"), rows, empty="没有照片")


def evidence_panel(request: CorrectionRequest) -> Panel:
    """Proofs as links."""
    return Panel.of(
        "证明材料",
        ("文件", "类型", "上传时间", "上传人"),
        (
            (
                Cell(
                    text=f"证明 {row.pk}",
                    url=reverse(
                        "admin:corrections_correctionrequest_evidence", args=[request.pk, row.pk]
                    ),
                )
                if row.file.purged_at is None
                else f"证明 {row.pk}（{moment_text(row.file.purged_at)} 到期销毁）",
                "PDF" if row.file.content_type == "application/pdf" else "图片",
                moment_text(row.added_at),
                row.added_by,
            )
            for row in request.evidence.select_related("file").order_by("pk")
        ),
        empty="没有附证明材料",
        note="打开会记入查看记录，学生可以查到。",
    )


def steps_panel(request: CorrectionRequest) -> Panel:
    """What happened so far."""
    return Panel.of(
        "办理记录",
        ("时间", "动作", "操作人", "说明"),
        (
            (moment_text(row.acted_at), row.get_action_display(), row.acted_by, row.note)
            for row in request.steps.order_by("acted_at", "pk")
        ),
        empty="还没有人办理",
    )
