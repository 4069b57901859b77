"""Lists of results and of sanctions: compared first, written once, taken back as a whole; hostile and double rows."""

import io
from collections.abc import Sequence
from datetime import date, datetime

import pytest
import xlsxwriter

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent
from common.spreadsheets import taken_mark
from corrections.models import AuditedStudent, GraduationAudit, ItemMark, ResultImport, Sanction
from corrections.services import graduation as service
from corrections.states.graduation import AuditState, ItemSource, ItemState, SanctionKind
from enrollment.models import StudentRecord
from enrollment.states import ImportState, RowOutcome, UndoState
from tests.factories import enrolment, people
from tests.factories.graduation import (
    make_audit,
    make_audited,
    make_sanction,
    make_sanction_handler,
)

pytestmark = pytest.mark.django_db

Row = Sequence[str]
NUMBER = "2022040127"
SANCTIONS = ("学号", "姓名", "处分", "文号", "处分日期", "解除日期", "事由")


def xlsx(head: Row, *rows: Row) -> io.BytesIO:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([head, *rows]):
            for column, cell in enumerate(row):
                sheet.write_string(line, column, cell)
    target.seek(0)
    return target


@pytest.fixture
def audit(db: None) -> GraduationAudit:
    """A round with two imported items and one of our own."""
    return make_audit(
        items=[
            ("学分", ItemSource.IMPORT),
            ("论文", ItemSource.IMPORT),
            ("处分", ItemSource.SANCTIONS),
        ]
    )


@pytest.fixture
def student(record: StudentRecord, audit: GraduationAudit) -> AuditedStudent:
    """Alice on the list, without results."""
    return make_audited(record, audit, marks={})


def upload(
    audit: GraduationAudit, actor: User, now: datetime, head: Row, *rows: Row
) -> ResultImport:
    return service.upload_results(
        file=xlsx(head, *rows), file_name="结果.xlsx", audit=audit, actor=actor, now=now
    )


def findings(made: ResultImport) -> list[tuple[str, str]]:
    return list(made.rows.order_by("row_no", "pk").values_list("outcome", "finding"))


def test_list_that_was_taken_out_and_comes_back_filled_in_has_no_faults(
    student: AuditedStudent, audit: GraduationAudit, li: User, now: datetime
) -> None:
    mark = taken_mark(li, now)

    made = upload(audit, li, now, ("学号", "学分"), (NUMBER, "达到"), (mark, ""))

    assert mark.startswith(f"{li.actor_label}（账号 {li.pk}） ")
    assert findings(made) == [(RowOutcome.CREATE, "")]


def test_list_changes_nothing_before_it_is_applied(
    student: AuditedStudent, audit: GraduationAudit, li: User, now: datetime
) -> None:
    made = upload(audit, li, now, ("学号", "学分", "论文"), (NUMBER, "达到（152/150）", "没达到"))

    assert findings(made) == [(RowOutcome.CREATE, ""), (RowOutcome.CREATE, "")]
    assert not ItemMark.objects.exists()

    service.apply_results(result_import=made, actor=li, now=now)

    marks = {mark.item.title: mark.value for mark in ItemMark.objects.select_related("item")}
    assert marks == {"学分": (ItemState.MET, "152/150"), "论文": (ItemState.NOT_MET, "")}
    with pytest.raises(StaleStateError):
        service.apply_results(result_import=made, actor=li, now=now)


def test_csv_is_read_as_well(
    student: AuditedStudent, audit: GraduationAudit, li: User, now: datetime
) -> None:
    data = io.BytesIO(f"学号,学分\n{NUMBER},合格\n".encode("gb18030"))

    made = service.upload_results(file=data, file_name="结果.csv", audit=audit, actor=li, now=now)

    assert findings(made) == [(RowOutcome.CREATE, "")]


def test_same_file_is_refused_until_it_is_put_aside(
    student: AuditedStudent, audit: GraduationAudit, li: User, now: datetime
) -> None:
    data = xlsx(("学号", "学分"), (NUMBER, "达到")).getvalue()

    def again() -> ResultImport:
        return service.upload_results(
            file=io.BytesIO(data), file_name="结果.xlsx", audit=audit, actor=li, now=now
        )

    first = again()
    with pytest.raises(InvalidInputError):
        again()
    service.discard_results(result_import=first, actor=li, now=now)

    assert again().pk != first.pk
    assert not first.rows.exists()


