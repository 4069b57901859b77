"""Registrar, auditors and college leaders reach nothing before they have a second factor."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from accounts.models import User
from accounts.services import grant_role
from accounts.states import Role
from enrollment.models import Assignment
from tests.accounts.entrance import STRONG, log_in
from tests.factories.people import make_user
from xuexin.staff import is_staff, must_have_second_factor

pytestmark = [pytest.mark.page, pytest.mark.django_db]

LED_TO = "/account/second-factor/"
SEEN = ["/", "/account/", "/admin/", "/messages/", "/account/email/", "/account/sessions/"]


@pytest.fixture
def _required(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "required"


@pytest.mark.usefixtures("_required")
@pytest.mark.parametrize("person", ["li", "auditor", "leader"])
@pytest.mark.parametrize("path", SEEN)
def test_person_without_one_is_led_to_it(
    person: str, path: str, request: pytest.FixtureRequest, client_of: Callable[[User], Client]
) -> None:
    client = client_of(request.getfixturevalue(person))

    for method in (client.get, client.post):
        response = method(path)
        assert (response.status_code, response["Location"]) == (302, LED_TO)


@pytest.mark.usefixtures("_required")
def test_page_says_why_and_offers_both_ways(li: User, client_of: Callable[[User], Client]) -> None:
    page = client_of(li).get(LED_TO).content.decode()

    assert "先打开两步验证" in page
    assert "/account/2fa/webauthn/add/" in page
    assert "/account/2fa/totp/activate/" in page


@pytest.mark.usefixtures("_required")
@pytest.mark.parametrize("person", ["alice", "monitor", "chen", "secretary", "eve"])
def test_everybody_else_may_do_without(
    person: str, request: pytest.FixtureRequest, client_of: Callable[[User], Client]
) -> None:
    assert client_of(request.getfixturevalue(person)).get("/account/").status_code == 200


@pytest.mark.usefixtures("_required")
@pytest.mark.parametrize("person", ["li", "auditor", "leader"])
def test_person_who_has_one_works(
    person: str, request: pytest.FixtureRequest, client_of: Callable[[User], Client]
) -> None:
    user = request.getfixturevalue(person)
    client = client_of(user)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")

    assert client.get("/account/").status_code == 200
    assert client.get(LED_TO)["Location"] == "/account/2fa/"


@pytest.mark.usefixtures("_required")
def test_setting_it_up_opens_the_desk(li: User) -> None:
    li.set_password(STRONG)
    li.save()
    client = Client()
    log_in(client, str(li.email))
    assert client.get("/admin/")["Location"] == LED_TO

    asked = client.get("/account/2fa/totp/activate/")
    assert asked["Location"].startswith("/account/reauthenticate/")
    client.post("/account/reauthenticate/", {"password": STRONG})
    secret = client.get("/account/2fa/totp/activate/").context["form"].secret
    from tests.accounts.test_second_factor import code_now  # noqa: PLC0415

    done = client.post("/account/2fa/totp/activate/", {"code": code_now(secret)})

    assert done["Location"] == "/account/2fa/recovery-codes/"
    assert "只显示这一次" in client.get(done["Location"]).content.decode()
    assert client.get("/admin/").status_code == 200


@pytest.mark.usefixtures("_required")
def test_role_that_comes_later_closes_the_door_at_once(
    li: User, now: datetime, client_of: Callable[[User], Client]
) -> None:
    colleague = make_user("wang@example.test")
    client = client_of(colleague)
    assert client.get("/account/").status_code == 200

    grant_role(user=colleague, role=Role.AUDITOR, actor=li, now=now)

    assert client.get("/account/")["Location"] == LED_TO


@pytest.mark.usefixtures("_required")
def test_person_can_leave_and_read_the_notice(
    li: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(li)

    assert client.get("/account/privacy/").status_code == 200
    assert client.get("/healthz").status_code == 200
    assert client.post("/account/logout/")["Location"] == "/"
    assert client.get("/admin/")["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("person", ["li", "auditor", "leader"])
def test_offered_is_not_required(
    person: str,
    request: pytest.FixtureRequest,
    settings: Any,
    client_of: Callable[[User], Client],
) -> None:
    settings.STAFF_SECOND_FACTOR = "offered"

    page = client_of(request.getfixturevalue(person)).get("/account/")

    assert page.status_code == 200
    assert "通行密钥和两步验证" in page.content.decode()


def test_leader_whose_time_is_over_needs_none(leader: User, now: datetime) -> None:
    assert must_have_second_factor(leader, now=now)

    Assignment.objects.filter(user=leader).update(ends_at=now)

    assert not must_have_second_factor(leader, now=now)


@pytest.mark.parametrize(
    ("person", "works_here"),
    [("li", True), ("auditor", True), ("leader", True), ("chen", True), ("monitor", False)],
)
def test_who_works_here(
    person: str, works_here: bool, request: pytest.FixtureRequest, now: datetime
) -> None:
    assert is_staff(request.getfixturevalue(person), now=now) is works_here
