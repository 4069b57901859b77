"""申请重新开放: the student asks, follows it, and may take it back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from common.components import FieldRow, TimelineStep, Tone
from common.errors import InvalidInputError, NotAllowedError
from common.http import AuthedRequest, domain_errors
from common.wording import moment_sentence, until_sentence
from enrollment.selectors import records_of
from imaging.forms import ReopenForm
from imaging.models import ReopenRequest
from imaging.policies import check_not_registered, reopen_actions
from imaging.selectors import Verification, open_reopen_of, reopens_of, verification_of
from imaging.services.reopen import TERM_WORKDAYS, submit_reopen, withdraw_reopen
from imaging.states import ConclusionKind, ReopenAction, ReopenState

_TONES = {
    ReopenState.SUBMITTED: Tone.DUE,
    ReopenState.TO_GRANT: Tone.DUE,
    ReopenState.TO_REFUSE: Tone.DUE,
    ReopenState.GRANTED: Tone.DONE,
    ReopenState.REFUSED: Tone.DISPUTED,
    ReopenState.WITHDRAWN: Tone.TODO,
}
# What one of the two has proposed is no answer yet, and not the student's to read.
_WAITING = "教务处在看"
_WORDS = {ConclusionKind.PHOTO: "照片", ConclusionKind.DATA: "信息"}


@require_http_methods(["GET", "POST"])
@domain_errors("imaging:verify")
def reopen_new(request: AuthedRequest, record_id: int) -> HttpResponse:
    """Ask to give locked conclusions again."""
    now = timezone.now()
    record = get_object_or_404(records_of(request.user), pk=record_id)
    found = verification_of(record, now=now)
    kinds = _lockeds(found) if found else []
    if found is None or not kinds:
        messages.info(request, "没有锁定的结论要重新开放。")
        return redirect("imaging:verify_record", record_id)
    if waiting := open_reopen_of(found.member):
        return redirect("imaging:reopen_page", waiting.pk)
    form = ReopenForm(request.POST if request.method == "POST" else None, kinds=kinds)
    try:
        check_not_registered(found.member)
    except NotAllowedError as error:
        messages.error(request, str(error))
        return redirect("imaging:verify_record", record_id)
    if request.method == "POST" and form.is_valid():
        try:
            made = submit_reopen(
                member=found.member,
                kinds=form.chosen(),
                reason=form.cleaned_data["reason"],
                actor=request.user,
                now=now,
            )
        except InvalidInputError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            return redirect("imaging:reopen_page", made.pk)
    context = {"found": found, "form": form, "days": TERM_WORKDAYS}
    return render(request, "imaging/reopen_new.html", context)


@require_safe
def reopen_page(request: AuthedRequest, reopen_id: int) -> HttpResponse:
    """One request: what was asked, where it is, what the office answered."""
    asked = get_object_or_404(reopens_of(request.user), pk=reopen_id)
    state = ReopenState(asked.state)
    said = "教务处说明的原因" if asked.is_by_staff else "理由"
    context = {
        "asked": asked,
        "tone": _TONES[state],
        "label": _WAITING if asked.closed_at is None else state.label,
        "steps": _steps(asked),
        "rows": [
            FieldRow(label="重新核对", value=asked.kinds_text),
            FieldRow(label="轮次", value=f"第 {asked.round.round_no} 轮的结论"),
            FieldRow(label=said, value=asked.reason),
        ],
        "is_granted": state == ReopenState.GRANTED and asked.opened_round.is_current
        if asked.opened_round
        else False,
        "can_withdraw": ReopenAction.WITHDRAW in reopen_actions(request.user, asked),
    }
    return render(request, "imaging/reopen_page.html", context)


@require_http_methods(["GET", "POST"])
@domain_errors("imaging:verify")
def reopen_withdraw(request: AuthedRequest, reopen_id: int) -> HttpResponse:
    """Ask before it is taken back, then take it back."""
    asked = get_object_or_404(reopens_of(request.user), pk=reopen_id)
    if request.method == "POST":
        withdraw_reopen(request=asked, actor=request.user, now=timezone.now())
        messages.success(request, "已撤回，原来的结论不变。")
        return redirect("imaging:reopen_page", reopen_id)
    return render(request, "imaging/reopen_withdraw.html", {"asked": asked})


def _lockeds(found: Verification) -> list[tuple[str, str]]:
    return [
        (part.kind.value, f"{_WORDS[part.kind]}（现在：{part.state.label}）")
        for part in found.parts
        if part.is_locked and part.row is not None
    ]


def _steps(asked: ReopenRequest) -> list[TimelineStep]:
    first = "教务处提出重新开放" if asked.is_by_staff else "你提交了申请"
    submitted = TimelineStep(label=first, state="done", note=moment_sentence(asked.submitted_at))
    if asked.closed_at is None:
        seen = asked.state != ReopenState.SUBMITTED
        return [
            submitted,
            TimelineStep(
                label="一位老师看过" if seen else "一位老师看",
                state="done" if seen else "now",
                note="" if seen else f"最晚 {until_sentence(asked.due_at)} 答复",
            ),
            TimelineStep(
                label="另一位老师决定",
                state="now" if seen else "todo",
                note=f"最晚 {until_sentence(asked.due_at)} 答复" if seen else "",
            ),
            TimelineStep(label="重新核对", state="todo"),
        ]
    note = moment_sentence(asked.closed_at)
    if asked.state == ReopenState.GRANTED and asked.opened_round and asked.closes_at:
        return [
            submitted,
            TimelineStep(label="两位老师同意，重新开放", state="done", note=note),
            TimelineStep(
                label=f"你重新核对，第 {asked.opened_round.round_no} 轮",
                state="now" if asked.opened_round.is_current else "done",
                note=f"{until_sentence(max(asked.closes_at, asked.member.closes_at))} 以前",
            ),
        ]
    if asked.state == ReopenState.REFUSED:
        ended = TimelineStep(label="两位老师看过，没有开放", state="broken", note=note)
    elif asked.closed_by == asked.submitted_by:
        ended = TimelineStep(label="你撤回了", state="done", note=note)
    else:
        ended = TimelineStep(label="已经开了新的一轮，不用再申请", state="done", note=note)
    return [submitted, ended]
