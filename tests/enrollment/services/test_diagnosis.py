"""The diagnosis over real rows: each cause of the seeds, limits, and what a stranger learns."""

from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.identity import DocumentType
from accounts.models import DeclaredIdentity
from common.errors import NotAllowedError
from common.models import AuditEvent
from common.ratelimit import TooManyError
from enrollment.matching import Cause
from enrollment.models import School, StudentRecord
from enrollment.selectors.diagnosis import awaits_prior_diploma
from enrollment.services.diagnosis import Diagnosis, diagnose
from enrollment.states import BindingFact, EnrollmentStatus
from tests.factories.enrolment import bind, make_record, make_school
from tests.factories.people import make_identity, make_number, make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

NUMBER, OTHER = make_number(301), make_number(302)
SLIP = f"{NUMBER[:16]}{(int(NUMBER[16]) + 1) % 10}{NUMBER[17]}"
FACT = "22990101018888"


def person(**fields) -> DeclaredIdentity:
    return make_identity(make_user(), **{"number": NUMBER, **fields})


def ask(identity: DeclaredIdentity, now: datetime, **changes) -> Diagnosis:
    values = {
        "school": make_school(),
        "given_no": FACT,
        "entry_year": 2022,
        "is_top_up": False,
        **changes,
    }
    return diagnose(identity=identity, actor=identity.user, now=now, **values)


def test_seed_001_number_typed_wrongly(now: datetime) -> None:
    make_record(id_number=NUMBER, candidate_no=FACT)

    found = ask(person(number=SLIP, id_type=DocumentType.OTHER), now)

    assert found.causes == (Cause.DECLARED_NUMBER_WRONG,)


def test_seed_002_roster_holds_a_wrong_number(now: datetime) -> None:
    """Edge case 4: the check digit is wrong in the roster, the student types the right one."""
    make_record(id_number=SLIP, candidate_no=FACT)

    assert ask(person(), now).causes == (Cause.ROSTER_NUMBER_WRONG,)


def test_seed_002_name_that_could_not_be_typed(now: datetime) -> None:
    """Edge case 24."""
    make_record(id_number=NUMBER, candidate_no=FACT, name="沈??溪")

    assert ask(person(name="沈䶮溪"), now).causes == (Cause.ROSTER_NAME_WRONG,)


@pytest.mark.parametrize(
    "said",
    [
        {"remark": "专科资格待查"},
        {
            "enrollment_status": EnrollmentStatus.UNREGISTERED,
            "enrollment_status_text": "未注册",
            "study_mode": "专升本",
        },
    ],
    ids=["remark", "status"],
)
def test_seed_002_prior_diploma_unchecked(said: dict[str, str], now: datetime) -> None:
    record = make_record(id_number=NUMBER, candidate_no=FACT, **said)

    assert awaits_prior_diploma(record)
    assert ask(person(), now).causes == (Cause.PRIOR_DIPLOMA,)


def test_registered_top_up_record_is_plain(now: datetime) -> None:
    make_record(id_number=NUMBER, candidate_no=FACT, study_mode="专升本")

    assert ask(person(), now).causes == (Cause.READY,)


def test_seed_003_officer_card_at_admission(now: datetime) -> None:
    """Edge case 11."""
    make_record(id_number="军字第18800101号", id_type=DocumentType.OFFICER_CARD, candidate_no=FACT)

    assert ask(person(), now).causes == (Cause.OTHER_DOCUMENT,)


def test_seed_004_two_numbers_over_time(now: datetime) -> None:
    """Edge case 7."""
    make_record(id_number=OTHER, candidate_no=FACT)

    assert ask(person(), now).causes == (Cause.OTHER_NUMBER,)


def test_not_imported_yet(now: datetime) -> None:
    make_record(entry_grade=2022)

    assert ask(person(), now, entry_year=2025).causes == (Cause.NOT_IMPORTED,)
    assert ask(person(number=OTHER), now, entry_year=2022).causes == (Cause.UNKNOWN,)


