"""A stranger's check: what it says, what it never says, and how often."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.errors import InvalidInputError
from common.models import OutboxMessage
from common.ratelimit import TooManyError
from common.wording import local
from enrollment.models import StudentRecord
from reports.matching import new_code
from reports.models import ReportView
from reports.models.report import code_index
from reports.selectors import standing_of
from reports.services.check import (
    EVERYBODY,
    FAILURES_PER_CODE,
    PER_ADDRESS,
    UNKNOWN,
    check_report,
    coarse_network,
)
from reports.services.sweeps import announce_ending_reports
from reports.states import ReportState
from tests.factories.imaging import make_photo
from tests.factories.reports import make_report

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


def look(code: str, now: datetime, pin: str = "", address: str = "203.0.113.7") -> ReportView:
    return check_report(code=code, pin=pin, address=address, now=now)


def test_check_leaves_time_and_coarse_network(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    report = make_report(record)

    done = look(report.code, now)

    assert (done.report_id, done.result, done.viewed_at) == (report.pk, "ACTIVE", now)
    assert done.network == "203.0.*.*"
    assert ReportView.objects.get().number == done.number


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.*.*"),
        ("::ffff:203.0.113.7", "203.0.*.*"),
        ("2409:8a00:1234::1", "2409:8a00::/32"),
        ("192.168.3.4", "内部网络"),
        ("127.0.0.1", "内部网络"),
        ("fd00::1", "内部网络"),
        ("", ""),
        ("no address", ""),
    ],
)
def test_network_is_too_wide_to_name_a_house(address: str, network: str) -> None:
    assert coarse_network(address) == network


def test_unknown_code_missing_pin_and_wrong_pin_have_one_answer(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    locked = make_report(record, pin="4711")

    answers = []
    for code, pin in (
        (new_code(), ""),
        (new_code(), "4711"),
        (locked.code, ""),
        (locked.code, "4712"),
    ):
        with pytest.raises(InvalidInputError) as refusal:
            look(code, now, pin=pin)
        answers.append((str(refusal.value), refusal.value.field))

    assert set(answers) == {(UNKNOWN, "code")}
    assert not ReportView.objects.exists()
    assert look(locked.code, now, pin="4711").result == "ACTIVE"


def test_pin_that_is_not_needed_does_not_hinder(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    assert look(make_report(record).code, now, pin="9876").result == "ACTIVE"


def test_wrong_pins_are_limited_for_the_code_from_wherever_they_come(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    locked = make_report(record, pin="4711")
    for number in range(FAILURES_PER_CODE.amount):
        with pytest.raises(InvalidInputError):
            look(locked.code, now, pin="1234", address=f"198.51.100.{number}")

    with pytest.raises(TooManyError):
        look(locked.code, now, pin="4711", address="198.51.100.200")


def test_unknown_code_is_limited_like_a_known_one(db: None, now: datetime) -> None:
    code = new_code()
    for number in range(FAILURES_PER_CODE.amount):
        with pytest.raises(InvalidInputError):
            look(code, now, address=f"198.51.100.{number}")

    with pytest.raises(TooManyError):
        look(code, now, address="198.51.100.200")


def test_one_address_is_limited(db: None, now: datetime) -> None:
    for _ in range(PER_ADDRESS.amount):
        with pytest.raises(InvalidInputError):
            look(new_code(), now)

    with pytest.raises(TooManyError):
        look(new_code(), now)


def test_many_addresses_are_limited_together(db: None, now: datetime) -> None:
    """However many addresses share the guessing, a minute holds a bounded number of tries."""
    codes = (code for _ in range(10_000) if code_index(code := new_code())[0] % 16 == 3)
    for number in range(EVERYBODY.amount):
        with pytest.raises(InvalidInputError):
            look(next(codes), now, address=f"198.51.100.{number}")

    with pytest.raises(TooManyError):
        look(next(codes), now, address="198.51.100.200")


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_report_expires_at_its_moment(
    alice: User, record: StudentRecord, now: datetime, offset: int
) -> None:
    report = make_report(record, expires_at=now)

    state = look(report.code, now + timedelta(seconds=offset)).result

    assert state == ("ACTIVE" if offset < 0 else "EXPIRED")


def test_chosen_field_that_changed_makes_it_outdated_and_another_does_not(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    report = make_report(record)
    StudentRecord.objects.filter(pk=record.pk).update(ethnicity="回族", updated_at=now)
    assert look(report.code, now).result == "ACTIVE"

    StudentRecord.objects.filter(pk=record.pk).update(level="专科")

    done = look(report.code, now)
    assert done.result == "OUTDATED"
    assert standing_of(done.report, now=now).since == now


def test_value_that_changed_back_is_active_again(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    report = make_report(record)
    StudentRecord.objects.filter(pk=record.pk).update(level="专科")
    assert look(report.code, now).result == "OUTDATED"

    StudentRecord.objects.filter(pk=record.pk).update(level=record.level)

    assert look(report.code, now).result == "ACTIVE"


def test_replaced_photo_makes_it_outdated_only_when_it_is_shown(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    photo = make_photo(record)
    with_photo, without = make_report(record, photo=photo), make_report(record)
    type(photo).objects.filter(pk=photo.pk).update(
        is_current=False, ended_at=now, ended_by="李老师"
    )

    assert look(with_photo.code, now).result == "OUTDATED"
    assert look(without.code, now).result == "ACTIVE"


def test_record_that_left_the_person_suspends(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    report = make_report(record)
    record.binding.delete()

    assert look(report.code, now).result == "SUSPENDED"


@pytest.mark.parametrize(
    "hidden",
    [
        {"hidden_by": "李老师", "hidden_reason": "身份核验"},
        {"enrollment_status": "EXPELLED", "enrollment_status_text": ""},
    ],
    ids=["hidden", "expelled"],
)
def test_hidden_or_ended_record_suspends(
    alice: User, record: StudentRecord, now: datetime, hidden: dict[str, str]
) -> None:
    report = make_report(record)
    moment = {"hidden_at": now} if "hidden_by" in hidden else {}
    StudentRecord.objects.filter(pk=record.pk).update(**hidden, **moment)

    assert look(report.code, now).result == "SUSPENDED"


def test_status_counts_from_its_day_on_without_a_sweep(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    graduated, withdrawn = make_report(record), make_report(record)
    day = local(now).date()
    StudentRecord.objects.filter(pk=record.pk).update(
        next_status="GRADUATED", next_status_from=day + timedelta(days=1)
    )
    assert look(graduated.code, now).result == "ACTIVE"

    assert look(graduated.code, now + timedelta(days=1)).result == "OUTDATED"
    StudentRecord.objects.filter(pk=record.pk).update(next_status="WITHDRAWN", next_status_from=day)
    assert look(withdrawn.code, now).result == "SUSPENDED"


def test_closed_counts_before_everything_else(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    report = make_report(record, expires_at=now, closed_at=now, closed_by="本人")
    StudentRecord.objects.filter(pk=record.pk).update(level="专科", enrollment_status="WITHDRAWN")

    assert look(report.code, now).result == ReportState.CLOSED


def test_owner_is_told_once_a_week_before_the_end(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    make_report(record, expires_at=now + timedelta(days=7, seconds=1))
    make_report(record, expires_at=now + timedelta(days=3), closed_at=now, closed_by="本人")
    make_report(record, expires_at=now)
    assert announce_ending_reports(now=now) == 0

    assert announce_ending_reports(now=now + timedelta(seconds=1)) == 1
    assert announce_ending_reports(now=now + timedelta(hours=1)) == 0

    told = OutboxMessage.objects.filter(template="report_ending")
    assert {message.user_id for message in told} == {alice.pk}
    assert told.count() == 2
