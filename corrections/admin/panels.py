"""What the page of a correction request shows below its fields."""

from django.urls import reverse

from common.admin import Cell, Panel, moment_text
from corrections.models import CorrectionRequest
from corrections.selectors import request_changes
from imaging.admin.pictures import picture_cell
from imaging.selectors import photos_of
from imaging.states import PhotoKind

__all__ = ["changes_panel", "evidence_panel", "photos_panel", "steps_panel"]


def changes_panel(request: CorrectionRequest) -> Panel:
    """The fields as they were, as they should be, and whether that was accepted."""
    return Panel.of(
        "哪些字段有误",
        ("字段", "原值", "应为", "关键信息", "已采纳", "不采纳的原因"),
        (
            (
                change.label,
                change.original,
                change.proposed,
                "是" if change.is_key else "否",
                "是" if change.is_applied else "否",
                change.refusal or "–",
            )
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
        ("文件", "哪种材料", "类型", "上传时间", "上传人"),
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
                row.title or "–",
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
