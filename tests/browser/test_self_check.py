"""A visitor tries a photo on a phone; the registrar sees the same values drawn on a delivered one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import PhotoRuling
from tests.browser.stories import log_in
from tests.factories.imaging import make_photo
from tests.factories.people import PASSWORD
from tests.imaging.photos import encoded
from tests.imaging.portraits import need_portraits, packed, registration_photo, studio

pytestmark = pytest.mark.django_db(transaction=True)
Look = Callable[[Page, str], None]


@pytest.fixture
def look(
    check_accessibility: Callable[[Page], None], photograph: Callable[[Page, str], Path]
) -> Look:
    """Run axe, then photograph."""

    def run(page: Page, name: str) -> None:
        check_accessibility(page)
        photograph(page, name)

    return run


def choose(page: Page, data: bytes) -> None:
    """Pick a file in the form."""
    file: FilePayload = {"name": "照片.jpg", "mimeType": "image/jpeg", "buffer": data}
    page.get_by_label("照片文件").set_input_files(file)


def test_visitor_tries_a_photo_without_script_and_without_an_account(
    new_page: Callable[..., Page], photograph: Callable[[Page, str], Path]
) -> None:
    need_portraits()
    page = new_page(javascript=False)
    page.goto("/")
    page.get_by_role("link", name="照片自检").first.click()
    photograph(page, "self-check")

    choose(page, packed(studio("astronaut", shift=(0, 80))))
    page.get_by_role("button", name="量一遍").click()

    expect(page.get_by_role("heading", name="量出来的结果")).to_be_visible()
    expect(page.get_by_role("img", name="你选的照片")).to_be_visible()
    expect(page.get_by_role("row", name="眼睛到上边")).to_contain_text("要看")
    photograph(page, "self-check-low")


def test_good_photo_and_no_photo_get_their_answers(
    new_page: Callable[..., Page], look: Look
) -> None:
    need_portraits()
    page = new_page()
    page.goto("/self-check/")
    choose(page, registration_photo("Grace Hopper"))
    page.get_by_role("button", name="量一遍").click()
    expect(page.get_by_text("项都在范围里")).to_be_visible()
    look(page, "self-check-good")

    choose(page, encoded("GIF"))
    page.get_by_role("button", name="量一遍").click()
    expect(page.get_by_text("内容是 GIF").first).to_be_visible()
    look(page, "self-check-gif")


def test_registrar_looks_at_the_measures_and_rules(
    page: Page, li: User, record: StudentRecord, look: Look
) -> None:
    need_portraits()
    entry = make_photo(record, data=packed(studio("astronaut", turn=12))).entry
    log_in(page, str(li.email), PASSWORD)
    page.goto(f"/admin/imaging/captureentry/{entry.pk}/change/")
    page.get_by_role("link", name="量一遍构图").click()
    page.get_by_role("button", name="量一遍构图").click()
    expect(page.get_by_role("img", name="画着量到的位置")).to_be_visible()
    expect(page.get_by_role("row", name="头部端正").first).to_contain_text("要看")
    look(page, "entry-measured")

    page.locator("ul.ui-acts").get_by_role("link", name="人工判定").click()
    look(page, "entry-rule")
    page.get_by_label("建议重拍").check()
    page.get_by_label("理由").fill("相机斜了，约 12 度")
    page.get_by_role("button", name="人工判定").click()

    expect(page.get_by_text("相机斜了，约 12 度").first).to_be_visible()
    assert PhotoRuling.objects.get().ruling == "RETAKE"
