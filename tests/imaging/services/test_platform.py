"""The platform's list: compared without changing anything, registered when accepted, once."""

import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
import xlsxwriter
from django.db import connection

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent
from enrollment.models import Graduation, StudentRecord
from enrollment.services import graduation
from enrollment.states import EnrollmentStatus, GraduationOutcome, ImportState
from imaging.documents.dbase import DbfField, DbfWriter
from imaging.models import Campaign, PlatformList, PlatformRow
from imaging.services import platform
from imaging.services.platform import (
    apply_platform_list,
    discard_platform_list,
    resume_platform_lists,
    start_platform_list,
    upload_platform_list,
)
from imaging.states import CampaignKind, ConclusionKind
from imaging.states.registration import PlatformFinding
from tests.factories import enrolment, imaging
from tests.factories.registering import certificate_no, make_closed_campaign, make_ready, register

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HEAD = ("XH", "SFZH", "XM", "BZ", "ZSBH", "BYRQ")
CERTIFICATE = certificate_no(9001)
Row = Sequence[str]


@pytest.fixture
def campaign(now: datetime) -> Campaign:
    """A campaign that is over."""
    return make_closed_campaign(now)


@pytest.fixture
def record(campaign: Campaign) -> StudentRecord:
    """A student who is ready to be registered."""
    return make_ready(campaign, student_no="2022050127", name="沈若溪").record


def xlsx(*rows: Row, head: Row = HEAD) -> io.BytesIO:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([head, *rows]):
            for column, cell in enumerate(row):
                sheet.write_string(line, column, cell)
    target.seek(0)
    return target


def sent(
    file: io.BytesIO,
    campaign: Campaign,
    actor: User,
    now: datetime,
    name: str = "平台.xlsx",
) -> PlatformList:
    return upload_platform_list(
        file=file,
        file_name=name,
        campaign=campaign,
        school=campaign.schools.get(),
        actor=actor,
        now=now,
    )


def graduated(record: StudentRecord, **changed: str) -> Row:
    values = {
        "XH": record.student_no,
        "SFZH": record.id_number,
        "XM": record.name,
        "BZ": "不在籍（毕业）",
        "ZSBH": CERTIFICATE,
        "BYRQ": "20260610",
        **changed,
    }
    return [values[name] for name in HEAD]


def applied(listed: PlatformList, actor: User, now: datetime, *, takes_early: bool = False) -> int:
    start_platform_list(platform_list=listed, takes_early=takes_early, actor=actor, now=now)
    return apply_platform_list(platform_list=listed, now=now)


def test_comparing_changes_nothing_and_registering_does_once(
    campaign: Campaign, record: StudentRecord, li: User, now: datetime
) -> None:
    listed = sent(xlsx(graduated(record)), campaign, li, now)
    row = listed.rows.get()
    assert (row.finding, row.record) == (PlatformFinding.REGISTER, record)
    assert not Graduation.objects.exists()

    assert applied(listed, li, now) == 1
    assert apply_platform_list(platform_list=listed, now=now) == 0

    made = Graduation.objects.get()
    assert (made.outcome, made.certificate_no) == (GraduationOutcome.GRADUATED, CERTIFICATE)
    assert made.conferred_date == date(2026, 6, 10)
    record.refresh_from_db()
    assert record.enrollment_status == EnrollmentStatus.GRADUATED
    assert listed.state == ImportState.APPLIED
    assert AuditEvent.objects.get(action="platformlist.applied").details == {"count": 1}


