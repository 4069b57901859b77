"""The campus log-in against a real provider: whom it lets in, and what it never believes."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.test import Client

from accounts.models import DeclaredIdentity, LoginEvent, User
from accounts.states import LoginWay, Role
from common.models import AuditEvent
from tests.accounts.entrance import STRONG, is_logged_in, log_in
from tests.factories.people import make_staff, make_user
from xuexin.signon import SingleSignOn

pytestmark = [pytest.mark.page, pytest.mark.django_db]

EMAIL, SUB = "ruoxi@example.test", "20220401-27"
CALLBACK = "/account/sso/callback/"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a provider that runs."""
    absent = importlib.util.find_spec("oidc_provider_mock") is None
    if absent and os.environ.get("XUEXIN_DEV") != "required":
        pytest.skip("oidc-provider-mock is not installed (pip install -r requirements-dev.txt)")
    script = Path(__file__).with_name("oidc_server.py")
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        yield f"http://localhost:{port}"
        process.communicate()


@pytest.fixture
def sso(provider: str, settings: Any) -> SingleSignOn:
    """Switched on, not trusting the provider's e-mails."""
    read = SingleSignOn(
        issuer=provider,
        client_id="xuexin",
        client_secret="secret",
        name="校园统一认证",
        trusts_email=False,
    )
    settings.SINGLE_SIGN_ON = read
    return read


@pytest.fixture
def trusting(sso: SingleSignOn, settings: Any) -> SingleSignOn:
    """Switched on, trusting the provider's e-mails."""
    read = replace(sso, trusts_email=True)
    settings.SINGLE_SIGN_ON = read
    return read


@pytest.fixture
def ruoxi(db: None) -> User:
    """A person with an account."""
    return make_user(EMAIL, password=STRONG)


def tell(provider: str, sub: str, **claims: Any) -> None:
    """Let the provider know what to say of a person."""
    requests.put(f"{provider}/users/{sub}", json=claims, timeout=5).raise_for_status()


def leave(client: Client, path: str = "/account/sso/login/", **data: str) -> str:
    """The address at the provider that the portal sends the person to."""
    response = client.post(path, data)
    assert response.status_code == 200, response.headers
    found = re.search(r'content="0; url=([^"]+)"', response.content.decode())
    assert found is not None
    return unescape(found[1])


def consent(address: str, sub: str = SUB, **form: str) -> str:
    """The path that the provider sends the person back to."""
    data = {"sub": sub, **form}
    response = requests.post(address, data=data, allow_redirects=False, timeout=5)
    target = urlsplit(response.headers["Location"])
    return f"{target.path}?{target.query}"


def go(client: Client, sub: str = SUB, **data: str):
    """The whole way, as a browser goes it."""
    return client.get(consent(leave(client, **data), sub))


