"""What the items of a student come to: the rule table, the portal's own facts, and who finds whom."""

from datetime import date, datetime, timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from corrections.models import AuditItem, Sanction
from corrections.selectors.graduation import (
    AuditStanding,
    CheckedItem,
    checklist_of,
    checklists_of,
    has_changed,
    standing_of,
    worked_out,
)
from corrections.selectors.graduation_scope import (
    audits_of_college_staff,
    on_notice,
    own_audited,
    students_of_staff,
)
from corrections.selectors.graduation_totals import counted
from corrections.states.graduation import (
    AuditOutcome,
    AuditState,
    ItemSource,
    ItemState,
    ResultState,
)
from enrollment.models import StudentRecord
from enrollment.states import AssignmentRole
from imaging.states import Conclusion, ConclusionKind
from tests.factories import enrolment, imaging, people
from tests.factories.graduation import make_audit, make_audited, make_sanction
from tests.factories.registering import register

pytestmark = pytest.mark.django_db

MET, NOT, OPEN = ItemState.MET, ItemState.NOT_MET, ItemState.OPEN
GRADUATE, COMPLETE, DEFER = AuditOutcome.GRADUATE, AuditOutcome.COMPLETE, AuditOutcome.DEFER


def line(
    state: ItemState, otherwise: AuditOutcome = COMPLETE, *, is_required: bool = True
) -> CheckedItem:
    return CheckedItem(
        item=AuditItem(pk=1, title="学分", otherwise=otherwise, is_required=is_required),
        state=state,
    )


@pytest.mark.parametrize(("first", "second"), list(product((MET, NOT, OPEN), repeat=2)))
def test_result_follows_from_the_items(first: ItemState, second: ItemState) -> None:
    """The first leads to 结业, the second to 暂缓."""
    lines = [line(first, COMPLETE), line(second, DEFER)]
    expected = (
        None
        if OPEN in {first, second}
        else DEFER
        if second == NOT
        else COMPLETE
        if first == NOT
        else GRADUATE
    )

    assert worked_out(lines) == expected
    assert standing_of(lines) == {None: AuditStanding.OPEN, GRADUATE: AuditStanding.PASS}.get(
        expected, AuditStanding.FAIL
    )


@pytest.mark.parametrize("state", [NOT, OPEN])
def test_item_that_is_not_required_stands_in_nobodys_way(state: ItemState) -> None:
    assert worked_out([line(MET), line(state, is_required=False)]) == GRADUATE


def test_item_without_a_result_is_open(record: StudentRecord, now: datetime) -> None:
    student = make_audited(record, make_audit(), marks={})

    checklist = checklist_of(student, now=now)

    assert [each.state for each in checklist.lines] == [OPEN]
    assert checklist.suggested is None


@pytest.mark.parametrize(
    ("state", "is_locked", "expected"),
    [
        (Conclusion.PENDING, False, OPEN),
        (Conclusion.CORRECT, False, OPEN),
        (Conclusion.CORRECT, True, MET),
        (Conclusion.INCORRECT, True, OPEN),
    ],
)
def test_data_is_met_when_locked_as_right(
    record: StudentRecord, now: datetime, state: Conclusion, is_locked: bool, expected: ItemState
) -> None:
    member = imaging.make_member(record)
    if state != Conclusion.PENDING:
        at = now - timedelta(days=3) if is_locked else now - timedelta(hours=1)
        imaging.make_conclusion(member, ConclusionKind.DATA, state, at=at)
    audit = make_audit(items=[("信息", ItemSource.DATA)], campaign=member.campaign)
    student = make_audited(record, audit)

    assert [each.state for each in checklist_of(student, now=now).lines] == [expected]


