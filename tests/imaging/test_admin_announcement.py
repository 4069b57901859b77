"""The desk of formal notices: previewed on the readers' page, published, corrected by one of two editors."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from accounts.states import Role
from imaging.models import Announcement
from tests.factories.people import make_staff
from tests.imaging.services.test_announcements import PDF

pytestmark = [pytest.mark.page, pytest.mark.django_db]

LIST = "/admin/imaging/announcement/"
TYPED = {
    "document_no": "教〔2026〕7 号",
    "title": "关于核对的公告",
    "body": "请核对。\n- **照片**",
    "duties": "登录",
    "room": "行政楼 101",
    "phone": "0512",
    "readers": ["STUDENT", "MONITOR"],
    "opens_at": "2026-06-01T08:00",
    "closes_at": "",
}


@pytest.fixture
def desk(client_of: Callable[[User], Client], li: User) -> Client:
    """The registrar's client."""
    return client_of(li)


def hidden(page: str) -> list[tuple[str, str]]:
    fields = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', page)
    return [(name, unescape(value)) for name, value in fields if name != "csrfmiddlewaretoken"]


def sent(page: str, **more: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in [*hidden(page), *more.items()]:
        found.setdefault(name, []).append(value)
    return found


def make(desk: Client) -> Announcement:
    desk.post(f"{LIST}add/", TYPED | {"_confirmed": "1"})
    return Announcement.objects.get()


def address(found: Announcement, deed: str) -> str:
    return f"{LIST}{found.pk}/do/{deed}/"


def test_draft_is_previewed_on_the_readers_page_and_then_saved(desk: Client) -> None:
    preview = desk.post(f"{LIST}add/", TYPED).content.decode()

    assert "<strong>照片</strong>" in preview
    assert "下面是读者会看到的样子" in preview
    assert not Announcement.objects.exists()
    again = desk.post(f"{LIST}add/", sent(preview, _again="1")).content.decode()
    assert 'value="关于核对的公告"' in again

    assert desk.post(f"{LIST}add/", sent(preview, _confirmed="1")).status_code == 302
    found = Announcement.objects.get()
    assert (found.state, found.readers) == ("DRAFT", ["MONITOR", "STUDENT"])


def test_published_corrected_and_withdrawn(desk: Client) -> None:
    found = make(desk)
    desk.post(address(found, "publish"), {"seen": "1"})
    unsaid = desk.post(
        address(found, "change"), TYPED | {"title": "更正的", "seen": "1", "note": ""}
    )
    assert "请写明更正了什么" in unsaid.content.decode()

    typed = TYPED | {"title": "更正的", "seen": "1", "note": "标题错了", "_confirmed": "1"}
    desk.post(address(found, "change"), typed)
    page = desk.get(f"/announcements/{found.pk}/").content.decode()
    assert "更正：</b>标题错了" in page
    desk.post(address(found, "withdraw"), {"reason": "作废"})

    found.refresh_from_db()
    assert (found.state, found.version_no) == ("WITHDRAWN", 2)
    assert desk.get(f"/announcements/{found.pk}/").status_code == 404


def test_second_editor_sees_both_texts_and_may_save_then(
    desk: Client, client_of: Callable[[User], Client]
) -> None:
    found = make(desk)
    other = client_of(make_staff(Role.REGISTRAR, "wang@example.test"))
    typed: dict[str, Any] = TYPED | {"seen": "1", "note": "", "_confirmed": "1"}
    other.post(address(found, "change"), typed | {"title": "别人写的"})

    page = desk.post(address(found, "change"), typed | {"title": "我写的"}).content.decode()

    assert "别人刚改过这份公告" in page
    assert "别人写的" in page
    assert 'value="我写的"' in page
    seen = dict(hidden(page))["seen"]
    desk.post(address(found, "change"), typed | {"title": "合起来的", "seen": seen})
    found.refresh_from_db()
    assert (found.title, found.version_no) == ("合起来的", 3)


def test_file_is_added_and_taken_off(desk: Client) -> None:
    found = make(desk)
    upload = SimpleUploadedFile("附表.pdf", PDF, "application/pdf")

    assert (
        "附表.pdf"
        in desk.post(address(found, "attach"), {"file": upload}, follow=True).content.decode()
    )
    added = found.files.get()
    desk.post(address(found, "remove"), {"number": added.pk})
    added.refresh_from_db()
    assert added.removed_at is not None


def test_auditor_looks_and_writes_nothing(
    desk: Client, client_of: Callable[[User], Client], auditor: User
) -> None:
    found, client = make(desk), client_of(auditor)

    assert client.get(f"{LIST}{found.pk}/change/").status_code == 200
    assert client.post(address(found, "publish"), {"seen": "1"}).status_code == 403
    assert client.post(f"{LIST}add/", TYPED).status_code == 403
