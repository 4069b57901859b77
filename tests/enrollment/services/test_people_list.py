"""Lists of people: judged row by row, applied in the background, safe to apply twice."""

import io
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from accounts.models import User
from accounts.states import Role
from common.errors import InvalidInputError, StaleStateError
from common.models import OutboxMessage
from enrollment.models import Assignment, ClassGroup, Invitation, PeopleList, StudentRecord
from enrollment.services.people_list import (
    apply_people_list,
    discard_people_list,
    resume_people_lists,
    start_people_list,
    upload_people_list,
)
from enrollment.states import ImportState, ListedOutcome
from tests.factories import enrolment
from tests.factories.people import make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

HEAD = ("姓名", "角色", "邮箱", "手机号", "学院", "班级", "学号", "起", "止")


def book(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> io.BytesIO:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ("远山大学 2026 年任职名单",))
        sheet.write_row(1, 0, head)
        for number, row in enumerate(rows, start=2):
            sheet.write_row(number, 0, row)
    target.seek(0)
    return target


def outcome(listed: PeopleList) -> list[tuple[str, str]]:
    return list(listed.rows.order_by("row_no").values_list("outcome", "finding"))


def test_rows_say_what_would_happen(
    class_group: ClassGroup, alice: User, record: StudentRecord, li: User, now: datetime
) -> None:
    known = make_user("known@example.test")
    enrolment.assign(known, "COUNSELLOR", class_group=class_group)  # type: ignore[arg-type]
    make_user("free@example.test")

    listed = upload_people_list(
        file=book(
            ("周岚", "辅导员", "zhou@example.test", "", "人文学院", class_group.name),
            ("陈明", "班主任", "known@example.test", "", "", class_group.name),
            ("何静", "教学秘书", "free@example.test", "", "人文学院"),
            (record.name, "班长", "alice@example.test", "", "", "", record.student_no),
            ("吴真", "审计", "", "138 0013 8000"),
        ),
        file_name="任职.xlsx",
        actor=li,
        now=now,
    )

    assert outcome(listed) == [
        (ListedOutcome.INVITE, ""),
        (ListedOutcome.UNCHANGED, ""),
        (ListedOutcome.APPOINT, ""),
        (ListedOutcome.APPOINT, ""),
        (ListedOutcome.INVITE, ""),
    ]
    assert not Invitation.objects.exists()
    assert OutboxMessage.objects.count() == 0


@pytest.mark.parametrize(
    ("row", "finding"),
    [
        (("周岚", "校长", "z@example.test"), "角色写成其中一个"),
        (("周岚", "", "z@example.test"), "没写角色"),
        (("", "审计", "z@example.test"), "没写姓名"),
        (("周岚", "审计", ""), "没写邮箱，也没写手机号"),
        (("周岚", "审计", "z@@example.test"), "邮箱写得不对"),
        (("周岚", "审计", "", "12345"), "手机号写得不对"),
        (("周岚", "辅导员", "z@example.test", "", "", ""), "没写班级"),
        (("周岚", "辅导员", "z@example.test", "", "", "不存在的班"), "没有这个班级"),
        (("周岚", "学院领导", "z@example.test", "", "不存在的学院"), "没有这个学院"),
        (("周岚", "班长", "z@example.test"), "要写学号"),
        (("周岚", "学生", "z@example.test", "", "", "", "2022040127"), "学号和姓名对不上"),
        (("周岚", "学生", "z@example.test", "", "", "", "1"), "没有这个学号"),
        (("周岚", "审计", "z@example.test", "", "", "", "", "明年"), "日期写成"),
        (("周岚", "审计", "z@example.test", "", "", "", "", "", "2020-01-01"), "止于的日期"),
    ],
)
@pytest.mark.usefixtures("record")
def test_bad_row_says_what_to_do(
    row: tuple[str, ...], finding: str, li: User, now: datetime
) -> None:
    listed = upload_people_list(file=book(row), file_name="任职.xlsx", actor=li, now=now)

    ((result, said),) = outcome(listed)
    assert result == ListedOutcome.ERROR
    assert finding in said