def test_dbf_by_document_number_alone(
    campaign: Campaign, record: StudentRecord, li: User, now: datetime
) -> None:
    target = io.BytesIO()
    fields = [DbfField("SFZH", 18), DbfField("BZ", 20), DbfField("ZSBH", 18), DbfField("BYRQ", 8)]
    writer = DbfWriter(target, fields, day=date(2026, 6, 12))
    writer.write((record.id_number.lower(), "毕业", CERTIFICATE, "20260610"))
    writer.close()

    row = sent(target, campaign, li, now, name="zt.dbf").rows.get()

    assert (row.finding, row.record) == (PlatformFinding.REGISTER, record)
    assert record.id_number not in row.number


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"ZSBH": ""}, PlatformFinding.INCOMPLETE),
        ({"BYRQ": ""}, PlatformFinding.INCOMPLETE),
        ({"BYRQ": "20270101"}, PlatformFinding.INCOMPLETE),
        ({"BZ": "在籍（注册学籍）"}, PlatformFinding.SAME),
        ({"BZ": "在籍(注册学籍)"}, PlatformFinding.SAME),
        ({"BZ": "休学"}, PlatformFinding.DIFFERENT),
        ({"BZ": "?"}, PlatformFinding.UNREADABLE),
        ({"BZ": ""}, PlatformFinding.UNREADABLE),
        ({"XM": "秦川"}, PlatformFinding.MISMATCH),
        ({"SFZH": "110105188001010015"}, PlatformFinding.MISMATCH),
        ({"XH": "1", "SFZH": ""}, PlatformFinding.UNKNOWN),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else value.name,
)
def test_each_difference(
    campaign: Campaign,
    record: StudentRecord,
    li: User,
    now: datetime,
    changed: dict[str, str],
    finding: PlatformFinding,
) -> None:
    listed = sent(xlsx(graduated(record, **changed)), campaign, li, now)

    row = listed.rows.get(row_no=2)
    assert row.finding == finding
    assert bool(row.note) is (finding is not PlatformFinding.SAME)
    assert applied(listed, li, now, takes_early=True) == 0
    assert not Graduation.objects.exists()


def test_two_rows_of_one_person_count_once(
    campaign: Campaign, record: StudentRecord, li: User, now: datetime
) -> None:
    rows = xlsx(graduated(record), graduated(record, ZSBH=certificate_no(9002)))
    listed = sent(rows, campaign, li, now)

    assert [row.finding for row in listed.rows.order_by("row_no")] == ["REGISTER", "REPEATED"]
    assert applied(listed, li, now) == 1


def test_whoever_has_not_finished_is_registered_only_when_said(
    campaign: Campaign, li: User, now: datetime
) -> None:
    member = make_ready(campaign)
    imaging.make_conclusion(member, ConclusionKind.DATA, locks_at=now + DAY)
    row = graduated(member.record)

    listed = sent(xlsx(row), campaign, li, now)
    assert listed.rows.get().finding == PlatformFinding.EARLY
    assert applied(listed, li, now) == 0

    again = sent(xlsx(row, ["", "", "", "", "", ""], row), campaign, li, now)
    assert applied(again, li, now, takes_early=True) == 1


def test_registered_already_is_the_same_or_differs(
    campaign: Campaign, record: StudentRecord, li: User, now: datetime
) -> None:
    made = register(record, at=now)
    other = make_ready(campaign, name="秦川").record
    register(other, at=now)
    rows = xlsx(
        graduated(record, ZSBH=made.certificate_no), graduated(other, BZ="在籍（注册学籍）")
    )

    found = sent(rows, campaign, li, now).rows.order_by("row_no")

    assert [row.finding for row in found] == ["SAME", "DIFFERENT"]
    assert "本校已登记" in found[1].note


def test_members_that_the_list_lacks_are_named(
    campaign: Campaign, record: StudentRecord, li: User, now: datetime
) -> None:
    absent = make_ready(campaign).record

    listed = sent(xlsx(graduated(record)), campaign, li, now)

    row = listed.rows.get(finding=PlatformFinding.ABSENT)
    assert (row.record, row.row_no) == (absent, 0)


def test_another_school_is_not_looked_at(
    campaign: Campaign, record: StudentRecord, li: User, now: datetime
) -> None:
    other = enrolment.make_school("99998", "远山大学云岭学院")
    college = enrolment.make_college("文学院", other)
    there = enrolment.make_record(class_group=enrolment.make_class(college=college))

    row = sent(xlsx(graduated(there)), campaign, li, now).rows.get(row_no=2)

    assert (row.finding, row.record) == (PlatformFinding.UNKNOWN, None)


