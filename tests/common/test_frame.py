"""The frame of every page, the error pages and the shell of mails, with and without what fills them."""

import re
from types import SimpleNamespace

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template.loader import render_to_string

from common.components import NavItem

pytestmark = pytest.mark.unit

ERROR_PAGES = ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html"]


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_error_page_needs_nothing_and_says_what_to_do_next(name: str) -> None:
    html = render_to_string(name, {})

    assert '<html lang="zh-Hans"' in html
    assert html.count("<h1>") == 1
    assert "回首页" in html
    assert "不是学信网" in html
    assert 'href="https://www.chsi.com.cn"' in html
    assert 'rel="noopener noreferrer"' in html
    assert 'content="noindex, nofollow"' in html


def test_title_is_also_the_heading() -> None:
    html = render_to_string("404.html", {"site_name": "毕业核对", "school_name": "远山大学"})

    assert "<title>没有这一页 · 远山大学毕业核对</title>" in html
    assert "<h1>没有这一页</h1>" in html
    assert '<p class="lead">' not in html


def test_frame_leads_past_the_navigation_and_shows_where_one_is() -> None:
    items = [NavItem(label="首页", url="/", current=True), NavItem(label="核对", url="/v")]
    html = render_to_string("404.html", {"nav_items": items})

    assert html.index('class="ui-skip" href="#main"') < html.index("<header")
    assert html.count('aria-current="page"') == 2  # the row and the menu of narrow screens
    assert "演示数据" not in html


def test_demo_says_so_on_every_page() -> None:
    html = render_to_string("404.html", {"is_demo": True})

    assert "学校、人物、号码皆为虚构" in html
    assert 'class="has-spine is-demo"' in html


def test_logout_is_a_form() -> None:
    user = SimpleNamespace(is_authenticated=True)
    html = render_to_string("404.html", {"user": user, "csrf_token": "token"})

    assert re.search(r'<form method="post" action="[^"]+">', html)
    assert 'name="csrfmiddlewaretoken" value="token"' in html
    assert "退出" in html


def test_messages_are_notes_with_an_icon() -> None:
    messages = [
        Message(constants.SUCCESS, "已提交，还没锁定"),
        Message(constants.ERROR, "<b>刚刚有了变化</b>"),
    ]
    html = render_to_string("404.html", {"messages": messages})

    assert "ui-note--done ui-note--icon" in html
    assert "ui-note--error ui-note--icon" in html
    assert "&lt;b&gt;刚刚有了变化" in html


def test_text_mail_is_not_escaped_and_says_who_never_asks() -> None:
    text = render_to_string(
        "messages/_base.txt",
        {
            "site_name": "核对 & 校对",
            "school_name": "远山大学",
            "site_url": "https://hedui.example",
        },
    )

    assert "核对 & 校对" in text
    assert "https://hedui.example" in text
    assert "不会向你要密码和验证码" in text
    assert "不是学信网" in text


def test_html_mail_is_whole_and_escapes() -> None:
    html = render_to_string("messages/_base.html", {"site_name": "<x>", "school_name": "远山大学"})

    assert "&lt;x&gt;" in html
    assert "不是学信网" in html
    assert "style=" not in html
