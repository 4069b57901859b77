"""A photographer's ZIP at the desk: uploaded, looked at photo by photo, imported, taken back by another."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.identity import Sex
from accounts.models import User
from accounts.states import Role
from enrollment.states import UndoState
from imaging.models import PhotoBatch, PhotoVersion
from imaging.states import PhotoKind
from tests.browser.stories import log_in
from tests.factories import enrolment, imaging, people
from tests.factories.people import PASSWORD
from xuexin.demo.portraits import Variant, portrait_jpeg

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ("沈若溪", "陆鸣远", "秦川", "顾南乔", "江月")


def deliver(folder: Path) -> Path:
    """Five known students, two unknown numbers, one photo twice, one that is none, a note."""
    path = folder / "人文学院照片.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for serial in range(7):
            sex = Sex.MALE if serial % 2 else Sex.FEMALE
            data = portrait_jpeg(serial, sex=sex, variant=Variant.GRADUATION)
            archive.writestr(f"照片/20220401{serial:02d}.jpg", data)
            if serial == 0:
                archive.writestr("照片/复制/2022040100.jpg", data)
        archive.writestr("照片/2022040108.jpg", b"no photo")
        archive.writestr("照片/说明.txt", b"x")
    return path


def send(page: Page) -> None:
    """The button of a desk form."""
    page.locator("#content-main form [type=submit]").last.click()


def test_batch_is_uploaded_looked_at_imported_and_taken_back(
    new_page: Callable[[], Page],
    li: User,
    tmp_path: Path,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    records = [
        enrolment.make_record(student_no=f"20220401{serial:02d}", name=name)
        for serial, name in enumerate(NAMES)
    ]
    imaging.make_photo(records[1])
    wang = people.make_staff(Role.REGISTRAR, "wang@example.test")
    page, second = new_page(), new_page()
    log_in(page, str(li.email), PASSWORD)
    log_in(second, str(wang.email), PASSWORD)

    page.goto("/admin/imaging/photobatch/add/")
    photograph(page, "batch-upload")
    check_accessibility(page)
    page.locator("input[type=file]").set_input_files(deliver(tmp_path))
    page.locator("select[name=kind]").select_option("GRADUATION")
    send(page)
    page.wait_for_url("**/photobatch/*/change/")
    expect(page.locator("body")).to_contain_text("名册里没有这个号码")
    photograph(page, "batch-checked")
    check_accessibility(page)

    page.get_by_role("link", name="逐张看").first.click()
    expect(page.locator(".desk-sheet > li")).to_have_count(10)
    thumbnail = page.locator(".desk-sheet img").first
    thumbnail.scroll_into_view_if_needed()
    expect(thumbnail).not_to_have_js_property("naturalWidth", 0)
    photograph(page, "batch-sheet")
    check_accessibility(page)
    page.get_by_role("link", name="收下，留待处理").click()
    expect(page.locator(".desk-sheet > li")).to_have_count(2)
    page.get_by_role("link", name="看完了").click()

    page.get_by_role("link", name="导入照片").first.click()
    expect(page.locator("body")).to_contain_text("替换照片")
    photograph(page, "batch-preview")
    check_accessibility(page)
    send(page)
    expect(page.locator("body")).to_contain_text("已导入")
    shown = PhotoVersion.objects.filter(is_current=True, kind=PhotoKind.GRADUATION)
    batch = PhotoBatch.objects.latest("pk")
    assert shown.filter(entry__batch=batch).count() == len(NAMES)
    photograph(page, "batch-imported")
    check_accessibility(page)

    second.goto(f"/admin/imaging/photobatch/{batch.pk}/do/undo/")
    photograph(second, "batch-undo")
    check_accessibility(second)
    second.get_by_label("理由").fill("传成了去年的照片")
    send(second)
    expect(second.locator("body")).to_contain_text("已撤销")
    photograph(second, "batch-undone")
    check_accessibility(second)
    batch.refresh_from_db()
    assert batch.undo_state == UndoState.UNDONE
    assert shown.filter(entry__batch=batch).count() == 0
    assert shown.get().record == records[1]
