"""Changes of status: from a day on, kept with what was before, waiting until their day."""

from datetime import date, datetime, timedelta

import pytest

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, OutboxMessage
from enrollment.models import Amendment, StatusChange, StudentRecord
from enrollment.selectors import has_status, history_of, in_effect, own_history_of, status_now
from enrollment.services.record import amend_record
from enrollment.services.status import (
    NewStatus,
    apply_due_statuses,
    change_status,
    revoke_status,
)
from enrollment.states import ENROLLED, EnrollmentStatus, StatusSource
from tests.factories.enrolment import make_record
from tests.factories.people import make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

TODAY = date(2026, 6, 12)
TOMORROW = date(2026, 6, 13)


def change(
    record: StudentRecord,
    now: datetime,
    status: EnrollmentStatus = EnrollmentStatus.SUSPENDED,
    day: date = TODAY,
    text: str = "",
    case: str = "",
) -> StatusChange:
    return change_status(
        record=record,
        new=NewStatus(status=status, effective_from=day, text=text, case=case),
        reason="本人申请",
        actor=make_user(),
        now=now,
    )


def test_change_of_today_is_in_the_record_with_its_former_value(now: datetime) -> None:
    record = make_record()

    made = change(record, now, text="在籍（因病休学）", case="教务〔2026〕12 号")

    record.refresh_from_db()
    assert record.enrollment_status == EnrollmentStatus.SUSPENDED
    assert record.enrollment_status_text == "在籍（因病休学）"
    assert (made.former_status, made.former_text) == ("REGISTERED", "在籍（注册学籍）")
    assert (made.source, made.case_ref, made.applied_at) == (
        StatusSource.OFFICE,
        "教务〔2026〕12 号",
        now,
    )
    amendment = Amendment.objects.get()
    assert (amendment.field, amendment.case_ref) == ("enrollment_status", "教务〔2026〕12 号")
    assert StatusChange.objects.count() == 1


def test_day_to_come_holds_from_midnight_in_shanghai_without_any_job(now: datetime) -> None:
    record = make_record()

    change(record, now, day=TOMORROW)

    before = datetime.fromisoformat("2026-06-12T23:59:59+08:00")
    after = datetime.fromisoformat("2026-06-13T00:00:00+08:00")
    assert record.enrollment_status == EnrollmentStatus.REGISTERED
    assert record.status_at(before) == EnrollmentStatus.REGISTERED
    assert record.status_at(after) == EnrollmentStatus.SUSPENDED
    for at, expected in ((before, "REGISTERED"), (after, "SUSPENDED")):
        rows = StudentRecord.objects.filter(has_status([expected], now=at))
        assert rows.get().pk == record.pk
        annotated = StudentRecord.objects.annotate(status=status_now(now=at))
        assert annotated.values_list("status", flat=True).get() == expected
    assert in_effect(record, now=after).enrollment_status == EnrollmentStatus.SUSPENDED


def test_withdrawn_tomorrow_is_enrolled_today(now: datetime) -> None:
    record = make_record()
    change(record, now, EnrollmentStatus.WITHDRAWN, TOMORROW)

    rows = StudentRecord.objects.all()

    assert rows.filter(has_status(ENROLLED, now=now)).exists()
    assert not rows.filter(has_status(ENROLLED, now=now + timedelta(days=1))).exists()


def test_sweep_moves_a_due_status_once(now: datetime) -> None:
    record = make_record()
    change(record, now, day=TOMORROW)

    assert apply_due_statuses(now=now) == 0
    later = now + timedelta(days=1)
    assert apply_due_statuses(now=later) == 1
    assert apply_due_statuses(now=later) == 0

    record.refresh_from_db()
    kept = StatusChange.objects.get()
    assert record.enrollment_status == EnrollmentStatus.SUSPENDED
    assert (record.next_status, record.next_status_from) == ("", None)
    assert kept.applied_at == later
    assert AuditEvent.objects.filter(action="record.amended", actor_label="系统").count() == 1


