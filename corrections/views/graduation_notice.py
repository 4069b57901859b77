"""公示: open to everybody while it is up, with nobody's whole name; an objection needs an account."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from common.errors import InvalidInputError
from common.http import AuthedRequest, client_address, domain_errors, public_page
from common.ratelimit import Limit, TooManyError, hit
from corrections.forms.graduation import NoticeObjectionForm
from corrections.models import GraduationAudit
from corrections.selectors.graduation_scope import on_notice
from corrections.selectors.graduation_shown import notice_rows
from corrections.services.graduation import object_to_notice

__all__ = ["graduation_notice", "graduation_notice_object"]

# A whole campus may stand behind one address.
LOOKS = Limit("graduation-notice", 600, 60)
_ON_A_PAGE = 100


@public_page
@require_safe
def graduation_notice(request: HttpRequest, audit_id: int) -> HttpResponseBase:
    """Who is to graduate, masked; before and after its time the page does not exist."""
    now = timezone.now()
    try:
        hit(LOOKS, client_address(request), now=now)
    except TooManyError:
        return render(request, "429.html", status=429)
    audit = _on_notice(audit_id)
    page = Paginator(on_notice(audit), _ON_A_PAGE).get_page(request.GET.get("page"))
    rows = notice_rows(page.object_list)
    context = {"now": now, "audit": audit, "page": page, "rows": rows, **_demo(audit)}
    return render(request, "corrections/graduation_notice.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@domain_errors("home")
def graduation_notice_object(request: AuthedRequest, audit_id: int) -> HttpResponseBase:
    """An objection under one's name, while the notice is up."""
    audit = _on_notice(audit_id)
    form = NoticeObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            object_to_notice(
                audit=audit, **form.cleaned_data, actor=request.user, now=timezone.now()
            )
        except InvalidInputError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, "已收到，教务处核实以后按你留的联系方式答复。")
            return redirect("corrections:graduation_notice", audit.pk)
    status = 422 if form.is_bound else 200
    context = {"audit": audit, "form": form, **_demo(audit)}
    return render(request, "corrections/graduation_notice_object.html", context, status=status)


def _demo(audit: GraduationAudit) -> dict[str, bool]:
    """The frame's word for what is made up, on the notice of a demo school wherever it runs."""
    return {"is_demo": True} if audit.school.is_demo else {}


def _on_notice(audit_id: int) -> GraduationAudit:
    found = GraduationAudit.objects.on_notice_at(timezone.now()).select_related("school")
    audit = get_object_or_404(found, pk=audit_id)
    if not audit.is_on_notice_at(timezone.now()):
        raise Http404
    return audit
