"""The public check of a code: form, result, photo, receipt. No account, no script, no trace of whom.

A check is a POST, so that previews of links in chats look at nothing; its result can be opened again
for half an hour in the same browser, and says then what the report is worth then.
"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now as clock
from django.views.decorators.http import require_http_methods, require_safe

from common import files
from common.components import PhotoView
from common.errors import InvalidInputError
from common.ratelimit import TooManyError, hit
from common.wording import moment_field
from reports.documents.words import words_of
from reports.forms import CheckForm, ReceiptForm
from reports.matching import masked_code
from reports.models import ReportView
from reports.selectors import check_numbered, check_of, content_of, standing_of
from reports.services.check import RECEIPTS, check_report
from reports.services.paper import purpose_words, written_moment, written_until
from reports.states import ReportState
from reports.views.public import address_of, public_page
from reports.views.shown import Verdict, checked_verdict, in_clauses

_CHECKS = "report_checks"
_MOST_CHECKS = 5
_OPEN_FOR = timedelta(minutes=30)
_OPEN_TO = ["GET", "HEAD", "POST"]


@public_page
@require_http_methods(_OPEN_TO)
def check(request: HttpRequest) -> HttpResponseBase:
    """Type a code, see the result."""
    if request.method != "POST":
        return _form_page(request, CheckForm())
    form = CheckForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form)
    now = clock()
    try:
        done = check_report(**form.cleaned_data, address=address_of(request), now=now)
    except InvalidInputError as error:
        form.add_error("code", str(error))
        return _form_page(request, form)
    except TooManyError as error:
        form.add_error(None, f"{error}。着急的话，请对方把 PDF 或页面当面给你看，再来查")
        return _form_page(request, form, status=429)
    _remember(request, done.number, now)
    return redirect("reports:check_result", number=done.number)


@public_page
@require_safe
def check_coded(request: HttpRequest, code: str) -> HttpResponseBase:
    """Where a QR code leads: the form with the code filled in. Looks nothing up."""
    initial = CheckForm.filled(code)
    return _form_page(request, CheckForm(initial=initial), scanned=bool(initial))


@public_page
@require_safe
def result(request: HttpRequest, number: str) -> HttpResponseBase:
    """What a check of this browser has found, as it stands now."""
    now = clock()
    done = _own_check(request, number, now)
    if done is None:
        return redirect("reports:check")
    report = done.report
    standing = standing_of(report, now=now)
    context: dict[str, Any] = {
        "done": done,
        "verdict": checked_verdict(report, standing),
        "is_active": standing.is_active,
        "host": _host(),
        "now": now,
    }
    if standing.is_active:
        context |= {
            "report": report,
            "content": content_of(report),
            "purpose": purpose_words(report),
            "issued": in_clauses(written_moment(report.issued_at, english=report.is_english)),
            "until": in_clauses(written_until(report.expires_at, english=report.is_english)),
            "words": words_of(english=report.is_english),
            "photo": _photo_view(done),
        }
    return render(request, "reports/check_result.html", context)


@public_page
@require_safe
def result_photo(request: HttpRequest, number: str) -> HttpResponseBase:
    """The photo of a valid report, for the browser that has checked its code."""
    now = clock()
    done = _own_check(request, number, now)
    if done is None or done.report.photo is None:
        raise Http404
    file = done.report.photo.entry.published
    if file.purged_at is not None or not standing_of(done.report, now=now).is_active:
        raise Http404
    return files.stream(file)


@public_page
@require_http_methods(_OPEN_TO)
def receipt_find(request: HttpRequest) -> HttpResponseBase:
    """Look a receipt up by the number of the check."""
    form = ReceiptForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return redirect("reports:receipt", number=form.cleaned_data["number"])
    return render(request, "reports/receipt_find.html", {"form": form})


@public_page
@require_safe
def receipt(request: HttpRequest, number: str) -> HttpResponseBase:
    """That a code was checked at a moment with a result: to be printed, and looked up again."""
    try:
        hit(RECEIPTS, address_of(request), now=clock())
    except TooManyError as error:
        form = ReceiptForm({"number": number})
        form.add_error(None, str(error))
        return render(request, "reports/receipt_find.html", {"form": form}, status=429)
    done = check_numbered(number)
    if done is None:
        form = ReceiptForm({"number": number})
        if form.is_valid():
            form.add_error("number", "没有这个查验号，对一遍数字")
        return render(request, "reports/receipt_find.html", {"form": form}, status=404)
    state = ReportState(done.result)
    context = {
        "done": done,
        "masked_code": masked_code(done.report.code),
        "checked_at": in_clauses(f"{moment_field(done.viewed_at)}:{done.viewed_at.second:02d}"),
        "verdict": Verdict(state=state, text=""),
        "receipt_address": f"{settings.BASE_URL}{reverse('reports:receipt_find')}",
        "host": _host(),
    }
    return render(request, "reports/receipt.html", context)


def _form_page(
    request: HttpRequest, form: CheckForm, *, scanned: bool = False, status: int = 200
) -> HttpResponse:
    context = {"form": form, "scanned": scanned, "host": _host()}
    return render(request, "reports/check.html", context, status=status)


def _host() -> str:
    """The one domain on which a check counts; not what the request claims."""
    return urlsplit(settings.BASE_URL).netloc


def _remember(request: HttpRequest, number: str, now: datetime) -> None:
    known = request.session.get(_CHECKS, [])
    request.session[_CHECKS] = [[number, now.timestamp()], *known][:_MOST_CHECKS]


def _own_check(request: HttpRequest, number: str, now: datetime) -> ReportView | None:
    """The check of that number, when this browser made it a short while ago."""
    since = (now - _OPEN_FOR).timestamp()
    mine = any(known == number and at > since for known, at in request.session.get(_CHECKS, []))
    return check_of(number) if mine else None


def _photo_view(done: ReportView) -> PhotoView | None:
    photo = done.report.photo
    if photo is None:
        return None
    gone = photo.entry.published.purged_at is not None
    address = "" if gone else reverse("reports:check_photo", args=[done.number])
    return PhotoView(url=address, alt="报告中的照片")
