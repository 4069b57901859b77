"""自己交照片: camera, cut, send and answer on a phone; and the same with a file and no script."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.identity import Sex
from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, OwnPhoto, PhotoVersion
from imaging.states import PhotoKind
from imaging.states.own_photo import OwnPhotoState, PhotoChannel
from tests.browser.stories import log_in
from tests.factories import imaging, own_photo
from tests.factories.people import PASSWORD
from tests.imaging.photos import jpeg, picture
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
    """Alice in a running campaign that takes own photos, with her admission photo."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    campaign = imaging.make_campaign(
        opens_at=now - DAY, closes_at=now + 10 * DAY, sheet_freeze_at=now + 11 * DAY
    )
    own_photo.make_channels(campaign, opens_at=now - DAY, closes_at=now + 9 * DAY)
    portrait = portrait_jpeg(0, sex=Sex.FEMALE, variant=Variant.ADMISSION)
    imaging.make_photo(record, PhotoKind.ADMISSION, data=portrait)
    return imaging.make_member(record, campaign)


def test_student_takes_a_photo_and_staff_take_it_in(
    new_page: Callable[..., Page], alice: User, li: User, member: CampaignMember, look: Look
) -> None:
    page = new_page()
    log_in(page, "alice@example.test", PASSWORD)
    page.get_by_role("link", name=re.compile("自己交照片")).click()
    expect(page.get_by_role("button", name="打开相机")).to_be_visible()
    look(page, "own-photo-take")

    page.get_by_role("button", name="打开相机").click()
    expect(page.locator("video")).to_be_visible()
    expect(page.locator("video")).not_to_have_js_property("videoWidth", 0)
    look(page, "own-photo-camera")
    page.get_by_role("button", name="拍", exact=True).click()
    page.get_by_label("大小").first.press("ArrowRight")
    page.get_by_label("左右").first.press("ArrowLeft")
    look(page, "own-photo-cut")
    page.get_by_role("button", name="就用这样，量一遍").click()
    expect(page.get_by_role("heading", name="交给学校吗")).to_be_visible()
    look(page, "own-photo-measured")
    draft = OwnPhoto.objects.get()
    assert draft.channel == PhotoChannel.CAMERA
    page.get_by_role("button", name="交给学校").click()
    expect(page.get_by_role("heading", name=re.compile("等老师看"))).to_be_visible()
    look(page, "own-photo-waiting")

    desk = new_page()
    log_in(desk, "li@example.test", PASSWORD)
    desk.goto("/admin/imaging/ownphoto/?waiting=open")
    look(desk, "own-photo-queue")
    desk.get_by_role("link", name=re.compile("自己交的照片 \\d")).first.click()
    desk.get_by_role("link", name="我来看").click()
    desk.get_by_role("button", name="我来看").click()
    look(desk, "own-photo-desk")
    desk.get_by_role("link", name="请学生重拍").click()
    look(desk, "own-photo-return")
    desk.go_back()
    desk.get_by_role("link", name="收下", exact=True).click()
    look(desk, "own-photo-accept")
    desk.get_by_role("button", name="收下").click()
    expect(desk.get_by_text("收下了，成为这份学籍的当前照片")).to_be_visible()

    page.reload()
    expect(page.get_by_role("heading", name=re.compile("照片.*已经到了"))).to_be_visible()
    look(page, "own-photo-accepted")
    assert (
        PhotoVersion.objects.get(record=member.record, kind=PhotoKind.GRADUATION).entry
        == OwnPhoto.objects.get().entry
    )


def test_file_is_enough_without_a_script(
    new_page: Callable[..., Page], alice: User, member: CampaignMember, look: Look, tmp_path: Path
) -> None:
    page = new_page(javascript=False)
    log_in(page, "alice@example.test", PASSWORD)
    page.goto(f"/capture/{member.record_id}/own/")
    expect(page.get_by_role("button", name="打开相机")).to_be_hidden()
    expect(page.locator("canvas").first).to_be_hidden()
    file = tmp_path / "IMG_0001.jpg"
    file.write_bytes(jpeg(picture((1600, 1200))))

    page.locator("#UPLOAD_picture").set_input_files(file)
    page.get_by_role("button", name="量一遍").last.click()
    expect(page.get_by_role("heading", name="交给学校吗")).to_be_visible()
    page.get_by_role("button", name="不用这张，换一张").click()
    expect(page.get_by_text("还能交 3 次")).to_be_visible()

    page.locator("#UPLOAD_picture").set_input_files(file)
    page.get_by_role("button", name="量一遍").last.click()
    page.get_by_role("button", name="交给学校").click()
    page.get_by_role("link", name="撤回这张").click()
    page.get_by_role("button", name="撤回").click()
    expect(page.get_by_text("还能交 2 次")).to_be_visible()
    assert OwnPhoto.objects.filter(state=OwnPhotoState.WITHDRAWN).count() == 1


def test_chosen_file_is_cut_in_the_page(
    page: Page,
    alice: User,
    li: User,
    member: CampaignMember,
    look: Look,
    tmp_path: Path,
) -> None:
    own_photo.make_own_photo(
        member,
        OwnPhotoState.RETURNED,
        at=timezone.now(),
        reasons=["BACKGROUND", "LIGHT", "OTHER"],
        answer="门框在画面里，往左站一步。",
    )
    file = tmp_path / "IMG_0001.jpg"
    file.write_bytes(jpeg(picture((1600, 1200)), quality=90))
    log_in(page, "alice@example.test", PASSWORD)
    page.goto(f"/capture/{member.record_id}/own/")
    look(page, "own-photo-returned")

    page.locator("#UPLOAD_picture").set_input_files(file)
    stage = page.locator("[data-shot-cut]").last
    expect(stage).to_be_visible()
    stage.get_by_label("左右").fill("30")
    stage.get_by_role("button", name="重来").click()
    expect(stage).to_be_hidden()
    page.locator("#UPLOAD_picture").set_input_files(file)
    stage.get_by_role("button", name="就用这样，量一遍").click()

    expect(page.get_by_role("heading", name="交给学校吗")).to_be_visible()
    draft = OwnPhoto.objects.get(state=OwnPhotoState.DRAFT)
    assert draft.channel == PhotoChannel.UPLOAD
    assert draft.measures["width"] == 480
