"""What this report is and is not, and the way to the official services."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.services.paper import check_address
from reports.views.public import public_page


@public_page
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """'What is this report?', for students and for whoever receives one."""
    context = {"check_address": check_address(), "limit": settings.REPORT_LIVE_LIMIT}
    return render(request, "reports/about.html", context)


@public_page
@require_safe
def certification(request: HttpRequest) -> HttpResponse:
    """Certification of diplomas is an official service: what to prepare, and where it is."""
    return render(request, "reports/certification.html")
