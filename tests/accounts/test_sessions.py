"""One's own log-ins: the list, the history, new devices, "that was not me"."""

import json
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail, signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.adapters.entry import DEVICE_COOKIE, REFUSED_PASSKEYS
from accounts.adapters.mfa import MFAAdapter
from accounts.models import LoginEvent, User
from accounts.services.sessions import (
    LINK_LIVES,
    Origin,
    disown_login,
    keep_newest_sessions,
    list_session,
    record_login,
    record_refusal,
)
from accounts.states import LoginWay
from common.models import AuditEvent, OutboxMessage
from tests.accounts.entrance import STRONG, deliver, is_logged_in, log_in, sms_texts
from tests.factories.people import make_user

pytestmark = [pytest.mark.page, pytest.mark.django_db]

EMAIL, PHONE = "ruoxi@example.test", "+8613900002222"
CHROME = "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36"
PHONE_BROWSER = "Mozilla/5.0 (iPhone; CPU) Mobile MicroMessenger/8.0"


@pytest.fixture
def ruoxi(db: None) -> User:
    """Somebody who has been here before."""
    user = make_user(EMAIL, password=STRONG)
    User.objects.filter(pk=user.pk).update(last_login=datetime(2026, 6, 1, tzinfo=UTC))
    return User.objects.get(pk=user.pk)


def browser(user_agent: str = CHROME, address: str = "10.20.30.40") -> Client:
    """A device of its own."""
    return Client(headers={"user-agent": user_agent}, REMOTE_ADDR=address)


def new_device_mails() -> list[str]:
    """What went out about new devices."""
    deliver()
    return [str(one.body) for one in mail.outbox if "新设备" in one.subject]


def link_in(text: str) -> str:
    """The path of the link."""
    found = re.search(r"https?://[^/]+(/account/not-me/\S+/)", text)
    assert found is not None
    return found[1]


def test_login_is_written_down(ruoxi: User) -> None:
    log_in(browser(), EMAIL)

    event = LoginEvent.objects.get()
    assert (event.user, event.way, event.is_success) == (ruoxi, LoginWay.PASSWORD, True)
    assert (event.device, event.network) == ("Windows 电脑上的 Chrome", "10.20.0.0/16")


PASSKEY_LOGIN = "/account/2fa/webauthn/login/"