def test_data_that_changed_since_is_open_again(record: StudentRecord, now: datetime) -> None:
    member = imaging.make_member(record)
    imaging.make_conclusion(
        member, ConclusionKind.DATA, Conclusion.CORRECT, at=now - timedelta(days=3)
    )
    StudentRecord.objects.filter(pk=record.pk).update(key_digest="another")
    audit = make_audit(items=[("信息", ItemSource.DATA)], campaign=member.campaign)
    student = make_audited(record, audit)

    (found,) = checklist_of(student, now=now).lines

    assert (found.state, found.note) == (OPEN, "内容变了，要重新核对")


def test_registration_is_known(record: StudentRecord, now: datetime) -> None:
    audit = make_audit(items=[("登记", ItemSource.REGISTRATION)])
    student = make_audited(record, audit)
    before = checklist_of(student, now=now).lines[0].state
    register(record, at=now)

    assert (before, checklist_of(student, now=now).lines[0].state) == (OPEN, MET)


@pytest.mark.parametrize(
    ("day", "in_force"),
    [
        (date(2025, 2, 28), False),
        (date(2025, 3, 1), True),
        (date(2026, 5, 31), True),
        (date(2026, 6, 1), False),
        (date(2026, 6, 2), False),
    ],
)
def test_sanction_is_in_force_from_its_day_until_it_is_lifted(
    record: StudentRecord, day: date, in_force: bool
) -> None:
    sanction = make_sanction(record, lifted_date=date(2026, 6, 1))

    assert sanction.is_in_force_on(day) == in_force
    assert Sanction.objects.in_force_on(day).exists() == in_force


def test_voided_sanction_never_counts(record: StudentRecord, now: datetime) -> None:
    sanction = make_sanction(record, voided_at=now, voided_by="测试")
    day = date(2026, 1, 1)

    assert not sanction.is_in_force_on(day)
    assert not Sanction.objects.in_force_on(day).exists()


def test_change_of_facts_after_the_decision_shows(record: StudentRecord, now: datetime) -> None:
    audit = make_audit(items=[("处分", ItemSource.SANCTIONS)])
    student = make_audited(record, audit, ResultState.DECIDED)
    before = has_changed(student, checklist_of(student, now=now))
    make_sanction(record)

    assert (before, has_changed(student, checklist_of(student, now=now))) == (False, True)


def test_list_costs_the_same_for_one_and_for_three(record: StudentRecord, now: datetime) -> None:
    member = imaging.make_member(record)
    audit = make_audit(
        items=[
            ("学分", ItemSource.IMPORT),
            ("照片", ItemSource.PHOTO),
            ("信息", ItemSource.DATA),
            ("处分", ItemSource.SANCTIONS),
            ("登记", ItemSource.REGISTRATION),
        ],
        campaign=member.campaign,
    )
    students = [make_audited(record, audit)]
    students += [make_audited(enrolment.make_record(), audit) for _ in range(2)]

    counts = []
    for some in (students[:1], students):
        with CaptureQueriesContext(connection) as queries:
            checklists_of(audit, some, now=now)
        counts.append(len(queries))

    assert counts == [7, 7]


def test_waived_photo_is_no_open_item(record: StudentRecord, now: datetime) -> None:
    member = imaging.make_member(record)
    audit = make_audit(items=[("照片", ItemSource.PHOTO)], campaign=member.campaign)
    student = make_audited(record, audit)
    before = [(each.state, each.note) for each in checklist_of(student, now=now).lines]
    imaging.waive_photo(member)

    after = [(each.state, each.note) for each in checklist_of(student, now=now).lines]

    assert (before, after) == ([(OPEN, "还没有核对")], [(MET, "免交照片")])


def test_student_finds_the_own_row_of_a_round_that_has_begun(
    alice: User, record: StudentRecord, eve: User
) -> None:
    mine = make_audited(record, make_audit())
    make_audited(record, make_audit(AuditState.DRAFT, round_no=2))

    assert list(own_audited(alice)) == [mine]
    assert list(own_audited(eve)) == []


def test_hidden_record_has_no_row(alice: User, record: StudentRecord, now: datetime) -> None:
    make_audited(record, make_audit())
    StudentRecord.objects.filter(pk=record.pk).update(
        hidden_at=now, hidden_by="测试", hidden_reason="核实"
    )

    assert list(own_audited(alice)) == []


