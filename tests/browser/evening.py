"""A campaign evening for the browser: its moments, its class, and the clicks that several stories share."""

import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import xlsxwriter
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from accounts.models import User
from corrections.services.rules import change_rules
from corrections.states.rules import DEFAULT_PROOFS, Barriers
from enrollment.models import ClassGroup, School, StudentRecord
from imaging.models import Campaign
from imaging.states import ConclusionKind
from tests.browser.stories import log_in
from tests.factories import enrolment, people
from tests.factories.imaging import make_campaign, make_conclusion, make_member, make_photo
from tests.factories.people import PASSWORD

Look = Callable[[Page, str], None]

CLASS = "汉语言文学 2201 班"
LEAD = "填写前请看清：姓名、证件号码、出生日期等关键信息要报省里审批。更正以后，请你再核对一次。"
_SECRET = "JBSWY3DPEHPK3PXP"
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """A class in the last hours of its campaign."""

    campaign: Campaign
    group: ClassGroup
    classmate: StudentRecord
    away: StudentRecord


def stage_class(record: StudentRecord, *others: StudentRecord) -> Class:
    """Everybody has a photo; all but the first, the classmate, and who is away have concluded."""
    now = datetime.now(tz=UTC)
    campaign = make_campaign(
        opens_at=now - timedelta(days=3),
        closes_at=now + 3 * HOUR,
        sheet_freeze_at=now + 4 * HOUR,
        hand_in_at=now + 30 * HOUR,
    )
    group = record.class_group
    assert group is not None
    classmate, away, *done = (
        enrolment.make_record(class_group=group, name=name, student_no=f"20220401{serial}")
        for serial, name in enumerate(("古丽米热·艾比布拉", "江镕", "林一", "林二"), start=30)
    )
    for each in (record, classmate, away, *done, *others):
        make_photo(each)
        member = make_member(each, campaign)
        for kind in ConclusionKind if each in (*done, *others) else ():
            make_conclusion(member, kind, at=now - 30 * HOUR)
    return Class(campaign=campaign, group=group, classmate=classmate, away=away)


def open_account(record: StudentRecord, email: str) -> User:
    """The student's account, bound to the record."""
    user = people.make_user(email)
    identity = people.make_identity(user, name=record.name, number=record.id_number)
    enrolment.bind(record, identity)
    return user


def let_key_fields_in(school: School, actor: User) -> None:
    """Rules under which key fields are taken in every month, whenever the story is told."""
    change_rules(
        school=school,
        lead=LEAD,
        key_fields=school.key_fields,
        barriers=Barriers(months=(), final_days=0),
        proofs=DEFAULT_PROOFS,
        actor=actor,
        now=datetime.now(tz=UTC),
    )


def enter(page: Page, user: User) -> None:
    """With the password alone."""
    log_in(page, str(user.email), PASSWORD)


def enter_with_code(page: Page, user: User) -> None:
    """With password and the code of the authenticator app, as college and office must."""
    TOTP.activate(user, _SECRET)
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(str(user.email))
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("两步验证")
    code = format_hotp_value(hotp_value(_SECRET, int(time.time()) // 30))
    page.locator("input[name=code]").fill(code)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("button", name="退出").first).to_be_visible()


def open_sheet(page: Page) -> None:
    """From the list of classes to the sheet of the class."""
    page.goto("/classes/")
    page.get_by_role("link", name=CLASS).first.click()
    page.get_by_role("link", name="反馈表").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("班级反馈表")


def take_step(page: Page, label: str, said: str) -> None:
    """A step of the sheet: its button, its question, its answer."""
    page.get_by_role("link", name=label, exact=True).click()
    page.get_by_role("button", name=label, exact=True).click()
    expect(page.locator("body")).to_contain_text(said)


def send(page: Page) -> None:
    """The button of a form at the desk."""
    page.locator("#content-main form [type=submit]").last.click()


def refuse(pack: Path, folder: Path, *, why: str) -> Path:
    """The province fills in the table of the pack: not agreed, and why."""
    with zipfile.ZipFile(pack) as archive, archive.open("批复.xlsx") as table:
        titles, *rows = CalamineWorkbook.from_filelike(table).get_sheet_by_index(0).to_python()
    path = folder / "批复.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, titles)
        for number, row in enumerate(rows, start=1):
            answer = dict(zip(titles, map(str, row), strict=True)) | {"结论": "不同意", "说明": why}
            sheet.write_row(number, 0, [answer[str(title)] for title in titles])
    return path
