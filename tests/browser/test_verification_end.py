"""What ends a verification: the receipt, opening it again by two, what staff enter, the certificate."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.utils.timezone import localtime
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.states import Role
from enrollment.models import StudentRecord
from enrollment.services.graduation import NewGraduation, register_graduation
from enrollment.states import GraduationOutcome
from imaging.models import CampaignMember, ReopenRequest, VerificationConclusion
from imaging.states import Conclusion, ConclusionKind, PhotoReason
from tests.browser.stories import log_in
from tests.factories.imaging import make_campaign, make_conclusion, make_member, make_photo
from tests.factories.people import PASSWORD, make_staff

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
Check = Callable[[Page], None]
Photograph = Callable[[Page, str], Path]


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice in a campaign that runs."""
    now = datetime.now(tz=UTC)
    make_photo(record)
    return make_member(
        record,
        make_campaign(
            opens_at=now - 10 * DAY, closes_at=now + 2 * DAY, sheet_freeze_at=now + 3 * DAY
        ),
    )


@pytest.fixture
def locked(member: CampaignMember) -> CampaignMember:
    """Both conclusions locked, the photo only disliked."""
    past = datetime.now(tz=UTC) - 3 * DAY
    make_conclusion(member, ConclusionKind.DATA, at=past)
    make_conclusion(
        member,
        ConclusionKind.PHOTO,
        Conclusion.INCORRECT,
        at=past,
        reasons=[PhotoReason.WANTS_RETAKE],
    )
    return member


def test_receipt_and_a_second_chance_by_two(
    page: Page,
    alice: User,
    li: User,
    locked: CampaignMember,
    check_accessibility: Check,
    photograph: Photograph,
) -> None:
    wang = make_staff(Role.REGISTRAR, "wang@example.test")
    log_in(page, str(alice.email), PASSWORD)
    page.goto("/verify/")
    expect(page.locator("main")).to_contain_text("希望重拍，已锁定")
    check_accessibility(page)
    photograph(page, "end-locked")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载回执 PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")

    page.get_by_role("link", name="申请重新开放").click()
    check_accessibility(page)
    photograph(page, "end-reopen-new")
    page.get_by_label("照片").check(force=True)
    page.get_by_label("为什么要重新核对").fill("想明白了，照片没有问题")
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator("main")).to_contain_text("教务处在看")
    check_accessibility(page)
    photograph(page, "end-reopen-waiting")

    asked = ReopenRequest.objects.get()
    open_by_two(page, asked, (li, wang), check_accessibility, photograph)

    log_in(page, str(alice.email), PASSWORD)
    page.goto(f"/verify/reopened/{asked.pk}/")
    check_accessibility(page)
    photograph(page, "end-reopen-granted")
    page.get_by_role("link", name="去重新核对").click()
    expect(page.locator("main")).to_contain_text("以前不提交，不会替你算正确")
    check_accessibility(page)
    photograph(page, "end-second-round")
    page.get_by_label("正确").first.check(force=True)
    page.get_by_role("button", name="下一步，再看一遍").click()
    expect(page.get_by_role("dialog")).to_contain_text("对这个结论负责")
    photograph(page, "end-answerable")
    page.get_by_role("dialog").get_by_role("button", name="确认提交").click()
    expect(page.get_by_role("button", name="撤回，重新核对")).to_be_visible()


def open_by_two(
    page: Page, asked: ReopenRequest, two: tuple[User, User], check: Check, photograph: Photograph
) -> None:
    """One of the office proposes, the other decides."""
    desk = f"/admin/imaging/reopenrequest/{asked.pk}/"
    log_in(page, str(two[0].email), PASSWORD)
    page.goto("/admin/imaging/reopenrequest/")
    check(page)
    photograph(page, "end-desk-list")
    page.goto(f"{desk}change/")
    check(page)
    photograph(page, "end-desk-request")
    page.goto(f"{desk}do/propose-grant/")
    check(page)
    photograph(page, "end-desk-propose")
    page.locator("main form [type=submit], #content form [type=submit]").last.click()
    expect(page.locator("body")).to_contain_text("请另一位老师复核")
    expect(page.get_by_role("link", name="复核：重新开放")).to_have_count(0)

    log_in(page, str(two[1].email), PASSWORD)
    page.goto(f"{desk}do/grant/")
    page.locator("main form [type=submit], #content form [type=submit]").last.click()
    expect(page.locator("body")).to_contain_text("开第 2 轮")
    check(page)
    photograph(page, "end-desk-grant")
    page.locator("main form [type=submit], #content form [type=submit]").last.click()
    expect(page.locator("body")).to_contain_text("已重新开放")


def test_counsellor_enters_and_the_student_takes_it_back(
    page: Page,
    alice: User,
    chen: User,
    member: CampaignMember,
    check_accessibility: Check,
    photograph: Photograph,
) -> None:
    log_in(page, str(chen.email), PASSWORD)
    page.goto(f"/classes/{member.class_group_id}/{member.campaign_id}/progress/")
    check_accessibility(page)
    photograph(page, "end-board")
    page.get_by_role("link", name="沈若溪").click()
    check_accessibility(page)
    photograph(page, "end-proxy")
    for number in range(2):
        page.get_by_label("正确", exact=True).nth(number).check(force=True)
    page.get_by_label("学生本人看过现在这一版照片").check(force=True)
    page.get_by_label("电话").check(force=True)
    reached = localtime(datetime.now(tz=UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    page.get_by_label("什么时候").fill(reached)
    page.get_by_label("学生为什么不能自己核对").fill("在境外，没有网络")
    page.get_by_role("button", name="代录，并通知学生").click()
    expect(page.locator("main")).to_contain_text("现在没有可以代录的")
    check_accessibility(page)
    photograph(page, "end-proxy-done")
    page.goto(f"/classes/{member.class_group_id}/{member.campaign_id}/progress/")
    expect(page.locator("main")).to_contain_text("代录的人")
    check_accessibility(page)
    photograph(page, "end-board-proxied")

    log_in(page, str(alice.email), PASSWORD)
    page.goto("/verify/")
    expect(page.locator("main")).to_contain_text("代你录入的")
    check_accessibility(page)
    photograph(page, "end-proxied-student")
    page.get_by_role("button", name="撤回，重新核对").click()
    expect(page.get_by_role("radio")).to_have_count(4)
    assert not VerificationConclusion.objects.filter(is_proxy=True).exists()


def test_registered_is_said_and_frozen(
    page: Page,
    alice: User,
    li: User,
    locked: CampaignMember,
    check_accessibility: Check,
    photograph: Photograph,
) -> None:
    new = NewGraduation(
        outcome=GraduationOutcome.GRADUATED,
        conferred_date=date(2026, 6, 30),
        certificate_no="999991202605000001",
    )
    register_graduation(record=locked.record, new=new, actor=li, now=datetime.now(tz=UTC))

    log_in(page, str(alice.email), PASSWORD)
    photograph(page, "end-registered-home")
    check_accessibility(page)
    page.goto("/verify/")
    expect(page.locator("main")).to_contain_text("核对结论从那时起固定")
    check_accessibility(page)
    photograph(page, "end-registered")
    expect(page.get_by_role("link", name="申请重新开放")).to_have_count(0)
