"""One's own data: who looked at it, a copy of everything, closing the account."""

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.states import ExportState
from common import files
from common.components import ActionButton
from common.errors import NotAllowedError
from common.http import AuthedRequest, domain_errors
from common.wording import local, moment_sentence
from xuexin.own_data.closing import check_can_close, request_closing
from xuexin.own_data.export import downloadable, exports_of, note_download, request_export
from xuexin.own_data.ledger import ledger_entries, ledger_rows, own_accesses

_PER_PAGE = 30
_CONTENTS = (
    "账号、联系方式、同意记录、登录过的设备",
    "实名信息、学籍的每一项、更正记录、毕业照片和录取照片",
    "校对的每一轮结论、勘误单和办理过程、你交的证明材料",
    "发给你的消息，谁看过你的资料",
)
_GOES = (
    "邮箱、手机号和密码",
    "两步验证、登录过的设备和全部登录状态",
    "你自己补充的、和学历注册无关的资料",
)
_STAYS = (
    "学籍、照片、校对结论和勘误单",
    "你登记的姓名和证件号码，只作为当时由本人核对的凭据",
    "谁做过什么、谁看过什么的记录",
)


@require_safe
def ledger(request: AuthedRequest) -> HttpResponse:
    """Who opened what of mine, when and why; what was erased. Own looks are folded away."""
    page = Paginator(ledger_rows(request.user), _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "entries": ledger_entries(page.object_list),
        "total": f"{page.paginator.count} 条",
        "own": own_accesses(request.user),
    }
    return render(request, "own_data/ledger.html", context)


@require_http_methods(["GET", "POST"])
@domain_errors("own_data:export")
def export(request: AuthedRequest) -> HttpResponseBase:
    """Ask for a copy of everything, and see how far it is."""
    now = timezone.now()
    if request.method == "POST":
        request_export(user=request.user, now=now)
        messages.info(request, "已申请，备好了会发消息给你。")
        return redirect("own_data:export")
    ready = downloadable(request.user, now=now).first()
    address = reverse("own_data:export_download", args=[ready.pk]) if ready else ""
    context = {
        "now": now,
        "ready": ready,
        "waiting": exports_of(request.user).filter(state=ExportState.REQUESTED).first(),
        "download": ActionButton(label="下载压缩包", url=address, icon="download"),
        "contents": _CONTENTS,
    }
    return render(request, "own_data/export.html", context)


@require_safe
def export_download(request: AuthedRequest, export_id: int) -> HttpResponseBase:
    """The copy, to its owner who has just shown the password once more; a stranger gets 404."""
    now = timezone.now()
    found = get_object_or_404(downloadable(request.user, now=now), pk=export_id)
    raise_if_reauthentication_required(request, app="account")
    if found.file is None:  # the selector leaves these out
        raise ValueError("an export without a file")
    day = local(found.ready_at or now).strftime("%Y%m%d")
    response = files.stream(found.file, download_name=f"我的数据_{day}.zip")
    note_download(export=found, user=request.user, now=now)
    return response


@require_http_methods(["GET", "POST"])
@domain_errors("own_data:closing")
def closing(request: AuthedRequest) -> HttpResponseBase:
    """What goes and what stays; then the password, the seven days, and out of every device."""
    now = timezone.now()
    if request.method == "POST":
        check_can_close(request.user, now=now)
        raise_if_reauthentication_required(request, app="account")
        closure = request_closing(user=request.user, now=now)
        logout(request)
        messages.success(
            request,
            f"已申请注销，{moment_sentence(closure.due_at)} 生效。在那以前登录一次就取消。",
        )
        return redirect("home")
    refusal = ""
    try:
        check_can_close(request.user, now=now)
    except NotAllowedError as error:
        refusal = str(error)
    context = {"goes": _GOES, "stays": _STAYS, "refusal": refusal}
    return render(request, "own_data/closing.html", context)