def test_same_file_twice_is_refused_until_it_is_put_aside(
    campaign: Campaign, record: StudentRecord, li: User, now: datetime
) -> None:
    content = xlsx(graduated(record)).getvalue()
    listed = sent(io.BytesIO(content), campaign, li, now)
    with pytest.raises(InvalidInputError, match="已经上传过"):
        sent(io.BytesIO(content), campaign, li, now)

    discard_platform_list(platform_list=listed, actor=li, now=now)

    assert not listed.rows.exists()
    assert sent(io.BytesIO(content), campaign, li, now).rows.count() == 1


def test_certificate_of_somebody_else_is_named_and_the_others_go_on(
    campaign: Campaign, record: StudentRecord, li: User, now: datetime
) -> None:
    other = make_ready(campaign, name="秦川").record
    listed = sent(xlsx(graduated(record), graduated(other)), campaign, li, now)

    assert applied(listed, li, now) == 1

    row = listed.rows.get(row_no=3)
    assert (row.finding, row.done_at) == (PlatformFinding.DIFFERENT, None)
    assert "没有登记" in row.note


def test_killed_worker_is_followed_by_the_sweep(
    campaign: Campaign,
    record: StudentRecord,
    li: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = make_ready(campaign, name="秦川").record
    rows = xlsx(graduated(record), graduated(other, ZSBH=certificate_no(9003)))
    listed = sent(rows, campaign, li, now)
    start_platform_list(platform_list=listed, takes_early=False, actor=li, now=now)
    work = graduation.register_graduation

    def die_at_the_second(**given: object) -> Graduation:
        if Graduation.objects.exists():
            raise KeyboardInterrupt
        return work(**given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(platform, "register_graduation", die_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            apply_platform_list(platform_list=listed, now=now)
    assert Graduation.objects.count() == 1

    assert resume_platform_lists(now=now + DAY) == 1
    assert Graduation.objects.count() == 2
    listed.refresh_from_db()
    assert listed.state == ImportState.APPLIED


def test_damaged_numbers_and_missing_columns(
    campaign: Campaign, record: StudentRecord, li: User, now: datetime
) -> None:
    row = graduated(record, SFZH="1.10105E+17")
    assert sent(xlsx(row), campaign, li, now).rows.get().finding == PlatformFinding.UNREADABLE
    for file in (
        xlsx(["1", "毕业"], head=["序号", "BZ"]),
        xlsx(["1"], head=["学号"]),
        xlsx(),
        io.BytesIO(b""),
    ):
        with pytest.raises(InvalidInputError) as caught:
            sent(file, campaign, li, now)
        assert caught.value.field == "file"


def test_only_the_registrar_and_only_a_graduation(
    campaign: Campaign, record: StudentRecord, li: User, chen: User, now: datetime
) -> None:
    listed = sent(xlsx(graduated(record)), campaign, li, now)
    for act in (
        lambda: sent(xlsx(graduated(record)), campaign, chen, now),
        lambda: applied(listed, chen, now),
        lambda: discard_platform_list(platform_list=listed, actor=chen, now=now),
    ):
        with pytest.raises(NotAllowedError):
            act()
    freshmen = imaging.make_campaign(kind=CampaignKind.FRESHMAN)
    with pytest.raises(InvalidInputError):
        sent(xlsx(graduated(record)), freshmen, li, now)
    applied(listed, li, now)
    with pytest.raises(StaleStateError):
        discard_platform_list(platform_list=listed, actor=li, now=now)


def test_rows_keep_certificates_encrypted(
    campaign: Campaign, record: StudentRecord, li: User, now: datetime
) -> None:
    sent(xlsx(graduated(record)), campaign, li, now)

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {PlatformRow._meta.db_table}")  # noqa: S608 -- our own table
        assert CERTIFICATE not in str(cursor.fetchall())