def test_year_of_entry_is_also_read_from_the_date(now: datetime) -> None:
    make_record(entry_grade=None, entry_date=date(2023, 9, 1))

    assert ask(person(), now, entry_year=2023).causes == (Cause.UNKNOWN,)


def test_taken_by_another_account(now: datetime) -> None:
    record = make_record(id_number=NUMBER, candidate_no=FACT)
    bind(record, person())
    late = person(number=OTHER)
    late.numbers.update(
        number=NUMBER, number_index=record.id_number_index, superseded_at=now, added_at=now
    )

    assert ask(late, now).causes == (Cause.TAKEN,)


def test_own_bound_record(now: datetime) -> None:
    identity = person()
    bind(make_record(id_number=NUMBER, candidate_no=FACT), identity)

    assert ask(identity, now).causes == (Cause.ALREADY_YOURS,)


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"id_number": OTHER, "candidate_no": FACT, "name": "秦牧野"},
        {"id_number": NUMBER, "candidate_no": "22990101017777"},
        {"id_number": SLIP, "candidate_no": "22990101017777"},
        {"id_number": OTHER, "student_no": FACT, "candidate_no": ""},
    ],
    ids=["nobody", "stranger", "right-number-wrong-fact", "near-number-wrong-fact", "class-list"],
)
def test_stranger_learns_nothing(known: dict[str, str], now: datetime) -> None:
    """Edge cases 17–19: known and unknown get the same answer for the same queries."""
    make_record(entry_grade=2022)
    if known:
        make_record(**known)
    identity, school = person(), make_school()

    with CaptureQueriesContext(connection) as queries:
        found = ask(identity, now, school=school)

    assert found.causes == (Cause.UNKNOWN,)
    assert len(queries) == QUERIES


QUERIES = 13


def test_answer_that_is_told_costs_the_same(now: datetime) -> None:
    make_record(id_number=SLIP, candidate_no=FACT)
    identity, school = person(), make_school()

    with CaptureQueriesContext(connection) as queries:
        ask(identity, now, school=school)

    assert len(queries) == QUERIES


def test_school_decides_which_fact_counts(now: datetime) -> None:
    make_record(id_number=SLIP, student_no="2022800009", candidate_no=FACT)
    School.objects.update(binding_fact=BindingFact.STUDENT_NO)

    assert ask(person(), now).causes == (Cause.UNKNOWN,)
    found = ask(person(number=SLIP, id_type=DocumentType.OTHER), now, given_no="2022800009")
    assert found.causes == (Cause.READY,)


def test_two_records_one_shown_one_not(now: datetime) -> None:
    """Edge case 5 and 40: the second record is asked for by its own number."""
    identity = person()
    bind(make_record(id_number=NUMBER, candidate_no="22990101010001"), identity)
    make_record(id_number=NUMBER, candidate_no=FACT)

    assert ask(identity, now).causes == (Cause.READY,)


def test_asking_is_limited_by_account_and_by_target(now: datetime) -> None:
    identity = person()
    for serial in range(10):
        ask(identity, now, given_no=f"2299010101{serial:04d}")
    with pytest.raises(TooManyError):
        ask(identity, now)
    for serial in range(10):
        ask(person(number=make_number(310 + serial)), now)
    with pytest.raises(TooManyError):
        ask(person(number=OTHER), now)


def test_trail_holds_causes_and_no_value(now: datetime) -> None:
    make_record(id_number=SLIP, candidate_no=FACT)

    ask(person(), now)

    event = AuditEvent.objects.get(action="diagnosis.made")
    assert event.details == {"causes": ["roster_number_wrong"]}
    assert event.subject_id == ""


def test_staff_account_is_refused(chen, now: datetime) -> None:
    with pytest.raises(NotAllowedError, match="工作账号"):
        ask(make_identity(chen, number=OTHER), now)


def test_nothing_is_changed(now: datetime) -> None:
    record = make_record(id_number=NUMBER, candidate_no=FACT)

    ask(person(), now)

    assert StudentRecord.objects.get(pk=record.pk).updated_at == record.updated_at
    assert not hasattr(StudentRecord.objects.get(pk=record.pk), "binding")
