"""The desk of messages: preview with samples, length of the SMS, history, two editors at once."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.states import Role
from common.models import MessageText
from tests.factories.people import make_staff

pytestmark = [pytest.mark.page, pytest.mark.django_db]

LIST = "/admin/common/messagetext/"
TYPED = {
    "subject": "多给几天",
    "body": "{批次}延到{新的截止时间}。",
    "sms": "",
    "note": "",
    "seen": 0,
}


@pytest.fixture
def message(db: None) -> MessageText:
    """One message of the portal."""
    return MessageText.objects.get(key="deadline_moved")


@pytest.fixture
def desk(client_of: Callable[[User], Client], li: User) -> Client:
    """The registrar's client."""
    return client_of(li)


def address(message: MessageText, deed: str = "change") -> str:
    return f"{LIST}{message.pk}/do/{deed}/"


def shown(response: Any) -> str:
    assert response.status_code == 200
    page: str = response.content.decode()
    return page


def hidden(page: str) -> dict[str, str]:
    fields = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', page)
    return {name: unescape(value) for name, value in fields if name != "csrfmiddlewaretoken"}


def test_form_begins_with_the_code_s_own_words(desk: Client, message: MessageText) -> None:
    page = shown(desk.get(address(message)))

    assert "截止时间改到 {新的截止时间}。</textarea>" in page
    assert "可以用的变量：{批次}" in page


def test_preview_fills_samples_counts_the_sms_and_saves_nothing(
    desk: Client, message: MessageText
) -> None:
    preview = shown(desk.post(address(message), TYPED))

    assert "2026 届毕业校对延到6月18日（星期四）12:30。" in preview
    assert "短信 34 个字，按 1 条计费" in preview
    message.refresh_from_db()
    assert (message.version_no, message.is_default) == (0, True)

    saved = desk.post(address(message), hidden(preview), follow=True)
    assert "已存为第 1 版，以后发的用教务处写的文字" in shown(saved)
    message.refresh_from_db()
    assert message.subject == "多给几天"


def test_unknown_and_missing_variables_are_said_beside_their_field(
    desk: Client, message: MessageText
) -> None:
    unknown = shown(desk.post(address(message), TYPED | {"body": "{地点}{新的截止时间}"}))
    missing = shown(desk.post(address(message), TYPED | {"body": "改了。"}))

    assert "没有“{地点}”这个变量" in unknown
    assert "少了变量{新的截止时间}" in missing


def test_script_in_a_text_is_shown_as_text(desk: Client, message: MessageText) -> None:
    typed = TYPED | {"body": "<script>alert(1)</script>{新的截止时间}", "_confirmed": "1"}
    desk.post(address(message), typed)

    page = shown(desk.get(f"{LIST}{message.pk}/change/"))

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_second_editor_sees_both_texts_and_may_save_then(
    desk: Client, client_of: Callable[[User], Client], message: MessageText
) -> None:
    other = client_of(make_staff(Role.REGISTRAR, "wang@example.test"))
    theirs = TYPED | {"subject": "别人写的", "_confirmed": "1"}
    assert other.post(address(message), theirs).status_code == 302

    page = shown(desk.post(address(message), TYPED | {"subject": "我写的", "_confirmed": "1"}))

    assert "别人刚改过这条消息" in page
    assert "别人写的" in page
    assert 'value="我写的"' in page
    again = TYPED | {"subject": "合起来的", "seen": hidden(page)["seen"], "_confirmed": "1"}
    assert desk.post(address(message), again).status_code == 302
    message.refresh_from_db()
    assert (message.subject, message.version_no) == ("合起来的", 2)


def test_code_s_words_and_an_old_version_come_back(desk: Client, message: MessageText) -> None:
    desk.post(address(message), TYPED | {"_confirmed": "1"})
    back = {"note": "试完了", "seen": 1, "_confirmed": "1"}

    assert "用系统的文字" in shown(desk.post(address(message, "default"), back, follow=True))

    again = {"number": 1, "note": "", "seen": 2, "_confirmed": "1"}
    page = shown(desk.post(address(message, "restore"), again, follow=True))
    assert "已存为第 3 版" in page
    assert "用回第 1 版：多给几天" in page


def test_auditor_looks_and_changes_nothing(
    client_of: Callable[[User], Client], auditor: User, message: MessageText
) -> None:
    client = client_of(auditor)

    assert "修改文字" not in shown(client.get(f"{LIST}{message.pk}/change/"))
    assert client.post(address(message), TYPED | {"_confirmed": "1"}).status_code == 403


def test_version_is_read_whole(desk: Client, message: MessageText) -> None:
    desk.post(address(message), TYPED | {"_confirmed": "1"})
    desk.post(address(message, "default"), {"note": "", "seen": 1, "_confirmed": "1"})
    first, second = message.versions.order_by("number")

    assert "{批次}延到" in shown(desk.get(f"/admin/common/messagetextversion/{first.pk}/change/"))
    assert "系统的文字" in shown(desk.get(f"/admin/common/messagetextversion/{second.pk}/change/"))
