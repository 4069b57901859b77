"""毕业资格审核 for the college: its list, one student, answers, certificates. Others find nothing."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.components import NavItem
from common.errors import InvalidInputError
from common.http import AuthedRequest, domain_errors
from common.policy import allowed
from common.wording import local
from corrections.forms.graduation import AnswerForm, ProposeForm, ReceiptForm
from corrections.models import AuditedStudent, AuditObjection, GraduationAudit
from corrections.policies.graduation import (
    certificate_actions,
    check_notice_is_over,
    objection_actions,
    result_actions,
)
from corrections.selectors.graduation import checklist_of, checklists_of, has_changed
from corrections.selectors.graduation_scope import (
    audits_of_college_staff,
    certificates_of_staff,
    objections_of,
    students_of_staff,
    to_propose,
)
from corrections.selectors.graduation_shown import audit_rows, shown_items
from corrections.services.graduation import (
    MOST_AT_ONCE,
    answer_objection,
    correct_receipt,
    export_certificates,
    hand_out,
    note_student_seen,
    propose_all,
    propose_result,
)
from corrections.states.graduation import (
    ANSWERING,
    AuditState,
    CertificateAction,
    CertificateState,
    ObjectionKind,
    ObjectionState,
    ResultAction,
    ResultState,
)
from imaging.documents.workbook import XLSX

__all__ = [
    "graduation_answer",
    "graduation_certificate",
    "graduation_certificates",
    "graduation_certificates_xlsx",
    "graduation_college",
    "graduation_colleges",
    "graduation_propose_all",
    "graduation_student",
]

_ON_A_PAGE = 50
_LISTS = {
    "waiting": ResultState.PENDING,
    "proposed": ResultState.PROPOSED,
    "decided": ResultState.DECIDED,
}
_BOTH = ["GET", "HEAD", "POST"]


@require_safe
def graduation_colleges(request: AuthedRequest) -> HttpResponse:
    """The rounds in which the person's college has students."""
    audits = audits_of_college_staff(request.user, now=timezone.now())
    if not audits:
        raise Http404
    return render(request, "corrections/graduation_colleges.html", {"audits": audits})


@require_safe
def graduation_college(request: AuthedRequest, audit_id: int) -> HttpResponse:
    """The college's list of one round, page by page; waiting ones can be shown alone."""
    now = timezone.now()
    audit = _audit(request, audit_id)
    students = students_of_staff(request.user, now=now).filter(audit=audit)
    chosen = request.GET.get("state", "")
    if chosen in _LISTS:
        students = students.filter(state=_LISTS[chosen])
    page = Paginator(students, _ON_A_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    lists = checklists_of(audit, shown, now=now)
    open_ones = AuditObjection.objects.filter(student__in=shown, state=ObjectionState.OPEN)
    waiting = dict(open_ones.values_list("student").annotate(amount=Count("pk")).order_by())
    context = {
        "audit": audit,
        "page": page,
        "rows": audit_rows(shown, lists, waiting),
        "filters": _filters(chosen),
        "may_propose": audit.state == AuditState.CHECKING
        and to_propose(audit, request.user, now=now).exists(),
    }
    return render(request, "corrections/graduation_college.html", context)


def _filters(chosen: str) -> list[NavItem]:
    """All of the list, or those of one state."""
    parts = [
        NavItem(label=str(state.label), url=f"?state={name}", current=name == chosen)
        for name, state in _LISTS.items()
    ]
    return [NavItem(label="全部", url="?", current=chosen not in _LISTS), *parts]


@require_POST
@domain_errors("corrections:graduation_colleges")
def graduation_propose_all(request: AuthedRequest, audit_id: int) -> HttpResponseBase:
    """Propose what the items give, for everybody whose items are settled."""
    audit = _audit(request, audit_id)
    done = propose_all(audit=audit, actor=request.user, now=timezone.now())
    rest = "一次最多这么多，请再点一次接着办" if done >= MOST_AT_ONCE else "其余的请逐个看"
    messages.success(request, f"已提出 {done} 人；{rest}。")
    return redirect("corrections:graduation_college", audit.pk)


@require_http_methods(_BOTH)
@domain_errors("corrections:graduation_colleges")
def graduation_student(request: AuthedRequest, student_id: int) -> HttpResponseBase:
    """One student: the checklist, what is objected to, and the college's own step."""
    now = timezone.now()
    student = get_object_or_404(students_of_staff(request.user, now=now), pk=student_id)
    form = ProposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            propose_result(student=student, **form.cleaned_data, actor=request.user, now=now)
        except InvalidInputError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, "已提出，等教务处审定。")
            return redirect("corrections:graduation_college", student.audit_id)
    note_student_seen(student=student, viewer=request.user, now=now)
    return render(
        request,
        "corrections/graduation_student.html",
        _student(request, student, form),
        status=422 if form.is_bound else 200,
    )


