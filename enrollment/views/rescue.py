"""Pages of a rescue case: the claimant's way, the holder's no, and the page of a replaced account."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now as clock
from django.views.decorators.http import require_http_methods, require_safe

from accounts.identity import canonical_number
from accounts.models import User
from accounts.selectors import declared_number_of, identity_of
from common.components import Tone
from common.errors import InvalidInputError, StaleStateError
from common.http import AuthedRequest, client_address, domain_errors
from common.masking import MaskKind, mask
from common.ratelimit import TooManyError, hit
from enrollment import selectors
from enrollment.forms import ObjectionForm, RescueFactsForm, RescueForm, RescuePhotoForm
from enrollment.models import RescueAlert, RescueCase, School
from enrollment.policies import available_rescue_actions, check_can_open_rescue
from enrollment.services.rescue import (
    object_by_account,
    object_by_link,
    open_rescue,
    withdraw_rescue,
)
from enrollment.services.rescue.objection import LINKS_PER_ADDRESS
from enrollment.services.rescue.opening import FREEZE, TERM_DAYS, Claim
from enrollment.states import APPROVED_RESCUES, RescueAction, RescueProof, RescueState

_OPEN_TO = ["GET", "HEAD", "POST"]
WAYS = {
    "facts": RescueProof.FACTS,
    "photo": RescueProof.PHOTO,
    "counter": RescueProof.COUNTER,
}
_TONES = {
    RescueState.OPEN: Tone.TODO,
    RescueState.COUNTER: Tone.DUE,
    RescueState.AWAITING_SECOND: Tone.TODO,
    RescueState.APPROVED: Tone.DONE,
    RescueState.REFUSED: Tone.BLOCKED,
    RescueState.WITHDRAWN: Tone.BLOCKED,
    RescueState.UNDOING: Tone.DONE,
    RescueState.UNDONE: Tone.BLOCKED,
}


@require_safe
@domain_errors("home")
def start(request: AuthedRequest) -> HttpResponse:
    """What a case is and the three ways of proof; the same page whoever holds the number."""
    ready = _ready(request)
    if ready is not None:
        return ready
    earlier = selectors.rescues_of(request.user)
    context = {"term_days": TERM_DAYS, "earlier": earlier, **_declared(request.user)}
    return render(request, "enrollment/rescue_start.html", context)


def _ready(request: AuthedRequest) -> HttpResponse | None:
    """Where to go instead, when there is nothing to open: declare first, or the running case."""
    check_can_open_rescue(request.user, now=clock())
    if identity_of(request.user) is None:
        return redirect("enrollment:identity_declare")
    running = selectors.open_rescue_of(request.user)
    return redirect("enrollment:rescue_case", case_id=running.pk) if running else None


def _declared(user: User) -> dict[str, str]:
    """Who the person says they are, as every page of a case repeats it."""
    identity = identity_of(user)
    number = declared_number_of(identity) if identity else None
    if identity is None or number is None:
        return {}
    return {
        "name": identity.name,
        "id_type": str(number.get_id_type_display()),
        "number": mask(canonical_number(number.number), MaskKind.DOCUMENT_NO),
    }


@require_http_methods(_OPEN_TO)
@domain_errors("home")
def open_case(request: AuthedRequest, way: str) -> HttpResponseBase:
    """The form of one way of proof; a case opens on POST."""
    if way not in WAYS:
        raise Http404
    ready = _ready(request)
    if ready is not None:
        return ready
    schools = list(selectors.schools_to_claim_at())
    school = _school(request, schools) if way == "facts" else None
    if way == "facts" and school is None:
        return render(request, "enrollment/rescue_school.html", {"schools": schools})
    form = _form(request, way, school)
    if request.method == "POST" and form.is_valid():
        try:
            return _opened(request, way, form)
        except InvalidInputError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        except TooManyError as error:
            form.add_error(None, str(error))
            return _show_form(request, way, form, schools, status=429)
    return _show_form(request, way, form, schools)


def _school(request: AuthedRequest, schools: list[School]) -> School | None:
    """The school that was chosen, or the only one."""
    if len(schools) == 1:
        return schools[0]
    return next((each for each in schools if each.code == request.GET.get("school")), None)


def _form(request: AuthedRequest, way: str, school: School | None) -> RescueForm:
    data, uploads = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    if school is not None:
        return RescueFactsForm(data, school=school)
    return RescuePhotoForm(data, uploads) if way == "photo" else RescueForm(data)


def _opened(request: AuthedRequest, way: str, form: RescueForm) -> HttpResponse:
    identity = identity_of(request.user)
    if identity is None:  # `_ready` has asked
        raise Http404
    claim = Claim(proof=WAYS[way], **form.claim)
    case = open_rescue(identity=identity, claim=claim, actor=request.user, now=clock())
    messages.success(request, "已提交。有变化会发消息给你。")
    return redirect("enrollment:rescue_case", case_id=case.pk)


def _show_form(
    request: AuthedRequest, way: str, form: RescueForm, schools: list[School], *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "way": way,
        "title": WAYS[way].label,
        "school": getattr(form, "school", None) if len(schools) > 1 else None,
        "term_days": TERM_DAYS,
        **_declared(request.user),
    }
    return render(request, "enrollment/rescue_open.html", context, status=status)


@require_safe
def case_page(request: AuthedRequest, case_id: int) -> HttpResponse:
    """Where the case is, who has it, and until when the answer comes."""
    now = clock()
    case = get_object_or_404(selectors.rescues_of(request.user), pk=case_id)
    context = {
        "now": now,
        "case": case,
        "tone": _TONES[RescueState(case.state)],
        "steps": selectors.rescue_timeline(case, now=now),
        "is_decided": case.state in APPROVED_RESCUES | {RescueState.REFUSED},
        "is_approved": case.state in APPROVED_RESCUES,
        "is_undone": case.state == RescueState.UNDONE,
        "asks_to_come": case.state == RescueState.COUNTER
        or (case.is_waiting and case.proof == RescueProof.COUNTER and case.met_at is None),
        "is_overdue": case.is_overdue_at(now),
        "can_withdraw": RescueAction.WITHDRAW
        in available_rescue_actions(request.user, case, now=now),
        **_declared(request.user),
    }
    return render(request, "enrollment/rescue_case.html", context)


@require_http_methods(_OPEN_TO)
@domain_errors("home")
def withdraw(request: AuthedRequest, case_id: int) -> HttpResponse:
    """Ask before the case is taken back, then take it back."""
    now = clock()
    case = get_object_or_404(selectors.rescues_of(request.user), pk=case_id)
    if RescueAction.WITHDRAW not in available_rescue_actions(request.user, case, now=now):
        messages.warning(request, "这个申请已经办结，不能撤回了。")
        return redirect("enrollment:rescue_case", case_id=case.pk)
    if request.method == "POST":
        withdraw_rescue(case=case, actor=request.user, now=now)
        messages.success(request, "已撤回。")
        return redirect("enrollment:rescue_case", case_id=case.pk)
    return render(request, "enrollment/rescue_withdraw.html", {"case": case})


@require_safe
def receipt(request: AuthedRequest, case_id: int) -> HttpResponse:
    """The receipt for the person and for the office, to be printed; it bears no whole number."""
    case = get_object_or_404(selectors.rescues_visible_to(request.user), pk=case_id)
    context = {"title": "证件号码找回回执", "rows": selectors.rescue_receipt(case), "now": clock()}
    return render(request, "receipt.html", context)


@require_safe
def objections(request: AuthedRequest) -> HttpResponse:
    """Claims on a number that this account holds."""
    against = list(selectors.rescues_against(request.user))
    return render(request, "enrollment/objection_list.html", {"against": against, "now": clock()})


@require_http_methods(_OPEN_TO)
@domain_errors("enrollment:objection_list")
def objection_own(request: AuthedRequest, case_id: int) -> HttpResponse:
    """Say no from the account that holds the number."""
    case = get_object_or_404(selectors.rescues_against(request.user), pk=case_id)
    form = ObjectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        object_by_account(
            case=case, reason=form.cleaned_data["reason"], actor=request.user, now=clock()
        )
        messages.success(request, "已反对。号码不会自动转走，要双方带证件当面核对。")
        return redirect("enrollment:objection_list")
    return _show_objection(request, form, case)


def _show_objection(request: HttpRequest, form: ObjectionForm, case: RescueCase) -> HttpResponse:
    context = {
        "form": form,
        "now": clock(),
        "freeze_ends_at": case.freeze_ends_at,
        "number": mask(canonical_number(case.number.number), MaskKind.DOCUMENT_NO),
        "freeze": FREEZE,
    }
    return render(request, "enrollment/objection.html", context)


@login_not_required
@require_http_methods(_OPEN_TO)
def objection_link(request: HttpRequest, token: str) -> HttpResponse:
    """Say no by the link in the alarm, without logging in; used, unknown and late ones look alike."""
    try:
        hit(LINKS_PER_ADDRESS, client_address(request), now=clock())
    except TooManyError as error:
        return render(request, "enrollment/objection_over.html", {"why": str(error)}, status=429)
    alert = selectors.alert_with(token)
    if alert is None or not alert.case.is_waiting:
        return render(request, "enrollment/objection_over.html", status=404)
    form = ObjectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _object_once(request, alert, form)
    return _show_objection(request, form, alert.case)


def _object_once(request: HttpRequest, alert: RescueAlert, form: ObjectionForm) -> HttpResponse:
    try:
        object_by_link(alert=alert, reason=form.cleaned_data["reason"], now=clock())
    except StaleStateError:
        return render(request, "enrollment/objection_over.html", status=404)
    return render(request, "enrollment/objection_done.html")


@require_safe
def replaced(request: AuthedRequest) -> HttpResponse:
    """All that a replaced account can still read."""
    if request.user.superseded_at is None:
        return redirect("home")
    return render(request, "enrollment/account_replaced.html", {"at": request.user.superseded_at})
