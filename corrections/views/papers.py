"""What a college prints and hands on: papers of all classes in one PDF, the merged error list."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now as clock
from django.views.decorators.http import require_http_methods, require_safe

from common import files
from common.http import AuthedRequest, domain_errors, guard
from corrections.forms.papers import ErrorListForm, PrintForm
from corrections.selectors.papers import colleges_to_print, prints_of
from corrections.services.college_print import hand_out_print, request_print
from corrections.services.error_list import export_error_list
from corrections.services.sheet import export_sheet
from corrections.states import Layout, PrintState
from corrections.views.classes import sent
from corrections.views.places import class_place_or_404
from enrollment.views.guards import class_board_required

_SHOWN = 20

college_required = guard(lambda user: colleges_to_print(user, now=clock()).exists())


@college_required
@require_http_methods(["GET", "HEAD", "POST"])
@domain_errors("corrections:papers")
def papers(request: AuthedRequest) -> HttpResponseBase:
    """Choose what to print, see how far it is, take the error list."""
    now = clock()
    form = PrintForm(request.POST or None, user=request.user, now=now)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        request_print(
            campaign=given["campaign"],
            college=given["college"],
            layout=Layout(given["layout"]),
            actor=request.user,
            now=now,
        )
        messages.info(request, "开始生成，可以离开这一页，过几分钟回来下载。")
        return redirect("corrections:papers")
    rows = list(prints_of(request.user, now=now)[:_SHOWN])
    context = {
        "now": now,
        "form": form,
        "errors": ErrorListForm(prefix=None, user=request.user, now=now, auto_id="list_%s"),
        "rows": rows,
        "is_building": any(row.state == PrintState.BUILDING for row in rows),
    }
    return render(request, "corrections/papers.html", context)


@college_required
@require_safe
@domain_errors("corrections:papers")
def error_list(request: AuthedRequest) -> HttpResponseBase:
    """The merged error list as a file."""
    now = clock()
    if not request.GET:
        messages.info(request, "请先选批次和范围，再下载差错清单。")
        return redirect("corrections:papers")
    form = ErrorListForm(request.GET, user=request.user, now=now)
    if not form.is_valid():
        raise Http404
    return sent(export_error_list(**form.cleaned_data, actor=request.user, now=now))


@college_required
@require_safe
@domain_errors("corrections:papers")
def college_pdf(request: AuthedRequest, print_id: int) -> HttpResponseBase:
    """The papers of a college, for who asked for them; a stranger gets 404."""
    now = clock()
    row = get_object_or_404(prints_of(request.user, now=now), pk=print_id)
    file = hand_out_print(row=row, actor=request.user, now=now)
    year = row.campaign.graduating_class
    name = f"{year}届{Layout(row.layout).label}-{row.college.name}.pdf"
    return files.stream(file, download_name=name)


@class_board_required
@require_safe
@domain_errors("corrections:board")
def class_paper(
    request: AuthedRequest, class_id: int, campaign_id: int, layout: str, file_format: str
) -> HttpResponseBase:
    """The sheet of one class in another layout."""
    place = class_place_or_404(request, class_id, campaign_id)
    known = {each.value.lower(): each for each in Layout}
    if layout not in known or file_format not in {"pdf", "xlsx"}:
        raise Http404
    return sent(
        export_sheet(
            **place,
            file_format="pdf" if file_format == "pdf" else "xlsx",
            layout=known[layout],
            actor=request.user,
            now=clock(),
        )
    )
