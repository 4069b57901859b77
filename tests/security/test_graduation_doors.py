"""The two doors of the graduation audit for lists: hostile workbooks leave nothing behind, formulas stay text.

The shared reader itself is tried in test_table_bombs.py.
"""

import io
from datetime import datetime

import pytest

from accounts.models import User
from common.actors import System
from common.errors import InvalidInputError
from corrections.importers import audit_results, sanctions
from corrections.models import GraduationAudit, ItemMark, ResultImport, Sanction, SanctionImport
from corrections.selectors.graduation import checklists_of
from corrections.selectors.graduation_tables import student_table
from corrections.services.graduation import (
    apply_results,
    apply_sanctions,
    upload_results,
    upload_sanctions,
)
from enrollment.models import StudentRecord
from tests.enrollment.importers.files import xlsx_bytes
from tests.factories.graduation import make_audit, make_audited, make_sanction_handler
from tests.security.test_formula_injection import cells
from tests.security.workbooks import moved, rebuilt, with_rows

pytestmark = pytest.mark.django_db

NUMBER = "2022040127"
EVIL = ['=HYPERLINK("http://evil.test","看")', "=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "\t=1+1"]
FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
HOSTILE = {
    "a cell far away": with_rows(FAR),
    "the same at another place": moved("xl/worksheets/other.xml", FAR),
    "another kind of workbook": rebuilt(lambda *part: part, added={"xl/workbook.bin": b"x"}),
    "no workbook at all": b"MZ" + b"\0" * 100,
    "cut off": xlsx_bytes([["学号", "学分"], [NUMBER, "达到"]])[:-100],
    "more than five megabytes": b"x" * (5 * 1024 * 1024 + 1),
    "nothing": b"",
}


@pytest.fixture
def audit(record: StudentRecord) -> GraduationAudit:
    """A round with Alice on its list, without results."""
    made = make_audit()
    make_audited(record, made, marks={})
    return made


def send_results(data: bytes, audit: GraduationAudit, actor: User, now: datetime) -> ResultImport:
    return upload_results(
        file=io.BytesIO(data), file_name="结果.xlsx", audit=audit, actor=actor, now=now
    )


def send_sanctions(
    data: bytes, record: StudentRecord, actor: User, now: datetime
) -> SanctionImport:
    return upload_sanctions(
        file=io.BytesIO(data), file_name="处分.xlsx", school=record.school, actor=actor, now=now
    )


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_workbook_is_refused_and_leaves_nothing(
    kind: str, record: StudentRecord, audit: GraduationAudit, li: User, now: datetime
) -> None:
    han = make_sanction_handler()

    with pytest.raises(InvalidInputError):
        send_results(HOSTILE[kind], audit, li, now)
    with pytest.raises(InvalidInputError):
        send_sanctions(HOSTILE[kind], record, han, now)

    assert not ResultImport.objects.exists()
    assert not SanctionImport.objects.exists()


@pytest.mark.parametrize("text", EVIL)
def test_formula_of_a_list_is_text_in_the_table_that_leaves(
    text: str, record: StudentRecord, audit: GraduationAudit, li: User, now: datetime
) -> None:
    data = xlsx_bytes([["学号", "学分"], [NUMBER, f"达到（{text}）"], [text, "达到"]])

    made = send_results(data, audit, li, now)
    apply_results(result_import=made, actor=li, now=now)

    students = list(audit.students.select_related("record__class_group", "record__major"))
    table = student_table(
        students, checklists_of(audit, students, now=now), now=now, taken_by=System("李老师")
    )
    assert made.rows.exclude(outcome="ERROR").count() == 1
    assert ItemMark.objects.get().note == text.strip()
    assert cells(table)  # no formula, no link: `cells` fails at one


@pytest.mark.parametrize("text", EVIL)
def test_formula_in_a_list_of_sanctions_is_kept_as_text_or_refused(
    text: str, record: StudentRecord, now: datetime
) -> None:
    han = make_sanction_handler()
    head = ["学号", "处分", "文号", "处分日期", "事由"]
    data = xlsx_bytes(
        [head, [NUMBER, "警告", "一号", "2025-9-1", text], [NUMBER, text, "二号", text, ""]]
    )

    made = send_sanctions(data, record, han, now)
    apply_sanctions(sanction_import=made, actor=han, now=now)

    assert Sanction.objects.get().reason == text.strip()
    assert made.rows.filter(outcome="ERROR").count() == 1


def test_lists_have_an_end(
    record: StudentRecord,
    audit: GraduationAudit,
    li: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(audit_results, "MOST_ROWS", 2)
    monkeypatch.setattr(sanctions, "MOST_ROWS", 2)
    han = make_sanction_handler()
    three = [[f"2022{number}", "达到"] for number in range(3)]
    rows = [[f"2022{number}", "警告", "一号", "2025-9-1"] for number in range(3)]

    with pytest.raises(InvalidInputError, match="最多 2 行"):
        send_results(xlsx_bytes([["学号", "学分"], *three]), audit, li, now)
    with pytest.raises(InvalidInputError, match="最多 2 行"):
        send_sanctions(xlsx_bytes([["学号", "处分", "文号", "处分日期"], *rows]), record, han, now)
