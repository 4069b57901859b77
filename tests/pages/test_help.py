"""The common questions: open to visitors, linked from every page."""

import pytest
from django.test import Client

from accounts.models import User

pytestmark = [pytest.mark.page, pytest.mark.django_db]


def test_visitor_reads_why_a_phone_and_the_real_number_are_asked(client: Client) -> None:
    page = client.get("/help/").content.decode()

    for question in ("注册了有什么用", "为什么要手机号或邮箱", "为什么要真实的姓名和证件号码"):
        assert question in page
    assert "登录记录保留 183 天" in page


@pytest.mark.parametrize("address", ["/", "/account/login/", "/account/signup/"])
def test_pages_before_registering_lead_there(address: str, client: Client) -> None:
    assert 'href="/help/"' in client.get(address).content.decode()


def test_who_is_logged_in_reads_it_too(alice: User, client_of) -> None:
    assert client_of(alice).get("/help/").status_code == 200
