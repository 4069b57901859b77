"""还有学籍没显示出来: bound at once, or a claim with proofs and its answer."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import DeclaredIdentity
from accounts.selectors import identity_of
from common import files
from common.components import TimelineStep, Tone
from common.errors import InvalidInputError
from common.http import AuthedRequest, domain_errors
from common.ratelimit import TooManyError
from common.wording import moment_sentence, until_sentence
from enrollment.forms import ClaimForm, FurtherForm
from enrollment.models import RecordClaim, School
from enrollment.policies import check_can_bind, claim_actions
from enrollment.selectors import records_of
from enrollment.selectors.claims import claim_evidence_of, claims_of
from enrollment.services.claim import (
    TERM_WORKDAYS,
    bind_further,
    submit_claim,
    withdraw_claim,
)
from enrollment.states import ClaimAction, ClaimState

_DRAFT = "claim_draft"
_TONES = {
    ClaimState.OPEN: Tone.DUE,
    ClaimState.APPROVED: Tone.DONE,
    ClaimState.REFUSED: Tone.DISPUTED,
    ClaimState.WITHDRAWN: Tone.TODO,
}


@require_http_methods(["GET", "POST"])
@domain_errors("home")
def further(request: AuthedRequest) -> HttpResponseBase:
    """Bound at once when every fact agrees; everything else leads to the claim in the same words."""
    now = timezone.now()
    check_can_bind(request.user, now=now)
    identity = identity_of(request.user)
    if identity is None:
        return redirect("enrollment:identity_declare")
    initial = {"name": identity.name}
    form = FurtherForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {
        "form": form,
        "records": list(records_of(request.user)),
        "claims": [_line(claim) for claim in claims_of(request.user)],
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "enrollment/further.html", context)
    given = form.cleaned_data
    try:
        bound = bind_further(identity=identity, **given, actor=request.user, now=now)
    except TooManyError as error:
        context["limit"] = str(error)
        return render(request, "enrollment/further.html", context, status=429)
    if bound:
        messages.success(request, "对上了，这条学籍已经绑定到你的账号。")
        return redirect("enrollment:further")
    request.session[_DRAFT] = {**given, "school": given["school"].pk}
    return redirect("enrollment:claim_new")


@require_http_methods(["GET", "POST"])
@domain_errors("enrollment:further")
def claim_new(request: AuthedRequest) -> HttpResponseBase:
    """What did not agree at once, with proofs, for the office."""
    identity = identity_of(request.user)
    draft = request.session.get(_DRAFT)
    if identity is None or draft is None:
        return redirect("enrollment:further")
    school = get_object_or_404(School, pk=draft["school"])
    if request.method == "POST":
        form = ClaimForm(request.POST, request.FILES)
        if form.is_valid() and (claim := _submit(request, identity, school, form)):
            del request.session[_DRAFT]
            return redirect("enrollment:claim_page", claim_id=claim.pk)
    else:
        form = ClaimForm()
    context = {"form": form, "draft": draft, "school": school, "days": TERM_WORKDAYS}
    return render(request, "enrollment/claim_new.html", context)


def _submit(
    request: AuthedRequest, identity: DeclaredIdentity, school: School, form: ClaimForm
) -> RecordClaim | None:
    draft, given = request.session[_DRAFT], form.cleaned_data
    try:
        return submit_claim(
            identity=identity,
            school=school,
            given_no=draft["given_no"],
            given_name=draft["name"],
            evidence=given["evidence"],
            former_type=given["former_type"],
            former_number=given["former_number"],
            note=given["note"],
            actor=request.user,
            now=timezone.now(),
        )
    except InvalidInputError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None


@require_safe
def claim_page(request: AuthedRequest, claim_id: int) -> HttpResponse:
    """One claim: what was said, where it is, what the office answered."""
    claim = get_object_or_404(claims_of(request.user), pk=claim_id)
    context = {
        "claim": claim,
        "tone": _TONES[ClaimState(claim.state)],
        "steps": _steps(claim),
        "evidence": claim.evidence.select_related("file").order_by("pk"),
        "can_withdraw": ClaimAction.WITHDRAW in claim_actions(request.user, claim),
        "is_open": claim.state == ClaimState.OPEN,
    }
    return render(request, "enrollment/claim_page.html", context)


@require_http_methods(["GET", "POST"])
@domain_errors("enrollment:further")
def claim_withdraw(request: AuthedRequest, claim_id: int) -> HttpResponseBase:
    """Ask before a claim is taken back, then take it back."""
    claim = get_object_or_404(claims_of(request.user), pk=claim_id)
    if request.method == "POST":
        withdraw_claim(claim=claim, actor=request.user, now=timezone.now())
        messages.success(request, "已撤回。还要认领，再提交一次就行。")
        return redirect("enrollment:claim_page", claim_id=claim.pk)
    return render(request, "enrollment/claim_withdraw.html", {"claim": claim})


@require_safe
def claim_evidence(request: AuthedRequest, evidence_id: int) -> HttpResponseBase:
    """A proof, for the person who handed it in; staff open it at the desk, on the record."""
    found = get_object_or_404(claim_evidence_of(request.user), pk=evidence_id)
    suffix = "pdf" if found.file.content_type == "application/pdf" else "jpg"
    return files.stream(found.file, shown_as=f"证明材料.{suffix}")


def _line(claim: RecordClaim) -> dict[str, object]:
    return {
        "pk": claim.pk,
        "title": f"{claim.school.name}，{claim.given_no}",
        "note": f"{moment_sentence(claim.submitted_at)} 提交",
        "tone": _TONES[ClaimState(claim.state)],
        "label": claim.get_state_display(),
    }


def _steps(claim: RecordClaim) -> list[TimelineStep]:
    submitted = TimelineStep(
        label="你提交了认领", state="done", note=moment_sentence(claim.submitted_at)
    )
    if claim.closed_at is None:
        return [
            submitted,
            TimelineStep(
                label="教务处核实", state="now", note=f"最晚 {until_sentence(claim.due_at)} 答复"
            ),
            TimelineStep(label="绑定到你的账号", state="todo"),
        ]
    ends = {
        ClaimState.APPROVED: ("核实无误，已绑定", "done"),
        ClaimState.REFUSED: ("没有通过", "broken"),
        ClaimState.WITHDRAWN: ("你撤回了", "done"),
    }
    label, state = ends[ClaimState(claim.state)]
    note = moment_sentence(claim.closed_at)
    return [submitted, TimelineStep(label=label, state=state, note=note)]  # type: ignore[arg-type]
