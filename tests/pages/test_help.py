"""The common questions: open to visitors, linked from every page."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from common.models import HelpArticle, HelpAudience
from tests.factories.help import make_article
from xuexin.help.first import FIRST
from xuexin.pages.help import SEARCHES

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]


def body(client: Client, address: str = "/help/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


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


def test_every_question_has_its_anchor(client: Client) -> None:
    page = body(client)

    for slug in HelpArticle.objects.values_list("slug", flat=True):
        assert f'<details class="ui-fold" id="{slug}">' in page
    assert "{" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("/", ["why-register", "why-phone"]),
        ("/account/signup/", ["why-phone"]),
        ("/identity/", ["why-real-id"]),
    ],
)
def test_link_to_a_question_opens_it(
    source: str, asked: list[str], client: Client, client_of: ClientOf, eve: User
) -> None:
    reader = client_of(eve) if source == "/identity/" else client
    links = re.findall(r'href="(/help/\?open=([\w-]+)#[\w-]+)"', body(reader, source))
    assert [slug for _address, slug in links] == asked

    for address, slug in links:
        assert f'<details class="ui-fold" id="{slug}" open>' in body(client, address)


def test_word_narrows_the_page_without_script(client: Client) -> None:
    page = body(client, "/help/?q=验证码")

    assert "收不到短信验证码" in page
    assert "这是学信网吗？" not in page
    assert "个问题里有“验证码”" in page
    assert page.count("<details") == page.count("open>\n  <summary>")


def test_word_that_is_nowhere_says_whom_to_ask(client: Client) -> None:
    page = body(client, "/help/?q=<b>没有这个</b>")

    assert "没有找到“&lt;b&gt;没有这个&lt;/b&gt;”" in page
    assert "教务处学籍科" in page
    assert "<details" not in page


def test_long_word_is_refused_and_everything_shown(client: Client) -> None:
    page = body(client, f"/help/?q={'长' * 41}")

    assert "这是学信网吗？" in page
    assert "has-error" in page


@pytest.mark.parametrize(
    ("person", "read"),
    [
        ("eve", {"EVERYONE", "STUDENTS"}),
        ("alice", {"EVERYONE", "STUDENTS"}),
        ("monitor", {"EVERYONE", "STUDENTS", "CLASSES"}),
        ("chen", {"EVERYONE", "CLASSES"}),
        ("leader", {"EVERYONE", "CLASSES"}),
        ("li", {"EVERYONE", "STUDENTS", "CLASSES", "OFFICE"}),
        ("auditor", {"EVERYONE", "STUDENTS", "CLASSES", "OFFICE"}),
        (None, {"EVERYONE"}),
    ],
)
def test_question_is_shown_to_those_it_is_for(
    person: str | None,
    read: set[str],
    request: pytest.FixtureRequest,
    client: Client,
    client_of: ClientOf,
) -> None:
    for audience in HelpAudience:
        make_article(question=f"给{audience.value}的？", audience=audience)
    reader = client_of(request.getfixturevalue(person)) if person else client

    page = body(reader)

    assert {value for value in HelpAudience.values if f"给{value}的？" in page} == read


def test_draft_is_on_no_page(client: Client, client_of: ClientOf, li: User) -> None:
    draft = make_article(question="还没写完？", is_published=False)

    assert "还没写完？" not in body(client, f"/help/?open={draft.slug}")
    assert "还没写完？" not in body(client_of(li), "/help/?q=没写完")


def test_visitor_costs_no_query_once_it_was_read(
    client: Client, django_assert_num_queries: Any
) -> None:
    body(client)

    with django_assert_num_queries(0):
        body(client)
        body(client, "/help/?q=手机号")


def test_searching_is_limited_and_reading_is_not(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(SEARCHES.amount):
        assert client.get("/help/?q=照片").status_code == 200

    refused = client.get("/help/?q=照片")

    assert refused.status_code == 429
    assert "这是学信网吗？" in refused.content.decode()
    assert client.get("/help/").status_code == 200


def test_page_is_read_only_and_found_by_no_search_engine(client: Client) -> None:
    assert client.post("/help/").status_code == 405
    assert "noindex" in client.get("/help/")["X-Robots-Tag"]


def test_what_the_office_writes_cannot_carry_markup_of_its_own(client: Client) -> None:
    make_article(question="<i>斜</i>？", answer="<script>alert(1)</script>", topic="<u>组</u>")

    page = body(client)

    assert "&lt;i&gt;斜&lt;/i&gt;？" in page
    assert "<script>alert" not in page
    assert "<u>" not in page
    assert len(FIRST) + 1 == page.count('<details class="ui-fold"')
