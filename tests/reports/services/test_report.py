"""Issue, extend, close: who may, when, with which words, and what is left behind."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from accounts.models import User
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, OutboxMessage
from common.wording import local
from enrollment.models import StudentRecord
from enrollment.states import EnrollmentStatus
from reports.matching import canonical_code
from reports.models import EnglishTerm, VerificationReport
from reports.selectors import content_of, reports_of, standing_of
from reports.services.report import (
    Draft,
    close_report,
    extend_report,
    issue_report,
    seen_digest,
)
from reports.states import REQUIRED_FIELDS, ReportLanguage, ReportPurpose, ReportState
from tests.factories import enrolment, people
from tests.factories.imaging import make_campaign, make_member, make_photo
from tests.factories.reports import make_report

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DRAFT = Draft(
    purpose=ReportPurpose.JOB,
    receiver="青岚文化公司",
    fields=(*REQUIRED_FIELDS, "level", "major_name"),
    months=3,
)


def issue(
    record: StudentRecord, actor: User, now: datetime, **changes: object
) -> VerificationReport:
    draft = replace(DRAFT, **changes)  # type: ignore[arg-type]
    return issue_report(
        record=record, draft=draft, seen=seen_digest(record, draft, now=now), actor=actor, now=now
    )


def test_report_freezes_the_chosen_fields_and_nothing_else(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    report = issue(record, alice, now)

    assert [field.name for field in content_of(report).fields] == [
        "name",
        "school",
        "level",
        "major_name",
        "enrollment_status",
    ]
    assert canonical_code(report.code) == report.code
    assert f"{local(report.expires_at):%F %H:%M}" == "2026-09-13 00:00"
    assert standing_of(report, now=now).state == ReportState.ACTIVE
    event = AuditEvent.objects.get(action="report.issued")
    assert event.subject_id == str(record.pk)
    assert report.code not in str(event.details)
    assert "沈若溪" not in str(event.details)


def test_required_fields_come_along_whatever_was_chosen(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    report = issue(record, alice, now, fields=())

    assert {field.name for field in content_of(report).fields} == set(REQUIRED_FIELDS)


def test_document_number_is_masked_and_code_and_content_are_not_readable_in_the_table(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    report = issue(record, alice, now, fields=("id_number",), pin="4711")

    (number,) = [f.value for f in content_of(report).fields if f.name == "id_number"]
    assert "*" in number
    assert record.id_number not in number
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM reports_verificationreport")
        stored = b"|".join(
            bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            for value in cursor.fetchone()
        )
    for secret in (report.code, record.name, "青岚", "4711"):
        assert secret.encode() not in stored


def test_stranger_and_staff_cannot_issue(
    record: StudentRecord, alice: User, eve: User, li: User, now: datetime
) -> None:
    for person in (eve, li):
        with pytest.raises(NotAllowedError):
            issue(record, person, now)
    assert not VerificationReport.objects.exists()


@pytest.mark.parametrize("status", ["WITHDRAWN", "EXPELLED", "CANCELLED", "DECEASED"])
def test_record_that_ended_badly_attests_nothing(
    alice: User, record: StudentRecord, now: datetime, status: str
) -> None:
    report = make_report(record)
    StudentRecord.objects.filter(pk=record.pk).update(enrollment_status=status)

    assert standing_of(reload(report), now=now).state == ReportState.SUSPENDED
    with pytest.raises(NotAllowedError, match="不能开具"):
        issue(StudentRecord.objects.get(pk=record.pk), alice, now)


def test_graduate_may_issue(alice: User, record: StudentRecord, now: datetime) -> None:
    StudentRecord.objects.filter(pk=record.pk).update(
        enrollment_status=EnrollmentStatus.GRADUATED, enrollment_status_text="不在籍（毕业）"
    )

    assert issue(StudentRecord.objects.get(pk=record.pk), alice, now).pk


def test_preview_of_a_record_that_changed_is_refused(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    seen = seen_digest(record, DRAFT, now=now)
    StudentRecord.objects.filter(pk=record.pk).update(level="专科")

    with pytest.raises(StaleStateError, match="预览"):
        issue_report(record=record, draft=DRAFT, seen=seen, actor=alice, now=now)


def test_photo_that_is_not_published_yet_is_in_no_report(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    make_photo(record)
    soon, day = now + timedelta(seconds=1), timedelta(days=1)
    campaign = make_campaign(
        publishes_at=soon, opens_at=soon, closes_at=now + day, sheet_freeze_at=now + 2 * day
    )
    make_member(record, campaign)

    with pytest.raises(InvalidInputError, match="还没有照片"):
        issue(record, alice, now, with_photo=True)
    assert issue(record, alice, soon, with_photo=True).photo is not None


def test_preview_of_a_photo_that_was_replaced_is_refused(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    make_photo(record)
    draft = replace(DRAFT, with_photo=True)
    seen = seen_digest(record, draft, now=now).rpartition("-")[0] + "-1000"

    with pytest.raises(StaleStateError):
        issue_report(record=record, draft=draft, seen=seen, actor=alice, now=now)


def test_photo_is_refused_where_there_is_none(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    with pytest.raises(InvalidInputError, match="还没有照片"):
        issue(record, alice, now, with_photo=True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": ReportPurpose.OTHER}, "purpose_text"),
        ({"purpose_text": "长" * 61}, "purpose_text"),
        ({"receiver": "  "}, "receiver"),
        ({"months": 0}, "months"),
        ({"months": 7}, "months"),
        ({"pin": "123"}, "pin"),
        ({"pin": "123456789"}, "pin"),
        ({"pin": "12a4"}, "pin"),
        ({"pin": "٤٧١١"}, "pin"),
        ({"pin": "0000"}, "pin"),
        ({"language": ReportLanguage.EN}, "latin_name"),
        ({"language": ReportLanguage.EN, "latin_name": "JOHN Smith"}, "latin_name"),
        ({"language": ReportLanguage.EN, "latin_name": "SHEN Ruoxi <b>"}, "latin_name"),
    ],
)
def test_draft_that_cannot_be_used_is_refused(
    alice: User, record: StudentRecord, now: datetime, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        issue(record, alice, now, **changes)

    assert refusal.value.field == field


def test_english_report_shows_both_names_and_only_official_translations(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    EnglishTerm.objects.create(chinese="远山大学", english="Yuanshan University")

    report = issue(
        record, alice, now, language=ReportLanguage.EN, latin_name="SHEN Ruoxi", months=1
    )

    shown = {
        field.name: (field.label, field.value, field.note) for field in content_of(report).fields
    }
    assert shown["name_latin"] == ("Name", "SHEN Ruoxi", "")
    assert shown["name"][1] == "沈若溪"
    assert shown["school"][1] == "Yuanshan University"
    assert shown["major_name"] == ("Major", "汉语言文学", "recorded in Chinese")
    assert shown["enrollment_status"][1] == "Enrolled (registered)"
    assert standing_of(report, now=now).state == ReportState.ACTIVE


def test_spelling_of_a_dotted_name_follows_the_papers(class_group: object, now: datetime) -> None:
    record = enrolment.make_record(name="古丽米热·艾比布力")
    user = people.make_user()
    enrolment.bind(record, people.make_identity(user, name=record.name, number=record.id_number))

    report = issue(record, user, now, language=ReportLanguage.EN, latin_name="Gulmira Abibulla")

    assert content_of(report).fields[0].value == "Gulmira Abibulla"


def test_limit_of_live_reports_counts_only_live_ones(
    alice: User, record: StudentRecord, now: datetime, settings: object
) -> None:
    settings.REPORT_LIVE_LIMIT = 2  # type: ignore[attr-defined]
    make_report(record, closed_at=now, closed_by="本人")
    make_report(record, expires_at=now)
    issue(record, alice, now)
    issue(record, alice, now)

    with pytest.raises(NotAllowedError, match="已有 2 份有效的报告"):
        issue(record, alice, now)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_cannot_pass_the_limit_together(
    alice: User, record: StudentRecord, now: datetime, settings: object
) -> None:
    settings.REPORT_LIVE_LIMIT = 1  # type: ignore[attr-defined]
    ready, outcomes = threading.Barrier(2), []

    def try_it() -> None:
        try:
            ready.wait(10)
            issue(record, alice, now)
            outcomes.append("made")
        except DomainError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(outcomes) == ["made", "refused"]


def test_extension_waits_until_a_month_before_the_end(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    report = issue(record, alice, now)
    opens = datetime(2026, 8, 12, 16, 0, tzinfo=UTC)

    with pytest.raises(NotAllowedError, match="8月13日"):
        extend_report(report=report, months=6, actor=alice, now=opens - timedelta(seconds=1))
    extend_report(report=report, months=6, actor=alice, now=opens)

    assert f"{local(reload(report).expires_at):%F}" == "2027-02-14"
    assert AuditEvent.objects.filter(action="report.extended").count() == 1


def test_expired_report_may_be_extended_and_is_announced_again(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    report = make_report(
        record,
        expires_at=now - timedelta(days=100),
        issued_at=now - timedelta(days=190),
        expiry_announced_at=now,
    )
    assert standing_of(report, now=now).state == ReportState.EXPIRED

    extend_report(report=report, months=1, actor=alice, now=now)

    fresh = reload(report)
    assert standing_of(fresh, now=now).state == ReportState.ACTIVE
    assert fresh.expiry_announced_at is None


def test_extension_must_be_longer_and_belongs_to_the_owner(
    alice: User, li: User, record: StudentRecord, now: datetime
) -> None:
    # February ends the report; a month from 29 January is the same day.
    report = make_report(record, expires_at=datetime(2027, 2, 28, 16, 0, tzinfo=UTC))
    opens = datetime(2027, 1, 28, 16, 0, tzinfo=UTC)

    with pytest.raises(InvalidInputError, match="更长"):
        extend_report(report=report, months=1, actor=alice, now=opens)
    with pytest.raises(NotAllowedError):
        extend_report(report=report, months=6, actor=li, now=opens)


def test_extension_of_a_stale_page_loses(alice: User, record: StudentRecord, now: datetime) -> None:
    report = make_report(record, expires_at=now + timedelta(days=3))
    seen_elsewhere = reload(report)
    extend_report(report=report, months=2, actor=alice, now=now)

    with pytest.raises(StaleStateError):
        extend_report(report=seen_elsewhere, months=3, actor=alice, now=now)


def test_extending_an_expired_one_respects_the_limit(
    alice: User, record: StudentRecord, now: datetime, settings: object
) -> None:
    settings.REPORT_LIVE_LIMIT = 1  # type: ignore[attr-defined]
    make_report(record)
    ended = make_report(record, expires_at=now)

    with pytest.raises(NotAllowedError, match="上限"):
        extend_report(report=ended, months=1, actor=alice, now=now)


def test_closed_is_final(alice: User, record: StudentRecord, now: datetime) -> None:
    report = make_report(record)
    stale = reload(report)
    close_report(report=report, actor=alice, now=now)

    assert standing_of(reload(report), now=now).state == ReportState.CLOSED
    with pytest.raises(NotAllowedError, match="已经关闭"):
        close_report(report=report, actor=alice, now=now)
    with pytest.raises(StaleStateError):
        close_report(report=stale, actor=alice, now=now)
    with pytest.raises(NotAllowedError, match="关闭"):
        extend_report(report=report, months=6, actor=alice, now=now + timedelta(days=80))
    assert AuditEvent.objects.filter(action="report.closed").count() == 1


def test_registrar_closes_with_a_reason_that_the_owner_reads(
    alice: User, li: User, record: StudentRecord, now: datetime
) -> None:
    report = make_report(record)

    with pytest.raises(InvalidInputError, match="为什么"):
        close_report(report=report, actor=li, now=now)
    close_report(report=report, reason="照片与本人不符，待核实", actor=li, now=now)

    told = OutboxMessage.objects.filter(template="report_closed")
    assert {message.user_id for message in told} == {alice.pk}
    assert {message.channel for message in told} == {"NOTICE", "EMAIL"}


def test_auditor_and_stranger_close_nothing(
    auditor: User, eve: User, record: StudentRecord, alice: User, now: datetime
) -> None:
    report = make_report(record)

    for person in (auditor, eve):
        with pytest.raises(NotAllowedError):
            close_report(report=report, reason="看着不对", actor=person, now=now)


def test_day_has_a_limit_of_issues(
    alice: User, record: StudentRecord, now: datetime, settings: object
) -> None:
    settings.REPORT_LIVE_LIMIT = 100  # type: ignore[attr-defined]
    for _ in range(20):
        issue(record, alice, now)

    with pytest.raises(DomainError, match="次数太多"):
        issue(record, alice, now)


def test_reports_are_listed_for_their_owner_only(
    alice: User, monitor: User, record: StudentRecord
) -> None:
    report = make_report(record)

    assert list(reports_of(alice)) == [report]
    assert list(reports_of(monitor)) == []


def reload(report: VerificationReport) -> VerificationReport:
    return VerificationReport.objects.with_record().get(pk=report.pk)
