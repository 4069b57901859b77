"""The steps of the class sheet, and what the monitor writes beside its rows."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now as clock
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from common.components import ActionButton
from common.errors import InvalidInputError
from common.http import AuthedRequest, domain_errors
from common.policy import allowed
from common.ratelimit import Limit, hit
from corrections.forms.sheet import SHEET_FORMS, ProxyForm, RemarkForm, StepForm
from corrections.models import ClassSheet, ProxySignature
from corrections.policies import available_sheet_actions, check_can_write_sheet
from corrections.selectors.sheet_way import note_rows
from corrections.selectors.versions import changed_lines, current_or_new, is_stale, live_lines
from corrections.services import sheet_steps
from corrections.services.sheet_notes import record_proxy, remove_proxy, write_remark
from corrections.states import SheetAction, SheetState
from corrections.views.places import class_place_or_404
from enrollment.views.guards import class_board_required
from imaging.models import CampaignMember

_OPEN_TO = ["GET", "HEAD", "POST"]
STEPS: Final = Limit("sheet-steps", 120, 3600)
NOTES: Final = Limit("sheet-notes", 300, 3600)
# These put the name of college or office to it, so the password or passkey is shown once more.
_PROVED_AGAIN = frozenset({SheetAction.SEAL, SheetAction.SUBMIT, SheetAction.ACCEPT})
_RUNS: dict[SheetAction, Callable[..., ClassSheet]] = {
    SheetAction.FREEZE: sheet_steps.freeze_sheet,
    SheetAction.SIGN: sheet_steps.sign_sheet,
    SheetAction.SEAL: sheet_steps.seal_sheet,
    SheetAction.SUBMIT: sheet_steps.submit_sheet,
    SheetAction.ACCEPT: sheet_steps.accept_sheet,
    SheetAction.RETURN: sheet_steps.return_sheet,
    SheetAction.TAKE_BACK: sheet_steps.take_back_sheet,
    SheetAction.RENEW: sheet_steps.renew_sheet,
}
_LEADS: dict[SheetAction, str] = {
    SheetAction.FREEZE: "定稿后表的内容不再变，打印出来请同学逐个签名，再交辅导员。",
    SheetAction.SIGN: "确认表上每个人的校对结果都看过，纸上也签了名。签名后交学院审核。",
    SheetAction.SEAL: "确认学院已审核，纸上学院领导签了名、盖了公章。",
    SheetAction.SUBMIT: "把签名、盖章齐全的纸质表交到教务处，同时在这里上交。",
    SheetAction.ACCEPT: "确认收到纸质表，内容与系统一致。",
    SheetAction.RETURN: "这一版作废，班级要重新定稿、打印、签名。",
    SheetAction.TAKE_BACK: "这一版作废，已经打印的纸不再有效，改好以后重新定稿。",
    SheetAction.RENEW: "定稿以后表上有内容变了。另起一版后，原来的纸不再有效，要重新定稿、签名。",
}
# Of a class without a college, to who stands in.
NO_COLLEGE_LEADS: Final[dict[SheetAction, str]] = {
    SheetAction.SEAL: "这个班没有学院，由教务处代学院审核：确认辅导员已签名，纸上学院一栏由教务处签名、盖章。",
    SheetAction.SUBMIT: "这个班没有学院，由教务处代学院上交。接收要由另一位老师办理。",
}
_DONE: dict[SheetAction, str] = {
    SheetAction.FREEZE: "已定稿，辅导员会收到通知。",
    SheetAction.SIGN: "已签名，学院会收到通知。",
    SheetAction.SEAL: "已审核盖章，接着上交教务处。",
    SheetAction.SUBMIT: "已上交教务处。",
    SheetAction.ACCEPT: "已接收。",
    SheetAction.RETURN: "已退回，班级会收到通知。",
    SheetAction.TAKE_BACK: "已收回，可以接着整理。",
    SheetAction.RENEW: "已另起一版，可以接着整理。",
}
_DANGER = frozenset({SheetAction.RETURN, SheetAction.TAKE_BACK})


def step_buttons(
    sheet: ClassSheet, user: User, *, now: datetime, stale: bool
) -> list[ActionButton]:
    """A button for each step that the person may take now."""
    return [
        ActionButton(
            label=action.label,
            url=_step_url(sheet, action),
            tone="danger" if action in _DANGER else "primary",
        )
        for action in available_sheet_actions(user, sheet, now=now, stale=stale)
    ]


def may_write(sheet: ClassSheet, user: User, *, now: datetime) -> bool:
    """Whether the person may still write beside the rows."""
    return allowed(check_can_write_sheet, user, sheet, now=now, after_freeze=True)


@class_board_required
@require_http_methods(_OPEN_TO)
@domain_errors("corrections:board")
def sheet_step(
    request: AuthedRequest, class_id: int, campaign_id: int, action: str
) -> HttpResponseBase:
    """Ask once more what the step means, then take it."""
    now = clock()
    place = class_place_or_404(request, class_id, campaign_id)
    step = _step_or_404(action)
    sheet = current_or_new(**place)
    stale = is_stale(sheet, now=now)
    if step not in available_sheet_actions(request.user, sheet, now=now, stale=stale):
        messages.warning(request, f"现在不能“{step.label}”，请看反馈表的最新状态。")
        return redirect("corrections:sheet_page", class_id, campaign_id)
    if step in _PROVED_AGAIN:
        raise_if_reauthentication_required(request, app="account")
    form = SHEET_FORMS.get(step, StepForm)(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        hit(STEPS, str(request.user.pk), now=now)
        if not sheet.pk:
            sheet = sheet_steps.draft_sheet(**place, actor=request.user, now=now)
        _RUNS[step](sheet=sheet, **form.cleaned_data, actor=request.user, now=now)
        messages.success(request, _DONE[step])
        return redirect("corrections:sheet_page", class_id, campaign_id)
    lines = live_lines(sheet, now=now)
    context = {
        **place,
        "sheet": sheet,
        "step": step,
        "title": f"{step.label}吗",
        "lead": _lead(sheet, step),
        "is_danger": step in _DANGER,
        "form": form,
        "people": len(lines),
        "unexplained": sum(line.standing.is_awaited and not line.remark for line in lines)
        if step == SheetAction.FREEZE
        else 0,
        "changes": changed_lines(sheet, now=now) if stale else [],
    }
    return render(request, "corrections/sheet_step.html", context)


@class_board_required
@require_safe
def sheet_notes(request: AuthedRequest, class_id: int, campaign_id: int) -> HttpResponse:
    """Every student of the sheet with remark and proxy signature."""
    now = clock()
    place = class_place_or_404(request, class_id, campaign_id)
    sheet = current_or_new(**place)
    is_open = may_write(sheet, request.user, now=now)
    rows = note_rows(sheet, live_lines(sheet, now=now))
    context = {**place, "sheet": sheet, "rows": rows, "is_open": is_open}
    return render(request, "corrections/sheet_notes.html", context)


@class_board_required
@require_http_methods(_OPEN_TO)
@domain_errors("corrections:board")
def sheet_note(
    request: AuthedRequest, class_id: int, campaign_id: int, member_id: int
) -> HttpResponseBase:
    """Remark and proxy signature of one student."""
    now = clock()
    place = class_place_or_404(request, class_id, campaign_id)
    members = CampaignMember.objects.filter(**place, removed_at=None).select_related("record")
    member = get_object_or_404(members, pk=member_id)
    sheet = current_or_new(**place)
    if not may_write(sheet, request.user, now=now):
        messages.warning(request, "备注和代签由班长登记，辅导员签名以后不能再改。")
        return redirect("corrections:sheet_notes", class_id, campaign_id)
    lines = live_lines(sheet, now=now)
    line = next(each for each in lines if each.standing.found.member_id == member.pk)
    proxy = ProxySignature.objects.filter(sheet=sheet, member=member).first() if sheet.pk else None
    asked = request.POST.get("do", "")
    forms = {
        "remark": RemarkForm(
            request.POST if asked == "remark" else None, initial={"text": line.remark}
        ),
        "proxy": ProxyForm(request.POST if asked == "proxy" else None),
    }
    if request.method == "POST":
        hit(NOTES, str(request.user.pk), now=now)
        if _write(request.user, place, member, asked, forms, proxy, now=now):
            messages.success(request, "已保存。")
            return redirect("corrections:sheet_notes", class_id, campaign_id)
    context = {
        **place,
        "member": member,
        "line": line,
        "proxy": proxy,
        "remark_form": forms["remark"],
        "proxy_form": forms["proxy"],
        "may_remark": sheet.state == SheetState.DRAFT and bool(line.standing.pending_parts),
    }
    return render(request, "corrections/sheet_note.html", context)


def _write(
    user: User,
    place: "dict[str, Any] | Any",
    member: CampaignMember,
    asked: str,
    forms: "dict[str, Any]",
    proxy: ProxySignature | None,
    *,
    now: datetime,
) -> bool:
    """Do what the form asked for; False when it has to be filled in again."""
    if asked == "unproxy" and proxy is not None:
        remove_proxy(proxy=proxy, actor=user, now=now)
        return True
    form = forms.get(asked)
    if form is None or not form.is_valid():
        return False
    sheet = sheet_steps.draft_sheet(**place, actor=user, now=now)
    try:
        if isinstance(form, ProxyForm):
            record_proxy(sheet=sheet, member=member, proxy=form.proxy(), actor=user, now=now)
        else:
            text = form.cleaned_data["text"]
            write_remark(sheet=sheet, member=member, text=text, actor=user, now=now)
    except InvalidInputError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    return True


def _lead(sheet: ClassSheet, step: SheetAction) -> str:
    of_office = {} if sheet.class_group.college_id else NO_COLLEGE_LEADS
    return of_office.get(step, _LEADS[step])


def _step_or_404(name: str) -> SheetAction:
    try:
        return SheetAction(name.upper().replace("-", "_"))
    except ValueError as error:
        raise Http404 from error


def _step_url(sheet: ClassSheet, action: SheetAction) -> str:
    name = action.value.lower().replace("_", "-")
    return reverse("corrections:sheet_step", args=[sheet.class_group_id, sheet.campaign_id, name])
