"""Why there is no photo, finding it, claiming it twice, and the office's decision with both sides."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, PhotoClaim
from imaging.states import PhotoClaimState, PhotoKind
from tests.browser.stories import log_in
from tests.factories.finding import make_capture, slipped
from tests.factories.imaging import make_campaign, make_member, make_photo
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
Check = Callable[[Page], None]
Photograph = Callable[[Page, str], Path]


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice's campaign runs, her photo came under a student number with a slip."""
    now = datetime.now(tz=UTC)
    make_photo(record, PhotoKind.ADMISSION)
    make_capture(
        name=record.name,
        student_no=slipped(record.student_no),
        document_no=record.id_number,
        at=now - 5 * DAY,
    )
    campaign = make_campaign(
        publishes_at=now - 3 * DAY,
        opens_at=now - 2 * DAY,
        closes_at=now + 5 * DAY,
        sheet_freeze_at=now + 6 * DAY,
    )
    return make_member(record, campaign)


def test_photo_is_missing_found_claimed_and_accepted(
    page: Page,
    alice: User,
    li: User,
    member: CampaignMember,
    check_accessibility: Check,
    photograph: Photograph,
) -> None:
    log_in(page, str(alice.email), PASSWORD)
    page.goto(f"/record/{member.record_id}/")
    page.get_by_role("link", name="我怎么看不到毕业照片").click()
    expect(page.locator("main")).to_contain_text("照片没有丢，不用重拍")
    check_accessibility(page)
    photograph(page, "claim-why")

    page.get_by_role("link", name="没照片，找找看").click()
    check_accessibility(page)
    photograph(page, "claim-1-own")
    page.get_by_role("link", name="没照片，找找看").click()
    expect(page.locator("main")).to_contain_text("学号只差一位")
    check_accessibility(page)
    photograph(page, "claim-2-near")
    page.get_by_role("link", name="像是我的，对一对").click()
    face = page.locator(".ui-face img")
    expect(face).to_be_visible()
    expect(face).not_to_have_js_property("naturalWidth", 0)
    check_accessibility(page)
    photograph(page, "claim-3-compare")
    page.get_by_role("button", name="这是我的照片，确认").click()
    expect(page.locator(".ui-errors")).to_be_visible()
    check_accessibility(page)
    page.get_by_label("这是我的照片").check(force=True)
    page.get_by_label("什么时候、在哪里拍的").fill("六月初，图书馆一层")
    page.get_by_role("button", name="这是我的照片，确认").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("这张照片里的人是我")
    check_accessibility(page)
    photograph(page, "claim-4-confirm")
    dialog.get_by_role("button", name="确定，交给老师核实").click()
    expect(page.locator("main")).to_contain_text("等教务处核实")
    check_accessibility(page)
    photograph(page, "claim-5-waiting")

    claim = PhotoClaim.objects.get()
    decide(page, li, claim, check_accessibility, photograph)

    log_in(page, str(alice.email), PASSWORD)
    page.goto(f"/photo/claims/{claim.pk}/")
    expect(page.locator("main")).to_contain_text("核实是本人")
    check_accessibility(page)
    photograph(page, "claim-accepted")
    page.goto(f"/record/{member.record_id}/photo-way/")
    expect(page.locator("main")).to_contain_text("照片到了，请核对")
    check_accessibility(page)
    photograph(page, "claim-way")


def decide(page: Page, li: User, claim: PhotoClaim, check: Check, photograph: Photograph) -> None:
    """The registrar looks at both sides and accepts."""
    log_in(page, str(li.email), PASSWORD)
    page.goto("/admin/imaging/photoclaim/")
    check(page)
    photograph(page, "claim-desk-list")
    page.goto(f"/admin/imaging/photoclaim/{claim.pk}/change/")
    expect(page.locator("body")).to_contain_text("两边的信息")
    check(page)
    photograph(page, "claim-desk")
    page.goto(f"/admin/imaging/photoclaim/{claim.pk}/do/accept/")
    check(page)
    photograph(page, "claim-desk-accept")
    page.get_by_label("理由").fill("和录取照片是一个人，证件号码相同")
    page.locator("main form [type=submit], #content form [type=submit]").last.click()
    expect(page.locator("body")).to_contain_text("已关联")
    claim.refresh_from_db()
    assert claim.state == PhotoClaimState.ACCEPTED
