"""Checking photo and data: choose, look again, say what is wrong, take back."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from common.errors import InvalidInputError, StaleStateError
from common.http import AuthedRequest, domain_errors
from enrollment.selectors import records_of
from imaging.forms import ChoiceForm, FillForm, PickForm
from imaging.selectors import Phase, Verification, verification_of
from imaging.services.verdicts import Verdict, check_seen, check_terms
from imaging.services.verification import conclude_both, withdraw
from imaging.states import Conclusion, ConclusionAction, ConclusionKind
from imaging.views.drafts import evidence_name, known, offered, verdicts_of
from imaging.views.pages import (
    choose_page,
    confirm_page,
    fill_page,
    pick_page,
    questions,
    status_page,
    waiting_page,
)
from imaging.views.sight import Sight, unseal_sight

PHOTO, DATA = ConclusionKind.PHOTO, ConclusionKind.DATA


@require_safe
def verify(request: AuthedRequest) -> HttpResponse:
    """To the record that has something to verify, else home."""
    now = timezone.now()
    for record in records_of(request.user):
        if verification_of(record, now=now) is not None:
            return redirect("imaging:verify_record", record.pk)
    return _nothing(request)


@require_safe
def verify_record(request: AuthedRequest, record_id: int) -> HttpResponse:
    """What is to be done now: wait, choose, or how it stands; `?change=1` asks for what is not locked."""
    found = _found(request, record_id, now=timezone.now())
    if found is None:
        return _nothing(request)
    if found.awaits_photos:
        return waiting_page(request, found)
    is_change = "change" in request.GET and bool(found.open_parts)
    if found.phase == Phase.OPEN or is_change:
        return choose_page(request, found, is_change=is_change)
    return status_page(request, found)


@require_http_methods(["GET", "POST"])
@domain_errors("imaging:verify")
def verify_check(request: AuthedRequest, record_id: int) -> HttpResponse:
    """The answers of the page: to the confirmation when all is right, else to what is wrong."""
    found = _found(request, record_id, now=timezone.now())
    if found is None or found.awaits_photos or request.method != "POST":
        return redirect("imaging:verify_record", record_id)
    sight = unseal_sight(request.POST.get("seen", ""), found)
    _check_still_there(found, sight)
    form = ChoiceForm(request.POST, **questions(found, is_change=sight.is_change))
    if not form.is_valid():
        return choose_page(request, found, is_change=sight.is_change, form=form)
    chosen = form.chosen()
    carried = {
        "seen": form.cleaned_data["seen"],
        "photo": chosen.get(PHOTO, ""),
        "info": chosen.get(DATA, ""),
    }
    if Conclusion.INCORRECT not in chosen.values():
        return confirm_page(request, found, chosen=chosen, carried=carried)
    initial = known(found, carried)
    if set(chosen) == {PHOTO} and found.photo is None:
        return fill_page(request, found, _fill_form(found, initial=initial))
    return pick_page(request, found, PickForm(reasons=offered(found), initial=initial))


@require_http_methods(["GET", "POST"])
@domain_errors("imaging:verify")
def verify_dispute(request: AuthedRequest, record_id: int) -> HttpResponse:
    """What is wrong, then what is right; the second step hands everything in."""
    now = timezone.now()
    found = _found(request, record_id, now=now)
    if found is None or found.awaits_photos or request.method != "POST":
        return redirect("imaging:verify_record", record_id)
    sight = unseal_sight(request.POST.get("seen", ""), found)
    _check_still_there(found, sight)
    if "fill" not in request.POST:
        picked = PickForm(request.POST, reasons=offered(found))
        if not picked.is_valid():
            return pick_page(request, found, picked)
        initial = known(found, picked.cleaned_data)
        return fill_page(request, found, _fill_form(found, initial=initial))
    form = FillForm(
        request.POST,
        reasons=offered(found),
        files=request.FILES,
        evidence_name=evidence_name(found),
        needs_proof=found.campaign.counts_silence,
    )
    if not form.is_valid() or not _handed_in(request, form, found, sight):
        return fill_page(request, found, form)
    return redirect("imaging:verify_record", record_id)


def _handed_in(request: AuthedRequest, form: FillForm, found: Verification, sight: Sight) -> bool:
    try:
        conclude_both(
            member=found.member,
            verdicts=verdicts_of(form, sight),
            actor=request.user,
            now=found.now,
        )
    except InvalidInputError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    return True


@require_http_methods(["GET", "POST"])
@domain_errors("imaging:verify")
def verify_submit(request: AuthedRequest, record_id: int) -> HttpResponse:
    """Hand in what was confirmed as right."""
    now = timezone.now()
    found = _found(request, record_id, now=now)
    if found is None or found.awaits_photos or request.method != "POST":
        return redirect("imaging:verify_record", record_id)
    sight = unseal_sight(request.POST.get("seen", ""), found)
    confirmed = [
        kind
        for kind, name in ((PHOTO, "photo"), (DATA, "info"))
        if kind in sight.seen and request.POST.get(name) == Conclusion.CORRECT
    ]
    conclude_both(
        member=found.member,
        verdicts={
            kind: Verdict(action=ConclusionAction.ACCEPT, seen=sight.seen[kind])
            for kind in confirmed
        },
        actor=request.user,
        now=now,
    )
    return redirect("imaging:verify_record", record_id)


@require_http_methods(["GET", "POST"])
@domain_errors("imaging:verify")
def verify_withdraw(request: AuthedRequest, record_id: int) -> HttpResponse:
    """Take back everything that is not locked yet, to check again."""
    now = timezone.now()
    found = _found(request, record_id, now=now)
    if found is None or request.method != "POST":
        return redirect("imaging:verify_record", record_id)
    sight = unseal_sight(request.POST.get("seen", ""), found)
    if any(
        part.row is None or part.row.locks_at != sight.seen[part.kind].locks_at
        for part in found.open_parts
    ):
        raise StaleStateError("你的结论刚刚在另一个窗口或设备上有了变化，请看过再撤回。")
    withdraw(
        member=found.member,
        kinds=[part.kind for part in found.open_parts],
        actor=request.user,
        now=now,
    )
    messages.success(request, "已经撤回。看过以后，记得重新提交。")
    return redirect("imaging:verify_record", record_id)


def _found(request: AuthedRequest, record_id: int, *, now: datetime) -> Verification | None:
    record = get_object_or_404(records_of(request.user), pk=record_id)
    return verification_of(record, now=now)


def _nothing(request: AuthedRequest) -> HttpResponse:
    messages.info(request, "现在没有要核对的事。")
    return redirect("home")


def _check_still_there(found: Verification, sight: Sight) -> None:
    """Say early, before anything was typed, that what was seen has changed."""
    for kind, seen in sight.seen.items():
        verdict = Verdict(action=ConclusionAction.ACCEPT, seen=seen)
        check_terms(verdict, found.campaign)
        check_seen(verdict, kind, record=found.record, photo=found.photo)


def _fill_form(found: Verification, *, initial: dict[str, Any]) -> FillForm:
    return FillForm(
        reasons=offered(found),
        initial=initial,
        evidence_name=evidence_name(found),
        needs_proof=found.campaign.counts_silence,
    )
