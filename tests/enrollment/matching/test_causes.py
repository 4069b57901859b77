"""Every cause that the founding notices name for "no record", and what may not be told."""

import re
from typing import Any

import pytest

from enrollment.matching import Cause, Standing, Step, Trace, advice_on, causes_of
from tests.factories.people import make_number

pytestmark = pytest.mark.unit

NUMBER = "440524188001010014"
OTHER = make_number(7)
WRONG_DIGIT = "440524188001010024"  # its check digit does not hold


def trace(**changes: Any) -> Trace:
    """A person beside a record that agrees in everything."""
    values: dict[str, Any] = {
        "declared_name": "沈若溪",
        "declared_number": NUMBER,
        "declared_type": "RESIDENT_ID",
        "roster_name": "沈若溪",
        "roster_number": NUMBER,
        "roster_type": "RESIDENT_ID",
        "is_fact_secret": True,
        **changes,
    }
    return Trace(**values)


def causes(*traces: Trace, is_top_up: bool = False, is_cohort_known: bool = True) -> list[Cause]:
    return list(causes_of(traces, is_top_up=is_top_up, is_cohort_known=is_cohort_known))


# 001: "用真实信息注册，使用虚假信息无法链接" — the account's data are wrong.
def test_seed_001_number_typed_wrongly_at_registration() -> None:
    found = causes(trace(declared_number=WRONG_DIGIT, declared_type="OTHER"))

    assert found == [Cause.DECLARED_NUMBER_WRONG]
    assert advice_on(found[0]).step == Step.COUNTER


# 001: "填写的姓名和身份证号与学籍注册数据库不一致".
def test_seed_001_name_differs_by_one_sign() -> None:
    assert causes(trace(roster_name="沈若水")) == [Cause.NAME_DIFFERS]


# 002: "若学籍信息正确，则属注册账号时填写有误".
def test_seed_002_account_wrong_because_the_roster_is_right() -> None:
    found = causes(trace(declared_name="沈若?溪", roster_name="沈若䶮溪"))

    assert found == [Cause.DECLARED_NAME_WRONG]


# 002: "若学籍信息错误，由学校修改，省里审批".
def test_seed_002_roster_wrong_number() -> None:
    found = causes(trace(roster_number=WRONG_DIGIT))

    assert found == [Cause.ROSTER_NUMBER_WRONG]
    assert advice_on(found[0]).step == Step.CLAIM


@pytest.mark.parametrize("written", ["沈??溪", "沈(王乐)溪", "沈\ue123溪"])
def test_seed_002_roster_wrong_name_with_rare_character(written: str) -> None:
    assert causes(trace(declared_name="沈䶮溪", roster_name=written)) == [Cause.ROSTER_NAME_WRONG]


# 002 and 003: "专升本学生专科资格待查".
def test_seed_002_prior_diploma_flagged_in_the_roster() -> None:
    assert causes(trace(awaits_prior_diploma=True)) == [Cause.PRIOR_DIPLOMA]


def test_seed_003_top_up_that_the_roster_does_not_hold_yet() -> None:
    assert causes(is_top_up=True) == [Cause.TOP_UP_WAITING]


# 003: "持警官证、军官证、士兵证报名入学的学员特别要注意".
@pytest.mark.parametrize("kind", ["OFFICER_CARD", "SOLDIER_CARD", "POLICE_CARD", "PASSPORT"])
def test_seed_003_registered_with_another_document(kind: str) -> None:
    found = causes(trace(roster_number="军字第1880001号", roster_type=kind))

    assert found == [Cause.OTHER_DOCUMENT]


# 004: "当年高考时使用了第一个身份证号，上大学期间又换了另一个身份证号".
def test_seed_004_roster_holds_the_number_of_the_examination() -> None:
    assert causes(trace(roster_number=OTHER)) == [Cause.OTHER_NUMBER]


# 004: "身份证号采用15或18位号码".
def test_seed_004_roster_holds_fifteen_digits() -> None:
    assert causes(trace(roster_number="440524800101001")) == [Cause.OLDER_NUMBER]


# 004: "姓名与身份证号必须与高考录取的信息一致，否则将无学籍信息".
def test_seed_004_traditional_form_of_the_name() -> None:
    assert causes(trace(declared_name="张国强", roster_name="張國強")) == [Cause.NAME_DIFFERS]


def test_roster_has_not_come_yet() -> None:
    found = causes(is_cohort_known=False)

    assert found == [Cause.NOT_IMPORTED]
    assert advice_on(found[0]).step == Step.WAIT


def test_record_is_hidden() -> None:
    assert causes(trace(is_hidden=True)) == [Cause.HIDDEN]
    assert causes(trace(is_hidden=True, standing=Standing.MINE)) == [Cause.HIDDEN]


def test_several_causes_at_once_the_first_is_acted_on() -> None:
    found = causes(
        trace(roster_name="沈若水", roster_number=WRONG_DIGIT, awaits_prior_diploma=True)
    )

    assert found == [Cause.ROSTER_NUMBER_WRONG, Cause.NAME_DIFFERS, Cause.PRIOR_DIPLOMA]
    assert causes(is_top_up=True, is_cohort_known=False) == [
        Cause.TOP_UP_WAITING,
        Cause.NOT_IMPORTED,
    ]


def test_two_records_of_one_person_are_both_looked_at() -> None:
    mine = trace(standing=Standing.MINE)

    assert causes(mine, trace()) == [Cause.ALREADY_YOURS, Cause.READY]


def test_number_that_an_older_number_of_the_person_explains_is_ready() -> None:
    assert causes(trace(roster_number=OTHER, other_numbers=(OTHER,))) == [Cause.READY]


def test_bound_elsewhere_is_told_only_to_who_knows_the_secret_fact() -> None:
    taken = {"standing": Standing.SOMEBODY_ELSES}

    assert causes(trace(**taken)) == [Cause.TAKEN]
    assert causes(trace(**taken, is_fact_secret=False)) == [Cause.UNKNOWN]
    assert causes(trace(**taken, roster_number=WRONG_DIGIT)) == [Cause.UNKNOWN]


def test_class_list_knowledge_tells_nothing_of_another_number() -> None:
    assert causes(trace(roster_number=OTHER, is_fact_secret=False)) == [Cause.UNKNOWN]


@pytest.mark.parametrize(
    "stranger",
    [
        {"roster_name": "秦牧野"},
        {"roster_name": "秦牧野", "roster_number": OTHER},
        {"roster_name": "沈若水", "roster_number": OTHER},
    ],
)
def test_somebody_elses_record_adds_no_word(stranger: dict[str, str]) -> None:
    assert causes(trace(**stranger)) == causes() == [Cause.UNKNOWN]


def test_undecided_number_goes_to_staff() -> None:
    passport = {"declared_type": "PASSPORT", "roster_type": "PASSPORT"}

    found = causes(trace(declared_number="E1234567", roster_number="E1234568", **passport))

    assert found == [Cause.NUMBER_DIFFERS]


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_one_step_with_its_owner(cause: Cause) -> None:
    advice = advice_on(cause)

    assert advice.title
    assert advice.turn
    assert advice.after
    assert not re.search(r"[{}%]|\d{6}", advice.text)