def _student(request: AuthedRequest, student: AuditedStudent, form: ProposeForm) -> dict[str, Any]:
    now = timezone.now()
    checklist = checklist_of(student, now=now)
    objections = list(objections_of([student]))
    if not form.is_bound and checklist.suggested is not None:
        form.initial = {"outcome": checklist.suggested}
    return {
        "student": student,
        "items": shown_items(checklist, objections, may_object=False),
        "standing": checklist.standing.value,
        "suggested": checklist.suggested.label if checklist.suggested else "还定不了",
        "has_changed": has_changed(student, checklist),
        "form": form,
        "may_propose": ResultAction.PROPOSE in result_actions(request.user, student, now=now),
        "is_confirmed": student.confirmed_digest == checklist.digest,
        "to_answer": [
            each
            for each in objections
            if ANSWERING & set(objection_actions(request.user, each, now=now))
        ],
    }


@require_http_methods(_BOTH)
@domain_errors("corrections:graduation_colleges")
def graduation_answer(request: AuthedRequest, objection_id: int) -> HttpResponseBase:
    """Answer what a student of the college objects to."""
    now = timezone.now()
    mine = AuditObjection.objects.filter(
        kind=ObjectionKind.ITEM, student__in=students_of_staff(request.user, now=now).order_by()
    )
    objection = get_object_or_404(
        mine.select_related("student__record", "student__audit", "item"), pk=objection_id
    )
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_objection(objection=objection, **form.cleaned_data, actor=request.user, now=now)
        except InvalidInputError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, "已答复，学生会收到通知。")
            return redirect("corrections:graduation_student", objection.student_id)
    may_answer = bool(ANSWERING & set(objection_actions(request.user, objection, now=now)))
    context = {"objection": objection, "form": form, "may_answer": may_answer}
    status = 422 if form.is_bound else 200
    return render(request, "corrections/graduation_answer.html", context, status=status)


@require_safe
def graduation_certificates(request: AuthedRequest, audit_id: int) -> HttpResponse:
    """The certificates of the college in one round."""
    audit = _audit(request, audit_id)
    rows = certificates_of_staff(request.user, now=timezone.now()).filter(student__audit=audit)
    page = Paginator(rows, _ON_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "corrections/graduation_certificates.html", {"audit": audit, "page": page}
    )


@require_safe
@domain_errors("corrections:graduation_colleges")
def graduation_certificates_xlsx(request: AuthedRequest, audit_id: int) -> HttpResponseBase:
    """The same as XLSX, with a column to sign in; written down."""
    now = timezone.now()
    audit = _audit(request, audit_id)
    data = export_certificates(audit=audit, actor=request.user, now=now)
    response = HttpResponse(data, content_type=XLSX)
    name = f"证书发放表-{local(now):%m%d-%H%M}.xlsx"
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    response["Cache-Control"] = "no-store, private"
    return response


@require_http_methods(_BOTH)
@domain_errors("corrections:graduation_colleges")
def graduation_certificate(request: AuthedRequest, certificate_id: int) -> HttpResponseBase:
    """Hand one certificate out, or put its receipt right."""
    now = timezone.now()
    row = get_object_or_404(certificates_of_staff(request.user, now=now), pk=certificate_id)
    form = ReceiptForm(request.POST or None, state=row.state)
    if request.method == "POST" and form.is_valid():
        try:
            service = correct_receipt if row.state == CertificateState.HANDED else hand_out
            service(certificate=row, **form.cleaned_data, actor=request.user, now=now)
        except InvalidInputError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, "已登记领取。" if service is hand_out else "已更正。")
            return redirect("corrections:graduation_certificates", row.student.audit_id)
    actions = certificate_actions(request.user, row, now=now)
    may_act = bool({CertificateAction.HAND, CertificateAction.CORRECT} & set(actions))
    context = {
        "row": row,
        "form": form,
        "may_act": may_act,
        "is_over": allowed(check_notice_is_over, row.student.audit, now=now),
    }
    status = 422 if form.is_bound else 200
    return render(request, "corrections/graduation_certificate.html", context, status=status)


def _audit(request: AuthedRequest, audit_id: int) -> GraduationAudit:
    """The round, when the person's college has anybody in it."""
    mine = students_of_staff(request.user, now=timezone.now()).filter(audit=audit_id)
    if not mine.exists():
        raise Http404
    return get_object_or_404(GraduationAudit.objects.select_related("school"), pk=audit_id)
