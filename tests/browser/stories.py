"""What several stories do: deliver real files, log in."""

import zipfile
from datetime import date
from pathlib import Path

import xlsxwriter
from playwright.sync_api import Page, expect

from accounts.identity import Sex
from tests.factories.people import make_number
from xuexin.demo.portraits import Variant, portrait_jpeg

HEADERS = [
    "院校代码",
    "考生号",
    "学号",
    "姓名",
    "性别",
    "出生日期",
    "证件类型",
    "证件号码",
    "民族",
    "专业代码",
    "专业名称",
    "层次",
    "学制",
    "学习形式",
    "学历类别",
    "入学日期",
    "学院",
    "班级",
    "预计毕业日期",
    "学籍状态",
]
NAMES = ("沈若溪", "秦川", "古丽米热·艾比布拉", "江镕", "阿依夏木古丽·买买提依明江·吐尔逊")


def student_no(serial: int) -> str:
    """The student number of the serial-th person of the roster."""
    return f"20220401{27 + serial:02d}"


def deliver_roster(folder: Path) -> Path:
    """A roster as a school would hand it in, of five people who cannot exist."""
    path = folder / "名册.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("名册")
        sheet.write_row(0, 0, HEADERS)
        for serial, name in enumerate(NAMES):
            born = date(1886, 3, 12 + serial)
            sheet.write_row(
                serial + 1,
                0,
                [
                    "99999",
                    f"22990101{serial:06d}",
                    student_no(serial),
                    name,
                    "男" if serial % 2 else "女",
                    f"{born:%Y%m%d}",
                    "居民身份证",
                    make_number(2 * serial + 2 + serial % 2, birth=f"{born:%Y%m%d}"),
                    "汉族",
                    "050101",
                    "汉语言文学",
                    "本科",
                    "4 年",
                    "普通全日制",
                    "普通高等教育",
                    "20220901",
                    "人文学院",
                    "汉语言文学 2201 班",
                    "2026-06-30",
                    "在籍（注册学籍）",
                ],
            )
    return path


def deliver_photos(folder: Path, kind: str = "graduation", *, amount: int = 3) -> Path:
    """Photos named by student number, in a folder of the archive."""
    path = folder / f"{kind}.zip"
    variant = Variant.GRADUATION if kind == "graduation" else Variant.ADMISSION
    with zipfile.ZipFile(path, "w") as archive:
        for serial in range(amount):
            sex = Sex.MALE if serial % 2 else Sex.FEMALE
            archive.writestr(
                f"照片/{student_no(serial)}.jpg", portrait_jpeg(serial, sex=sex, variant=variant)
            )
    return path


def log_in(page: Page, login: str, password: str) -> None:
    """Through the log-in page, as whoever is there logs out first."""
    # What the page left behind still loads must not bring its cookies back.
    page.goto("about:blank")
    page.context.clear_cookies()
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()
    # A replaced account finds the same button once more on its one page.
    expect(page.get_by_role("button", name="退出").first).to_be_visible()
