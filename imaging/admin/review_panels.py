"""What the handlers see beside an identity review."""

from collections.abc import Sequence

from django.urls import reverse

from common.admin import Cell, Panel, moment_text
from common.wording import file_size
from imaging.models import IdentityReview, ReviewDocument
from imaging.selectors.photos import photos_of
from imaging.selectors.reviews import CheckLine, checklist_of
from imaging.states import PhotoKind
from imaging.states.review import ReviewEndState

__all__ = ["end_panel", "review_panels"]

_KINDS = {PhotoKind.ADMISSION: "admission", PhotoKind.GRADUATION: "graduation"}


def review_panels(review: IdentityReview) -> Sequence[Panel]:
    """Everything about a case, in the order in which it is looked at."""
    return [
        *_open_ends(review),
        _photos(review),
        _papers(review),
        _people(review),
        _ends(review),
        _steps(review),
    ]


def _photos(review: IdentityReview) -> Panel:
    photos = photos_of(review.record)
    cells = []
    for kind, name in _KINDS.items():
        version = photos.get(kind)
        if version is None or version.entry.published.purged_at is not None:
            cells.append(Cell(text="没有"))
            continue
        url = reverse("imaging:review_photo", args=[review.pk, name])
        cells.append(Cell(text=kind.label, image=url, url=url, is_large=True))
    return Panel.of(
        "两张照片",
        [kind.label for kind in _KINDS],
        [cells],
        note="打开这一页和每一张照片都有记录，学生查得到。这里不比对人脸，由人来看。",
    )


def _papers(review: IdentityReview) -> Panel:
    return Panel.of(
        "材料清单",
        ("序号", "材料", "要求", "情况", "文件"),
        (row for line in checklist_of(review).lines for row in _paper_rows(line)),
        note=f"{review.rules}。{review.rules.basis}",
    )


def _paper_rows(line: CheckLine) -> list[tuple[object, ...]]:
    state = "有了" if line.is_given else Cell(text="还差", is_loud=True) if line.is_needed else "–"
    head = (line.rule.position, line.rule.title, line.rule.get_need_display(), state)
    if not line.files:
        return [(*head, line.rule.hint or "–")]
    first, *others = line.files
    return [
        (*head, _file(first)),
        *(("", "", "", "", _file(each)) for each in others),
    ]


def _file(document: ReviewDocument) -> Cell:
    if document.file.purged_at is not None:
        return Cell(text="已按保留期销毁")
    return Cell(
        text=f"打开（编号 {document.pk}，{file_size(document.file.size)}，"
        f"{moment_text(document.added_at)}）",
        url=reverse("imaging:review_document", args=[document.pk]),
    )


def _people(review: IdentityReview) -> Panel:
    return Panel.of(
        "指定的人",
        ("角色", "姓名", "账号", "指定时间", "意见", "理由", "终止时间"),
        (
            (
                seat.get_role_display(),
                seat.name,
                seat.user.contact_label,
                moment_text(seat.named_at),
                seat.get_opinion_display(),
                seat.grounds,
                moment_text(seat.ended_at),
            )
            for seat in review.seats.select_related("user").order_by("pk")
        ),
        empty="还没有指定。学院核实人一位，专家组组长一位、成员至少两位",
        note="只有这些人和复核经办人看得到这件复核；办结以后只有经办人。",
    )


def end_panel(review: IdentityReview) -> Panel:
    """What is proposed now, for who confirms it."""
    rows = review.ends.filter(state=ReviewEndState.PROPOSED)
    hid = "恢复显示" if review.hid_record else "本来就显示着"
    return Panel.of(
        "等第二人确认的办结意见",
        ("怎样办结", "理由", "提出人", "时间", "解除以后学籍"),
        (
            (
                Cell(text=end.get_kind_display(), is_loud=True),
                end.reason,
                end.proposed_by,
                moment_text(end.proposed_at),
                hid,
            )
            for end in rows
        ),
    )


def _open_ends(review: IdentityReview) -> list[Panel]:
    waiting = review.ends.filter(state=ReviewEndState.PROPOSED).exists()
    return [end_panel(review)] if waiting else []


def _ends(review: IdentityReview) -> Panel:
    rows = review.ends.exclude(state=ReviewEndState.PROPOSED).order_by("pk")
    return Panel.of(
        "办结意见",
        ("怎样办结", "理由", "提出人", "决定人", "结果"),
        (
            (
                end.get_kind_display(),
                end.reason,
                end.proposed_by,
                end.decided_by,
                end.get_state_display(),
            )
            for end in rows
        ),
        empty="还没有",
    )


def _steps(review: IdentityReview) -> Panel:
    return Panel.of(
        "办理记录",
        ("时间", "动作", "操作人", "说明"),
        (
            (moment_text(step.acted_at), step.get_action_display(), step.acted_by, step.note)
            for step in review.steps.order_by("acted_at", "pk")
        ),
        empty="还没有人办理",
    )