def test_class_name_that_two_colleges_use_is_asked_for(
    class_group: ClassGroup, li: User, now: datetime
) -> None:
    enrolment.make_class(class_group.name, college=enrolment.make_college("理学院"))

    listed = upload_people_list(
        file=book(
            ("周岚", "辅导员", "z@example.test", "", "", class_group.name),
            ("周岚", "辅导员", "z@example.test", "", "理学院", class_group.name),
        ),
        file_name="任职.xlsx",
        actor=li,
        now=now,
    )

    first, second = outcome(listed)
    assert "同名的班级不止一个" in first[1]
    assert second == (ListedOutcome.INVITE, "")


@pytest.mark.parametrize(
    "content", [b"", "甲,乙\n1,2\n".encode(), "角色,邮箱\n辅导员,a@example.test\n".encode()]
)
def test_file_without_people_is_refused(
    content: bytes, tmp_path: Path, li: User, now: datetime
) -> None:
    with pytest.raises(InvalidInputError):
        upload_people_list(file=io.BytesIO(content), file_name="名单.csv", actor=li, now=now)

    assert not PeopleList.objects.exists()


def test_applying_appoints_and_invites_once(
    class_group: ClassGroup, li: User, now: datetime, settings
) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    secretary = make_user("free@example.test")
    listed = upload_people_list(
        file=book(
            ("周岚", "辅导员", "zhou@example.test", "", "", class_group.name, "", "", "2026-12-31"),
            ("何静", "教学秘书", "free@example.test", "", "人文学院"),
            ("吴真", "教务处", "wu@example.test"),
            ("错行", "校长", "x@example.test"),
        ),
        file_name="任职.xlsx",
        actor=li,
        now=now,
    )
    start_people_list(people_list=listed, actor=li, now=now)

    assert resume_people_lists(now=now) == 3
    assert resume_people_lists(now=now) == 0
    listed.refresh_from_db()
    assert apply_people_list(people_list=listed, now=now) == 0

    assert listed.state == ImportState.APPLIED
    assert Assignment.objects.get(user=secretary).appointed_by == li.actor_label
    assert Invitation.objects.count() == 2
    assert OutboxMessage.objects.filter(template="invitation").count() == 2


def test_row_that_fails_leaves_the_others_alone(
    class_group: ClassGroup, alice: User, li: User, now: datetime
) -> None:
    listed = upload_people_list(
        file=book(
            ("学生", "辅导员", "alice@example.test", "", "", class_group.name),
            ("吴真", "审计", "wu@example.test"),
        ),
        file_name="任职.xlsx",
        actor=li,
        now=now,
    )
    PeopleList.objects.filter(pk=listed.pk).update(
        state=ImportState.APPLYING, applied_by="李", applied_at=now
    )
    listed.refresh_from_db()

    assert apply_people_list(people_list=listed, now=now) == 1

    first, second = listed.rows.order_by("row_no")
    assert (first.outcome, first.done_at) == (ListedOutcome.ERROR, None)
    assert "学生账号" in first.finding
    assert second.done_at == now


def test_list_is_started_once(li: User, now: datetime) -> None:
    listed = upload_people_list(
        file=book(("吴真", "审计", "wu@example.test")), file_name="任职.xlsx", actor=li, now=now
    )
    other = PeopleList.objects.get(pk=listed.pk)
    start_people_list(people_list=listed, actor=li, now=now)

    with pytest.raises(StaleStateError):
        start_people_list(people_list=other, actor=li, now=now)


def test_discarded_list_keeps_no_contacts(li: User, now: datetime) -> None:
    listed = upload_people_list(
        file=book(("吴真", "审计", "wu@example.test")), file_name="任职.xlsx", actor=li, now=now
    )

    discard_people_list(people_list=listed, actor=li, now=now)

    assert not listed.rows.exists()


def test_office_role_is_granted_to_a_known_account(li: User, now: datetime) -> None:
    user = make_user("wu@example.test")
    listed = upload_people_list(
        file=book(("吴真", "审计", "wu@example.test")), file_name="任职.xlsx", actor=li, now=now
    )
    PeopleList.objects.filter(pk=listed.pk).update(
        state=ImportState.APPLYING, applied_by="李", applied_at=now
    )
    listed.refresh_from_db()
    apply_people_list(people_list=listed, now=now)

    assert User.objects.get(pk=user.pk).has_role(Role.AUDITOR)
