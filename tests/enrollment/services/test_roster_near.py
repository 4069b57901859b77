"""Rows that may be the person of an existing record are proposed, and people decide."""

from datetime import timedelta

import pytest

from accounts.identity import check_digit
from common.actors import System
from common.errors import InvalidInputError, StaleStateError
from common.models import AuditEvent
from enrollment.models import DistinctPair, NearMatch, RosterImport, School, StudentRecord
from enrollment.services.roster import (
    apply_roster,
    decide_near_match,
    stage_roster,
    start_roster,
    start_undo,
    undo_roster,
)
from enrollment.states import RowOutcome, SamePerson
from tests.enrollment.rosters import (
    HEADERS,
    NOW,
    REGISTRAR,
    applied,
    counts,
    csv_of,
    person,
    staged,
    upload,
)
from tests.factories.enrolment import make_school

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

LATER, LAST = NOW + timedelta(days=1), NOW + timedelta(days=2)


@pytest.fixture
def school() -> School:
    return make_school()


def slipped(number: str) -> str:
    """One digit of the order wrong, the check character left as it was."""
    return number[:15] + str((int(number[15]) + 1) % 10) + number[16:]


def new(serial: int, **changes: str) -> dict[str, str]:
    """Person 1 under another student number; every other mark of the person is to be given."""
    return person(1, 学号=f"2022{serial:06d}", 考生号="", **changes)


def decide(match: NearMatch, decision: SamePerson) -> NearMatch:
    return decide_near_match(
        match=match, decision=decision, reason="看过证件", actor=REGISTRAR, now=LATER
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (new(7), "number:same"),
        (new(7, 证件号码=slipped(person(1)["证件号码"])), "number:one_sign"),
        (person(7, 考生号=person(1)["考生号"], 姓名="沈如溪"), "candidate_no"),
        (new(7, 姓名="瀋若溪"), "number:same"),
    ],
    ids=["same number", "one digit", "same candidate", "variant name"],
)
def test_near_record_is_proposed_with_its_reasons(
    school: School, row: dict[str, str], reason: str
) -> None:
    applied(csv_of(person(1)), school=school)

    roster = staged(csv_of(row), school=school, now=LATER)

    match = NearMatch.objects.get(roster=roster)
    assert match.record == StudentRecord.objects.get()
    assert reason in match.reasons
    assert match.decision == SamePerson.UNDECIDED
    assert counts(roster) == (1, 0, 0, 0)


def test_spelling_of_the_last_x_is_no_difference(school: School) -> None:
    first = next(
        f"99010118860312{order:03d}"
        for order in range(1000)
        if check_digit(f"99010118860312{order:03d}") == "X"
    )
    applied(csv_of(person(1, 证件号码=f"{first}X", 出生日期="", 性别="")), school=school)

    staged(csv_of(new(7, 证件号码=f"{first}x", 出生日期="", 性别="")), school=school, now=LATER)

    assert NearMatch.objects.get().reasons[0] == "number:same"


def test_affiliated_college_is_proposed(school: School) -> None:
    other = make_school("99998", "远山大学云岭学院")
    applied(csv_of(person(1)), school=school)

    staged(
        csv_of(
            person(1, 院校代码=other.code, 证件号码="E12345678", 证件类型="护照", 考生号=""),
            headers=[*HEADERS, "院校代码"],
        ),
        now=LATER,
    )

    assert NearMatch.objects.get().reasons == ["name:same", "student_no", "school"]


def test_strangers_twins_and_rows_of_their_own_are_not_proposed(school: School) -> None:
    applied(csv_of(person(1), person(2)), school=school)

    twin = person(3, 姓名="沈若兮")
    namesake = person(4)
    both = new(9, 证件号码=person(2)["证件号码"], 性别="女")
    staged(csv_of(twin, namesake, both, person(2)), school=school, now=LATER)

    assert NearMatch.objects.count() == 0