def test_second_list_with_the_same_results_changes_nothing(
    student: AuditedStudent, audit: GraduationAudit, li: User, now: datetime
) -> None:
    first = upload(audit, li, now, ("学号", "学分"), (NUMBER, "达到"))
    service.apply_results(result_import=first, actor=li, now=now)

    second = upload(audit, li, now, ("学号", "学分", "论文"), (NUMBER, "达到", ""))

    assert findings(second) == [(RowOutcome.UNCHANGED, "")]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("", "达到"), "没写学号。"),
        (("2.02204E+16", "达到"), "学号被表格软件变成了数字"),
        (("1" * 60, "达到"), "学号太长"),
        (("2022999999", "达到"), "这次审核的名单上没有这个学号。"),
        ((NUMBER, "大概行"), "“大概行”看不懂"),
        ((NUMBER, "=1+1"), "“=1+1”看不懂"),
        ((NUMBER, "<script>"), "“<script>”看不懂"),
        ((NUMBER, "达到（" + "长" * 101 + "）"), "说明最多"),
    ],
)
def test_cell_that_cannot_be_used_says_why(
    student: AuditedStudent,
    audit: GraduationAudit,
    li: User,
    now: datetime,
    cells: Row,
    said: str,
) -> None:
    made = upload(audit, li, now, ("学号", "学分"), cells)

    ((outcome, finding),) = findings(made)
    assert outcome == RowOutcome.ERROR
    assert finding.startswith(said)


def test_double_row_and_wrong_name_are_found(
    student: AuditedStudent, audit: GraduationAudit, li: User, now: datetime
) -> None:
    made = upload(
        audit,
        li,
        now,
        ("学号", "姓名", "学分"),
        (NUMBER, "沈若溪", "达到"),
        (NUMBER, "沈若溪", "没达到"),
        (NUMBER, "别人", "达到"),
    )

    assert findings(made) == [
        (RowOutcome.CREATE, ""),
        (RowOutcome.ERROR, "和第 2 行是同一个学号，只留一行。"),
        (RowOutcome.ERROR, "和第 2 行是同一个学号，只留一行。"),
    ]
    named = upload(audit, li, now, ("学号", "姓名", "论文"), (NUMBER, "别人", "达到"))
    assert findings(named) == [(RowOutcome.ERROR, "姓名和名册里这个学号的不一样，请核对学号。")]


@pytest.mark.parametrize(
    "head", [("学号",), ("学号", "姓名"), ("学分",), ("学号", "处分"), ("学号", "学分", "学分")]
)
def test_list_without_its_columns_is_refused(
    student: AuditedStudent, audit: GraduationAudit, li: User, now: datetime, head: Row
) -> None:
    with pytest.raises(InvalidInputError):
        upload(audit, li, now, head, [NUMBER, "达到", "达到"][: len(head)])


def test_nobody_imports_the_own_result(
    student: AuditedStudent, record: StudentRecord, audit: GraduationAudit, li: User, now: datetime
) -> None:
    enrolment.bind(record, people.make_identity(li, name=record.name, number=record.id_number))

    made = upload(audit, li, now, ("学号", "学分"), (NUMBER, "达到"))

    assert findings(made) == [(RowOutcome.ERROR, "这是你自己的学籍，请另一位老师导入。")]


def test_undo_puts_back_what_is_still_as_the_list_left_it(
    student: AuditedStudent, audit: GraduationAudit, li: User, now: datetime
) -> None:
    other = make_audited(enrolment.make_record(student_no="2022040128"), audit, marks={})
    first = upload(audit, li, now, ("学号", "学分"), (NUMBER, "没达到"), ("2022040128", "达到"))
    service.apply_results(result_import=first, actor=li, now=now)
    second = upload(audit, li, now, ("学号", "学分"), (NUMBER, "达到"), ("2022040128", "待定"))
    service.apply_results(result_import=second, actor=li, now=now)
    service.set_mark(
        student=other,
        item=audit.items.get(title="学分"),
        state=ItemState.NOT_MET,
        note="",
        reason="核对成绩单",
        actor=li,
        now=now,
    )

    undone = service.undo_results(result_import=second, actor=li, now=now)

    second.refresh_from_db()
    states = dict(ItemMark.objects.values_list("student", "state"))
    assert undone == (1, 1)
    assert states == {student.pk: ItemState.NOT_MET, other.pk: ItemState.NOT_MET}
    assert (second.state, second.undo_state) == (ImportState.APPLIED, UndoState.UNDONE)
    with pytest.raises(StaleStateError):
        service.undo_results(result_import=second, actor=li, now=now)


