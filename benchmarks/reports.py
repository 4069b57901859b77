"""Reports: the page on paper beside a bare reportlab page, the public check beside a bare view."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfgen.canvas import Canvas

from benchmarks.measure import Result, alternating, cpu_of, note
from common.paper.fonts import FONT_PATH, paper_font
from reports.documents.pdf import PrintedReport, render_report_pdf
from reports.documents.signing import signed
from reports.documents.words import words_of
from reports.models import VerificationReport
from reports.selectors import check_of, content_of, standing_of
from reports.services.certificate import signer
from reports.services.paper import printed_report, purpose_words
from tests.factories import enrolment, people
from tests.factories.imaging import make_photo
from tests.factories.reports import make_report

_PAGES = 12
_EACH = 60
_ROUNDS = 7
_FONT = "BareNoto"

_BARE = """<!doctype html><html lang="zh-Hans"><head><title>{{ site_name }}</title></head><body>
<img src="{{ photo }}" alt="">
<dl>{% for row in rows %}<dt>{{ row.label }}</dt><dd>{{ row.value }}</dd>{% endfor %}</dl>
<p>{{ receiver }} {{ purpose }} {{ issued }} {{ until }} {{ number }} {{ viewed_at }}</p></body></html>"""


def run() -> list[Result]:
    """CPU of a page on paper, of its signature, and of the public result page."""
    report = _report()
    return [*_paper(report), _check(report)]


def _report() -> VerificationReport:
    note("one report with a photo")
    record = enrolment.make_record(name="沈若溪")
    user = people.make_user("reports@example.test")
    enrolment.bind(record, people.make_identity(user, name=record.name, number=record.id_number))
    fields = ("level", "major_name", "study_mode", "entry_date", "expected_graduation_date")
    now = timezone.now()
    report = make_report(
        record,
        photo=make_photo(record),
        fields=("name", "school", "enrollment_status", *fields),
        issued_at=now,
        expires_at=now + timedelta(days=90),
    )
    return VerificationReport.objects.with_record().get(pk=report.pk)


def _paper(report: VerificationReport) -> list[Result]:
    now = datetime.now(tz=UTC)
    page = printed_report(report, now=now)
    paper_font()
    pdfmetrics.registerFont(ttfonts.TTFont(_FONT, str(FONT_PATH)))

    def ours() -> None:
        for _ in range(_PAGES):
            render_report_pdf(page)

    def floor() -> None:
        for _ in range(_PAGES):
            _bare_page(page)

    ours_s, floor_s, ratio = alternating(ours, floor, rounds=_ROUNDS, timer=cpu_of)
    drawn = render_report_pdf(page)
    key = signer(now=now)

    def sign() -> None:
        for _ in range(_PAGES):
            signed(drawn, signer=key, name="bench", reason="bench")

    sign_s, draw_s, sign_ratio = alternating(sign, ours, rounds=3, timer=cpu_of)
    return [
        Result(
            "report PDF, CPU",
            ours_s / _PAGES * 1e3,
            floor_s / _PAGES * 1e3,
            ratio,
            "<= 1.3",
            "ms a page",
        ),
        # A signature is asked for once a download: it may cost as much as a few drawings.
        Result(
            "report signature ÷ drawing",
            sign_s / _PAGES * 1e3,
            draw_s / _PAGES * 1e3,
            sign_ratio,
            "<= 4.0",
            "ms a page",
        ),
    ]


def _bare_page(page: PrintedReport) -> bytes:
    """The same words, picture and code at the same places, as a script would put them there."""
    words = words_of(english=page.english)
    target = BytesIO()
    canvas = Canvas(target, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle(f"{page.school} {words.title}")
    canvas.setFont(_FONT, 12)
    canvas.drawCentredString(A4[0] / 2, 770, page.school)
    canvas.setFont(_FONT, 22)
    canvas.drawCentredString(A4[0] / 2, 735, words.title)
    if page.photo is not None:
        canvas.drawImage(ImageReader(BytesIO(page.photo)), 430, 550, 36 * mm, 48 * mm)
    rows = (
        *page.rows,
        (words.receiver, page.receiver),
        (words.purpose, page.purpose),
        (words.issued, page.issued),
        (words.until, page.until),
    )
    y = 690.0
    for label, value in rows:
        canvas.line(57, y + 16, 420, y + 16)
        canvas.setFont(_FONT, 9.5)
        canvas.drawString(57, y, label)
        canvas.setFont(_FONT, 11.5)
        canvas.drawString(165, y, value)
        y -= 25.5
    canvas.setFont(_FONT, 18)
    canvas.drawString(57, 230, page.code)
    canvas.setFont(_FONT, 9.5)
    lines = (words.code, *words.how, page.check_address)
    for number, line in enumerate(lines):
        canvas.drawString(57, 210 - 15 * number, line)
    canvas.setFont(_FONT, 8)
    for number, line in enumerate((*words.notes, f"{words.made} {page.made}")):
        canvas.drawString(57, 100 - 12 * number, line)
    _bare_code(canvas, page.address)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _bare_code(canvas: Canvas, address: str) -> None:
    matrix = segno.make_qr(address, error="m").matrix
    module = 34 * mm / len(matrix)
    path = canvas.beginPath()
    for y, row in enumerate(matrix):
        for x, is_dark in enumerate(row):
            if is_dark:
                path.rect(440 + x * module, 260 - y * module, module, module)
    canvas.drawPath(path, stroke=0, fill=1)


def _check(report: VerificationReport) -> Result:
    client = Client()
    answer = client.post("/check/", {"code": report.code})
    assert answer.status_code == 302, answer.status_code
    path = answer.headers["Location"]
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    handler = WSGIHandler()

    def ask() -> bytes:
        status: list[str] = []
        body = b"".join(handler(_environ(path, cookie), lambda code, _: status.append(code)))
        assert status[0].startswith("200"), status
        return body

    template = engines["django"].from_string(_BARE)

    def bare_page(request: HttpRequest, number: str) -> HttpResponse:
        assert request.session["report_checks"]
        done = check_of(number)
        assert done is not None
        assert standing_of(done.report, now=timezone.now()).is_active
        context = {
            "rows": content_of(done.report).rows,
            "photo": f"{path}photo/",
            "receiver": done.report.receiver,
            "purpose": purpose_words(done.report),
            "issued": done.report.issued_at,
            "until": done.report.expires_at,
            "number": number,
            "viewed_at": done.viewed_at,
        }
        return HttpResponse(template.render(context, request))

    bare_page.login_required = False  # type: ignore[attr-defined]

    def ours() -> None:
        for _ in range(_EACH):
            ask()

    def floor() -> None:
        route = _route("check_result")
        real, route.callback = route.callback, bare_page
        try:
            for _ in range(_EACH):
                ask()
        finally:
            route.callback = real

    ours_s, floor_s, ratio = alternating(ours, floor, rounds=_ROUNDS, timer=cpu_of)
    return Result(
        "public check page, CPU",
        ours_s / _EACH * 1e3,
        floor_s / _EACH * 1e3,
        ratio,
        "<= 1.35",
        "ms",
    )


def _environ(path: str, cookie: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={cookie}",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
    }


def _route(name: str) -> Any:
    """The resolver's entry of a page, whose view is exchanged for the floor."""
    for part in get_resolver().url_patterns:
        for each in getattr(part, "url_patterns", []):
            if getattr(part, "app_name", "") == "reports" and each.name == name:
                return each
    raise LookupError(name)
