"""The pages of 没照片，找找看 as values: windows, candidates, the state of a claim; no rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from common.components import FieldRow, PhotoView, TimelineStep, Tone
from common.http import AuthedRequest
from common.wording import date_sentence, local, moment_sentence, until_sentence
from enrollment.models import StudentRecord
from enrollment.selectors import record_value
from imaging.forms import PhotoClaimForm
from imaging.matching import Compared, likeness_words
from imaging.models import PhotoClaim
from imaging.policies import photo_claim_actions
from imaging.selectors.finding import MOST_SHOWN, Likely, compared_with
from imaging.services.photo_claim import TERM_WORKDAYS
from imaging.states import PhotoClaimAction, PhotoClaimState
from imaging.views.signed import finding_token

__all__ = ["claim_page", "compare_page", "near_page", "own_rows", "windows"]

_WINDOWS = (
    ("看自己的信息", "用它去找"),
    ("找相近的照片", "只看遮了中间的信息"),
    ("对一对", "第一次确认"),
    ("再确认一次", "第二次确认"),
    ("老师核实", f"{TERM_WORKDAYS} 个工作日内；照片出现以后照常核对"),
)
_TONES = {
    PhotoClaimState.OPEN: Tone.DUE,
    PhotoClaimState.ACCEPTED: Tone.DONE,
    PhotoClaimState.REFUSED: Tone.DISPUTED,
    PhotoClaimState.WITHDRAWN: Tone.TODO,
    PhotoClaimState.LAPSED: Tone.TODO,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One photo in the list: what it says, and where it is looked at."""

    title: str
    when: str
    why: list[str]
    rows: list[Compared]
    url: str


def windows(present: int) -> list[TimelineStep]:
    """The five windows (seed 001) with the present one marked."""
    return [
        TimelineStep(
            label=label,
            state="done" if number < present else "now" if number == present else "todo",
            note=note,
        )
        for number, (label, note) in enumerate(_WINDOWS, start=1)
    ]


def own_rows(record: StudentRecord) -> list[FieldRow]:
    """What of the record is compared."""
    return [
        FieldRow(label="姓名", value=record.name),
        FieldRow(label="学号", value=record.student_no, kind="student_no"),
        FieldRow(label="考生号", value=record.candidate_no, kind="candidate_no"),
        FieldRow(label="证件号码", value=record_value(record, "id_number"), kind="id_number"),
        FieldRow(label="学校", value=record.school.name),
    ]


def near_page(
    request: AuthedRequest, record: StudentRecord, found: Sequence[Likely]
) -> HttpResponse:
    """The candidates; without one, where else to ask."""
    context = {
        "record": record,
        "candidates": [
            _candidate(request, record, each, number=number)
            for number, each in enumerate(found, start=1)
        ],
        "is_cut": len(found) == MOST_SHOWN,
        "steps": windows(2),
    }
    return render(request, "imaging/find_near.html", context)


def _candidate(
    request: AuthedRequest, record: StudentRecord, likely: Likely, *, number: int
) -> Candidate:
    token = finding_token(likely.entry.pk, record_id=record.pk, viewer=request.user)
    return Candidate(
        title=f"第 {number} 张",
        when=_when(likely),
        why=likeness_words(likely.reasons),
        rows=compared_with(likely.entry, record, likely.reasons),
        url=reverse("imaging:find_compare", args=[token]),
    )


def _when(likely: Likely) -> str:
    taken, received = likely.entry.captured_date, local(likely.entry.received_at).date()
    came = f"{date_sentence(received)}送到学校"
    return f"{date_sentence(taken)}拍，{came}" if taken else came


def compare_page(
    request: AuthedRequest,
    record: StudentRecord,
    found: Likely,
    *,
    form: PhotoClaimForm,
    token: str,
) -> HttpResponse:
    """Side by side, with the face where the data say enough."""
    face = reverse("imaging:find_face", args=[token])
    context = {
        "record": record,
        "form": form,
        "token": token,
        "when": _when(found),
        "rows": compared_with(found.entry, record, found.reasons),
        "photo": PhotoView(url=face, alt="没对上的这张照片，很小一张", caption="这张照片")
        if found.shows_face
        else None,
        "steps": windows(3),
    }
    return render(request, "imaging/find_compare.html", context)


def claim_page(request: AuthedRequest, claim: PhotoClaim) -> HttpResponse:
    """One claim with its state in words."""
    state = PhotoClaimState(claim.state)
    context = {
        "claim": claim,
        "record": claim.record,
        "tone": _TONES[state],
        "label": state.label,
        "is_open": state == PhotoClaimState.OPEN,
        "is_accepted": state == PhotoClaimState.ACCEPTED,
        "is_refused": state == PhotoClaimState.REFUSED,
        "is_lapsed": state == PhotoClaimState.LAPSED,
        # What became of somebody else's photo, and what staff corrected in it, is not shown here.
        "rows": compared_with(claim.entry, claim.record, claim.likeness)
        if state in {PhotoClaimState.OPEN, PhotoClaimState.ACCEPTED}
        else [],
        "steps": _steps(claim),
        "can_withdraw": PhotoClaimAction.WITHDRAW in photo_claim_actions(request.user, claim),
    }
    return render(request, "imaging/photo_claim.html", context)


def _steps(claim: PhotoClaim) -> list[TimelineStep]:
    submitted = TimelineStep(
        label="你认领了照片", state="done", note=moment_sentence(claim.submitted_at)
    )
    ended = moment_sentence(claim.closed_at) if claim.closed_at else ""
    to_check = TimelineStep(label="照片出现，你来核对", state="todo")
    match PhotoClaimState(claim.state):
        case PhotoClaimState.OPEN:
            waits = f"教务处，最晚 {until_sentence(claim.due_at)} 答复"
            return [submitted, TimelineStep(label="老师核实", state="now", note=waits), to_check]
        case PhotoClaimState.ACCEPTED:
            return [
                submitted,
                TimelineStep(label="老师核实是你本人", state="done", note=ended),
                TimelineStep(label="照片出现，你来核对", state="now", note="公布以后就能看"),
            ]
        case PhotoClaimState.REFUSED:
            return [submitted, TimelineStep(label="老师核实，没有通过", state="broken", note=ended)]
        case PhotoClaimState.WITHDRAWN:
            return [submitted, TimelineStep(label="你撤回了", state="done", note=ended)]
        case PhotoClaimState.LAPSED:
            return [submitted, TimelineStep(label="照片已经另外办好", state="done", note=ended)]