def _websafe(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def refused_passkey(client: Client, handle: object) -> None:
    """Answer as a device does whose passkey is unknown here."""
    client.get(PASSKEY_LOGIN, headers={"x-requested-with": "XMLHttpRequest"})
    answer = {
        "id": "AAAA",
        "rawId": "AAAA",
        "type": "public-key",
        "response": {
            "clientDataJSON": _websafe(b'{"type": "webauthn.get", "challenge": "AAAA"}'),
            "authenticatorData": _websafe(b"0" * 37),
            "signature": "AAAA",
            "userHandle": handle,
        },
    }
    client.post(PASSKEY_LOGIN, {"credential": json.dumps(answer)})


def handle_of(user: User) -> str:
    return _websafe(user_pk_to_url_str(user).encode())


def test_refused_passkey_is_written_down(ruoxi: User) -> None:
    client = browser()

    refused_passkey(client, handle_of(ruoxi))

    event = LoginEvent.objects.get()
    assert (event.user, event.way, event.is_success) == (ruoxi, LoginWay.PASSKEY, False)
    assert not is_logged_in(client)


@pytest.mark.parametrize("handle", ["OTk5OTk5OQ", "!!", None, 7, {"a": 1}])
def test_passkey_of_nobody_leaves_nothing(handle: object, ruoxi: User) -> None:
    refused_passkey(browser(), handle)

    assert not LoginEvent.objects.exists()


def test_nobody_fills_a_strangers_history(ruoxi: User) -> None:
    for _ in range(REFUSED_PASSKEYS.amount + 3):
        refused_passkey(browser(), handle_of(ruoxi))

    assert LoginEvent.objects.count() == REFUSED_PASSKEYS.amount


def test_refused_passkey_as_the_second_step_is_written_down(ruoxi: User) -> None:
    Authenticator.objects.create(
        user=ruoxi,
        type=Authenticator.Type.RECOVERY_CODES,
        data={"seed": MFAAdapter().encrypt("seed"), "used_mask": 0},
    )
    client = browser()
    TOTP.activate(ruoxi, "JBSWY3DPEHPK3PXP")
    log_in(client, EMAIL)

    client.post("/account/2fa/authenticate/", {"credential": json.dumps({"id": "AAAA"})})

    event = LoginEvent.objects.get()
    assert (event.way, event.is_success) == (LoginWay.SECOND_FACTOR, False)


def test_wrong_password_is_written_down(ruoxi: User) -> None:
    log_in(browser(), EMAIL, "Wrong7#river-mossy")

    event = LoginEvent.objects.get()
    assert (event.user, event.way, event.is_success) == (ruoxi, LoginWay.PASSWORD, False)


def test_wrong_password_of_nobody_leaves_nothing(ruoxi: User) -> None:
    log_in(browser(), "nobody@example.test")
    log_in(browser(), "990101188603120023")

    assert not LoginEvent.objects.exists()


def test_refusal_costs_the_same_for_known_and_unknown(ruoxi: User, now: datetime) -> None:
    origin = Origin(address="10.20.30.40", user_agent=CHROME)

    counts = []
    for user in (ruoxi, None):
        with CaptureQueriesContext(connection) as queries:
            record_refusal(user=user, way=LoginWay.PASSWORD, origin=origin, now=now)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_failed_second_factor_is_told_to_the_person(ruoxi: User) -> None:
    TOTP.activate(ruoxi, "JBSWY3DPEHPK3PXP")
    client = browser()
    log_in(client, EMAIL)

    client.post("/account/2fa/authenticate/", {"code": "000000"})

    assert LoginEvent.objects.get().way == LoginWay.SECOND_FACTOR
    assert not LoginEvent.objects.get().is_success


def test_new_device_is_told_by_mail(ruoxi: User) -> None:
    log_in(browser(), EMAIL)

    (text,) = new_device_mails()
    assert "Windows 电脑上的 Chrome" in text
    assert "10.20.*.*" in text
    assert "密码" in text


def test_known_device_is_not_told(ruoxi: User) -> None:
    client = browser()
    log_in(client, EMAIL)
    assert len(new_device_mails()) == 1
    client.post("/account/logout/")

    log_in(client, EMAIL)

    assert len(new_device_mails()) == 1


def test_same_kind_of_device_without_our_mark_is_new(ruoxi: User) -> None:
    log_in(browser(), EMAIL)

    log_in(browser(), EMAIL)

    assert len(new_device_mails()) == 2


def test_mark_of_another_account_makes_no_device_known(ruoxi: User) -> None:
    make_user("other@example.test", password=STRONG)
    client = browser()
    log_in(client, "other@example.test")
    client.post("/account/logout/")

    log_in(client, EMAIL)

    assert len(new_device_mails()) == 1


def test_first_login_ever_warns_nobody(db: None) -> None:
    make_user(EMAIL, password=STRONG)

    log_in(browser(), EMAIL)

    assert new_device_mails() == []


def test_account_with_a_phone_alone_is_told_by_sms(db: None) -> None:
    user = make_user(phone=PHONE, password=STRONG)
    User.objects.filter(pk=user.pk).update(last_login=datetime(2026, 6, 1, tzinfo=UTC))

    log_in(browser(), "13900002222")
    deliver()

    assert "新设备" in sms_texts()[0]
    assert "/account/not-me/" in sms_texts()[0]


def test_link_is_sealed_and_erased(ruoxi: User) -> None:
    log_in(browser(), EMAIL)
    message = OutboxMessage.objects.get(template="account_new_device")
    assert "not-me" not in str(message.params)

    deliver()

    message.refresh_from_db()
    assert message.secret_params is None


def test_mark_is_for_the_server_alone(ruoxi: User) -> None:
    client = browser()
    log_in(client, EMAIL)

    cookie = client.cookies[DEVICE_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    stored = LoginEvent.objects.get().device_index
    assert cookie.value.encode() not in bytes(stored or b"")


def test_foolish_mark_is_replaced(ruoxi: User) -> None:
    client = browser()
    client.cookies[DEVICE_COOKIE] = "x"

    log_in(client, EMAIL)

    assert len(client.cookies[DEVICE_COOKIE].value) == 32


def test_sessions_are_listed_in_plain_words(ruoxi: User) -> None:
    here, there = browser(), browser(PHONE_BROWSER, "172.16.5.6")
    log_in(there, EMAIL)
    log_in(here, EMAIL)

    page = here.get("/account/sessions/").content.decode()

    assert "Windows 电脑上的 Chrome" in page
    assert "iPhone 上的微信" in page
    assert "172.16.*.*" in page
    assert "172.16.5.6" not in page
    assert page.count("这台设备") == 1
    assert page.count("/end/") == 1


def test_one_session_is_ended(ruoxi: User) -> None:
    here, there, third = browser(), browser(PHONE_BROWSER), browser()
    for client in (there, third, here):
        log_in(client, EMAIL)
    row = UserSession.objects.get(session_key=there.session.session_key)

    here.post(f"/account/sessions/{row.pk}/end/")

    assert there.get("/account/").status_code == 302
    assert third.get("/account/").status_code == 200
    assert AuditEvent.objects.filter(action="account.session_ended").count() == 1


def test_session_of_somebody_else_is_not_there(ruoxi: User, eve: User) -> None:
    victim, stranger = browser(), Client()
    log_in(victim, EMAIL)
    stranger.force_login(eve, backend="accounts.backends.AccountBackend")

    response = stranger.post(f"/account/sessions/{UserSession.objects.get(user=ruoxi).pk}/end/")

    assert response.status_code == 404
    assert victim.get("/account/").status_code == 200


def test_own_session_ends_by_logging_out(ruoxi: User) -> None:
    client = browser()
    log_in(client, EMAIL)

    response = client.post(f"/account/sessions/{UserSession.objects.get().pk}/end/")

    assert response["Location"] == "/account/logout/"
    assert is_logged_in(client)


def test_other_sessions_are_ended(ruoxi: User) -> None:
    here, there = browser(), browser()
    log_in(there, EMAIL)
    log_in(here, EMAIL)

    here.post("/account/sessions/")

    assert there.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200
    assert Session.objects.count() == UserSession.objects.count() == 1


def test_history_shows_one_s_own_alone(ruoxi: User) -> None:
    log_in(browser(PHONE_BROWSER), EMAIL)
    make_user("other@example.test", password=STRONG)
    other = browser()
    log_in(other, "other@example.test")

    page = other.get("/account/sessions/").content.decode()

    assert "iPhone" not in page
    assert "Windows 电脑上的 Chrome" in page


def test_sessions_that_ran_out_do_not_count(ruoxi: User) -> None:
    old, new = browser(), browser()
    log_in(old, EMAIL)
    Session.objects.update(expire_date=timezone.now() - timedelta(hours=1))
    log_in(new, EMAIL)

    assert list(UserSession.objects.values_list("session_key", flat=True)) == [
        new.session.session_key
    ]


def test_newest_eight_sessions_stay(ruoxi: User) -> None:
    clients = [browser() for _ in range(11)]
    for client in clients:
        log_in(client, EMAIL)

    alive = [client.get("/account/").status_code == 200 for client in clients]
    assert alive == [False] * 3 + [True] * 8


def test_login_costs_the_same_however_many_sessions_there_are(ruoxi: User) -> None:
    counts = []
    for _ in range(12):
        with CaptureQueriesContext(connection) as queries:
            log_in(browser(), EMAIL)
        counts.append(len(queries))

    assert counts[7] == counts[3]
    assert max(counts) <= 40, counts


def test_disowning_by_get_changes_nothing(ruoxi: User) -> None:
    intruder = browser()
    log_in(intruder, EMAIL)

    page = Client().get(link_in(new_device_mails()[0]))

    assert page.status_code == 200
    assert "不是我，全部退出" in page.content.decode()
    assert intruder.get("/account/").status_code == 200


def test_disowning_ends_sessions_and_voids_the_password(ruoxi: User) -> None:
    own, intruder = browser(), browser()
    log_in(own, EMAIL)
    log_in(intruder, EMAIL)
    path = link_in(new_device_mails()[1])

    page = Client().post(path).content.decode()

    assert "密码已作废" in page
    assert own.get("/account/").status_code == 302
    assert intruder.get("/account/").status_code == 302
    again = browser()
    log_in(again, EMAIL)
    assert not is_logged_in(again)
    assert AuditEvent.objects.filter(action="account.login_disowned").count() == 1


def test_disowning_takes_what_the_intruder_added(ruoxi: User, now: datetime) -> None:
    mine = Authenticator.objects.create(
        user=ruoxi, type="webauthn", data={"name": "我的手机"}, created_at=now - timedelta(days=9)
    )
    event = record_login(
        user=ruoxi,
        way=LoginWay.PASSWORD,
        origin=Origin(address="10.0.0.1", user_agent=CHROME),
        is_first=False,
        now=now,
    )
    Authenticator.objects.create(
        user=ruoxi, type="totp", data={"secret": "00"}, created_at=now + timedelta(minutes=1)
    )

    assert disown_login(event=event, now=now + timedelta(hours=1))

    assert list(Authenticator.objects.all()) == [mine]


def test_link_works_once(ruoxi: User) -> None:
    log_in(browser(), EMAIL)
    path = link_in(new_device_mails()[0])
    Client().post(path)
    user = User.objects.get(pk=ruoxi.pk)
    user.set_password(STRONG)
    user.save()
    client = browser()
    log_in(client, EMAIL)

    Client().post(path)

    assert client.get("/account/").status_code == 200


def test_foreign_link_is_refused(ruoxi: User) -> None:
    log_in(browser(), EMAIL)
    path = link_in(new_device_mails()[0])

    for wrong in ("/account/not-me/unknown/", path[:-3] + "x/"):
        response = Client().post(wrong)
        assert response.status_code == 404
        assert "链接不完整" in response.content.decode()


def test_link_dies_after_two_weeks(ruoxi: User) -> None:
    log_in(browser(), EMAIL)
    token = link_in(new_device_mails()[0]).split("/")[3]
    fresh = signing.loads(token, salt="accounts.not-me", max_age=LINK_LIVES)
    assert fresh == LoginEvent.objects.get().pk
    with pytest.raises(signing.SignatureExpired):
        signing.loads(token, salt="accounts.not-me", max_age=timedelta(seconds=-1))


def test_keeping_none_ends_all(ruoxi: User) -> None:
    client = browser()
    log_in(client, EMAIL)

    assert keep_newest_sessions(user=ruoxi, now=timezone.now(), amount=0) == 1
    assert client.get("/account/").status_code == 302


def test_session_key_that_is_listed_belongs_to_who_logged_in_last(ruoxi: User) -> None:
    other = make_user("other@example.test")
    for user, address in ((ruoxi, "10.0.0.1"), (other, "10.0.0.2")):
        list_session(
            user=user,
            session_key="k" * 32,
            address=address,
            user_agent=CHROME * 20,
            now=timezone.now(),
        )

    only = UserSession.objects.get()
    assert (only.user, only.ip) == (other, "10.0.0.2")


def test_log_in_that_cannot_be_written_down_leaves_nothing(
    ruoxi: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("accounts.adapters.entry.record_login", broken)
    before = User.objects.get(pk=ruoxi.pk).last_login
    client = browser()

    with pytest.raises(RuntimeError):
        log_in(client, EMAIL)

    assert not UserSession.objects.exists()
    assert not AuditEvent.objects.filter(action="account.logged_in").exists()
    assert User.objects.get(pk=ruoxi.pk).last_login == before
    assert client.get("/account/").status_code == 302
