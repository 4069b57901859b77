"""Requests that a browser would not make: forged, redirected, by another method, from elsewhere.

Already proved elsewhere: pages of the desk by role (tests/meta/test_access.py), limits of the login
from many addresses (test_limits_entrance.py), log lines that carry no number (test_contacts.py).
"""

import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from common.http import client_address
from common.redaction import RedactingFilter
from tests.accounts.entrance import STRONG, deliver, log_in, register
from tests.factories.captcha import solved
from tests.factories.people import make_number, make_user
from tests.meta.addresses import PUBLIC, Address, addresses, admitted
from tests.meta.test_access import path_of  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
PathOf = Callable[[Address], str]

EVIL = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example/",
    "\\\\evil.example",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "/\tevil.example/..//evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
)


def views(resolver: URLResolver) -> Iterator[URLPattern]:
    for part in resolver.url_patterns:
        if isinstance(part, URLResolver):
            yield from views(part)
        else:
            yield part


def snapshot() -> dict[str, list[Any]]:
    """Every row of ours but those that only say that somebody looked.

    Small copies of a photo are made when they are asked for first; they say nothing new.
    """
    looked = {"common.AuditEvent", "common.FileView", "imaging.Rendition"}
    copies = {"common.StoredFile": {"rendition": None}}
    return {
        model._meta.label: list(
            model._default_manager.filter(**copies.get(model._meta.label, {}))
            .order_by("pk")
            .values_list()
        )
        for app in ("accounts", "common", "corrections", "enrollment", "imaging", "reports")
        for model in apps.get_app_config(app).get_models()
        if model._meta.label not in looked
    }


def paths_for(person: str, path_of: PathOf) -> dict[str, str]:  # noqa: F811
    """The paths at which that person is let in."""
    return {
        address.name: path_of(address)
        for address in addresses()
        if address.name not in PUBLIC and person in (admitted(address.name) or ())
    }


# --- forged requests ---------------------------------------------------------------------------


def test_no_view_is_exempt_from_the_token() -> None:
    exempt = [
        str(part.pattern)
        for part in views(get_resolver())
        if getattr(part.callback, "csrf_exempt", False)
    ]

    assert exempt == []


@pytest.mark.parametrize("person", ["alice", "li"])
def test_post_without_the_token_does_nothing(
    person: str,
    request: pytest.FixtureRequest,
    path_of: PathOf,  # noqa: F811
) -> None:
    paths = paths_for(person, path_of)
    client = Client(enforce_csrf_checks=True)
    client.force_login(request.getfixturevalue(person), backend="accounts.backends.AccountBackend")
    before = snapshot()

    passed = {
        name: status
        for name, path in paths.items()
        if (status := client.post(path, headers={"origin": "https://evil.example"}).status_code)
        != 403
    }

    assert passed == {}
    assert snapshot() == before


def test_cookies_are_kept_from_scripts_and_other_sites(settings: Any) -> None:
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"


# --- other methods -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "method"),
    [
        *[("alice", each) for each in ("head", "put", "patch", "delete", "options", "trace")],
        ("li", "put"),  # the desk knows POST and all the others
    ],
)
def test_only_a_post_changes_anything(
    person: str,
    method: str,
    request: pytest.FixtureRequest,
    path_of: PathOf,  # noqa: F811
    client_of: ClientOf,
) -> None:
    paths = paths_for(person, path_of)
    client = client_of(request.getfixturevalue(person))
    before = snapshot()

    for name, path in paths.items():
        answer = getattr(client, method)(f"{path}?confirm=1&_confirmed=1&action=delete&end=1")
        assert answer.status_code < 500, name
        if answer.streaming:
            b"".join(answer)

    assert snapshot() == before
    assert client.get(reverse("accounts:overview")).status_code == 200


def test_method_named_in_a_header_is_not_believed(client_of: ClientOf, alice: User) -> None:
    client = client_of(alice)

    client.get(reverse("account_logout"), headers={"x-http-method-override": "POST"})
    client.get(f"{reverse('account_logout')}?_method=POST")

    assert client.get(reverse("accounts:overview")).status_code == 200


# --- where a request leads ---------------------------------------------------------------------


