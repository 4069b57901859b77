"""Being photographed: leave, ticket and make-up on a phone, and the counter at the desk."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.identity import Sex
from accounts.models import User
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import CampaignMember, CaptureBooking, CaptureSession, CaptureVisit
from imaging.states import PhotoKind, PlaceKind, SessionKind
from tests.browser.stories import log_in
from tests.factories import capture, enrolment, imaging
from tests.factories.people import PASSWORD
from xuexin.demo.portraits import Variant, portrait_jpeg

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
Look = Callable[[Page, str], None]


@pytest.fixture
def look(
    check_accessibility: Callable[[Page], None], photograph: Callable[[Page, str], Path]
) -> Look:
    """Axe, and a picture to be looked at."""

    def judge(page: Page, name: str) -> None:
        check_accessibility(page)
        photograph(page, name)

    return judge


@pytest.fixture
def member(record: StudentRecord) -> CampaignMember:
    """Alice in a campaign that opens in two months, with her admission photo."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    campaign = imaging.make_campaign(
        opens_at=now + 60 * DAY, closes_at=now + 70 * DAY, sheet_freeze_at=now + 71 * DAY
    )
    portrait = portrait_jpeg(0, sex=Sex.FEMALE, variant=Variant.ADMISSION)
    imaging.make_photo(record, PhotoKind.ADMISSION, data=portrait)
    return imaging.make_member(record, campaign)


@pytest.fixture
def session(member: CampaignMember, class_group: ClassGroup) -> CaptureSession:
    """The session of Alice's class, running."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    other = imaging.make_member(
        enrolment.make_record(class_group=class_group, name="林知远"), member.campaign
    )
    session = capture.make_session(
        member.campaign,
        starts_at=now - timedelta(hours=1),
        classes=[class_group],
        place=capture.make_place(name="大学生活动中心 203", address="云岭校区远山路 1 号"),
        has_fee=True,
        fee_text="20 元，现场交给采集单位，给收据",
    )
    capture.make_visit(session, other, at=now)
    for days, seats in ((9, 40), (16, 25), (23, 0)):
        capture.make_session(
            member.campaign,
            SessionKind.MAKEUP,
            starts_at=now + days * DAY,
            capacity=40,
            seats_taken=40 - seats,
            place=capture.make_place(name="图书馆 105", address=f"云岭校区远山路 {days} 号"),
        )
    capture.make_place(
        kind=PlaceKind.BRANCH,
        name="云岭采集网点",
        address="云岭市远山路 88 号 3 楼",
        hours="每周三 9:00–11:30，寒暑假不开",
        phone="0990-0000000",
    )
    return session


def test_student_takes_leave_books_a_makeup_and_keeps_the_ticket(
    page: Page, alice: User, member: CampaignMember, session: CaptureSession, look: Look
) -> None:
    log_in(page, "alice@example.test", PASSWORD)
    page.get_by_role("link", name=re.compile("去拍照")).click()
    page.get_by_role("button", name="领采集号").click()
    expect(page.get_by_alt_text(re.compile("采集号的二维码"))).to_be_visible()
    look(page, "capture-coming")
    with page.expect_download() as download:
        page.get_by_role("link", name="存成图片").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")

    page.get_by_role("link", name="先请假，再约补拍").click()
    page.get_by_label("为什么去不了").fill("在外地实习")
    look(page, "capture-leave")
    page.get_by_role("button", name="请假", exact=True).click()
    expect(page.get_by_text("已请假").first).to_be_visible()
    look(page, "capture-away")
    page.get_by_text(re.compile("还有 25 个名额")).click()
    page.get_by_role("button", name="约这一场").click()
    expect(page.get_by_text(re.compile("^约好了"))).to_be_visible()
    look(page, "capture-booked")
    assert CaptureBooking.objects.get(ended_at=None).session.capacity == 40
    page.get_by_text("改约别的时间").click()
    page.get_by_text(re.compile("还有 40 个名额")).click()
    page.get_by_role("button", name="改约这一场").click()
    expect(page.get_by_text(re.compile("^约好了"))).to_be_visible()

    page.get_by_role("link", name="别人看到了，换一个").click()
    expect(page.get_by_role("heading", name="换一个采集号吗")).to_be_visible()
    look(page, "capture-renew")
    page.get_by_role("button", name="换一个", exact=True).click()
    expect(page.get_by_text("采集号已经换了").first).to_be_visible()


def test_registrar_checks_people_in(
    page: Page, alice: User, li: User, member: CampaignMember, session: CaptureSession, look: Look
) -> None:
    ticket = capture.make_ticket(member)
    log_in(page, "li@example.test", PASSWORD)
    page.goto(f"/admin/imaging/capturesession/{session.pk}/change/")
    look(page, "capture-desk-session")
    page.get_by_role("link", name="报到", exact=True).click()
    look(page, "capture-desk-counter")
    # A scanner types the code and presses Enter.
    page.keyboard.type(ticket.code)
    page.keyboard.press("Enter")
    expect(page.get_by_text("沈*溪")).to_be_visible()
    page.get_by_label("收据号").fill("No.0012")
    look(page, "capture-desk-person")
    page.get_by_role("button", name="是本人，报到").click()
    expect(page.get_by_text("沈*溪 已报到，可以拍了")).to_be_visible()
    look(page, "capture-desk-next")
    visit = CaptureVisit.objects.get(member=member)
    assert (visit.is_paid, visit.receipt_no) == (True, "No.0012")
    page.goto(f"/admin/imaging/capturevisit/{visit.pk}/do/payment/")
    look(page, "capture-desk-payment")
    page.goto(f"/admin/imaging/capturesession/{session.pk}/change/")
    expect(page.get_by_role("link", name="交过费，收据号 No.0012")).to_be_visible()
    look(page, "capture-desk-paid")
    with page.expect_download() as download:
        page.goto(f"/admin/imaging/capturesession/{session.pk}/do/pack/")
        page.get_by_role("button", name="给采集单位的名单").click()
    assert Path(download.value.path()).read_bytes().startswith(b"PK")
    page.goto("/admin/imaging/capturesession/add/")
    look(page, "capture-desk-new")
    page.goto("/admin/imaging/capturesession/")
    look(page, "capture-desk-list")
