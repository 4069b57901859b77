"""An identity review as its page shows it: plain values for the template."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from common.components import FieldRow, PhotoView, TimelineStep, Tone
from common.masking import MaskKind, mask
from common.wording import file_size, moment_short, until_sentence
from imaging.models import IdentityReview, PhotoVersion
from imaging.selectors.photos import photos_of
from imaging.selectors.reviews import CheckLine, Checklist, checklist_of, seat_of
from imaging.states import PhotoKind
from imaging.states.review import PANEL_ROLES, ReviewState

__all__ = ["PaperLine", "ReviewLine", "ShownReview", "review_lines", "shown_review", "tone_of"]

_TONES = {
    ReviewState.COLLECTING: Tone.DUE,
    ReviewState.AT_COLLEGE: Tone.DUE,
    ReviewState.PANEL: Tone.DUE,
    ReviewState.RELEASED: Tone.DONE,
    ReviewState.UPHELD: Tone.DISPUTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLine:
    """A case in a list: the name masked, so that a glance at the screen tells little."""

    title: str
    note: str
    url: str
    tone: Tone
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFile:
    """A link to one file."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """One line of the checklist."""

    title: str
    hint: str
    files: tuple[PaperFile, ...]
    tone: Tone
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReview:
    """Everything on the page but the forms."""

    tone: Tone
    rows: list[FieldRow]
    graduation: PhotoView | None
    admission: PhotoView | None
    checklist: Checklist
    papers: list[PaperLine]
    opinions: list[FieldRow]
    said: list[FieldRow]
    steps: list[TimelineStep]
    role: str


def tone_of(review: IdentityReview) -> Tone:
    """The colour of the case's state."""
    return _TONES.get(ReviewState(review.state), Tone.TODO)


def review_lines(reviews: Iterable[IdentityReview], *, now: datetime) -> list[ReviewLine]:
    """Cases as lines."""
    return [
        ReviewLine(
            title=f"{review.case_no} {mask(review.record.name, MaskKind.NAME)}",
            note=f"材料 {until_sentence(review.due_at)} 以前交齐"
            if review.state == ReviewState.COLLECTING and now < review.due_at
            else str(review.record.school.name),
            url=reverse("imaging:review_page", args=[review.pk]),
            tone=tone_of(review),
            label=review.get_state_display(),
        )
        for review in reviews
    ]


def shown_review(review: IdentityReview, *, viewer: User) -> ShownReview:
    """The page of one case for somebody who may see it."""
    checklist = checklist_of(review)
    photos = photos_of(review.record)
    seat = seat_of(viewer, review)
    return ShownReview(
        tone=tone_of(review),
        rows=_rows(review),
        graduation=_photo(review, photos.get(PhotoKind.GRADUATION), "graduation"),
        admission=_photo(review, photos.get(PhotoKind.ADMISSION), "admission"),
        checklist=checklist,
        papers=[_paper(line) for line in checklist.lines],
        opinions=_opinions(review),
        said=_said(review),
        steps=_steps(review),
        role=seat.get_role_display() if seat else "",
    )


def _rows(review: IdentityReview) -> list[FieldRow]:
    record = review.record
    return [
        FieldRow(label="学生", value=record.name),
        FieldRow(label="学号", value=record.student_no, kind="student_no"),
        FieldRow(label="学院", value=record.college.name if record.college else ""),
        FieldRow(label="班级", value=str(record.class_group or "")),
        FieldRow(label="比对结果", value=review.get_result_display()),
        FieldRow(label="重新比对", value=review.get_compared_again_display() or "还没有"),
        FieldRow(label="材料交齐", value=f"{until_sentence(review.due_at)} 以前"),
    ]


def _photo(review: IdentityReview, version: PhotoVersion | None, name: str) -> PhotoView | None:
    if version is None or version.entry.published.purged_at is not None:
        return None
    label = version.get_kind_display()
    return PhotoView(
        url=reverse("imaging:review_photo", args=[review.pk, name]), alt=label, caption=label
    )


def _paper(line: CheckLine) -> PaperLine:
    tone, label = (
        (Tone.DONE, "有了")
        if line.is_given
        else (Tone.DUE, "还差")
        if line.is_needed
        else (Tone.TODO, line.rule.get_need_display())
    )
    found = tuple(
        PaperFile(
            label=f"第 {number} 份，{file_size(each.file.size)}",
            url=reverse("imaging:review_document", args=[each.pk]),
        )
        for number, each in enumerate(line.files, start=1)
        if each.file.purged_at is None
    )
    return PaperLine(
        title=line.rule.title, hint=line.rule.hint, files=found, tone=tone, label=label
    )


def _opinions(review: IdentityReview) -> list[FieldRow]:
    seats = review.seats.filter(ended_at=None, role__in=sorted(PANEL_ROLES)).order_by("pk")
    return [
        FieldRow(
            label=f"{seat.name}（{seat.get_role_display()}）",
            value=f"{seat.get_opinion_display()}：{seat.grounds}" if seat.opinion else "还没有提",
        )
        for seat in seats
    ]


def _said(review: IdentityReview) -> list[FieldRow]:
    rows = []
    if review.confirmed_at:
        rows.append(
            FieldRow(
                label="学院核实意见",
                value=str(review.college_opinion or ""),
                note=f"{review.college_name}，{moment_short(review.confirmed_at)}",
            )
        )
    if review.agreed_at:
        rows += [
            FieldRow(label="专家组结论", value=review.get_panel_opinion_display()),
            FieldRow(label="会议纪要", value=str(review.minutes or "")),
        ]
    if review.filed_at:
        rows.append(FieldRow(label="备案号", value=review.filing_no))
    return rows


def _steps(review: IdentityReview) -> list[TimelineStep]:
    opened = TimelineStep(label="立案", state="done", note=moment_short(review.opened_at))
    done = [
        TimelineStep(
            label=step.get_action_display(),
            state="done",
            note=f"{moment_short(step.acted_at)}{'：' if step.note else ''}{step.note or ''}",
        )
        for step in review.steps.order_by("acted_at", "pk")
    ]
    if review.closed_at is None:
        done.append(TimelineStep(label=review.get_state_display(), state="now"))
    return [opened, *done]
