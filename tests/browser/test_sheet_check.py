"""A sheet on paper: the counsellor prints it, a reader opens its code in another browser, without login."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from corrections.models import ClassSheet
from corrections.states import SheetState
from enrollment.models import StudentRecord
from imaging.models import CampaignMember
from imaging.states import Conclusion, ConclusionKind
from tests.browser.stories import log_in
from tests.factories.corrections import make_dispute
from tests.factories.imaging import make_campaign, make_conclusion, make_member, make_photo
from tests.factories.people import PASSWORD
from tests.factories.sheets import make_sheet
from tests.poppler import Poppler

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def member(record: StudentRecord) -> CampaignMember:
    """Alice, done and locked, in a campaign whose sheets are frozen."""
    now = datetime.now(tz=UTC)
    campaign = make_campaign(
        opens_at=now - timedelta(days=9),
        closes_at=now - timedelta(days=2),
        sheet_freeze_at=now - timedelta(days=1),
        hand_in_at=now + timedelta(days=1),
    )
    make_photo(record)
    member = make_member(record, campaign)
    make_conclusion(member, ConclusionKind.PHOTO, Conclusion.CORRECT, at=now - timedelta(days=3))
    return member


@pytest.fixture
def frozen(member: CampaignMember) -> ClassSheet:
    """Her class's sheet, signed by the college."""
    assert member.class_group is not None
    at = datetime.now(tz=UTC)
    return make_sheet(member.campaign, member.class_group, SheetState.COLLEGE_SEALED, at=at)


def test_reader_of_the_paper_sees_whether_it_still_holds(
    new_page: Callable[..., Page],
    chen: User,
    member: CampaignMember,
    frozen: ClassSheet,
    record: StudentRecord,
    tmp_path: Path,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    counsellor, reader = new_page(), new_page()
    log_in(counsellor, str(chen.email), PASSWORD)
    counsellor.goto(f"/classes/{frozen.class_group_id}/{frozen.campaign_id}/")
    counsellor.get_by_text("别的版式").click()
    check_accessibility(counsellor)
    photograph(counsellor, "sheet-layouts")
    with counsellor.expect_download() as download:
        counsellor.get_by_role("link", name="全班签名表 PDF").click()
    pdf = Path(download.value.path()).read_bytes()

    # Somebody holds the paper, and scans the code.
    path = urlsplit(Poppler(tmp_path).code(pdf)).path
    assert path == f"/sheet-check/{frozen.check_code}/"
    reader.goto(path)
    expect(reader.get_by_text("和定稿时一致")).to_be_visible()
    assert record.name not in reader.content()
    check_accessibility(reader)
    photograph(reader, "sheet-check-same")

    # A row changes: the paper is out of date at once.
    make_dispute(member, at=datetime.now(tz=UTC) - timedelta(minutes=1))
    reader.reload()
    expect(reader.get_by_text("和定稿时不一致")).to_be_visible()
    check_accessibility(reader)
    photograph(reader, "sheet-check-changed")


def test_college_prints_all_its_classes(
    page: Page,
    secretary: User,
    frozen: ClassSheet,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    log_in(page, str(secretary.email), PASSWORD)
    page.goto("/papers/")
    check_accessibility(page)
    page.get_by_role("button", name="生成 PDF").click()
    page.goto("/papers/")
    check_accessibility(page)
    photograph(page, "papers")
    with page.expect_download() as download:
        page.get_by_role("link", name="人文学院，反馈表，1 个班").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载 XLSX").click()
    assert download.value.suggested_filename.endswith("异常汇总表-人文学院.xlsx")
