"""The class's own people: the monitor sees labels, the counsellor the cases, both the printed form."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.states import Conclusion, ConclusionKind
from tests.browser.stories import log_in
from tests.factories import enrolment
from tests.factories.imaging import make_campaign, make_conclusion, make_member, make_photo
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def running_class(monitor: User, record: StudentRecord) -> StudentRecord:
    """Thirty people: one done, one with a wrong name, the others still to come."""
    now = datetime.now(tz=UTC)
    campaign = make_campaign(
        opens_at=now - timedelta(days=3),
        closes_at=now + timedelta(days=4),
        sheet_freeze_at=now + timedelta(days=5),
    )
    others = [
        enrolment.make_record(class_group=record.class_group, name=name)
        for name in (
            "古丽米热·艾比布拉",
            "江镕",
            *(f"林{'一二三四五六七八九十'[n % 10]}" for n in range(26)),
        )
    ]
    assert record.class_group is not None
    for each in [*record.class_group.records.exclude(pk__in=[one.pk for one in others]), *others]:
        make_member(each, campaign)
        make_photo(each)
    done, wrong = (each.memberships.get() for each in (record, others[0]))
    past = now - timedelta(hours=30)
    for kind in ConclusionKind:
        make_conclusion(done, kind, Conclusion.CORRECT, at=past)
    make_conclusion(wrong, ConclusionKind.PHOTO, Conclusion.CORRECT, at=past)
    make_conclusion(
        wrong,
        ConclusionKind.DATA,
        Conclusion.INCORRECT,
        at=now - timedelta(hours=1),
        wrong_fields=["ethnicity"],
        proposed={"ethnicity": "维吾尔族"},
    )
    return record


@pytest.mark.usefixtures("running_class")
def test_counsellor_reads_and_prints_the_sheet(
    page: Page,
    chen: User,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    log_in(page, str(chen.email), PASSWORD)
    check_accessibility(page)
    photograph(page, "home-counsellor")
    page.goto("/classes/")
    check_accessibility(page)
    photograph(page, "board")
    page.get_by_role("link", name="汉语言文学 2201 班").first.click()
    check_accessibility(page)
    photograph(page, "class-progress")
    page.get_by_role("link", name="反馈表").first.click()

    expect(page.locator("main")).to_contain_text("信息有误：民族")
    expect(page.locator("main")).to_contain_text("维吾尔族")
    expect(page.locator("main")).to_contain_text("未校对")
    check_accessibility(page)
    photograph(page, "sheet-counsellor")
    with page.expect_download() as pdf:
        page.get_by_role("link", name="下载 PDF").click()
    with page.expect_download() as book:
        page.get_by_role("link", name="下载 XLSX").click()

    assert Path(pdf.value.path()).read_bytes().startswith(b"%PDF-")
    assert Path(book.value.path()).read_bytes().startswith(b"PK")


@pytest.mark.usefixtures("running_class")
def test_monitor_sees_labels_and_no_values(
    page: Page,
    monitor: User,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    log_in(page, str(monitor.email), PASSWORD)
    page.goto("/classes/")
    page.get_by_role("link", name="汉语言文学 2201 班").first.click()
    page.get_by_role("link", name="反馈表").first.click()

    expect(page.locator("main")).to_contain_text("信息有误：民族")
    expect(page.locator("main")).not_to_contain_text("维吾尔族")
    expect(page.locator("main img[src*=photo]")).to_have_count(0)
    check_accessibility(page)
    photograph(page, "sheet-monitor")


@pytest.mark.usefixtures("running_class")
def test_college_reads_the_class(
    page: Page, secretary: User, check_accessibility: Callable[[Page], None]
) -> None:
    log_in(page, str(secretary.email), PASSWORD)
    page.goto("/classes/")

    expect(page.locator("main")).to_contain_text("汉语言文学 2201 班")
    check_accessibility(page)


@pytest.mark.usefixtures("running_class")
def test_counsellor_sees_the_photos_of_the_class(
    page: Page,
    chen: User,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    log_in(page, str(chen.email), PASSWORD)
    page.goto("/classes/")
    page.get_by_role("link", name="汉语言文学 2201 班").first.click()
    page.get_by_role("link", name="班级照片").click()

    pictures = page.locator(".ui-portraits img")
    expect(pictures).to_have_count(30)
    expect(page.locator("main")).to_contain_text("学生本人能看到谁在什么时候看过")
    for number in range(30):
        expect(pictures.nth(number)).to_have_js_property("naturalWidth", 180)
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    check_accessibility(page)
    photograph(page, "class-photos")
    page.emulate_media(media="print")
    photograph(page, "class-photos-print")
