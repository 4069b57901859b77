"""Cases of a college, for its secretary and its leader: looked at, vouched for, sent back."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now as clock
from django.views.decorators.http import require_http_methods, require_safe

from common.errors import InvalidInputError
from common.http import AuthedRequest, domain_errors
from common.masking import MaskKind, mask
from common.ratelimit import Limit, hit
from corrections import selectors
from corrections.forms.college import CollegeForm
from corrections.models import CorrectionRequest
from corrections.policies.college import college_moves
from corrections.selectors.college import cases_of_college, colleges_reviewed_by
from corrections.services import request as moves
from corrections.services.holding import hold_request, release_request, take_over_request
from corrections.services.looks import note_cases_read
from corrections.states import HOLDABLE, RequestState
from corrections.states.college import CollegeMove

_ON_A_PAGE = 30
MOVES: Final = Limit("college-cases", 300, 3600)
_WAITING = (RequestState.SUBMITTED, RequestState.COLLEGE_REVIEW)


@require_safe
def college_list(request: AuthedRequest) -> HttpResponseBase:
    """What waits for the college first, then everything else of its students."""
    now = clock()
    if not colleges_reviewed_by(request.user, now=now).exists():
        raise Http404
    shows_all = request.GET.get("show") == "all"
    found = cases_of_college(request.user, now=now)
    if not shows_all:
        found = found.filter(state__in=_WAITING, kind="DATA")
    page = Paginator(found, _ON_A_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "pk": case.pk,
            "title": f"{mask(case.record.name, MaskKind.NAME)} {case.record.student_no}",
            "note": _note(case, now),
            "tone": selectors.state_tone(case.state),
            "label": case.get_state_display(),
        }
        for case in page.object_list
    ]
    context = {"rows": rows, "page": page, "shows_all": shows_all}
    return render(request, "corrections/college_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@domain_errors("corrections:college_list")
def college_case(request: AuthedRequest, request_id: int) -> HttpResponseBase:
    """One case: the table of original and right values, the proofs, and the college's moves."""
    now = clock()
    found = get_object_or_404(cases_of_college(request.user, now=now), pk=request_id)
    offered = college_moves(request.user, found, now=now)
    if request.method != "POST":
        note_cases_read(record_ids=[found.record_id], viewer=request.user, now=now)
        return _show(request, found, CollegeForm(offered=offered))
    hit(MOVES, str(request.user.pk), now=now)
    form = CollegeForm(request.POST, offered=offered)
    if not form.is_valid():
        return _show(request, found, form)
    move = CollegeMove(form.cleaned_data["move"])
    try:
        _run(move, found, form.cleaned_data["note"], actor=request.user, now=now)
    except InvalidInputError as error:
        form.add_error("note", str(error))
        return _show(request, found, form)
    messages.success(request, f"{move.label}：已办。")
    return redirect("corrections:college_case", request_id=found.pk)


_SERVICES: dict[CollegeMove, tuple[Callable[..., Any], str]] = {
    CollegeMove.TAKE: (moves.take_request_for_college, ""),
    CollegeMove.FORWARD: (moves.forward_request, "note"),
    CollegeMove.RETURN: (moves.return_request, "note"),
    CollegeMove.HOLD: (hold_request, ""),
    CollegeMove.RELEASE: (release_request, ""),
    CollegeMove.TAKE_OVER: (take_over_request, "reason"),
}


def _run(move: CollegeMove, found: CorrectionRequest, note: str, **given: Any) -> None:
    service, asked = _SERVICES[move]
    service(request=found, **given, **({asked: note} if asked else {}))


def _note(case: CorrectionRequest, now: Any) -> str:
    words = [str(case.get_kind_display())]
    if case.record.class_group is not None:
        words.append(case.record.class_group.name)
    if case.state in HOLDABLE and case.is_held_at(now):
        words.append(f"{case.held_by} 在办")
    return "，".join(words)


def _show(request: AuthedRequest, found: CorrectionRequest, form: CollegeForm) -> HttpResponseBase:
    context = {
        "found": found,
        "name": mask(found.record.name, MaskKind.NAME),
        "tone": selectors.state_tone(found.state),
        "changes": selectors.request_changes(found),
        "rows": selectors.request_rows(found),
        "steps": selectors.request_timeline(found),
        "evidence": found.evidence.filter(file__purged_at=None).order_by("pk"),
        "form": form,
    }
    return render(request, "corrections/college_case.html", context)
