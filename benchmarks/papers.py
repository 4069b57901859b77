"""Papers of classes: a page of the sheet beside a bare reportlab table, a large college's memory."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table, TableStyle

from accounts.states import Role
from benchmarks.measure import Result, alternating, cpu_of, note
from benchmarks.people import members
from benchmarks.scratch import MEMORY_BOUND, SCALE, peak_of
from common.paper.fonts import FONT_PATH, paper_font
from corrections.documents.pdf import render_sheet_pdf
from corrections.documents.sheet import (
    COLUMN_TITLES,
    COUNSELLOR_LINE,
    LEADER_LINE,
    SEAL_LINE,
    ClassSheet,
    SheetCheck,
    SheetRow,
)
from corrections.models import CollegePrint
from corrections.states import Layout, PrintState, SheetState
from enrollment.models import ClassGroup
from imaging.models import CampaignMember
from tests.factories.enrolment import make_college
from tests.factories.people import make_staff
from tests.factories.sheets import make_sheet

_CLASSES = max(4, int(400 * SCALE))
_STUDENTS = 45
_ON_A_PAGE = 60
_FILES = 8
_ROUNDS = 7
_FONT = "BareSheet"
_WIDTHS = [width * mm for width in (12, 34, 36, 66, 32)]
_QR = 23 * mm
_NOW = datetime(2026, 6, 17, 1, 2, tzinfo=UTC)


def run() -> list[Result]:
    """CPU of a page; the peak memory of a college in one file."""
    return [_page(), _college()]


def _sheet() -> ClassSheet:
    names = ("夏侯远", "苏合", "沈若溪", "唐小满", "欧阳知微", "买买提依明·吐尔逊江")
    results = (
        "无误",
        "无误",
        "无误",
        "照片有误",
        "信息有误：姓名、出生日期",
        "未校对；备注：在外地",
    )
    return ClassSheet(
        title_year=2026,
        entry_grade=2022,
        class_name="汉语言文学2201班",
        rows=tuple(
            SheetRow(
                position=number,
                student_no=f"{2022040200 - number}",
                name=names[number % len(names)],
                result=results[number % len(results)],
            )
            for number in range(1, _ON_A_PAGE + 1)
        ),
        generated_at=_NOW,
        school_name="远山大学",
        ordering_label="按学号由大到小",
        check=SheetCheck(
            address="https://hedui.example/sheet-check/k3J9sQpZ0x7vR2mWbT5yLw/", version=2
        ),
    )


def _page() -> Result:
    sheet = _sheet()
    pages = len(sheet.pages())
    paper_font()
    pdfmetrics.registerFont(ttfonts.TTFont(_FONT, str(FONT_PATH)))

    def ours() -> None:
        for _ in range(_FILES):
            render_sheet_pdf(sheet)

    def floor() -> None:
        for _ in range(_FILES):
            _bare(sheet)

    ours_s, floor_s, ratio = alternating(ours, floor, rounds=_ROUNDS, timer=cpu_of)
    drawn = _FILES * pages
    return Result(
        "sheet PDF, CPU", ours_s / drawn * 1e3, floor_s / drawn * 1e3, ratio, "<= 1.3", "ms a page"
    )


def _bare(sheet: ClassSheet) -> bytes:
    """The same rows as reportlab's own table with the code as an image, made once a file."""
    assert sheet.check is not None
    picture = BytesIO()
    segno.make_qr(sheet.check.address, error="m").save(picture, kind="png", scale=6, border=0)
    code = ImageReader(picture)
    target = BytesIO()
    canvas = Canvas(target, pagesize=A4, pageCompression=1, invariant=1)
    for page in sheet.pages():
        canvas.setFont(_FONT, 17)
        canvas.drawCentredString(A4[0] / 2, 785, sheet.title)
        body = [[line.position, line.student_no, line.name, line.result, ""] for line in page.lines]
        table = Table([list(COLUMN_TITLES), *body], colWidths=_WIDTHS, rowHeights=22.4)
        table.setStyle(
            TableStyle(
                [
                    ("FONT", (0, 0), (-1, -1), _FONT, 10.5),
                    ("GRID", (0, 0), (-1, -1), 0.5, "black"),
                    ("ALIGN", (0, 0), (2, -1), "CENTER"),
                    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ]
            )
        )
        table.wrapOn(canvas, sum(_WIDTHS), 700)
        table.drawOn(canvas, 15 * mm, 185)
        canvas.setFont(_FONT, 12)
        lines = (sheet.class_line, COUNSELLOR_LINE, LEADER_LINE, SEAL_LINE)
        for number, line in enumerate(lines):
            canvas.drawString(15 * mm, 160 - 27 * number, line)
        canvas.drawImage(code, A4[0] - 15 * mm - _QR, 40, _QR, _QR)
        canvas.setFont(_FONT, 7)
        canvas.drawRightString(A4[0] - 15 * mm, 23, sheet.footer(page))
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _college() -> Result:
    """All classes of one college frozen, each with a code of its own, written by the command."""
    note(f"{_CLASSES} classes of {_STUDENTS} students, frozen")
    college = make_college("测量学院")
    people = members(_CLASSES * _STUDENTS)
    campaign = people[0].campaign
    classes = ClassGroup.objects.bulk_create(
        ClassGroup(
            school=college.school,
            college=college,
            key=f"papers-{number}",
            name=f"测量{number:03d}班",
            entry_grade=2022,
        )
        for number in range(_CLASSES)
    )
    for number, class_group in enumerate(classes):
        part = people[number * _STUDENTS : (number + 1) * _STUDENTS]
        pks = [member.pk for member in part]
        CampaignMember.objects.filter(pk__in=pks).update(class_group=class_group)
        make_sheet(campaign, class_group, SheetState.FROZEN)
    li = make_staff(Role.REGISTRAR, "papers@example.test")
    row = CollegePrint.objects.create(
        campaign=campaign,
        college=college,
        layout=Layout.FORM,
        requester=li,
        requested_at=datetime.now(tz=UTC) - timedelta(minutes=1),
        requested_by=li.actor_label,
    )
    peak = peak_of("build_print", str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.progress) == (PrintState.READY, _CLASSES), (row.state, row.progress)
    return Result(
        f"{_CLASSES} classes in one PDF, peak memory",
        peak,
        MEMORY_BOUND,
        peak / MEMORY_BOUND,
        "<= 1.0",
        "MB, bound 300",
    )