def leads_away(target: str) -> bool:
    """Whether a browser that follows this leaves the site."""
    plain = re.sub(r"[\t\r\n]", "", target).replace("\\", "/").strip()
    return bool(re.match(r"(?i)//|[a-z][a-z0-9+.-]*:", plain)) and not plain.startswith(
        "http://testserver/"
    )


@pytest.mark.parametrize("evil", EVIL)
def test_next_leads_to_no_other_site(evil: str, client_of: ClientOf, alice: User, li: User) -> None:
    make_user("next@example.test", password=STRONG)
    answers = [
        Client().get("/admin/login/", {"next": evil}),
        client_of(li).get("/admin/login/", {"next": evil}),
        Client().post(
            "/account/login/", {"login": "next@example.test", "password": STRONG, "next": evil}
        ),
        client_of(alice).post("/account/logout/", {"next": evil}),
        client_of(alice).get("/account/login/", {"next": evil}),
        client_of(alice).get("/account/signup/", {"next": evil}),
        client_of(alice).post("/account/consent/", {"next": evil, "later": "1"}),
        client_of(alice).post(
            "/account/reauthenticate/", {"password": "Yuanshan-2026!", "next": evil}
        ),
    ]

    assert [
        answer["Location"]
        for answer in answers
        if answer.status_code == 302 and leads_away(answer["Location"])
    ] == []
    assert sum(answer.status_code == 302 for answer in answers) > 4


def test_refused_deed_leads_back_to_no_other_site(client_of: ClientOf, eve: User) -> None:
    answer = client_of(eve).get(
        "/identity/further/", headers={"referer": "https://evil.example/identity/"}
    )

    assert answer.status_code == 302
    assert not leads_away(answer["Location"])