def test_same_person_updates_the_record_and_gives_it_the_number(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    before = StudentRecord.objects.get()
    roster = staged(csv_of(new(7, 民族="回族")), school=school, now=LATER)

    decide(NearMatch.objects.get(), SamePerson.SAME)
    roster.refresh_from_db()
    told = counts(roster)
    apply_roster(roster=roster, actor=REGISTRAR, now=LAST)

    record = StudentRecord.objects.get()
    assert told == (0, 1, 0, 0)
    assert (record.pk, record.student_no, record.ethnicity) == (before.pk, "2022000007", "回族")
    former = roster.rows.get().former
    assert former is not None
    assert former["student_no"] == "2022000001"
    event = AuditEvent.objects.get(action="nearmatch.decided")
    assert (event.subject_id, event.reason) == (str(before.pk), "看过证件")


def test_same_person_at_the_affiliated_college_moves_and_comes_back(school: School) -> None:
    other = make_school("99998", "远山大学云岭学院")
    applied(csv_of(person(1)), school=school)
    row = person(1, 院校代码=other.code)
    roster = staged(csv_of(row, headers=[*HEADERS, "院校代码"]), now=LATER)
    decide(NearMatch.objects.get(), SamePerson.SAME)
    roster.refresh_from_db()
    apply_roster(roster=roster, actor=REGISTRAR, now=LAST)
    moved = StudentRecord.objects.select_related("class_group").get()
    assert moved.school == other
    assert moved.class_group is not None
    assert moved.class_group.school == other

    second = System("王老师")
    start_undo(
        roster=roster,
        reason="不该移",
        keeps_later_work=False,
        actor=second,
        now=LAST + timedelta(days=1),
        in_background=False,
    )
    undo_roster(roster=roster, actor=second, now=LAST + timedelta(days=1))

    back = StudentRecord.objects.select_related("class_group").get()
    assert (back.school, back.student_no) == (school, "2022000001")
    assert back.class_group is not None
    assert back.class_group.school == school


def test_not_the_same_is_remembered_in_later_imports(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    data = csv_of(new(7))
    staged(data, school=school, now=LATER)
    decide(NearMatch.objects.get(), SamePerson.DIFFERENT)

    again = staged(data, school=school, now=LAST)

    assert NearMatch.objects.filter(roster=again).count() == 0
    assert apply_roster(roster=again, actor=REGISTRAR, now=LAST).created_count == 1


def test_decision_can_be_taken_anew_until_the_start(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    roster = staged(csv_of(new(7)), school=school, now=LATER)
    match = decide(NearMatch.objects.get(), SamePerson.DIFFERENT)
    decide(match, SamePerson.SAME)
    assert DistinctPair.objects.count() == 0
    decide(match, SamePerson.DIFFERENT)
    roster.refresh_from_db()

    assert counts(roster) == (1, 0, 0, 0)
    row = roster.rows.get()
    assert (row.outcome, row.record) == (RowOutcome.CREATE, None)
    start_roster(roster=roster, actor=REGISTRAR, now=LAST)
    with pytest.raises(StaleStateError):
        decide(match, SamePerson.SAME)


def test_one_record_is_not_joined_with_two_rows(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    staged(csv_of(new(7), new(8)), school=school, now=LATER)
    first, second = NearMatch.objects.order_by("row__row_no")
    decide(first, SamePerson.SAME)

    with pytest.raises(InvalidInputError, match="第 2 行"):
        decide(second, SamePerson.SAME)
    second.refresh_from_db()
    assert second.decision == SamePerson.UNDECIDED


def test_decision_that_somebody_else_took_is_stale(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    staged(csv_of(new(7)), school=school, now=LATER)
    mine, theirs = NearMatch.objects.get(), NearMatch.objects.get()
    decide(theirs, SamePerson.DIFFERENT)

    with pytest.raises(StaleStateError):
        decide(mine, SamePerson.SAME)


def test_undecided_rows_stay_out_when_asked_so(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    roster = staged(csv_of(new(7), person(8)), school=school, now=LATER)

    start_roster(
        roster=roster, actor=REGISTRAR, now=LAST, in_background=False, leaves_undecided=True
    )
    apply_roster(roster=roster, actor=REGISTRAR, now=LAST)

    assert counts(roster) == (1, 0, 0, 1)
    assert not StudentRecord.objects.filter(student_no="2022000007").exists()
    assert roster.findings.filter(code="near_match_undecided").count() == 1


def test_check_that_begins_again_proposes_once(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    roster = upload(csv_of(new(7)), school=school, now=LATER)
    stage_roster(roster=roster, actor=REGISTRAR, now=LATER)
    RosterImport.objects.filter(pk=roster.pk).update(state="UPLOADED")
    roster.refresh_from_db()

    stage_roster(roster=roster, actor=REGISTRAR, now=LATER)

    assert NearMatch.objects.count() == 1
