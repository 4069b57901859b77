"""A counsellor who never registered: the office uploads a list, a mail arrives, a password is chosen."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect

from accounts.models import User
from enrollment.models import Assignment, ClassGroup, PeopleList, StudentRecord
from enrollment.states import ImportState
from tests.accounts.smtp_sink import Sink
from tests.browser.stories import log_in
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL = "zhou@example.test"


@pytest.fixture
def mails(settings) -> Iterator[Sink]:
    """A mail server that the portal really talks to."""
    with Sink() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def people_list(folder: Path, class_group: ClassGroup) -> Path:
    """Two rows that are right and one that is not."""
    path = folder / "任职名单.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("任职")
        rows = [
            ("姓名", "角色", "邮箱", "班级"),
            ("周岚", "辅导员", EMAIL, class_group.name),
            ("周岚", "校长", EMAIL, ""),
        ]
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def test_counsellor_is_invited_and_comes(
    new_page: Callable[..., Page],
    live_server,
    mails: Sink,
    li: User,
    record: StudentRecord,
    tmp_path: Path,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    class_group = record.class_group
    assert class_group is not None
    desk = new_page()
    log_in(desk, str(li.email), PASSWORD)
    desk.goto("/admin/enrollment/peoplelist/add/")
    check_accessibility(desk)
    desk.locator("input[type=file]").set_input_files(people_list(tmp_path, class_group))
    desk.locator("#content-main form [type=submit], main form [type=submit]").first.click()
    expect(desk.locator("body")).to_contain_text("角色写成其中一个")
    check_accessibility(desk)
    photograph(desk, "people-list")
    desk.get_by_role("link", name="办理名单").first.click()
    expect(desk.locator("body")).to_contain_text("发邀请")
    desk.locator("main form [type=submit], #content form [type=submit]").last.click()
    expect(desk.locator("body")).to_contain_text("开始办理")
    assert PeopleList.objects.get().state == ImportState.APPLIED

    (mail,) = mails.mails
    link = re.search(r"https?://[^/\s]+(/identity/invitation/\S+)", mail.get_content())  # type: ignore[attr-defined]  # the policy's own class
    assert link is not None
    guest = new_page()
    guest.goto(live_server.url + link[1])
    expect(guest.locator("main")).to_contain_text("周岚")
    check_accessibility(guest)
    photograph(guest, "invitation")
    guest.get_by_label("设一个密码").fill(PASSWORD)
    guest.get_by_label("再输一遍密码").fill(PASSWORD)
    guest.get_by_text("我看过个人信息处理告知").click()
    guest.get_by_role("button", name="保存密码，接受邀请").click()
    expect(guest.get_by_role("button", name="登录", exact=True)).to_be_visible()
    guest.goto(live_server.url + link[1])
    expect(guest.locator("main")).to_contain_text("只能用一次")

    log_in(guest, EMAIL, PASSWORD)
    guest.goto(f"/classes/{class_group.pk}/monitors/")
    expect(guest.locator("main")).to_contain_text("还没有班长")
    check_accessibility(guest)
    photograph(guest, "monitors")
    assert Assignment.objects.get().class_group == class_group
