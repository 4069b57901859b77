"""The counsellor chooses the class's monitor."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from common.http import AuthedRequest, domain_errors
from enrollment.forms import MonitorForm
from enrollment.models import Assignment, ClassGroup
from enrollment.policies import may_appoint_monitor
from enrollment.selectors import classes_of, monitors_of
from enrollment.services.assignment import appoint_monitor, end_monitor
from enrollment.views.guards import class_board_required


@class_board_required
@require_http_methods(["GET", "POST"])
@domain_errors("home")
def monitors(request: AuthedRequest, class_id: int) -> HttpResponse:
    """Who is monitor, who may become one, and the two acts."""
    now = timezone.now()
    class_group = get_object_or_404(classes_of(request.user, now=now), pk=class_id)
    if not may_appoint_monitor(request.user, class_group, now=now):
        raise Http404
    form = MonitorForm(request.POST or None, class_group=class_group)
    if request.method == "POST" and "end" in request.POST:
        return _end(request, class_group)
    if request.method == "POST" and form.is_valid():
        record = form.cleaned_data["record"]
        appoint_monitor(class_group=class_group, record=record, actor=request.user, now=now)
        messages.success(request, f"{record.name} 现在是班长。")
        return redirect("class_monitors", class_id=class_group.pk)
    context = {
        "class_group": class_group,
        "form": form,
        "monitors": monitors_of(class_group, now=now),
        "without_account": class_group.records.filter(binding=None).count(),
    }
    return render(request, "enrollment/monitors.html", context)


def _end(request: AuthedRequest, class_group: ClassGroup) -> HttpResponse:
    now = timezone.now()
    found = monitors_of(class_group, now=now)
    wanted = request.POST["end"]
    assignment: Assignment | None = found.filter(pk=wanted).first() if wanted.isdecimal() else None
    if assignment is None:
        raise Http404
    end_monitor(assignment=assignment, actor=request.user, now=now)
    messages.success(request, "已终止，对方从现在起不是班长。")
    return redirect("class_monitors", class_id=class_group.pk)
