"""The entrance: what a login costs beyond its hash, and whether the clock tells who is registered."""

import statistics
import time
from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import urlencode

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.states import NumberSource
from benchmarks.measure import Result, cpu_of, note
from common.models import AuditEvent, OutboxMessage
from tests.factories.captcha import solved
from tests.factories.people import PASSWORD, make_identity, make_number, make_user
from xuexin.celery import app as celery_app

EMAIL, PHONE, NUMBER, NAME = "bench-door@example.test", "+8613700137000", make_number(2), "沈若溪"
_WRONG = "Wrong-pass-7!"
_PAIRS = 31
_LOGINS = 21
_MANY_SESSIONS = 20
_MOST_QUERIES = 25.0
_MOST_CPU_MS = 25.0

_serial = count()
_BROWSER = Client()

Ask = Callable[[], Callable[[], Any]]
"""Makes one request ready, picture solved and limits forgotten; calling the result sends it."""


def run() -> list[Result]:
    """Queries and CPU of a login; medians of known and unknown contacts, side by side."""
    note("one account with e-mail, phone and number")
    user = make_user(EMAIL, phone=PHONE)
    make_identity(user, name=NAME, number=NUMBER).numbers.update(source=NumberSource.ROSTER)
    was_eager = celery_app.conf.task_always_eager
    celery_app.conf.task_always_eager = False  # as in production: a message waits for the worker
    try:
        return [*_logins(user), *_clocks()]
    finally:
        celery_app.conf.task_always_eager = was_eager


# --- cost ------------------------------------------------------------------------------------


def _logins(user: User) -> list[Result]:
    results = []
    for sessions in (0, _MANY_SESSIONS):
        about = f", {sessions} live sessions" if sessions else ""
        _live(user, sessions)
        with CaptureQueriesContext(connection) as asked:
            _log_in()
        results.append(_bounded(f"login, queries{about}", len(asked), _MOST_QUERIES, "queries"))

        pairs = []
        for number in range(_LOGINS + 1):
            _live(user, sessions)
            spent, hashed = cpu_of(_log_in), cpu_of(lambda: user.check_password(PASSWORD))
            if number:  # the first one warms up
                pairs.append((spent * 1e3, hashed * 1e3))
        note(f"hash {statistics.median(hashed for _, hashed in pairs):.1f} ms")
        beyond = statistics.median(spent - hashed for spent, hashed in pairs)
        results.append(_bounded(f"login, CPU beyond its hash{about}", beyond, _MOST_CPU_MS, "ms"))
    return results


def _bounded(name: str, value: float, bound: float, unit: str) -> Result:
    return Result(name, value, bound, value, f"<= {bound:g}", unit)


def _live(user: User, amount: int) -> None:
    """Exactly so many live sessions of the account."""
    Session.objects.all().delete()
    UserSession.objects.all().delete()
    _forget()
    for _ in range(amount):
        client = Client()
        client.force_login(user, backend="accounts.backends.AccountBackend")
        key = client.session.session_key
        now = timezone.now()
        UserSession.objects.create(
            user=user,
            session_key=key,
            ip="127.0.0.1",
            user_agent="bench",
            created_at=now,
            last_seen_at=now,
        )


def _visitor() -> Client:
    """A browser without cookies; one for all, because each new one would load the middleware anew."""
    _BROWSER.cookies.clear()
    return _BROWSER


def _log_in() -> None:
    answer = _visitor().post(
        "/account/login/",
        urlencode({"login": EMAIL, "password": PASSWORD}),
        content_type="application/x-www-form-urlencoded",  # as browsers send a form without files
    )
    assert answer.status_code == 302, answer.status_code


# --- clocks ----------------------------------------------------------------------------------


def _clocks() -> list[Result]:
    pairs: list[tuple[str, Ask, Ask]] = [
        (
            "login by e-mail",
            _post("/account/login/", login=EMAIL, password=_WRONG),
            _post("/account/login/", login="nobody-here@example.test", password=_WRONG),
        ),
        (
            "login by phone",
            _post("/account/login/", login="13700137000", password=_WRONG),
            _post("/account/login/", login="13600136000", password=_WRONG),
        ),
        (
            "login by number",
            _post("/account/login/", login=NUMBER, password=_WRONG),
            _post("/account/login/", login=make_number(3), password=_WRONG),
        ),
        (
            "login code by e-mail",
            _post("/account/login/code/", contact=EMAIL),
            _post("/account/login/code/", contact="nobody-here@example.test"),
        ),
        (
            "new password by e-mail",
            _post("/account/password/reset/", contact=EMAIL),
            _post("/account/password/reset/", contact="nobody-here@example.test"),
        ),
        (
            "new password by phone",
            _post("/account/password/reset/", contact="13700137000"),
            _post("/account/password/reset/", contact="13600136000"),
        ),
        (
            "login name by number",
            _post("/account/recover/", picture=True, name=NAME, number=NUMBER),
            _post("/account/recover/", picture=True, name=NAME, number=make_number(3)),
        ),
    ]
    return [_side_by_side(name, known, unknown) for name, known, unknown in pairs]


def _side_by_side(name: str, known: Ask, unknown: Ask) -> Result:
    """Medians over interleaved pairs; the order turns around from pair to pair."""
    seconds: tuple[list[float], list[float]] = ([], [])
    asks = (known, unknown)
    for number in range(_PAIRS + 3):
        for which in (0, 1) if number % 2 else (1, 0):
            send = asks[which]()
            begun = time.perf_counter()
            send()
            spent = time.perf_counter() - begun
            if number >= 3:
                seconds[which].append(spent * 1e3)
    medians = [statistics.median(each) for each in seconds]
    OutboxMessage.objects.all().delete()
    AuditEvent.objects.all()._raw_delete("default")  # noqa: SLF001 -- events of a scratch database
    return Result(
        f"{name}, known ÷ unknown", *medians, max(medians) / min(medians), "<= 1.10", "ms"
    )


def _post(path: str, *, picture: bool = False, **data: str) -> Ask:
    def ready() -> Callable[[], Any]:
        _forget()
        address = f"203.0.113.{next(_serial) % 250}"
        filled = {**data, **(solved() if picture else {})}

        def send() -> Any:
            answer = _visitor().post(path, filled, REMOTE_ADDR=address)
            assert answer.status_code in (200, 302), answer.status_code
            return answer

        return send

    return ready


def _forget() -> None:
    for alias in ("default", "fallback"):
        caches[alias].clear()
