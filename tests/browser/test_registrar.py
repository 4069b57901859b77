"""The registrar's desk: a roster and photos come in, a capture finds its person, the auditor looks."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from common.models import AuditEvent
from enrollment.models import RosterImport, StudentRecord
from enrollment.states import ImportState
from imaging.models import CaptureEntry, PhotoBatch
from imaging.states import MatchState
from tests.browser.stories import deliver_photos, deliver_roster, log_in
from tests.factories.enrolment import make_school
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def test_registrar_imports_a_roster_and_its_photos(
    page: Page,
    li: User,
    tmp_path: Path,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    make_school()
    log_in(page, str(li.email), PASSWORD)
    page.goto("/admin/")
    check_accessibility(page)
    photograph(page, "desk")

    page.goto("/admin/enrollment/rosterimport/add/")
    check_accessibility(page)
    page.locator("input[type=file]").set_input_files(deliver_roster(tmp_path))
    page.locator("#content-main form [type=submit], main form [type=submit]").first.click()
    expect(page.locator("body")).to_contain_text("新增")
    check_accessibility(page)
    photograph(page, "roster-preview")
    page.get_by_role("link", name="导入学籍").first.click()
    photograph(page, "roster-confirm")
    check_accessibility(page)
    page.locator("main form [type=submit], #content form [type=submit]").last.click()
    expect(page.locator("body")).to_contain_text("已导入")
    assert RosterImport.objects.get().state == ImportState.APPLIED
    assert StudentRecord.objects.count() == 5

    page.goto("/admin/imaging/photobatch/add/")
    page.locator("input[type=file]").first.set_input_files(deliver_photos(tmp_path, amount=6))
    page.locator("select[name=kind]").select_option("GRADUATION")
    page.locator("#content-main form [type=submit], main form [type=submit]").first.click()
    page.wait_for_url("**/photobatch/*/change/")
    check_accessibility(page)
    photograph(page, "photos-preview")
    page.goto(f"/admin/imaging/photobatch/{PhotoBatch.objects.get().pk}/do/apply/")
    page.locator("main form [type=submit], #content form [type=submit]").last.click()
    page.wait_for_url("**/change/")
    assert CaptureEntry.objects.filter(state=MatchState.MATCHED).count() == 5
    assert CaptureEntry.objects.filter(state=MatchState.UNMATCHED).count() == 1

    page.goto("/admin/imaging/captureentry/")
    check_accessibility(page)
    photograph(page, "captures")
    page.goto("/admin/enrollment/studentrecord/")
    check_accessibility(page)
    photograph(page, "records")
    number = StudentRecord.objects.order_by("student_no")[0].id_number
    expect(page.locator("body")).not_to_contain_text(number)
    assert AuditEvent.objects.filter(actor_id=str(li.pk)).exists()


def test_auditor_looks_and_finds_no_button(
    page: Page, auditor: User, check_accessibility: Callable[[Page], None]
) -> None:
    log_in(page, str(auditor.email), PASSWORD)
    page.goto("/admin/common/auditevent/")
    check_accessibility(page)

    page.goto("/admin/enrollment/rosterimport/")
    expect(page.locator("a[href$='/add/']")).to_have_count(0)
