"""Two pages, each beside a bare view that makes the same queries and prints the same values."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone

from benchmarks.measure import Result, alternating, cpu_of, note
from common.http import AuthedRequest
from enrollment.models import StudentRecord
from enrollment.selectors import record_fields, records_of
from imaging.selectors import verification_of
from imaging.selectors.terms import shown_texts
from imaging.states import PhotoKind
from imaging.views.shown import portrait
from imaging.views.sight import seal_sight
from tests.factories import enrolment, people
from tests.factories.imaging import make_campaign, make_member, make_photo
from xuexin.pages import record as record_page

_EACH = 60
_ROUNDS = 7
_MOST_QUERIES = 6

_BARE = """<!doctype html><html lang="zh-Hans"><head><title>{{ site_name }}</title></head><body>
{% for item in nav_items %}<a href="{{ item.url }}">{{ item.label }}</a>{% endfor %}
<img src="{{ graduation.url }}" alt=""><img src="{{ admission.url }}" alt="">
<dl>{% for row in rows %}<dt>{{ row.label }}</dt><dd>{{ row.value }}</dd>{% endfor %}</dl>
<p>{{ campaign }} {{ closes_at }}</p></body></html>"""


_BARE_CHOICE = """<!doctype html><html lang="zh-Hans"><head><title>{{ site_name }}</title></head><body>
{% for item in nav_items %}<a href="{{ item.url }}">{{ item.label }}</a>{% endfor %}
<form method="post">{% csrf_token %}<input type="hidden" name="seen" value="{{ seen }}">
<p>{{ campaign }} {{ closes_at }} {{ silence }} {{ help }}</p>
<img src="{{ graduation.url }}" alt=""><img src="{{ admission.url }}" alt="">
<dl>{% for row in rows %}<dt>{{ row.label }}</dt><dd>{{ row.value }}</dd>{% endfor %}</dl>
<input type="radio" name="photo"><input type="radio" name="info"><button>{{ round }}</button></form>
</body></html>"""

Context = Callable[[HttpRequest], dict[str, Any]]


def run() -> list[Result]:
    """CPU of one answer, ours and bare, and the number of queries, of two pages."""
    note("one student with both photos in a running campaign")
    user, record = _student()
    client = Client()
    client.force_login(user, backend="accounts.backends.AccountBackend")
    return [
        *_measured(client, "record page", "/record/", _route("record"), (_BARE, _context)),
        *_measured(
            client,
            "verification page",
            f"/verify/{record.pk}/",
            _route("verify_record", within="imaging"),
            (_BARE_CHOICE, _choice_context),
        ),
    ]


def _measured(
    client: Client, name: str, path: str, route: Any, bare: tuple[str, Context]
) -> list[Result]:
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    handler = WSGIHandler()
    template, context_of = engines["django"].from_string(bare[0]), bare[1]

    def ask() -> bytes:
        answer: list[str] = []
        body = b"".join(handler(_environ(path, cookie), lambda status, _: answer.append(status)))
        assert answer[0].startswith("200"), answer
        return body

    def ours() -> None:
        for _ in range(_EACH):
            ask()

    def bare_page(request: AuthedRequest, **_: object) -> HttpResponse:
        return HttpResponse(template.render(context_of(request), request))

    def floor() -> None:
        real, route.callback = route.callback, bare_page
        try:
            ours()
        finally:
            route.callback = real

    ask()
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    real, route.callback = route.callback, bare_page
    with CaptureQueriesContext(connection) as least:
        assert client.get(path).status_code == 200
    route.callback = real
    # The floor may not be made easier by asking less.
    assert 0 < len(asked) == len(least), (len(asked), len(least))
    queries = len(asked)
    ours_s, floor_s, ratio = alternating(ours, floor, rounds=_ROUNDS, timer=cpu_of)
    return [
        Result(f"{name}, CPU", ours_s / _EACH * 1e3, floor_s / _EACH * 1e3, ratio, "<= 1.35", "ms"),
        Result(
            f"{name}, queries",
            queries,
            _MOST_QUERIES,
            queries / _MOST_QUERIES,
            "<= 1.0",
            "queries, bound 6",
        ),
    ]


def _student() -> tuple[Any, StudentRecord]:
    record = enrolment.make_record(name="沈若溪")
    user = people.make_user("bench@example.test")
    enrolment.bind(record, people.make_identity(user, name=record.name, number=record.id_number))
    for kind in PhotoKind:
        make_photo(record, kind)
    now = timezone.now()
    make_member(
        record,
        make_campaign(
            opens_at=now - timedelta(days=3),
            closes_at=now + timedelta(days=3),
            sheet_freeze_at=now + timedelta(days=4),
        ),
    )
    return user, record


def _context(request: HttpRequest) -> dict[str, Any]:
    records = list(records_of(request.user))
    found = verification_of(records[0], now=timezone.now())
    assert found is not None
    return {
        "graduation": record_page.portrait(found.photos.get(PhotoKind.GRADUATION)),
        "admission": record_page.portrait(found.photos.get(PhotoKind.ADMISSION), compared=True),
        "rows": [field.row for field in record_fields(records[0])],
        "campaign": found.campaign.title,
        "closes_at": found.member.closes_at,
    }


def _choice_context(request: HttpRequest) -> dict[str, Any]:
    record = get_object_or_404(records_of(request.user))
    found = verification_of(record, now=timezone.now())
    assert found is not None
    texts = shown_texts(
        found.member, school_name=found.record.school.name, closes_at=found.closes_at
    )
    return {
        "seen": seal_sight(found, is_change=False),
        "graduation": portrait(found.photo),
        "admission": portrait(found.photos.get(PhotoKind.ADMISSION), compared=True),
        "rows": [field.row for field in record_fields(found.record)],
        "campaign": found.campaign.title,
        "closes_at": found.closes_at,
        "silence": texts.silence,
        "help": texts.help,
        "round": found.round_no,
    }


def _environ(path: str, cookie: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={cookie}",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
    }


def _route(name: str, *, within: str = "") -> Any:
    """The resolver's entry of a page, whose view is exchanged for the floor."""
    patterns = get_resolver().url_patterns
    if within:
        patterns = next(
            each for each in patterns if getattr(each, "app_name", "") == within
        ).url_patterns
    return next(each for each in patterns if getattr(each, "name", "") == name)
