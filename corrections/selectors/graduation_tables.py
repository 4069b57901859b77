"""Tables of the graduation audit as XLSX: the list, the certificates of a college, the figures; all cells text.

`taken_by` is who takes a table out of the house; it stands on every sheet.
"""

import io
from collections.abc import Iterable, Mapping
from datetime import datetime

from common.actors import Actor
from common.wording import local
from corrections.models import AuditedStudent, Certificate
from corrections.selectors.graduation import StudentChecklist
from corrections.selectors.graduation_totals import AuditTotals
from imaging.documents.workbook import TextBook

__all__ = ["certificate_table", "student_table", "totals_table"]


def _at(moment: datetime | None) -> str:
    return f"{local(moment):%Y-%m-%d %H:%M}" if moment else ""


def student_table(
    students: Iterable[AuditedStudent],
    lists: Mapping[int, StudentChecklist],
    *,
    taken_by: Actor,
    now: datetime,
) -> bytes:
    """One row a student: result, and the state of each item."""
    target = io.BytesIO()
    book = TextBook(target, title="毕业资格审核名单", at=now, taken_by=taken_by)
    rows = list(students)
    items = [line.item.title for line in lists[rows[0].pk].lines] if rows else []
    head = ("学号", 16), ("姓名", 14), ("学院", 20), ("专业", 24), ("班级", 24), ("状态", 14)
    book.sheet(
        "名单",
        [*head, ("各项目得出", 12), ("学院提出", 12), ("审定结果", 12), ("学生确认", 18)]
        + [(title, 18) for title in items],
    )
    for student in rows:
        checklist, record = lists[student.pk], student.record
        book.write(
            [
                record.student_no,
                record.name,
                student.college.name if student.college else "",
                record.major_name,
                record.class_group.name if record.class_group else "",
                student.get_state_display(),
                checklist.suggested.label if checklist.suggested else "",
                student.get_proposed_display(),
                student.get_decided_display(),
                _at(student.confirmed_at),
                *[
                    f"{line.state.label}（{line.note}）" if line.note else str(line.state.label)
                    for line in checklist.lines
                ],
            ]
        )
    book.close()
    return target.getvalue()


def certificate_table(
    certificates: Iterable[Certificate], *, taken_by: Actor, now: datetime
) -> bytes:
    """One row a certificate, with a column to sign in."""
    target = io.BytesIO()
    book = TextBook(target, title="证书发放表", at=now, taken_by=taken_by)
    columns = ("学号", 16), ("姓名", 14), ("班级", 24), ("证书编号", 24), ("状态", 14)
    taken = ("领取人", 14), ("领取方式", 12), ("代领的原因", 30), ("领取时间", 18), ("发证人", 18)
    book.sheet("证书", [*columns, *taken, ("签收", 16)])
    for row in certificates:
        record = row.student.record
        book.write(
            [
                record.student_no,
                record.name,
                record.class_group.name if record.class_group else "",
                row.number,
                row.get_state_display(),
                row.taker_name or "",
                row.get_taker_display(),
                row.proxy_reason or "",
                _at(row.handed_at),
                row.handed_by,
                "",
            ]
        )
    book.close()
    return target.getvalue()


def totals_table(totals: AuditTotals, *, taken_by: Actor, now: datetime) -> bytes:
    """The figures per college and major, their sum, and what the list has."""
    target = io.BytesIO()
    book = TextBook(target, title="毕业资格审核统计", at=now, taken_by=taken_by)
    book.sheet(
        "统计",
        [
            ("学院", 24),
            ("专业", 28),
            *[(title, 10) for title in ("准予毕业", "准予结业", "暂缓毕业", "没审定", "人数")],
        ],
    )
    for line in [*totals.lines, totals.total]:
        figures = (line.graduate, line.complete, line.defer, line.undecided, line.amount)
        book.write([line.college, line.major, *map(str, figures)])
    book.write(["名单人数", "", "", "", "", "", str(totals.listed)])
    book.write(["证书", "", "", "", "", "", str(totals.certificates)])
    book.write(["已发给学生", "", "", "", "", "", str(totals.handed)])
    book.close()
    return target.getvalue()
