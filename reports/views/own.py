"""The student's reports: list, code, QR, file, who looked, extend, close."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.timezone import now as clock
from django.views.decorators.http import require_http_methods, require_safe

from common.errors import InvalidInputError
from common.http import AuthedRequest, domain_errors
from common.paper.qr import qr_svg
from common.policy import allowed
from common.wording import date_sentence, local, moment_field, moment_short, until_field
from enrollment.views.guards import student_required
from reports.forms import ExtendForm
from reports.matching import grouped
from reports.models import VerificationReport
from reports.policies import check_can_close, check_can_extend
from reports.selectors import content_of, reports_of, standing_of, views_of
from reports.services.paper import check_address, purpose_words, report_address, report_pdf
from reports.services.report import close_report, extend_report
from reports.states import ReportState, extends_from
from reports.views.shown import Verdict, in_clauses, own_photo, own_verdict

_OPEN_TO = ["GET", "HEAD", "POST"]
_VIEWS_SHOWN = 50
_ENDED = frozenset({ReportState.EXPIRED, ReportState.CLOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    title: str
    note: str
    url: str
    verdict: Verdict


@student_required
@require_safe
def report_list(request: AuthedRequest) -> HttpResponseBase:
    """All reports of the person, the live ones first."""
    now = clock()
    items = [_item(report, now) for report in reports_of(request.user)]
    context = {
        "live": [item for item in items if item.verdict.state not in _ENDED],
        "ended": [item for item in items if item.verdict.state in _ENDED],
    }
    return render(request, "reports/report_list.html", context)


def _item(report: VerificationReport, now: datetime) -> _Item:
    views = report.view_count  # type: ignore[attr-defined]  # annotated by the selector
    looked = f"查验过 {views} 次" if views else "还没有人查验"
    issued = date_sentence(local(report.issued_at).date())
    return _Item(
        title=report.receiver,
        note=f"{report.get_purpose_display()}，{issued}签发，{looked}",
        url=reverse("reports:report_page", args=[report.pk]),
        verdict=own_verdict(report, standing_of(report, now=now)),
    )


@student_required
@require_safe
def report_page(request: AuthedRequest, report_id: int) -> HttpResponseBase:
    """One report: its code, what it shows, who looked, what can be done."""
    now = clock()
    report = get_object_or_404(reports_of(request.user), pk=report_id)
    standing = standing_of(report, now=now)
    opens = extends_from(report.expires_at)
    waits = standing.state == ReportState.ACTIVE and now < opens
    context = {
        "report": report,
        "verdict": own_verdict(report, standing),
        "is_active": standing.is_active,
        "content": content_of(report),
        "purpose": purpose_words(report),
        "issued": in_clauses(moment_field(report.issued_at)),
        "until": in_clauses(until_field(report.expires_at)),
        "photo": own_photo(report.photo) if standing.is_active else None,
        "share_text": _share_text(report),
        "check_address": check_address(),
        "views": views_of(report)[:_VIEWS_SHOWN],
        "can_extend": allowed(check_can_extend, request.user, report, now=now),
        "can_close": allowed(check_can_close, request.user, report, now=now),
        "extends_from": local(opens).date() if waits else None,
    }
    return render(request, "reports/report_page.html", context)


def _share_text(report: VerificationReport) -> str:
    """What one sends along; never the PIN."""
    lines = [
        f"验证码：{grouped(report.code)}",
        f"在这里查验：{report_address(report)}",
        f"（或打开 {check_address()} 自己输入验证码）",
    ]
    if report.pin_hash:
        lines.append("打开时还要一个 PIN，我另外告诉你。")
    return "\n".join(lines)


@student_required
@require_safe
def report_qr(request: AuthedRequest, report_id: int) -> HttpResponseBase:
    """The address of the report as a QR code."""
    report = get_object_or_404(reports_of(request.user), pk=report_id)
    response = HttpResponse(qr_svg(report_address(report)), content_type="image/svg+xml")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@student_required
@require_safe
@domain_errors("reports:report_list")
def report_file(request: AuthedRequest, report_id: int) -> HttpResponseBase:
    """The signed PDF."""
    now = clock()
    report = get_object_or_404(reports_of(request.user), pk=report_id)
    data = report_pdf(report=report, actor=request.user, now=now)
    response = HttpResponse(data, content_type="application/pdf")
    # No name of a person in the name of a file that lies about in chats.
    name = f"在校情况核验单-{local(report.issued_at):%Y%m%d}.pdf"
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@student_required
@require_http_methods(_OPEN_TO)
@domain_errors("reports:report_list")
def report_extend(request: AuthedRequest, report_id: int) -> HttpResponseBase:
    """Ask how long, then extend."""
    now = clock()
    report = get_object_or_404(reports_of(request.user), pk=report_id)
    check_can_extend(request.user, report, now=now)
    form = ExtendForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            extend_report(report=report, **form.cleaned_data, actor=request.user, now=now)
        except InvalidInputError as error:
            form.add_error("months", str(error))
        else:
            messages.success(request, "已延期，验证码不变。")
            return redirect("reports:report_page", report_id=report.pk)
    context = {
        "report": report,
        "form": form,
        "until": in_clauses(until_field(report.expires_at)),
        "ended": report.expires_at <= now,
    }
    return render(request, "reports/report_extend.html", context)


@student_required
@require_http_methods(_OPEN_TO)
@domain_errors("reports:report_list")
def report_close(request: AuthedRequest, report_id: int) -> HttpResponseBase:
    """Ask, then close for good."""
    now = clock()
    report = get_object_or_404(reports_of(request.user), pk=report_id)
    if request.method == "POST":
        close_report(report=report, actor=request.user, now=now)
        messages.success(request, f"已关闭，{moment_short(now)} 起对方查不到了。")
        return redirect("reports:report_page", report_id=report.pk)
    check_can_close(request.user, report, now=now)
    return render(request, "reports/report_close.html", {"report": report})
