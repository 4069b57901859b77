"""代录: the registrar or the class's counsellor enters what a student said who cannot do it."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.policies import is_office
from common.components import PhotoView
from common.errors import InvalidInputError
from common.http import AuthedRequest, domain_errors
from common.policy import allowed
from enrollment.selectors import record_fields
from imaging.forms import ProxyForm
from imaging.models import VerificationRound
from imaging.policies import check_can_enter_for
from imaging.selectors import Verification, members_to_enter_for, verification_in
from imaging.services.verdicts import ProxyContact, Verdict
from imaging.services.verification import enter_for
from imaging.states import (
    Conclusion,
    ConclusionAction,
    ConclusionKind,
    DataReason,
    PhotoKind,
    ProxyWay,
)
from imaging.views.drafts import offered
from imaging.views.shown import portrait
from imaging.views.sight import Sight, seal_sight, unseal_sight
from imaging.views.status import part_lines

PHOTO, DATA = ConclusionKind.PHOTO, ConclusionKind.DATA


@require_http_methods(["GET", "POST"])
@domain_errors("home")
def proxy_entry(request: AuthedRequest, member_id: int) -> HttpResponse:
    """The student's data, what the student said of it, and how the student was reached."""
    now = timezone.now()
    member = get_object_or_404(members_to_enter_for(request.user, now=now), pk=member_id)
    current = get_object_or_404(VerificationRound, member=member, is_current=True)
    found = verification_in(current, now=now)
    asked = _asked(request, found)
    data = request.POST if request.method == "POST" and asked["kinds"] else None
    form = ProxyForm(
        data,
        photo=asked["photo"],
        fields=asked["fields"],
        reasons=offered(found),
        has_photo=found.photo is not None,
        initial={"seen": seal_sight(found)},
    )
    if data is not None:
        sight = unseal_sight(data.get("seen", ""), found)
        if form.is_valid() and _entered(request, form, found, sight):
            messages.success(request, "已代录。学生会收到消息，锁定以前可以撤回。")
            return redirect("imaging:proxy_entry", member_id)
    fields = record_fields(found.record)
    context = {
        "found": found,
        "form": form,
        "asked": asked["kinds"],
        "lines": part_lines(found, field_count=len(fields)),
        "rows": [field.row for field in fields],
        "photo": _picture(request, found),
        "proxied": [row for row in found.rows.values() if row.is_proxy],
    }
    return render(request, "imaging/proxy_entry.html", context)


def _picture(request: AuthedRequest, found: Verification) -> PhotoView | None:
    """The photo for the office, whose look is logged; a counsellor reads which version it is."""
    shown = portrait(found.photo) if is_office(request.user) else None
    return replace(shown, alt=f"学生的{shown.caption}", zoom_url="") if shown else None


def _asked(request: AuthedRequest, found: Verification) -> dict[str, Any]:
    """Which parts may be entered: only what has no conclusion at all."""
    kinds = [
        part.kind
        for part in found.parts
        if part.row is not None
        and part.is_valid
        and allowed(check_can_enter_for, request.user, part.row, member=found.member, now=found.now)
    ]
    label = PhotoKind(found.campaign.profile.kind).label
    return {
        "kinds": kinds,
        "photo": f"学生说{label}" if PHOTO in kinds else "",
        "fields": "学生说学籍信息" if DATA in kinds else "",
    }


def _entered(request: AuthedRequest, form: ProxyForm, found: Verification, sight: Sight) -> bool:
    given = form.cleaned_data
    try:
        enter_for(
            member=found.member,
            verdicts=_verdicts(given, sight),
            contact=ProxyContact(
                way=ProxyWay(given["way"]), reached_at=given["reached_at"], reason=given["reason"]
            ),
            actor=request.user,
            now=found.now,
        )
    except InvalidInputError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    return True


def _verdicts(given: dict[str, Any], sight: Sight) -> dict[ConclusionKind, Verdict]:
    answers = {PHOTO: given.get("photo"), DATA: given.get("info")}
    reasons = {PHOTO: tuple(given.get("photo_reasons", ())), DATA: (DataReason.OTHER.value,)}
    return {
        kind: Verdict(
            action=ConclusionAction.DISPUTE,
            seen=sight.seen[kind],
            reasons=reasons[kind],
            note=given["note"],
        )
        if answer == Conclusion.INCORRECT
        else Verdict(action=ConclusionAction.ACCEPT, seen=sight.seen[kind])
        for kind, answer in answers.items()
        if answer and kind in sight.seen
    }