def test_links_in_mails_are_not_the_requests_to_choose(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.BASE_URL = "https://portal.example.test"
    evil = {"x-forwarded-host": "evil.example", "x-original-host": "evil.example"}

    register(Client(headers=evil), "new@example.test")
    Client(headers=evil).post("/account/password/reset/", {"contact": "new@example.test"})
    deliver()

    assert mail.outbox
    assert not any("evil.example" in str(message.body) for message in mail.outbox)
    assert Client().get("/", headers={"host": "evil.example"}).status_code == 400


def test_links_in_mails_name_the_portal_even_behind_a_generous_server(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.BASE_URL = "https://portal.example.test"

    make_user("known@example.test")
    browser = Client(headers={"host": "evil.example"})
    register(browser, "new@example.test")
    register(Client(headers={"host": "evil.example"}), "known@example.test")
    for contact in ("known@example.test", "unknown@example.test"):
        browser.post("/account/password/reset/", {"contact": contact})
    deliver()

    assert len(mail.outbox) == 4
    assert not any("evil.example" in str(message.body) for message in mail.outbox)


# --- from where a request comes ----------------------------------------------------------------

_SPOOFED = ("x-forwarded-for", "x-real-ip", "forwarded", "client-ip", "true-client-ip")


def test_address_named_in_a_header_is_not_believed(rf: RequestFactory) -> None:
    for header in _SPOOFED:
        request = rf.get("/", headers={header: "198.51.100.9"}, REMOTE_ADDR="203.0.113.7")
        assert client_address(request) == "203.0.113.7"


def test_address_before_the_trusted_proxies_is_not_believed(
    rf: RequestFactory, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    forged = {"x-forwarded-for": "198.51.100.9, 10.9.9.9, 203.0.113.7"}

    assert client_address(rf.get("/", headers=forged, REMOTE_ADDR="127.0.0.1")) == "203.0.113.7"


def test_ipv4_written_as_ipv6_is_not_one_crowd(rf: RequestFactory) -> None:
    found = {client_address(rf.get("/", REMOTE_ADDR=f"::ffff:203.0.113.{n}")) for n in (1, 2)}

    assert found == {"203.0.113.1", "203.0.113.2"}


DOORS: dict[str, tuple[str, dict[str, str], int]] = {
    "check": ("/check/", {"code": "ABCD-EFGH-JKMN-PQRS"}, 61),
    "receipt": ("/check/receipt/1234567890/", {}, 121),
    "counter link": ("/account/counter/none/", {}, 61),
    "invitation": ("/identity/invitation/none/", {}, 121),
    "objection link": ("/identity/objection/none/", {}, 121),
    "not me": ("/account/not-me/none/", {}, 61),
}


@pytest.mark.parametrize("door", DOORS)
def test_limit_of_an_address_holds_whatever_headers_say_and_in_all_of_its_network(
    door: str, db: None
) -> None:
    path, data, most = DOORS[door]
    statuses = []
    for n in range(most):
        client = Client(
            REMOTE_ADDR=f"2001:db8:1:2:{n:x}::{n:x}",
            headers=dict.fromkeys(_SPOOFED, f"198.51.100.{n % 250}"),
        )
        answer = client.post(path, data) if data else client.get(path)
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            break

    assert 429 in statuses
    if door == "check":  # guessing from everywhere together has a limit too
        return
    elsewhere = Client(REMOTE_ADDR="2001:db8:9::1")
    answer = elsewhere.post(path, data) if data else elsewhere.get(path)
    assert answer.status_code != 429


# --- what stays behind -------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["alice", "li"])
def test_looking_changes_nothing_and_is_kept_by_no_cache(
    person: str,
    request: pytest.FixtureRequest,
    path_of: PathOf,  # noqa: F811
    client_of: ClientOf,
) -> None:
    paths = paths_for(person, path_of)
    client = client_of(request.getfixturevalue(person))
    before = snapshot()

    kept = []
    for name, path in paths.items():
        answer = client.get(f"{path}?confirm=1&_confirmed=1&action=delete&end=1")
        if answer.streaming:
            b"".join(answer)
        if name != "admin:jsi18n" and "no-store" not in answer.headers.get("Cache-Control", ""):
            kept.append(name)

    assert kept == []
    assert snapshot() == before


def test_forms_of_visitors_are_not_kept_either() -> None:
    for path in ("/account/login/", "/account/signup/", "/check/", "/account/recover/"):
        assert "no-store" in Client().get(path).headers["Cache-Control"], path


def test_headers_that_bind_the_browser(client_of: ClientOf, alice: User) -> None:
    for answer in (Client().get("/account/login/"), client_of(alice).get("/record/")):
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_error_pages_tell_nothing_of_the_inside(
    monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, alice: User
) -> None:
    number = make_number(7)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"secret {number} in {settings.BASE_DIR}")

    monkeypatch.setattr("xuexin.pages.record.records_of", broken, raising=True)
    client = client_of(alice)
    client.raise_request_exception = False
    pages = [
        client.get("/record/"),
        client.get("/nowhere/<script>alert(1)</script>/"),
        Client(enforce_csrf_checks=True).post("/account/login/"),
        client.get("/photo/987654/"),
    ]

    assert [page.status_code for page in pages] == [500, 404, 403, 404]
    for page in pages:
        text = page.content.decode()
        assert "Traceback" not in text
        assert "RuntimeError" not in text
        assert number not in text
        assert str(settings.BASE_DIR) not in text
        assert "<script>alert" not in text


def test_logs_of_a_persons_way_hold_no_number_phone_mail_or_code(
    caplog: pytest.LogCaptureFixture, client_of: ClientOf, eve: User
) -> None:
    number, phone, email = make_number(7), "13800138007", "way@example.test"
    code = "ABCDEFGHJKMNPQRS"
    logging.getLogger().setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        register(Client(), phone)
        register(Client(), email)
        log_in(Client(), number, "Wrong-pass-7!")
        log_in(Client(), phone, "Wrong-pass-7!")
        Client().post("/account/login/code/", {"contact": phone})
        Client().post("/account/recover/", {"name": "沈若溪", "number": number, **solved()})
        client_of(eve).post("/identity/", {"name": "沈若溪", "id_type": "1", "number": number})
        Client().get(f"/nowhere/{number}/{phone}/?id={number}")
        Client().get(f"/check/{code}/nothing/")
        deliver()

    lines = []
    for record in caplog.records:
        if not record.name.startswith(("django.db", "asyncio", "PIL")):
            RedactingFilter().filter(record)
            lines.append(record.getMessage())
    text = "\n".join(lines)
    assert number not in text
    assert phone not in text
    assert email not in text
    assert not re.search(r"(?<!\d)\d{6}(?!\d)", text)