def test_undo_of_the_first_list_leaves_nothing(
    student: AuditedStudent, audit: GraduationAudit, li: User, now: datetime
) -> None:
    made = upload(audit, li, now, ("学号", "学分"), (NUMBER, "达到"))
    service.apply_results(result_import=made, actor=li, now=now)

    assert service.undo_results(result_import=made, actor=li, now=now) == (1, 0)
    assert not ItemMark.objects.exists()


def test_results_come_in_only_before_the_notice(li: User, now: datetime) -> None:
    with pytest.raises(NotAllowedError):
        upload(make_audit(AuditState.NOTICE), li, now, ("学号", "学分"), (NUMBER, "达到"))


@pytest.fixture
def han(now: datetime) -> User:
    """The handler of sanctions."""
    return make_sanction_handler()


def test_sanctions_are_entered_lifted_and_told_apart(
    record: StudentRecord, han: User, now: datetime
) -> None:
    known = make_sanction(record, document_no="一号", kind=SanctionKind.WARNING)
    made = service.upload_sanctions(
        file=xlsx(
            SANCTIONS,
            (NUMBER, "沈若溪", "警告", "一号", "2025-03-01", "2026-03-01", ""),
            (NUMBER, "", "记过", "二号", "2025/9/1", "", "替考"),
            (NUMBER, "", "记过", "二号", "2025/9/1", "", "替考"),
            (NUMBER, "", "记大过", "三号", "2025/9/1", "", ""),
            (NUMBER, "", "警告", "四号", "哪天", "", ""),
            (NUMBER, "", "警告", "五号", "2025/9/1", "2025/8/1", ""),
            ("2022999999", "", "警告", "六号", "2025/9/1", "", ""),
        ),
        file_name="处分.xlsx",
        school=record.school,
        actor=han,
        now=now,
    )

    outcomes = list(made.rows.order_by("row_no").values_list("outcome", flat=True))
    assert outcomes == ["UPDATE", "CREATE", "ERROR", "ERROR", "ERROR", "ERROR", "ERROR"]
    service.apply_sanctions(sanction_import=made, actor=han, now=now)
    known.refresh_from_db()
    assert known.lifted_date == date(2026, 3, 1)
    assert Sanction.objects.get(document_no="二号").reason == "替考"

    assert service.undo_sanctions(sanction_import=made, actor=han, now=now) == (2, 0)
    assert Sanction.objects.get(pk=known.pk).lifted_date is None
    assert not Sanction.objects.in_force_on(date(2026, 1, 1)).filter(document_no="二号").exists()


def test_sanctions_are_for_their_handlers_alone(
    record: StudentRecord, li: User, auditor: User, secretary: User, now: datetime
) -> None:
    for actor in (li, auditor, secretary):
        with pytest.raises(NotAllowedError):
            service.enter_sanction(
                record=record,
                kind=SanctionKind.WARNING,
                document_no="一号",
                imposed_date=date(2025, 1, 1),
                actor=actor,
                now=now,
            )
    assert not Sanction.objects.exists()


def test_handler_is_named_by_another(li: User, eve: User, now: datetime) -> None:
    with pytest.raises(NotAllowedError):
        service.name_sanction_handler(user=li, name="李老师", actor=li, now=now)
    with pytest.raises(NotAllowedError):
        service.name_sanction_handler(user=eve, name="路人", actor=li, now=now)


def test_trail_says_that_there_is_a_sanction_and_never_which(
    record: StudentRecord, han: User, now: datetime
) -> None:
    service.enter_sanction(
        record=record,
        kind=SanctionKind.PROBATION,
        document_no="远大教〔2025〕9 号",
        imposed_date=date(2025, 1, 1),
        reason="打架",
        actor=han,
        now=now,
    )

    event = AuditEvent.objects.get(action="sanction.entered")
    assert (event.reason, event.details) == ("", {})
