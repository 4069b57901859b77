"""A campaign from the planner to a one-shot confirmation, and what its students read meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils.timezone import now
from playwright.sync_api import Page, expect

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import Campaign, CampaignTerms
from tests.browser.stories import log_in
from tests.factories import imaging
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
Check = Callable[[Page], None]
Photograph = Callable[[Page, str], Path]


def send(page: Page) -> None:
    """Press the one button of a page at the desk."""
    page.locator("#content-main form button[type=submit]").last.click()


def running() -> Campaign:
    """A campaign that is open now and whose photos are still to come."""
    moment = now().replace(second=0, microsecond=0)
    return imaging.make_campaign(
        capture_opens_at=moment - 20 * DAY,
        capture_closes_at=moment + DAY,
        opens_at=moment - DAY,
        closes_at=moment + 4 * DAY,
        sheet_freeze_at=moment + 5 * DAY,
        hand_in_at=moment + 7 * DAY,
        ends_at=moment + 9 * DAY,
    )


def test_registrar_plans_words_and_moves_a_campaign(
    page: Page,
    li: User,
    record: StudentRecord,
    check_accessibility: Check,
    photograph: Photograph,
) -> None:
    campaign = running()
    imaging.make_member(record, campaign)
    log_in(page, str(li.email), PASSWORD)

    page.goto("/admin/imaging/campaign/plan/")
    page.locator("#id_graduation_date").fill("2027-06-25")
    page.get_by_role("button", name="排时间").click()
    expect(page.locator("main")).to_contain_text("倒排出来的时间")
    check_accessibility(page)
    photograph(page, "campaign-plan")
    page.get_by_role("button", name="用来新建批次").click()
    expect(page.locator("#id_hand_in_at")).to_have_value("2027-06-08T17:00")
    photograph(page, "campaign-new")

    page.goto(f"/admin/imaging/campaign/{campaign.pk}/change/")
    check_accessibility(page)
    photograph(page, "campaign")
    page.get_by_role("link", name="整体延期").click()
    later = (campaign.closes_at + 8 * timedelta(hours=1) + 2 * DAY).strftime("%Y-%m-%dT%H:%M")
    page.locator("#id_closes_at").fill(later)
    page.locator("#id_reason").fill("系统停机维护")
    send(page)
    expect(page.locator("main")).to_contain_text("1 名成员的时间跟着变")
    photograph(page, "campaign-extend")
    send(page)
    expect(page.locator("main")).to_contain_text("已整体延期")

    page.get_by_role("link", name="改照片有误的原因").click()
    page.locator("#id_label_NOT_ME").fill("照片里是别人")
    page.locator("#id_reason").fill("学校的说法")
    check_accessibility(page)
    photograph(page, "campaign-reasons")
    send(page)
    photograph(page, "campaign-reasons-preview")
    send(page)

    page.get_by_role("link", name="改学生看到的话").click()
    page.locator("#id_help_text").fill("照片看不清，先问{辅导员}")
    page.locator("#id_reason").fill("补一句")
    send(page)
    expect(page.locator("main")).to_contain_text("没有“{辅导员}”这个变量")
    page.locator("#id_help_text").fill("{届}照片看不清，先问辅导员。")
    send(page)
    expect(page.locator("main")).to_contain_text("2026 届照片看不清，先问辅导员。")
    photograph(page, "campaign-texts-preview")
    send(page)
    page.wait_for_url("**/change/")
    assert CampaignTerms.objects.count() == 2


def test_student_waits_for_photos_then_confirms_once_for_all(
    page: Page,
    alice: User,
    record: StudentRecord,
    check_accessibility: Check,
    photograph: Photograph,
) -> None:
    campaign = running()
    imaging.make_member(record, campaign)
    log_in(page, str(alice.email), PASSWORD)

    page.goto("/")
    expect(page.locator("#next-step")).to_have_text("照片还没到，先不用核对")
    check_accessibility(page)
    photograph(page, "home-waiting")

    imaging.make_photo(record)
    Campaign.objects.update(window_hours=0, help_text="拿不准是不是有误，先问辅导员，不要随便选。")
    page.goto("/")
    expect(page.locator("main")).to_contain_text("交了就锁定，看清楚再交")
    check_accessibility(page)
    photograph(page, "home-open")
    page.get_by_role("link", name="开始核对").click()
    expect(page.locator("main")).to_contain_text("先问辅导员，不要随便选")
    check_accessibility(page)
    photograph(page, "verify-texts")
    page.locator("input[name=photo][value=CORRECT]").check(force=True)
    page.locator("input[name=info][value=CORRECT]").check(force=True)
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("提交后马上锁定，不能撤回").first).to_be_visible()
    photograph(page, "verify-one-shot")
    page.get_by_role("button", name="确认提交").click()
    expect(page.locator("h1")).to_have_text("已锁定，核对完成")
