"""The student's correction requests."""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now as clock
from django.views.decorators.http import require_http_methods, require_safe

from common.components import Tone
from common.errors import InvalidInputError
from common.http import AuthedRequest, domain_errors
from common.ratelimit import Limit, hit
from common.wording import date_sentence, local
from corrections import selectors
from corrections.forms import ResubmitForm, WithdrawForm
from corrections.models import CorrectionRequest
from corrections.policies import available_actions, check_can_act, may_read_private, skips_college
from corrections.policies.told import told_for_case
from corrections.selectors.rules import proofs_of
from corrections.services.own import (
    reopens_on_withdrawal,
    resubmit_request,
    withdraw_request,
)
from corrections.states import DECIDED, UNDECIDED, RequestAction, RequestState
from enrollment.views.guards import student_required
from imaging.selectors.capture_plan import capture_member_of

_OPEN_TO = ["GET", "HEAD", "POST"]
MOVES: Final = Limit("own-corrections", 30, 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One line of the list."""

    title: str
    note: str
    url: str
    tone: Tone
    label: str


@student_required
@require_safe
def request_list(request: AuthedRequest) -> HttpResponseBase:
    """What the student reported as wrong: not locked yet, about to become a request, and the requests."""
    now = clock()
    context = {
        "now": now,
        "reported": selectors.reported_of(request.user, now=now),
        "requests": [_item(found) for found in selectors.requests_of(request.user)],
    }
    return render(request, "corrections/request_list.html", context)


@student_required
@require_http_methods(_OPEN_TO)
@domain_errors("corrections:request_list")
def request_page(request: AuthedRequest, request_id: int) -> HttpResponseBase:
    """One request: what is wrong, where it is, and the form when something is to be handed in."""
    found = get_object_or_404(selectors.requests_of(request.user), pk=request_id)
    if found.state == RequestState.DRAFT:
        return redirect("corrections:request_draft", request_id=found.pk)
    if request.method != "POST":
        return _show(request, found, _resubmit_form(request, found))
    now = clock()
    hit(MOVES, str(request.user.pk), now=now)
    # Before the form: it decodes what was uploaded.
    check_can_act(request.user, found, RequestAction.RESUBMIT, now=now)
    form = _resubmit_form(request, found, request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, found, form)
    try:
        resubmit_request(request=found, **form.given, actor=request.user, now=now)
    except InvalidInputError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return _show(request, found, form)
    office = "教务处" if skips_college(found, now=now) else "学院"
    messages.success(request, f"已补充，{office}会继续核实。")
    return redirect("corrections:request_page", request_id=found.pk)


@student_required
@require_http_methods(_OPEN_TO)
@domain_errors("corrections:request_list")
def request_withdraw(request: AuthedRequest, request_id: int) -> HttpResponseBase:
    """Ask before a request is taken back, then take it back."""
    now = clock()
    found = get_object_or_404(selectors.requests_of(request.user), pk=request_id)
    if RequestAction.WITHDRAW not in available_actions(request.user, found, now=now):
        messages.warning(request, "这张勘误单现在不能撤回了。")
        return redirect("corrections:request_page", request_id=found.pk)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    reopens = reopens_on_withdrawal(found, now=now)
    if request.method == "POST" and form.is_valid():
        hit(MOVES, str(request.user.pk), now=now)
        withdraw_request(request=found, **form.cleaned_data, actor=request.user, now=now)
        messages.success(request, "已撤回，请再核对一次。" if reopens else "已撤回。")
        return redirect("corrections:request_page", request_id=found.pk)
    context = {
        "found": found,
        "form": form,
        "reopens": reopens,
        "is_draft": found.state == RequestState.DRAFT,
    }
    return render(request, "corrections/request_withdraw.html", context)


def _resubmit_form(request: AuthedRequest, found: CorrectionRequest, *data: Any) -> ResubmitForm:
    titles = dict.fromkeys(proof.title for proof in proofs_of(found))
    reads = may_read_private(request.user, found)
    return ResubmitForm(*data, request=found, titles=list(titles), reads_private=reads)


def _item(found: CorrectionRequest) -> _Item:
    return _Item(
        title=f"{found.get_kind_display()}有误",
        note=f"{found.record.school.name}，{date_sentence(local(found.submitted_at).date())}建立",
        url=reverse("corrections:request_page", args=[found.pk]),
        tone=selectors.state_tone(found.state),
        label=found.get_state_display(),
    )


def _show(request: AuthedRequest, found: CorrectionRequest, form: ResubmitForm) -> HttpResponseBase:
    now = clock()
    actions = available_actions(request.user, found, now=now)
    note, asked_by = selectors.asked_for(found)
    by_province = selectors.refused_by_province(found)
    is_told = found.conclusion_id is not None and found.state in UNDECIDED
    context = {
        "now": now,
        "found": found,
        "told": told_for_case(found, now=now) if is_told else None,
        "answer_title": "省里没有批准，教务处的答复" if by_province else "教务处的答复",
        "tone": selectors.state_tone(found.state),
        "rows": selectors.request_rows(found),
        "is_decided": found.state in DECIDED,
        "changes": selectors.request_changes(found, whole_number=True),
        "steps": selectors.request_timeline(found),
        "evidence": selectors.proofs_shown_to(request.user, found),
        "asked_for": note,
        "asked_by": asked_by,
        "may_be_retaken": found.state == RequestState.RECAPTURE
        and capture_member_of(found.record, now=now) is not None,
        "asks_again": selectors.asks_again(found),
        "can_resubmit": RequestAction.RESUBMIT in actions,
        "can_withdraw": RequestAction.WITHDRAW in actions,
        "can_redraft": RequestAction.REDRAFT in actions,
        "can_disagree": RequestAction.DISAGREE in actions,
        "reads_private": may_read_private(request.user, found),
        "form": form,
    }
    return render(request, "corrections/request_page.html", context)
