"""A roster that claims to be complete marks who is missing, and never deletes."""

from datetime import timedelta

import pytest

from common.errors import InvalidInputError
from enrollment.models import RosterAbsence, School, StudentRecord
from enrollment.services.roster import Claim
from enrollment.states import Coverage, EnrollmentStatus
from tests.enrollment.rosters import NOW, applied, csv_of, person, staged, upload
from tests.factories import enrolment, people
from tests.factories.enrolment import make_school

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

LATER, LAST = NOW + timedelta(days=1), NOW + timedelta(days=2)
WHOLE = Claim(coverage=Coverage.SCHOOL)


@pytest.fixture
def school() -> School:
    return make_school()


def missing() -> list[str]:
    marked = StudentRecord.objects.filter(missing_at__isnull=False)
    return list(marked.order_by("student_no").values_list("student_no", flat=True))


def test_part_roster_marks_nobody(school: School) -> None:
    applied(csv_of(person(1), person(2)), school=school)

    roster = applied(csv_of(person(1)), school=school, now=LATER)

    assert (missing(), roster.missing_count) == ([], 0)


def test_missing_student_is_marked_and_keeps_everything(school: School) -> None:
    applied(csv_of(person(1), person(2)), school=school)
    gone = StudentRecord.objects.get(student_no="2022000002")
    identity = people.make_identity(people.make_user(), name=gone.name, number=gone.id_number)
    enrolment.bind(gone, identity)

    checked = staged(csv_of(person(1)), school=school, now=LATER, claim=WHOLE)
    before = missing()
    roster = applied(csv_of(person(1)), school=school, now=LATER, claim=WHOLE)

    gone.refresh_from_db()
    assert (checked.missing_count, before) == (1, [])
    assert (roster.missing_count, missing()) == (1, ["2022000002"])
    assert gone.missing_roster == roster
    assert gone.missing_at is not None
    assert gone.missing_at >= LATER
    assert gone.binding.identity == identity


def test_student_who_comes_back_is_cleared_and_the_gap_kept(school: School) -> None:
    applied(csv_of(person(1), person(2)), school=school)
    full = applied(csv_of(person(1)), school=school, now=LATER, claim=WHOLE)

    back = applied(csv_of(person(2)), school=school, now=LAST)

    absence = RosterAbsence.objects.get()
    assert missing() == []
    assert (absence.missing_roster, absence.returned_roster) == (full, back)
    assert absence.record.student_no == "2022000002"


def test_mark_keeps_the_day_on_which_it_began(school: School) -> None:
    applied(csv_of(person(1), person(2)), school=school)
    first = applied(csv_of(person(1)), school=school, now=LATER, claim=WHOLE)

    applied(csv_of(person(1)), school=school, now=LAST, claim=WHOLE)

    assert StudentRecord.objects.get(student_no="2022000002").missing_roster == first


def test_line_with_an_error_still_says_that_the_student_is_there(school: School) -> None:
    applied(csv_of(person(1), person(2)), school=school)

    applied(
        csv_of(person(1), person(2, 证件号码="")),
        school=school,
        skip_bad=True,
        now=LATER,
        claim=WHOLE,
    )

    assert missing() == []


def test_grade_and_class_bound_who_can_be_missing(school: School) -> None:
    rows = [
        person(1),
        person(2),
        person(3, 班级="汉语言文学 2202 班"),
        person(4, 入学日期="20230901"),
        person(5, 学籍状态="不在籍（退学）"),
    ]
    applied(csv_of(*rows), school=school)
    first = StudentRecord.objects.get(student_no="2022000001")

    of_class = Claim(coverage=Coverage.CLASS, class_group=first.class_group)
    in_class = staged(csv_of(person(1)), school=school, now=LATER, claim=of_class)
    of_grade = Claim(coverage=Coverage.GRADE, grade=2022)
    in_grade = applied(csv_of(person(1)), school=school, now=LATER, claim=of_grade)

    assert in_class.missing_count == 1
    assert (in_grade.missing_count, missing()) == (2, ["2022000002", "2022000003"])
    assert StudentRecord.objects.get(student_no="2022000005").enrollment_status == (
        EnrollmentStatus.WITHDRAWN
    )


def test_other_school_is_not_asked(school: School) -> None:
    other = make_school("99998", "远山大学云岭学院")
    applied(csv_of(person(2)), school=other)

    applied(csv_of(person(1)), school=school, now=LATER, claim=WHOLE)

    assert missing() == []


@pytest.mark.parametrize(
    ("claim", "field"),
    [
        (Claim(coverage=Coverage.SCHOOL), "school"),
        (Claim(coverage=Coverage.GRADE), "coverage_grade"),
        (Claim(coverage=Coverage.CLASS), "coverage_class"),
        (Claim(grade=2022), "coverage"),
    ],
    ids=["no school", "no grade", "no class", "grade of a part"],
)
def test_claim_says_of_whom_it_speaks(school: School, claim: Claim, field: str) -> None:
    named = None if field == "school" else school

    with pytest.raises(InvalidInputError) as refused:
        upload(csv_of(person(1)), school=named, claim=claim)

    assert refused.value.field == field
