"""毕业资格审核 for counsellors: the own classes, read only. Others find nothing."""

from typing import Final

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.components import NavItem
from common.http import AuthedRequest
from corrections.models import GraduationAudit
from corrections.selectors.graduation import AuditStanding
from corrections.selectors.graduation_classes import audits_of_classes, class_rows, counselled
from corrections.services.graduation import note_students_seen
from enrollment.models import ClassGroup

__all__ = ["graduation_class", "graduation_classes"]

_ON_A_PAGE = 60
_LISTS: Final = {
    "fail": AuditStanding.FAIL,
    "open": AuditStanding.OPEN,
    "pass": AuditStanding.PASS,
}


@require_safe
def graduation_classes(request: AuthedRequest) -> HttpResponse:
    """The person's classes in the rounds that have begun."""
    found = audits_of_classes(request.user, now=timezone.now())
    if not found:
        raise Http404
    return render(request, "corrections/graduation_classes.html", {"found": found})


@require_safe
def graduation_class(request: AuthedRequest, audit_id: int, class_id: int) -> HttpResponse:
    """One class in one round: what is open of whom, and whom to ask; each student shown reads of the look."""
    now = timezone.now()
    students = list(
        counselled(request.user, now=now).filter(audit=audit_id, record__class_group=class_id)
    )
    if not students:
        raise Http404
    audit = get_object_or_404(GraduationAudit, pk=audit_id)
    rows = class_rows(audit, students, now=now)
    chosen = request.GET.get("state", "")
    standing = _LISTS.get(chosen)
    amounts = {name: sum(row.standing is each for row in rows) for name, each in _LISTS.items()}
    filters = [
        NavItem(label=f"{each.value} {amounts[name]}", url=f"?state={name}", current=name == chosen)
        for name, each in _LISTS.items()
    ]
    shown = [row for row in rows if standing is None or row.standing is standing]
    page = Paginator(shown, _ON_A_PAGE).get_page(request.GET.get("page"))
    seen = {each.row.student_id for each in page}
    note_students_seen(
        students=[student for student in students if student.pk in seen],
        viewer=request.user,
        now=now,
    )
    context = {
        "audit": audit,
        "class_group": get_object_or_404(ClassGroup, pk=class_id),
        "amount": len(rows),
        "page": page,
        "filters": [
            NavItem(label=f"全部 {len(rows)}", url="?", current=standing is None),
            *filters,
        ],
    }
    return render(request, "corrections/graduation_class.html", context)
