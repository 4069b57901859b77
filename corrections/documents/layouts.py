"""The layouts of a class's sheet beside the form: one data model, printed as tables."""

from collections import Counter
from collections.abc import Callable

from corrections.documents.sheet import ClassSheet, ResultKind, SheetRow
from corrections.documents.table import Column, TablePaper
from corrections.states import Layout

__all__ = ["class_paper", "paper_title"]

_TITLES: dict[Layout, str] = {
    Layout.FORM: "高等教育学历电子注册图像信息校对反馈表",
    Layout.ROSTER: "毕业生图像信息校对确认表",
    Layout.EXCEPTIONS: "图像信息校对异常情况表",
    Layout.STATISTICS: "图像信息校对完成情况统计表",
    Layout.QUALIFICATION: "毕业生资格审查确认表",
}
_SIGNED_BY_COLLEGE = (
    ("辅导员签名：", "日期：　　　　年　　月　　日"),
    ("学院领导：", "日期：　　　　年　　月　　日"),
    ("学院公章：", ""),
)
_NUMBER = Column(title="序号", width=12)
_STUDENT_NO = Column(title="学号", width=34)
_NAME = Column(title="姓名", width=34, is_name=True)


def paper_title(layout: Layout, year: int) -> str:
    """The title with the graduating class (届)."""
    return f"{_TITLES[layout]}（{year}届）"


def class_paper(sheet: ClassSheet, layout: Layout) -> TablePaper:
    """The sheet as one of the tables; the form has pages of its own."""
    return _LAYOUTS[layout](sheet)


def _roster(sheet: ClassSheet) -> TablePaper:
    """Everybody, with room to sign: the confirmation of the whole class."""
    return TablePaper(
        title=paper_title(Layout.ROSTER, sheet.title_year),
        place=sheet.class_line,
        summary=f"共 {len(sheet.rows)} 人",
        lead="本人已核对毕业照片和学籍信息，校对结果如下，签名确认。",
        columns=(
            _NUMBER,
            _STUDENT_NO,
            _NAME,
            Column(title="校对结果", width=48, is_left=True),
            Column(title="本人签名", width=28),
            Column(title="签名日期", width=24),
        ),
        rows=tuple(
            (str(row.position), row.student_no, row.name, row.printed_result, "", "")
            for row in sheet.rows
        ),
        row_height=7.6,
        closing=_SIGNED_BY_COLLEGE,
    )


def _exceptions(sheet: ClassSheet) -> TablePaper:
    """Only those whose result is not 无误, with room for what is done about it."""
    found = [row for row in sheet.rows if row.kind is not ResultKind.RIGHT]
    return TablePaper(
        title=paper_title(Layout.EXCEPTIONS, sheet.title_year),
        place=sheet.class_line,
        summary=f"全班 {len(sheet.rows)} 人，异常 {len(found)} 人",
        columns=(
            _NUMBER,
            _STUDENT_NO,
            _NAME,
            Column(title="异常情况", width=52, is_left=True),
            Column(title="处理情况", width=28),
            Column(title="本人签名", width=20),
        ),
        rows=tuple(
            (str(number), row.student_no, row.name, row.printed_result, "", "")
            for number, row in enumerate(found, start=1)
        ),
        row_height=12.0,
        closing=_SIGNED_BY_COLLEGE,
        empty="（全班没有异常）",
    )


def _statistics(sheet: ClassSheet) -> TablePaper:
    """How many have which result, and their share of the class; of the suspended and the gone nothing is asked."""
    kinds = Counter(row.kind for row in sheet.rows if row.is_checked)
    provisional = sum(row.is_provisional for row in sheet.rows)
    total = len(sheet.rows)
    idle = sum(row.is_idle for row in sheet.rows)
    due, checked = total - idle, sum(kinds.values())
    lines = [
        ("应校对", due),
        ("已校对", checked),
        ("其中：无误", kinds[ResultKind.RIGHT]),
        ("其中：有误", kinds[ResultKind.WRONG]),
        ("没有校对完", due - checked),
        ("结论还没锁定（暂定）", provisional),
    ]
    if idle:
        lines.append(("不用校对（休学、保留学籍或不在籍）", idle))
    lines += [(f"结果为“{label}”", count) for label, count in _labels(sheet.rows)]
    return TablePaper(
        title=paper_title(Layout.STATISTICS, sheet.title_year),
        place=sheet.class_line,
        summary=f"完成 {_share(checked, due)}",
        columns=(
            Column(title="项目", width=92, is_left=True),
            Column(title="人数", width=24),
            Column(title="占全班", width=24),
            Column(title="备注", width=40),
        ),
        rows=tuple((label, str(count), _share(count, total), "") for label, count in lines),
        row_height=9.0,
        closing=_SIGNED_BY_COLLEGE,
    )


def _labels(rows: tuple[SheetRow, ...]) -> list[tuple[str, int]]:
    """What is wrong or missing, by its label, the most frequent first."""
    counts = Counter(row.result for row in rows if row.kind is not ResultKind.RIGHT)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _share(count: int, total: int) -> str:
    return f"{count / total:.1%}" if total else "—"


def _qualification(sheet: ClassSheet) -> TablePaper:
    """Everybody, with room for the verdict on graduation, which the portal does not give."""
    return TablePaper(
        title=paper_title(Layout.QUALIFICATION, sheet.title_year),
        place=sheet.class_line,
        summary=f"共 {len(sheet.rows)} 人",
        lead="本人的毕业照片和学籍信息已经核对，校对结果属实；毕业资格由学院审查后填写。",
        columns=(
            _NUMBER,
            _STUDENT_NO,
            _NAME,
            Column(title="图像校对结果", width=42, is_left=True),
            Column(title="毕业资格审查意见", hint="（填“合格”或不合格的原因）", width=34),
            Column(title="本人签名", width=24),
        ),
        rows=tuple(
            (str(row.position), row.student_no, row.name, row.printed_result, "", "")
            for row in sheet.rows
        ),
        row_height=7.6,
        closing=_SIGNED_BY_COLLEGE,
    )


_LAYOUTS: dict[Layout, Callable[[ClassSheet], TablePaper]] = {
    Layout.ROSTER: _roster,
    Layout.EXCEPTIONS: _exceptions,
    Layout.STATISTICS: _statistics,
    Layout.QUALIFICATION: _qualification,
}
