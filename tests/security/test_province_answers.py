"""Tables made to harm, at the door for the province's answers: refused in words, and nothing is kept.

How the shared reader measures a workbook is proved in test_table_bombs.py.
"""

import io
from datetime import datetime
from pathlib import Path

import pytest

from accounts.models import User
from common.errors import InvalidInputError
from corrections.models import CorrectionRequest, ProvinceAnswer, ProvincePack
from corrections.services.province.answers import apply_answers, upload_answers
from corrections.services.province.packs import make_province_pack
from corrections.states import RequestState
from corrections.states.province import LineOutcome
from enrollment.models import StudentRecord
from tests.enrollment.importers.files import xlsx_bytes
from tests.factories.corrections import make_request
from tests.security.workbooks import rebuilt, with_rows, with_sheet

pytestmark = pytest.mark.django_db

HEAD = ["单号", "结论", "批复文号", "说明"]
STRINGS = [text.encode() for text in (*HEAD, "同意", "某教学〔1886〕12号")]
HEADER = (
    b'<row r="1">'
    + b"".join(b'<c r="%s1" t="s"><v>%d</v></c>' % (b"ABCD"[at : at + 1], at) for at in range(4))
    + b"</row>"
)


@pytest.fixture
def case(record: StudentRecord) -> CorrectionRequest:
    """A case that waits for the province."""
    return make_request(record, RequestState.AWAITING_PROVINCE)


@pytest.fixture
def pack(case: CorrectionRequest, li: User, now: datetime) -> ProvincePack:
    """The pack with that case."""
    return make_province_pack(school=case.record.school, reason="交省厅", actor=li, now=now)


def uploaded(
    pack: ProvincePack, li: User, now: datetime, data: bytes, name: str = "批复.xlsx"
) -> ProvinceAnswer:
    return upload_answers(pack=pack, file=io.BytesIO(data), file_name=name, actor=li, now=now)


def bombs() -> dict[str, bytes]:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    copies = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 20_001)
    )
    return {
        "a cell far away": with_rows(far),
        "one long text in twenty thousand cells": with_sheet(copies, [b"x" * 100_000]),
        "more than two megabytes": b"PK\x03\x04" + b"\0" * (2 * 1024 * 1024),
        "macros": rebuilt(lambda *part: part, added={"xl/workbook.bin": b"x"}),
        "no table at all": b"MZ\x90\x00",
        "wrong columns": xlsx_bytes([["姓名", "学号"], ["甲", "1"]]),
        "too many lines": xlsx_bytes([HEAD, *(["1", "同意", "x", ""] for _ in range(501))]),
        "a header alone": xlsx_bytes([HEAD]),
    }


@pytest.mark.parametrize("what", sorted(bombs()))
def test_hostile_table_is_refused_and_nothing_kept(
    what: str, pack: ProvincePack, li: User, now: datetime
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        uploaded(pack, li, now, bombs()[what])

    assert refused.value.field == "file"
    assert str(refused.value)
    assert not ProvinceAnswer.objects.exists()


def test_path_in_the_archive_or_in_the_name_leads_nowhere(
    pack: ProvincePack, case: CorrectionRequest, li: User, now: datetime, tmp_path: Path
) -> None:
    climbing = f"../../../../../../../..{tmp_path}/climbed.txt"
    rows = b'<row r="2"><c r="A2"><v>%d</v></c><c r="B2" t="s"><v>4</v></c>' % case.pk
    rows += b'<c r="C2" t="s"><v>5</v></c></row>'
    table = with_sheet(HEADER + rows, STRINGS)
    evil = rebuilt(lambda *part: part, added={climbing: b"x", f"{tmp_path}/abs.txt": b"x"})

    answer = uploaded(pack, li, now, table, "../../../etc/passwd.xlsx")
    with pytest.raises(InvalidInputError):
        uploaded(pack, li, now, evil)

    assert [line.outcome for line in answer.lines.all()] == [LineOutcome.TAKE]
    assert list(tmp_path.iterdir()) == []


def test_formula_is_not_worked_out(
    pack: ProvincePack, case: CorrectionRequest, li: User, now: datetime
) -> None:
    shown = b'<row r="2"><c r="A2"><f>%d+0</f></c><c r="B2" t="s"><v>4</v></c>' % case.pk
    shown += b'<c r="C2" t="s"><v>5</v></c></row>'

    answer = uploaded(pack, li, now, with_sheet(HEADER + shown, STRINGS))

    line = answer.lines.get()
    assert line.outcome == LineOutcome.BLOCKED
    assert apply_answers(answer=answer, actor=li, now=now) == 0


def test_text_that_looks_like_a_formula_or_a_page_stays_text(
    pack: ProvincePack, case: CorrectionRequest, li: User, now: datetime
) -> None:
    evil = '=HYPERLINK("http://evil.test")<script>alert(1)</script>'
    data = xlsx_bytes([HEAD, [str(case.pk), "不同意", "", evil]])

    answer = uploaded(pack, li, now, data)
    apply_answers(answer=answer, actor=li, now=now)

    case.refresh_from_db()
    assert (answer.lines.get().text, case.answer) == (evil, evil)
