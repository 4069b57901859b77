"""A case that the student begins: the rules first, then a draft that is saved, then handed in."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now as clock
from django.views.decorators.http import require_http_methods

from accounts.models import User
from common.errors import DomainError, InvalidInputError
from common.http import AuthedRequest, domain_errors
from common.ratelimit import Limit, hit
from corrections import selectors
from corrections.forms.draft import BeginForm, DisagreeForm, DraftForm
from corrections.models import CorrectionRequest
from corrections.policies import available_actions
from corrections.policies.eligibility import key_bars, key_days
from corrections.selectors.rules import shown_rules
from corrections.services.drafting import (
    add_proof,
    begin_draft,
    hand_in,
    missing_of,
    remove_proof,
    save_draft,
)
from corrections.services.own import disagree_with_refusal, redraft_request
from corrections.states import RequestAction, RequestState
from corrections.views.requests import MOVES
from enrollment.selectors import records_of
from enrollment.views.guards import student_required

_OPEN_TO = ["GET", "HEAD", "POST"]
_LONGEST_NUMBER = 19
_SAVES = Limit("correction_draft", 60, 3_600)


@student_required
@require_http_methods(_OPEN_TO)
@domain_errors("corrections:request_list")
def request_new(request: AuthedRequest) -> HttpResponseBase:
    """What may be asked for now, for each record, before anything is typed; then a draft."""
    now = clock()
    records = list(records_of(request.user))
    form = BeginForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        hit(_SAVES, str(request.user.pk), now=now)
        record = get_object_or_404(records_of(request.user), pk=form.cleaned_data["record"])
        draft = begin_draft(
            record=record, kind=form.cleaned_data["kind"], actor=request.user, now=now
        )
        return redirect("corrections:request_draft", request_id=draft.pk)
    shown = []
    for record in records:
        rules, proofs = shown_rules(record.school)
        shown.append(
            {
                "record": record,
                "lead": rules.lead,
                "bars": key_bars(rules, record, now=now),
                "days": key_days(rules, record, now=now),
                "proofs": proofs,
                "form": BeginForm(initial={"record": record.pk}, auto_id=f"id_{record.pk}_%s"),
            }
        )
    return render(request, "corrections/request_new.html", {"shown": shown, "form": form})


@student_required
@require_http_methods(_OPEN_TO)
@domain_errors("corrections:request_list")
def request_draft(request: AuthedRequest, request_id: int) -> HttpResponseBase:
    """The draft: saved with every click, handed in with the last one."""
    found = get_object_or_404(selectors.requests_of(request.user), pk=request_id)
    if found.state != RequestState.DRAFT:
        return redirect("corrections:request_page", request_id=found.pk)
    if request.method != "POST":
        return _show(request, found, DraftForm(draft=found))
    now = clock()
    hit(_SAVES, str(request.user.pk), now=now)
    form = DraftForm(request.POST, request.FILES, draft=found)
    if not form.is_valid():
        return _show(request, found, form)
    try:
        _save(found, form, actor=request.user)
        if "hand_in" in request.POST:
            hand_in(draft=found, actor=request.user, now=now)
    except DomainError as error:
        field = error.field if isinstance(error, InvalidInputError) else None
        form.add_error(field if field in form.fields else None, str(error))
        return _show(request, found, form)
    return _saved(request, found)


@student_required
@require_http_methods(_OPEN_TO)
@domain_errors("corrections:request_list")
def request_proof(request: AuthedRequest, request_id: int, evidence_id: int) -> HttpResponseBase:
    """Ask before a proof of the draft is removed for good."""
    found = get_object_or_404(selectors.requests_of(request.user), pk=request_id)
    shown = selectors.proofs_shown_to(request.user, found).filter(file__purged_at=None)
    proof = get_object_or_404(shown, pk=evidence_id)
    if found.state != RequestState.DRAFT:
        messages.warning(request, "已经提交的材料不能删。")
        return redirect("corrections:request_page", request_id=found.pk)
    if request.method != "POST":
        context = {"found": found, "proof": proof}
        return render(request, "corrections/request_proof.html", context)
    now = clock()
    hit(MOVES, str(request.user.pk), now=now)
    try:
        remove_proof(proof=proof, actor=request.user, now=now)
    except DomainError as error:  # the page it came from is the one that asks
        messages.error(request, str(error))
    else:
        messages.success(request, "材料已删掉。")
    return redirect("corrections:request_draft", request_id=found.pk)


@student_required
@require_http_methods(_OPEN_TO)
@domain_errors("corrections:request_list")
def request_redraft(request: AuthedRequest, request_id: int) -> HttpResponseBase:
    """Ask before a case that nobody has taken is fetched back to be completed."""
    found = get_object_or_404(selectors.requests_of(request.user), pk=request_id)
    if RequestAction.REDRAFT not in available_actions(request.user, found, now=clock()):
        messages.warning(request, "这张勘误单现在不能拿回修改了。")
        return redirect("corrections:request_page", request_id=found.pk)
    if request.method != "POST":
        return render(request, "corrections/request_redraft.html", {"found": found})
    now = clock()
    hit(MOVES, str(request.user.pk), now=now)
    redraft_request(request=found, actor=request.user, now=now)
    return redirect("corrections:request_draft", request_id=found.pk)


@student_required
@require_http_methods(_OPEN_TO)
@domain_errors("corrections:request_list")
def request_disagree(request: AuthedRequest, request_id: int) -> HttpResponseBase:
    """The student keeps to it after a refusal; recorded once."""
    now = clock()
    found = get_object_or_404(selectors.requests_of(request.user), pk=request_id)
    if RequestAction.DISAGREE not in available_actions(request.user, found, now=now):
        messages.warning(request, "不同意见已经记下，或者现在不能再提。")
        return redirect("corrections:request_page", request_id=found.pk)
    form = DisagreeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        hit(MOVES, str(request.user.pk), now=now)
        note = form.cleaned_data["note"]
        disagree_with_refusal(request=found, note=note, actor=request.user, now=now)
        messages.success(request, "你的不同意见已经记下。")
        return redirect("corrections:request_page", request_id=found.pk)
    return render(request, "corrections/request_disagree.html", {"found": found, "form": form})


def _saved(request: AuthedRequest, found: CorrectionRequest) -> HttpResponseBase:
    """On to what the button promised; before a proof is removed, what was typed is saved."""
    if "drop" in request.POST:
        return redirect("corrections:request_proof", found.pk, _number(request.POST["drop"]))
    if "hand_in" in request.POST:
        messages.success(request, "已提交，学院和教务处会核实、答复。")
        return redirect("corrections:request_page", request_id=found.pk)
    messages.success(request, "已保存。")
    return redirect("corrections:request_draft", request_id=found.pk)


def _number(typed: str) -> int:
    """The number of a row in an address; what is none finds nothing."""
    return int(typed) if typed.isdecimal() and len(typed) < _LONGEST_NUMBER else 0


def _save(found: CorrectionRequest, form: DraftForm, *, actor: User) -> None:
    now = clock()
    save_draft(draft=found, **form.given, actor=actor, now=now)
    proof = form.cleaned_data["proof"]
    if proof is not None:
        title = form.cleaned_data["title"]
        add_proof(draft=found, proof=proof, title=title, actor=actor, now=now)


def _show(request: AuthedRequest, found: CorrectionRequest, form: DraftForm) -> HttpResponseBase:
    rules = found.rules
    context = {
        "found": found,
        "form": form,
        "lead": rules.lead if rules else "",
        "bars": key_bars(rules, found.record, now=clock()) if rules else [],
        "changes": selectors.request_changes(found, whole_number=True),
        "evidence": selectors.proofs_shown_to(request.user, found),
        "missing": missing_of(found) if found.conclusion_id is None else [],
    }
    return render(request, "corrections/request_draft.html", context)
