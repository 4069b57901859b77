"""看不到我的学籍: three questions, one answer, one next step."""

from dataclasses import dataclass
from typing import Literal

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import DeclaredIdentity, User
from accounts.selectors import identity_of
from common.components import ActionButton, TimelineStep
from common.http import AuthedRequest, domain_errors
from common.ratelimit import TooManyError
from common.wording import date_sentence, local
from enrollment.forms import DiagnosisForm
from enrollment.matching import Advice, Cause, Step, advice_on
from enrollment.models import RecordClaim
from enrollment.policies import check_can_bind
from enrollment.selectors.claims import claims_of
from enrollment.services.diagnosis import Diagnosis, diagnose
from enrollment.states import ClaimState

_TEMPLATE = "enrollment/diagnosis.html"


@require_http_methods(["GET", "POST"])
@domain_errors("home")
def diagnosis(request: AuthedRequest) -> HttpResponse:
    """Ask, look, and say the one thing to do next."""
    now = timezone.now()
    check_can_bind(request.user, now=now)
    identity = identity_of(request.user)
    if identity is None:
        return redirect("enrollment:identity_declare")
    form = DiagnosisForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"form": form, "now": now, "waiting": _waiting(request.user)}
    if request.method != "POST" or not form.is_valid():
        return render(request, _TEMPLATE, context)
    try:
        found = diagnose(identity=identity, **form.cleaned_data, actor=request.user, now=now)
    except TooManyError as error:
        context["limit"] = str(error)
        return render(request, _TEMPLATE, context, status=429)
    advice = advice_on(found.causes[0])
    context |= {
        "advice": advice,
        "action": _action(advice),
        "others": [advice_on(cause) for cause in found.causes[1:]],
        "steps": _steps(identity, found),
        "is_counter": advice.step == Step.COUNTER,
    }
    return render(request, _TEMPLATE, context)


def _waiting(user: User) -> RecordClaim | None:
    """The claim that the office has already: whoever waits for it needs no second one."""
    return claims_of(user).filter(state=ClaimState.OPEN).first()


_BUTTONS: dict[Step, tuple[str, str]] = {
    Step.HOME: ("home", "去首页"),
    Step.BIND: ("enrollment:record_bind", "去绑定"),
    Step.CLAIM: ("enrollment:further", "提交认领"),
    Step.RESCUE: ("enrollment:rescue_start", "号码被别人登记了，申请找回"),
}
_COUNTER = ActionButton(label="看要带什么", url="#bring")


def _action(advice: Advice) -> ActionButton:
    if advice.step == Step.WAIT:
        return ActionButton(label="过些天再查", url=reverse("enrollment:diagnosis"), tone="outline")
    if advice.step not in _BUTTONS:
        return _COUNTER
    name, label = _BUTTONS[advice.step]
    return ActionButton(label=label, url=reverse(name))


_AGREES = frozenset({Cause.READY, Cause.ALREADY_YOURS, Cause.HIDDEN, Cause.TAKEN})
_ABSENT = frozenset({Cause.UNKNOWN, Cause.NOT_IMPORTED, Cause.TOP_UP_WAITING})


@dataclass(frozen=True, slots=True)
class _Way:
    """How far a person is on the way to the own record."""

    is_imported: bool
    is_found: bool
    agrees: bool
    is_checked: bool
    is_bound: bool


def _steps(identity: DeclaredIdentity, found: Diagnosis) -> list[TimelineStep]:
    """The way to one's record, broken where it is broken; the first break is the one to mend."""
    causes = set(found.causes)
    way = _Way(
        is_imported=Cause.NOT_IMPORTED not in causes,
        is_found=causes.isdisjoint(_ABSENT),
        agrees=found.causes[0] in _AGREES or causes == {Cause.PRIOR_DIPLOMA},
        is_checked=causes.isdisjoint({Cause.PRIOR_DIPLOMA, Cause.HIDDEN}),
        is_bound=Cause.ALREADY_YOURS in causes,
    )
    at = found.imported_at
    imported = f"最近一次更新 {date_sentence(local(at).date())}" if at else ""
    stations = [
        ("实名信息登记好了", True, date_sentence(local(identity.declared_at).date())),
        ("名册到了学校", way.is_imported, imported),
        ("名册里有你填的号码", way.is_found, ""),
        ("姓名和证件号码一致", way.agrees, ""),
        ("可以显示", way.is_checked, ""),
        ("绑定到你的账号", way.is_bound, "绑定后从首页看"),
    ]
    return _broken_at_first(stations)


def _broken_at_first(stations: list[tuple[str, bool, str]]) -> list[TimelineStep]:
    steps: list[TimelineStep] = []
    is_open = True
    for label, is_done, note in stations:
        if is_open and is_done:
            steps.append(TimelineStep(label=label, state="done", note=note))
        elif is_open:
            is_last = label == stations[-1][0]
            state: Literal["now", "broken"] = "now" if is_last else "broken"
            steps.append(TimelineStep(label=label, state=state, note=note))
            is_open = False
        else:
            steps.append(TimelineStep(label=label, state="todo"))
    return steps
