"""毕业资格审核 for the student: the checklist, confirming it, objecting to an item."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.errors import InvalidInputError
from common.http import AuthedRequest, domain_errors
from common.policy import allowed
from corrections.forms.graduation import ConfirmForm, ObjectForm
from corrections.models import AuditedStudent, AuditItem, AuditObjection, Certificate
from corrections.policies.graduation import check_can_confirm, check_can_object
from corrections.selectors.graduation import checklist_of
from corrections.selectors.graduation_scope import objections_of, own_audited
from corrections.selectors.graduation_shown import result_tone, result_words, shown_items
from corrections.services.graduation import confirm_list, object_to_item, withdraw_objection
from corrections.states.graduation import CertificateState

__all__ = [
    "graduation_confirm",
    "graduation_list",
    "graduation_object",
    "graduation_page",
    "graduation_withdraw",
]


@require_safe
def graduation_list(request: AuthedRequest) -> HttpResponse:
    """The student's own audits; without one there is no such page."""
    students = list(own_audited(request.user))
    if not students:
        raise Http404
    lines = [(each, result_tone(each), result_words(each)) for each in students]
    return render(request, "corrections/graduation_list.html", {"lines": lines})


@require_safe
def graduation_page(request: AuthedRequest, student_id: int) -> HttpResponse:
    """The checklist: each item with its state, where it comes from, whom to ask, and until when."""
    student = _own(request, student_id)
    now = timezone.now()
    checklist = checklist_of(student, now=now)
    certificate = (
        Certificate.objects.filter(student=student).exclude(state=CertificateState.VOID).first()
    )
    context = {
        "now": now,
        "student": student,
        "items": shown_items(
            checklist,
            objections_of([student]),
            may_object=allowed(check_can_object, request.user, student, now=now),
        ),
        "tone": result_tone(student),
        "result": result_words(student),
        "standing": checklist.standing.value,
        "is_confirmed": student.confirmed_digest == checklist.digest,
        "may_confirm": allowed(check_can_confirm, request.user, student, now=now),
        "form": ConfirmForm(initial={"seen_digest": checklist.digest}),
        "certificate": certificate,
    }
    return render(request, "corrections/graduation_page.html", context)


@require_POST
@domain_errors("corrections:graduation_list")
def graduation_confirm(request: AuthedRequest, student_id: int) -> HttpResponseBase:
    """The student confirms the list that was shown."""
    student = _own(request, student_id)
    form = ConfirmForm(request.POST)
    seen = form.cleaned_data["seen_digest"] if form.is_valid() else ""
    confirm_list(student=student, seen_digest=seen, actor=request.user, now=timezone.now())
    messages.success(request, "已确认。清单以后有变化，请再看一次。")
    return redirect("corrections:graduation_page", student.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@domain_errors("corrections:graduation_list")
def graduation_object(request: AuthedRequest, student_id: int, item_id: int) -> HttpResponseBase:
    """Say what is wrong with one item; it goes to the college."""
    student = _own(request, student_id)
    item = get_object_or_404(AuditItem, pk=item_id, audit=student.audit_id)
    now = timezone.now()
    if not allowed(check_can_object, request.user, student, now=now):
        messages.error(request, "现在不能提异议，有疑问请联系学院。")
        return redirect("corrections:graduation_page", student.pk)
    form = ObjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            object_to_item(
                student=student,
                item=item,
                reason=form.cleaned_data["reason"],
                actor=request.user,
                now=now,
            )
        except InvalidInputError as error:
            form.add_error("reason", str(error))
        else:
            messages.success(request, "已交给学院，答复以后会通知你。")
            return redirect("corrections:graduation_page", student.pk)
    line = next(each for each in checklist_of(student, now=now).lines if each.item.pk == item.pk)
    context = {"student": student, "item": item, "line": line, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "corrections/graduation_object.html", context, status=status)


@require_POST
@domain_errors("corrections:graduation_list")
def graduation_withdraw(request: AuthedRequest, objection_id: int) -> HttpResponseBase:
    """The student takes an objection back."""
    mine = AuditObjection.objects.filter(student__in=own_audited(request.user).order_by())
    objection = get_object_or_404(mine.select_related("student__record"), pk=objection_id)
    withdraw_objection(objection=objection, actor=request.user, now=timezone.now())
    messages.success(request, "已撤回。")
    return redirect("corrections:graduation_page", objection.student_id)


def _own(request: AuthedRequest, student_id: int) -> AuditedStudent:
    return get_object_or_404(own_audited(request.user), pk=student_id)