def test_college_finds_its_students_and_never_the_own_row(
    secretary: User, li: User, eve: User, chen: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit()
    here = make_audited(record, audit)
    own = enrolment.make_record()
    enrolment.bind(own, people.make_identity(secretary, name=own.name, number=own.id_number))
    mine = make_audited(own, audit)
    other_class = enrolment.make_class(college=enrolment.make_college("理学院"))
    elsewhere = make_audited(enrolment.make_record(class_group=other_class), audit)

    assert set(students_of_staff(secretary, now=now)) == {here}
    assert set(students_of_staff(li, now=now)) == {here, mine, elsewhere}
    assert list(students_of_staff(chen, now=now)) == []
    assert list(students_of_staff(eve, now=now)) == []


def test_college_sees_how_many_wait(secretary: User, record: StudentRecord, now: datetime) -> None:
    audit = make_audit()
    make_audited(record, audit)
    make_audited(enrolment.make_record(), audit, ResultState.PROPOSED)

    (found,) = audits_of_college_staff(secretary, now=now)

    assert (found.amount, found.waiting) == (2, 1)  # type: ignore[attr-defined]  # annotated


def test_assignment_that_has_ended_shows_nothing(
    eve: User, record: StudentRecord, now: datetime
) -> None:
    make_audited(record, make_audit())
    held = enrolment.assign(eve, AssignmentRole.COLLEGE_LEADER, college=record.college)
    held.ends_at = now
    held.save()

    assert list(students_of_staff(eve, now=now - timedelta(seconds=1))) != []
    assert list(students_of_staff(eve, now=now)) == []


def test_notice_lists_only_who_is_to_graduate(record: StudentRecord) -> None:
    audit = make_audit(AuditState.NOTICE)
    passed = make_audited(record, audit, ResultState.DECIDED, GRADUATE)
    for outcome in (COMPLETE, DEFER):
        make_audited(enrolment.make_record(), audit, ResultState.DECIDED, outcome)

    assert list(on_notice(audit)) == [passed]


@pytest.mark.parametrize(("seconds", "is_up"), [(-1, False), (0, True), (1, True)])
def test_notice_begins_to_the_second(now: datetime, seconds: int, is_up: bool) -> None:
    audit = make_audit(AuditState.NOTICE, notice_opens_at=now)
    at = now + timedelta(seconds=seconds)

    assert audit.is_on_notice_at(at) == is_up
    assert type(audit).objects.on_notice_at(at).exists() == is_up


@pytest.mark.parametrize(("seconds", "is_up"), [(-1, True), (0, False), (1, False)])
def test_notice_ends_to_the_second(now: datetime, seconds: int, is_up: bool) -> None:
    audit = make_audit(AuditState.NOTICE, notice_closes_at=now)
    at = now + timedelta(seconds=seconds)

    assert audit.is_on_notice_at(at) == is_up
    assert type(audit).objects.on_notice_at(at).exists() == is_up


def test_totals_tie_out_with_the_list(record: StudentRecord) -> None:
    audit = make_audit(AuditState.NOTICE)
    make_audited(record, audit, ResultState.DECIDED, GRADUATE)
    make_audited(enrolment.make_record(), audit, ResultState.DECIDED, DEFER)
    science = enrolment.make_class(college=enrolment.make_college("理学院"))
    make_audited(enrolment.make_record(class_group=science), audit, ResultState.DECIDED, COMPLETE)
    make_audited(enrolment.make_record(), audit, ResultState.DROPPED)

    totals = counted(audit)

    assert [(each.college, each.amount) for each in totals.lines] == [
        ("人文学院", 2),
        ("理学院", 1),
    ]
    assert (totals.total.graduate, totals.total.complete, totals.total.defer) == (1, 1, 1)
    assert (totals.listed, totals.ties_out) == (3, True)
