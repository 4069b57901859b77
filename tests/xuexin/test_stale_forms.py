"""A form whose token no longer fits its cookie: told, and led on where it is the log-in page."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.page, pytest.mark.django_db]

LOGIN = "/account/login/"


def token_of(client: Client, path: str = LOGIN) -> str:
    page = client.get(path).content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    return found[1]


def send(client: Client, user: User, token: str, **more: str) -> Any:
    data = {"login": user.email, "password": PASSWORD, "csrfmiddlewaretoken": token, **more}
    return client.post(LOGIN, data)


def test_second_tap_on_log_in_arrives_like_the_first(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    token = token_of(client)

    first = send(client, alice, token)
    second = send(client, alice, token)

    assert (first.status_code, second.status_code) == (302, 302)
    assert second["Location"] == first["Location"] == "/"
    assert "如果这不是你的账号" in client.get("/").content.decode()


def test_second_tap_leads_where_the_person_wanted_to_go(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    token = token_of(client)

    send(client, alice, token, next="/record/")

    assert send(client, alice, token, next="/record/")["Location"] == "/record/"
    assert send(client, alice, token, next="https://evil.example/")["Location"] == "/"


def test_log_in_page_left_open_leads_to_a_fresh_one(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    old = token_of(client)
    send(client, alice, old)
    client.post("/account/logout/", {"csrfmiddlewaretoken": token_of(client, "/")})

    answer = send(client, alice, old, next="/record/")

    assert answer.status_code == 302
    assert answer["Location"] == f"{LOGIN}?next=/record/"
    page = client.get(answer["Location"])
    assert "请再填一次密码" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_token_without_its_cookie_is_explained(alice: User) -> None:
    token = token_of(Client())

    answer = send(Client(enforce_csrf_checks=True), alice, token)

    assert answer.status_code == 403
    assert "允许本站保存 Cookie" in answer.content.decode()


def test_stale_form_of_another_page_changes_nothing(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    old = token_of(client)
    send(client, alice, old)

    answer = client.post("/account/logout/", {"csrfmiddlewaretoken": old})

    assert answer.status_code == 403
    assert client.session["_auth_user_id"] == str(alice.pk)
