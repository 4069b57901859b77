"""身份复核: a result becomes a case, papers, the college, the panel, the filing, the archive, the end by two."""

import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import xlsxwriter
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import IdentityReview
from imaging.states import PhotoKind
from imaging.states.review import DocumentNeed, ReviewState
from tests.browser.stories import log_in
from tests.factories import imaging
from tests.factories import review as reviewing
from tests.factories.corrections import picture_bytes
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[[Page], None]
Photograph = Callable[[Page, str], Path]


def send(page: Page) -> None:
    """The button of a desk form."""
    page.locator("#content-main form [type=submit]").last.click()


def delivered(folder: Path) -> Path:
    """The platform's list, with one row that fits nobody."""
    path = folder / "比对结果.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["学号", "姓名", "比对结果"])
        sheet.write_row(1, 0, ["2022040127", "沈若溪", "未通过"])
        sheet.write_row(2, 0, ["2022049999", "", "异常"])
    return path


def test_result_becomes_a_case_and_ends_by_two(  # noqa: PLR0915 -- one story from the list to the end
    new_page: Callable[[], Page],
    alice: User,
    record: StudentRecord,
    secretary: User,
    tmp_path: Path,
    check_accessibility: Check,
    photograph: Photograph,
) -> None:
    now = timezone.now()
    imaging.make_photo(record, at=now - timedelta(days=40))
    imaging.make_photo(record, PhotoKind.ADMISSION, at=now - timedelta(days=1400))
    wu = reviewing.make_handler("wu@example.test", at=now)
    zheng = reviewing.make_handler("zheng@example.test", at=now)
    desk, college = new_page(), new_page()

    def look(page: Page, name: str) -> None:
        photograph(page, f"review-{name}")
        check_accessibility(page)

    log_in(desk, str(wu.email), PASSWORD)
    desk.goto("/admin/imaging/reviewimport/add/")
    desk.get_by_label("学校").select_option(index=1)
    desk.get_by_label("比对结果").set_input_files(delivered(tmp_path))
    due = timezone.localtime(now + timedelta(days=10))
    desk.get_by_label("材料交齐的期限").fill(f"{due:%Y-%m-%dT%H:%M}")
    look(desk, "upload")
    send(desk)
    expect(desk.locator("body")).to_contain_text("名册里没有这个学号")
    look(desk, "rows")
    desk.get_by_role("link", name="导入", exact=True).click()
    send(desk)
    expect(desk.locator("body")).to_contain_text("立案 1 件")

    review = IdentityReview.objects.get()
    desk.goto("/admin/imaging/identityreview/")
    look(desk, "cases")
    desk.get_by_role("link", name=review.case_no).click()
    expect(desk.locator("body")).to_contain_text("还差：身份证")
    look(desk, "case")
    desk.get_by_role("link", name="存入材料").click()
    look(desk, "paper")
    desk.get_by_label("材料").select_option(label="1 身份证")
    desk.get_by_label("文件").set_input_files(
        {"name": "身份证.jpg", "mimeType": "image/jpeg", "buffer": picture_bytes()}
    )
    send(desk)
    expect(desk.locator("body")).to_contain_text("“身份证”已存入案卷")
    for rule in review.rules.documents.filter(need="ALWAYS").exclude(title="身份证"):
        reviewing.make_paper(review, rule, at=now)
    desk.get_by_role("link", name="指定人员").click()
    desk.get_by_label("学院核实人").check()
    desk.get_by_label("账号").fill(str(secretary.email))
    desk.get_by_label("姓名").fill("周老师")
    look(desk, "seat")
    send(desk)
    desk.get_by_role("link", name="送学院核实").click()
    send(desk)
    expect(desk.locator("body")).to_contain_text("已送学院核实")

    log_in(college, str(secretary.email), PASSWORD)
    college.goto("/")
    college.get_by_role("link", name="身份复核").click()
    look(college, "list")
    college.get_by_role("link", name=review.case_no).click()
    look(college, "page")
    college.get_by_label("核实意见").fill("本人带身份证到场，录取材料和在校学习情况一致。")
    college.get_by_role("button", name="核实无误，提交").click()
    expect(college.locator("body")).to_contain_text("学院已核实")

    panel = reviewing.make_panel(review, at=now)
    reviewing.complete(review, [DocumentNeed.PANEL], at=now)
    desk.goto(f"/admin/imaging/identityreview/{review.pk}/change/")
    desk.get_by_role("link", name="交专家组核查").click()
    send(desk)
    for member in panel:
        log_in(college, str(member.email), PASSWORD)
        college.goto(f"/reviews/{review.pk}/")
        college.get_by_label("是本人", exact=True).first.check()
        college.get_by_label("理由").fill("当面看过，和录取照片一致。")
        college.get_by_role("button", name="提交意见").click()
        expect(college.locator("body")).to_contain_text("是本人：当面看过")
    log_in(college, str(panel[0].email), PASSWORD)
    college.goto(f"/reviews/{review.pk}/")
    look(college, "panel")
    college.locator("#agree_opinion_0").check()
    college.get_by_label("开会日期").fill(f"{timezone.localdate(now):%Y-%m-%d}")
    college.get_by_label("会议纪要").fill("三人到会，看过本人、录取照片和档案，一致认定是本人。")
    college.get_by_role("button", name="提交结论").click()
    expect(college.locator("body")).to_contain_text("专家组已有结论")

    desk.goto(f"/admin/imaging/identityreview/{review.pk}/change/")
    desk.get_by_role("link", name="登记备案").click()
    desk.get_by_label("备案号").fill("备 2026-17")
    desk.get_by_label("备案日期").fill(f"{timezone.localdate(now):%Y-%m-%d}")
    send(desk)
    expect(desk.locator("body")).to_contain_text("已登记备案")
    look(desk, "filed")
    desk.get_by_role("link", name="导出案卷").click()
    desk.get_by_label("报送省级，图片原样").check()
    desk.get_by_label("理由").fill("报送省级备案")
    look(desk, "export")
    with desk.expect_download() as download:
        send(desk)
    with zipfile.ZipFile(download.value.path()) as found:
        assert "2022040127_沈若溪/2022040127_沈若溪_01身份证.jpg" in found.namelist()

    desk.goto(f"/admin/imaging/identityreview/{review.pk}/change/")
    desk.get_by_role("link", name="提出办结").click()
    desk.get_by_label("省级同意备案，解除").check()
    desk.get_by_label("理由").fill("省级同意备案")
    look(desk, "propose")
    send(desk)
    log_in(desk, str(zheng.email), PASSWORD)
    desk.goto(f"/admin/imaging/identityreview/{review.pk}/change/")
    desk.get_by_role("link", name="第二人确认办结").click()
    look(desk, "confirm")
    send(desk)
    expect(desk.locator("body")).to_contain_text("已办结：已解除")
    review.refresh_from_db()
    record.refresh_from_db()
    assert (review.state, record.hidden_at) == (ReviewState.RELEASED, None)


def test_student_reads_where_to_go_and_nothing_else(
    page: Page,
    alice: User,
    record: StudentRecord,
    check_accessibility: Check,
    photograph: Photograph,
) -> None:
    reviewing.make_review(record, at=timezone.now())
    log_in(page, str(alice.email), PASSWORD)
    page.goto("/")
    expect(page.locator("body")).to_contain_text("学校要和你当面核实一次")
    expect(page.locator("body")).not_to_contain_text("比对")
    photograph(page, "review-student")
    check_accessibility(page)