def with_query(address: str, **changes: str) -> str:
    """The address with other parameters."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    return urlunsplit(parts._replace(query=urlencode(query)))


def linked(client: Client, sub: str = SUB) -> None:
    """Log in by password and link the campus account."""
    log_in(client, EMAIL)
    client.post("/account/reauthenticate/", {"password": STRONG})
    client.get(consent(leave(client, "/account/sso/"), sub))


# --- switched off --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/account/sso/login/", CALLBACK, "/account/sso/"])
def test_nothing_is_there_without_a_provider(path: str, ruoxi: User) -> None:
    client = Client()
    log_in(client, EMAIL)

    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404
    assert "校园统一认证" not in client.get("/account/").content.decode()


def test_login_page_offers_it(sso: SingleSignOn, db: None) -> None:
    page = Client().get("/account/login/").content.decode()

    assert "从「校园统一认证」登录" in page


# --- the question --------------------------------------------------------------------------------


def test_question_has_state_nonce_and_pkce(sso: SingleSignOn, db: None) -> None:
    query = parse_qs(urlsplit(leave(Client())).query)

    assert query["response_type"] == ["code"]
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) >= 43
    assert len(query["nonce"][0]) >= 32
    assert len(query["state"][0]) >= 16
    assert query["redirect_uri"][0].endswith(CALLBACK)
    assert "openid" in query["scope"][0]


def test_questions_are_never_the_same(sso: SingleSignOn, db: None) -> None:
    client = Client()
    first, second = (parse_qs(urlsplit(leave(client)).query) for _ in range(2))

    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]


def test_address_adds_nothing_to_the_question(sso: SingleSignOn, db: None) -> None:
    path = "/account/sso/login/?auth_params=prompt%3Dnone&scope=phone&process=connect"

    query = parse_qs(urlsplit(leave(Client(), path)).query)

    assert "prompt" not in query
    assert "phone" not in query["scope"][0]


def test_link_cannot_start_it(sso: SingleSignOn, db: None) -> None:
    assert Client().get("/account/sso/login/").status_code == 405


# --- whose account -------------------------------------------------------------------------------


def test_unknown_person_is_refused(sso: SingleSignOn, provider: str, ruoxi: User) -> None:
    tell(provider, "stranger", email="stranger@example.test", email_verified=True)
    client = Client()

    response = go(client, "stranger")

    assert response.status_code == 403
    assert "还没有关联账号" in response.content.decode()
    assert not is_logged_in(client)
    assert User.objects.count() == 1


def test_same_email_does_not_count_where_the_provider_is_not_trusted(
    sso: SingleSignOn, provider: str, ruoxi: User
) -> None:
    tell(provider, SUB, email=EMAIL, email_verified=True)
    client = Client()

    assert go(client).status_code == 403
    assert not is_logged_in(client)


def test_proved_email_opens_the_account_of_the_same_proved_email(
    trusting: SingleSignOn, provider: str, ruoxi: User
) -> None:
    tell(provider, SUB, email=EMAIL.upper(), email_verified=True, name="别的名字")
    client = Client()

    response = go(client, next="/account/")

    assert response["Location"] == "/account/"
    assert is_logged_in(client)
    assert LoginEvent.objects.get().way == LoginWay.SSO
    assert not DeclaredIdentity.objects.exists()


@pytest.mark.parametrize("claims", [{"email_verified": False}, {}, {"email_verified": "no"}])
def test_email_that_the_provider_has_not_proved_does_not_count(
    trusting: SingleSignOn, provider: str, ruoxi: User, claims: dict[str, Any]
) -> None:
    tell(provider, SUB, email=EMAIL, **claims)
    client = Client()

    assert go(client).status_code == 403
    assert not is_logged_in(client)


def test_email_that_the_account_has_not_proved_does_not_count(
    trusting: SingleSignOn, provider: str, ruoxi: User
) -> None:
    ruoxi.emailaddress_set.update(verified=False)  # type: ignore[attr-defined]
    tell(provider, SUB, email=EMAIL, email_verified=True)
    client = Client()

    assert go(client).status_code == 403
    assert not is_logged_in(client)


def test_linked_account_opens(sso: SingleSignOn, provider: str, ruoxi: User) -> None:
    tell(provider, SUB)
    linked(Client())
    client = Client()

    response = go(client)

    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(ruoxi.pk)
    assert AuditEvent.objects.filter(action="account.sso_linked").count() == 1


def test_linked_account_is_not_opened_by_another_subject_with_its_email(
    trusting: SingleSignOn, provider: str, ruoxi: User
) -> None:
    tell(provider, SUB)
    linked(Client())
    tell(provider, "successor", email=EMAIL, email_verified=True)
    client = Client()

    assert go(client, "successor").status_code == 403
    assert not is_logged_in(client)


def test_linking_asks_for_the_password_first(sso: SingleSignOn, ruoxi: User) -> None:
    client = Client()
    log_in(client, EMAIL)

    assert client.get("/account/sso/")["Location"].startswith("/account/reauthenticate/")


def test_campus_account_belongs_to_one_account(
    sso: SingleSignOn, provider: str, ruoxi: User
) -> None:
    tell(provider, SUB)
    linked(Client())
    make_user("other@example.test", password=STRONG)
    other = Client()
    log_in(other, "other@example.test")
    other.post("/account/reauthenticate/", {"password": STRONG})

    other.get(consent(leave(other, "/account/sso/")))

    assert SocialAccount.objects.get().user == ruoxi
    assert "已经关联了别的账号" in other.get("/account/sso/").content.decode()


def test_account_has_one_campus_account(sso: SingleSignOn, provider: str, ruoxi: User) -> None:
    client = Client()
    tell(provider, SUB)
    tell(provider, "second")
    linked(client)

    response = client.get(consent(leave(client, "/account/sso/"), "second"))

    assert response.status_code == 403
    assert SocialAccount.objects.count() == 1


def test_link_is_taken_away(sso: SingleSignOn, provider: str, ruoxi: User) -> None:
    client = Client()
    tell(provider, SUB)
    linked(client)

    client.post("/account/sso/", {"act": "unlink"})

    assert not SocialAccount.objects.exists()
    assert go(Client()).status_code == 403
    assert AuditEvent.objects.filter(action="account.sso_unlinked").count() == 1


def test_second_factor_is_asked_for_all_the_same(
    sso: SingleSignOn, provider: str, ruoxi: User
) -> None:
    from allauth.mfa.totp.internal.auth import TOTP  # noqa: PLC0415

    tell(provider, SUB)
    linked(Client())
    TOTP.activate(ruoxi, "JBSWY3DPEHPK3PXP")
    client = Client()

    assert go(client)["Location"] == "/account/2fa/authenticate/"
    assert not is_logged_in(client)


def test_closed_account_stays_closed(sso: SingleSignOn, provider: str, ruoxi: User) -> None:
    tell(provider, SUB)
    linked(Client())
    User.objects.update(is_active=False)
    client = Client()

    go(client)

    assert not is_logged_in(client)


def test_nothing_of_the_claims_is_kept(sso: SingleSignOn, provider: str, ruoxi: User) -> None:
    tell(provider, SUB, email="secret@example.test", name="秘密", phone_number="13900009999")
    linked(Client())

    row = SocialAccount.objects.get()
    assert row.extra_data == {}
    assert SUB not in row.uid
    assert not SocialToken.objects.exists()
    assert not SocialApp.objects.exists()
    assert User.objects.get().email == EMAIL


# --- attacks -------------------------------------------------------------------------------------


def test_answer_without_our_state_is_refused(sso: SingleSignOn, provider: str, ruoxi: User) -> None:
    tell(provider, SUB)
    linked(Client())
    back = consent(leave(Client()))
    victim = Client()

    assert victim.get(back).status_code == 401
    assert not is_logged_in(victim)


def test_answer_counts_once(sso: SingleSignOn, provider: str, ruoxi: User) -> None:
    tell(provider, SUB)
    linked(Client())
    client = Client()
    back = consent(leave(client))
    client.get(back)
    client.post("/account/logout/")

    assert client.get(back).status_code == 401
    assert not is_logged_in(client)


def test_token_with_another_nonce_is_refused(sso: SingleSignOn, provider: str, ruoxi: User) -> None:
    tell(provider, SUB)
    linked(Client())
    client = Client()

    response = client.get(consent(with_query(leave(client), nonce="of-somebody-else")))

    assert response.status_code == 401
    assert not is_logged_in(client)


def test_code_of_another_challenge_is_refused(
    sso: SingleSignOn, provider: str, ruoxi: User
) -> None:
    tell(provider, SUB)
    linked(Client())
    client = Client()

    response = client.get(consent(with_query(leave(client), code_challenge="A" * 43)))

    assert response.status_code == 401
    assert not is_logged_in(client)


def test_made_up_code_is_refused(sso: SingleSignOn, ruoxi: User) -> None:
    client = Client()
    state = parse_qs(urlsplit(leave(client)).query)["state"][0]

    response = client.get(CALLBACK, {"state": state, "code": "made-up"})

    assert response.status_code == 401
    assert "没有通过" in response.content.decode()


def test_saying_no_at_the_provider_leads_back(sso: SingleSignOn, ruoxi: User) -> None:
    client = Client()

    response = client.get(consent(leave(client), action="deny"))

    assert response.status_code == 401
    assert "回到登录" in response.content.decode()


def test_session_gets_a_new_key(sso: SingleSignOn, provider: str, ruoxi: User) -> None:
    tell(provider, SUB)
    linked(Client())
    client = Client()
    address = leave(client)
    before = client.session.session_key

    client.get(consent(address))

    assert client.session.session_key != before
    fixed = Client()
    fixed.cookies["sessionid"] = str(before)
    assert fixed.get("/account/").status_code == 302


def test_foreign_next_page_is_dropped(sso: SingleSignOn, provider: str, ruoxi: User) -> None:
    tell(provider, SUB)
    linked(Client())

    assert go(Client(), next="https://evil.test/")["Location"] == "/"


def test_provider_that_is_away_is_said(sso: SingleSignOn, settings: Any, db: None) -> None:
    settings.SINGLE_SIGN_ON = SingleSignOn(
        issuer="http://localhost:9",
        client_id="xuexin",
        client_secret="secret",
        name="校园统一认证",
        trusts_email=True,
    )

    response = Client().post("/account/sso/login/")

    assert response.status_code == 502
    assert "暂时连不上" in response.content.decode()


def test_provider_under_another_name_is_refused(sso: SingleSignOn, settings: Any, db: None) -> None:
    settings.SINGLE_SIGN_ON = SingleSignOn(
        issuer=f"{sso.issuer}/.well-known/openid-configuration",
        client_id="xuexin",
        client_secret="secret",
        name="校园统一认证",
        trusts_email=True,
    )

    assert Client().post("/account/sso/login/").status_code == 502


# --- staff at the campus log-in alone --------------------------------------------------------------


@pytest.fixture
def li_by_sso(trusting: SingleSignOn, provider: str, settings: Any) -> User:
    """A registrar where staff may use nothing else."""
    settings.STAFF_LOGIN = "sso"
    tell(provider, "li", email="li@example.test", email_verified=True)
    return make_staff(Role.REGISTRAR, "li@example.test")


def test_staff_cannot_use_the_password(li_by_sso: User) -> None:
    client = Client()

    response = log_in(client, "li@example.test", "Yuanshan-2026!")

    assert response["Location"] == "/account/login/"
    assert not is_logged_in(client)
    assert "工作账号只能从「校园统一认证」登录" in client.get("/account/login/").content.decode()
    assert not LoginEvent.objects.get().is_success


def test_staff_cannot_use_a_code(li_by_sso: User) -> None:
    from tests.accounts.entrance import deliver, last_mail  # noqa: PLC0415

    client = Client()
    client.post("/account/login/code/", {"contact": "li@example.test"})
    deliver()
    code = re.search(r"\b(\d{6})\b", last_mail())
    assert code is not None

    client.post("/account/login/code/confirm/", {"code": code[1]})

    assert not is_logged_in(client)


def test_wrong_password_of_staff_tells_nothing(li_by_sso: User) -> None:
    client = Client()

    page = log_in(client, "li@example.test", "Wrong7#river-mossy").content.decode()

    assert "账号或密码不对" in page
    assert "工作账号只能" not in page


def test_staff_come_in_by_the_campus_login(li_by_sso: User) -> None:
    client = Client()

    go(client, "li")

    assert is_logged_in(client)
    assert client.get("/admin/").status_code == 200


def test_counsellor_is_staff_too(chen: User, li_by_sso: User) -> None:
    client = Client()

    log_in(client, str(chen.email), "Yuanshan-2026!")

    assert not is_logged_in(client)


def test_students_go_on_as_before(alice: User, li_by_sso: User) -> None:
    client = Client()

    log_in(client, str(alice.email), "Yuanshan-2026!")

    assert is_logged_in(client)
