"""Amending a record: typed text in, former values kept, keys and digests follow."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from accounts.models import document_index
from common.errors import InvalidInputError, StaleStateError
from common.models import AuditEvent, OutboxMessage
from enrollment.models import Amendment, Major, StudentRecord, record_digests
from enrollment.selectors import AMENDABLE_FIELDS
from enrollment.services.record import amend_record
from enrollment.states import EnrollmentStatus
from tests.factories.enrolment import bind, make_class, make_college, make_record
from tests.factories.people import make_identity, make_number, make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


def amend(record: StudentRecord, now: datetime, **changes: str) -> list[Amendment]:
    """Amend as the registrar."""
    return amend_record(
        record=record,
        changes=changes,
        reason="核对户口簿",
        actor=make_user(),
        now=now,
    )


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("name", "沈若兮", "name", "沈若兮"),
        ("sex", "男", "sex", "男"),
        ("birth_date", "1886年03月13日", "birth_date", date(1886, 3, 13)),
        ("birth_date", "", "birth_date", None),
        ("duration_years", "2.5 年", "duration_years", Decimal("2.5")),
        ("graduating_class", "2027届", "graduating_class", 2027),
        ("entry_grade", "", "entry_grade", None),
        ("id_type", "护照", "id_type", "PASSPORT"),
        ("expected_graduation_date", "20260701", "expected_graduation_date", date(2026, 7, 1)),
        ("enrollment_status", "在籍(休学)", "enrollment_status", EnrollmentStatus.SUSPENDED),
        ("department", "中文系", "department", "中文系"),
        ("student_no", "2022040999", "student_no", "2022040999"),
    ],
)
def test_field_is_read_as_typed(
    name: str, text: str, field: str, value: object, now: datetime
) -> None:
    record = make_record()

    amend(record, now, **{name: text})

    stored = StudentRecord.objects.get(pk=record.pk)
    assert getattr(stored, field) == value
    assert stored.updated_at == now


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("name", " ", "不能是空的"),
        ("student_no", "", "不能是空的"),
        ("id_number", " - ", "不能是空的"),
        ("birth_date", "三月", "日期写成"),
        ("graduating_class", "明年", "年份写成"),
        ("duration_years", "很久", "学制写成"),
        ("id_type", "饭卡", "没有这种证件类型"),
        ("enrollment_status", "在逃", "没有这种学籍状态"),
        ("college_name", "没有的学院", "没有这个"),
        ("class_name", "没有的班", "没有这个班级"),
        ("ethnicity", "很" * 51, "最多 50 个字"),
        ("school", "99998", "没有这个字段"),
    ],
)
def test_unreadable_field_is_named(name: str, text: str, sentence: str, now: datetime) -> None:
    record = make_record()

    with pytest.raises(InvalidInputError, match=sentence) as caught:
        amend(record, now, **{name: text})

    assert caught.value.field == name
    assert Amendment.objects.count() == 0


def test_keys_index_and_digests_follow(now: datetime) -> None:
    record = make_record(name="沈若溪")
    before = record_digests(StudentRecord.objects.get(pk=record.pk))

    amend(record, now, name="古丽．阿依", id_number=make_number(900).lower())

    stored = StudentRecord.objects.get(pk=record.pk)
    assert stored.name == "古丽．阿依"
    assert stored.name_key == "古丽·阿依"
    assert bytes(stored.id_number_index) == document_index(make_number(900))
    after = record_digests(stored)
    assert after == {"key_digest": stored.key_digest, "identity_digest": stored.identity_digest}
    assert after["key_digest"] != before["key_digest"]
    assert after["identity_digest"] != before["identity_digest"]


def test_ordinary_field_leaves_the_digests(now: datetime) -> None:
    record = make_record()
    fresh = StudentRecord.objects.get(pk=record.pk)

    amend(fresh, now, department="中文系", duration_years="4")

    stored = StudentRecord.objects.get(pk=record.pk)
    assert stored.key_digest == record.key_digest
    assert stored.identity_digest == record.identity_digest


def test_former_value_is_kept_encrypted(now: datetime) -> None:
    record = make_record(name="沈若溪")

    rows = amend(record, now, name="沈若兮", sex="女")

    assert [(row.field, row.old_value, row.new_value, row.reason) for row in rows] == [
        ("name", "沈若溪", "沈若兮", "核对户口簿")
    ]
    assert Amendment.objects.get().old_value == "沈若溪"


def test_event_holds_masked_values_only(now: datetime) -> None:
    record = make_record(name="沈若溪")

    amend(record, now, name="沈若兮", id_number=make_number(900))

    event = AuditEvent.objects.get(action="record.amended")
    assert event.subject_id == str(record.pk)
    assert event.details["name"] == ["沈*溪", "沈*兮"]
    assert make_number(900) not in str(event.details)


def test_owner_gets_a_notice(now: datetime) -> None:
    record = make_record()
    identity = make_identity(make_user())
    bind(record, identity)

    amend(record, now, sex="男", department="中文系")

    notice = OutboxMessage.objects.get()
    assert (notice.template, notice.user_id) == ("identity_record_amended", identity.user_id)
    assert notice.params["fields"] == "性别、系所"


def test_major_is_found_or_made_by_name(now: datetime) -> None:
    record = make_record()
    law = Major.objects.create(school=record.school, code="030101K", name="法学")

    amend(record, now, major_name="法学")
    assert StudentRecord.objects.get(pk=record.pk).major == law
    amend(record, now, major_name="甲骨学", major_code="050199T")

    made = StudentRecord.objects.get(pk=record.pk).major
    assert made is not None
    assert (made.code, made.name) == ("050199T", "甲骨学")


def test_class_and_college_are_found_by_name(now: datetime) -> None:
    record = make_record()
    college = make_college("理学院")
    group = make_class("数学 2201 班", college=college)

    amend(record, now, class_name="数学 2201 班", college_name="理学院")

    stored = StudentRecord.objects.get(pk=record.pk)
    assert (stored.college, stored.class_group) == (college, group)


def test_student_number_of_another_record_is_refused(now: datetime) -> None:
    first, second = make_record(), make_record()

    with pytest.raises(InvalidInputError, match="已有同一学号") as caught:
        amend(second, now, student_no=first.student_no)

    assert caught.value.field == "student_no"


def test_record_that_changed_meanwhile_is_not_overwritten(now: datetime) -> None:
    record = make_record()
    stale = StudentRecord.objects.get(pk=record.pk)
    amend(record, now, sex="男")

    with pytest.raises(StaleStateError):
        amend(stale, now, ethnicity="回族")


def test_nothing_to_change_and_no_reason_are_refused(now: datetime) -> None:
    record = make_record()

    with pytest.raises(InvalidInputError, match="没有要改的"):
        amend(record, now, name=record.name)
    with pytest.raises(InvalidInputError, match="理由"):
        amend_record(record=record, changes={"sex": "男"}, reason=" ", actor=make_user(), now=now)


@pytest.mark.parametrize("name", list(AMENDABLE_FIELDS))
def test_every_amendable_field_is_read_or_named(name: str, now: datetime) -> None:
    record = make_record()

    try:
        rows = amend(record, now, **{name: "1999"})
    except InvalidInputError as error:
        named = error.field
    else:
        named = rows[0].field

    assert named == name
