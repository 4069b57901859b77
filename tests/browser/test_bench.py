"""The repair bench: two photos exchanged by two registrars, taken back, and a hint judged."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.states import Role
from imaging.models import PhotoHint, PhotoRepair
from imaging.states import HintState, PhotoKind, RepairState
from tests.browser.stories import log_in
from tests.factories import enrolment, imaging, people, repairing
from tests.factories.imaging import portrait
from tests.factories.people import PASSWORD
from tests.imaging.services.deliveries import deliver

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


@pytest.fixture
def pair(db: None) -> tuple[repairing.Student, repairing.Student]:
    """Two classmates with each other's photos, both concluded and locked."""
    now = timezone.now()
    imaging.make_campaign(
        opens_at=now - 20 * DAY, closes_at=now + 5 * DAY, sheet_freeze_at=now + 6 * DAY
    )
    found = repairing.make_pair(now)
    for student in found:
        imaging.make_photo(student.record, PhotoKind.ADMISSION, at=now - 400 * DAY)
    return found


def send(page: Page) -> None:
    """The button of a desk form."""
    page.locator("#content-main form [type=submit]").last.click()


def test_two_registrars_exchange_two_photos_and_take_it_back(
    new_page: Callable[[], Page],
    li: User,
    pair: tuple[repairing.Student, repairing.Student],
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    one, other = pair
    wang = people.make_staff(Role.REGISTRAR, "wang@example.test")
    first, second = new_page(), new_page()
    log_in(first, str(li.email), PASSWORD)
    log_in(second, str(wang.email), PASSWORD)

    first.goto(f"/admin/imaging/captureentry/{one.entry.pk}/change/")
    photograph(first, "bench-entry")
    check_accessibility(first)
    first.get_by_role("link", name="提出互换两人的照片").click()
    first.get_by_label("学号").fill(other.record.student_no)
    first.get_by_label("理由").fill("两个人都来说照片不是自己")
    send(first)
    expect(first.locator("body")).to_contain_text("结论失效，重新核对")
    photograph(first, "bench-swap-preview")
    check_accessibility(first)
    send(first)
    expect(first.locator("body")).to_contain_text("请另一位老师在 7 天内确认")

    second.goto("/admin/imaging/photorepair/?waiting=second")
    photograph(second, "bench-cases")
    check_accessibility(second)
    second.get_by_role("link", name="ZP").first.click()
    photograph(second, "bench-case")
    check_accessibility(second)
    second.get_by_role("link", name="确认办理").click()
    second.get_by_label("核对说明").fill("对着录取照片看过")
    photograph(second, "bench-confirm")
    check_accessibility(second)
    send(second)
    expect(second.locator("body")).to_contain_text("已办")
    assert (one.shown, other.shown) == (other.entry, one.entry)

    second.get_by_role("link", name="提出撤销").click()
    second.get_by_label("理由").fill("看错了人")
    send(second)
    second.wait_for_url("**/change/")
    first.goto(f"/admin/imaging/photorepair/{PhotoRepair.objects.get().pk}/change/")
    first.get_by_role("link", name="确认撤销").click()
    photograph(first, "bench-undo")
    check_accessibility(first)
    first.get_by_label("理由").fill("确实看错了")
    send(first)
    expect(first.locator("body")).to_contain_text("照片回到办以前")
    assert PhotoRepair.objects.get().state == RepairState.UNDONE
    assert (one.shown, other.shown) == (one.entry, other.entry)


def test_registrar_judges_a_hint_and_looks_at_duplicates(
    page: Page,
    li: User,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    now = timezone.now()
    record = enrolment.make_record(student_no="2022040127", name="沈若溪")
    deliver({"2022040128沈若溪.jpg": portrait(3)}, now=now)
    deliver({"2022049999.jpg": portrait(4)}, now=now)
    deliver({"2022049999(1).jpg": portrait(5)}, now=now)
    log_in(page, str(li.email), PASSWORD)

    page.goto("/admin/imaging/photohint/add/")
    check_accessibility(page)
    send(page)
    expect(page.locator("body")).to_contain_text("新发现 1 条")
    photograph(page, "bench-hints")
    check_accessibility(page)
    hint = PhotoHint.objects.get()
    page.goto(f"/admin/imaging/photohint/{hint.pk}/change/")
    photograph(page, "bench-hint")
    check_accessibility(page)
    page.get_by_role("link", name="是，就这样办").click()
    page.get_by_label("理由").fill("对过姓名和班级")
    send(page)
    expect(page.locator("body")).to_contain_text("已关联")
    assert PhotoHint.objects.get().state == HintState.TAKEN
    assert record.photos.filter(is_current=True).exists()

    page.goto("/admin/imaging/captureentry/")
    photograph(page, "bench-captures")
    check_accessibility(page)
    page.get_by_role("link", name="重复的照片，对着看").click()
    photograph(page, "bench-duplicates")
    check_accessibility(page)
    page.get_by_role("link", name="留这张，作废其余").first.click()
    photograph(page, "bench-keep")
    check_accessibility(page)