def test_waiting_change_can_be_revoked_until_its_day(now: datetime) -> None:
    record = make_record()
    change(record, now, day=TOMORROW)

    revoked = revoke_status(record=record, reason="登记错了人", actor=make_user(), now=now)

    record.refresh_from_db()
    assert revoked.revoke_reason == "登记错了人"
    assert record.status_at(now + timedelta(days=2)) == EnrollmentStatus.REGISTERED
    assert apply_due_statuses(now=now + timedelta(days=2)) == 0
    change(record, now, day=TOMORROW)


def test_what_holds_already_is_not_revoked(now: datetime) -> None:
    record = make_record()
    change(record, now, day=TOMORROW)

    with pytest.raises(StaleStateError):
        revoke_status(record=record, reason="晚了", actor=make_user(), now=now + timedelta(days=1))


def test_only_one_change_waits(now: datetime) -> None:
    record = make_record()
    change(record, now, day=TOMORROW)

    with pytest.raises(NotAllowedError, match="先撤销它"):
        change(record, now, EnrollmentStatus.WITHDRAWN)
    with pytest.raises(NotAllowedError, match="先撤销它"):
        amend_record(
            record=record,
            changes={"enrollment_status": "退学"},
            reason="直接改",
            actor=make_user(),
            now=now,
        )


def test_two_people_who_register_at_once_make_one_change(now: datetime) -> None:
    record = make_record()
    stale = StudentRecord.objects.get(pk=record.pk)
    change(record, now, day=TOMORROW)

    with pytest.raises(StaleStateError):
        change(stale, now, day=TOMORROW)

    assert StatusChange.objects.count() == 1


def test_same_status_is_refused(now: datetime) -> None:
    with pytest.raises(InvalidInputError, match="本来就是"):
        change(make_record(), now, EnrollmentStatus.REGISTERED)


def test_every_door_keeps_the_status_history(now: datetime) -> None:
    record = make_record()

    amend_record(
        record=record,
        changes={"enrollment_status": "结业"},
        reason="核对档案",
        actor=make_user(),
        now=now,
    )
    change(record, now + timedelta(days=400), EnrollmentStatus.GRADUATED, date(2027, 6, 30))

    made = list(StatusChange.objects.order_by("pk"))
    assert [(row.former_status, row.status, row.source) for row in made] == [
        ("REGISTERED", "COMPLETED", "AMENDMENT"),
        ("COMPLETED", "GRADUATED", "OFFICE"),
    ]


def test_student_is_told_but_never_a_family(alice: User, record: StudentRecord, now) -> None:
    change(record, now, day=TOMORROW)
    told = OutboxMessage.objects.filter(user=alice)
    assert [row.template for row in told] == ["record_status_planned"]

    revoke_status(record=record, reason="有误", actor=make_user(), now=now)
    told.delete()
    change(record, now, EnrollmentStatus.DECEASED)

    assert not told.exists()


def test_history_shows_staff_everything_and_the_student_no_names(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    clerk = make_user("clerk@example.test")
    amend_record(
        record=record,
        changes={"ethnicity": "回族", "department": "中文系"},
        reason="户口簿",
        case="勘误单 3",
        actor=clerk,
        now=now,
    )
    change(record, now + timedelta(hours=1))

    staff, own = history_of(record), own_history_of(record)

    assert [line.title for line in staff] == ["学籍异动（教务处登记）", "更正关键信息"]
    assert "民族：汉族 → 回族；系所：（空） → 中文系" in staff[1].detail
    assert (staff[1].reason, staff[1].case) == ("户口簿", "勘误单 3")
    assert [line.title for line in own] == [line.title for line in staff]
    assert {(line.by, line.reason, line.case) for line in own} == {("", "", "")}


def test_history_never_holds_a_whole_number(record: StudentRecord, now: datetime) -> None:
    former = record.id_number
    amend_record(
        record=record,
        changes={"id_number": "990101188603120099"},
        reason="核对证件",
        actor=make_user(),
        now=now,
    )

    text = "".join(line.detail for line in history_of(record))

    assert "证件号码" in text
    assert former not in text
    assert "990101188603120099" not in text
