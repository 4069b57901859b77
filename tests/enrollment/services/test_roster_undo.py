"""Taking an applied roster back: everything as before, or nothing and why."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from common.actors import System
from common.errors import NotAllowedError, StaleStateError
from common.models import AuditEvent
from enrollment.models import Binding, RosterImport, School, StudentRecord
from enrollment.selectors.roster_later import later_work
from enrollment.services.record import amend_record
from enrollment.services.roster import (
    Claim,
    apply_roster,
    erase_old_imports,
    resume_imports,
    start_undo,
    undo_roster,
)
from enrollment.services.roster.judging import CHUNK
from enrollment.services.roster.upload import RETENTION
from enrollment.states import Coverage, RowOutcome, UndoState
from enrollment.tasks import undo_roster as undo_task
from imaging.states import ConclusionKind
from tests.enrollment.rosters import NOW, REGISTRAR, applied, csv_of, person, staged
from tests.factories import enrolment, imaging, people
from tests.factories.enrolment import make_school

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

LATER, LAST = NOW + timedelta(days=1), NOW + timedelta(days=2)
SECOND = System("王老师")


@pytest.fixture
def school() -> School:
    return make_school()


def undone(roster: RosterImport, *, keeps_later_work: bool = False, **more: Any) -> RosterImport:
    now = more.pop("now", LAST)
    start_undo(
        roster=roster,
        reason="传错了文件",
        keeps_later_work=keeps_later_work,
        actor=SECOND,
        now=now,
        in_background=False,
    )
    return undo_roster(roster=roster, actor=SECOND, now=now, **more)


def stored() -> list[dict[str, Any]]:
    fields = [field.name for field in StudentRecord._meta.fields if field.name != "updated_at"]
    return list(StudentRecord.objects.order_by("pk").values(*fields))


def kinds(roster: RosterImport) -> dict[str, int]:
    return {work.label: work.count for work in later_work(roster)}


def test_made_records_go_and_changed_ones_are_as_before(school: School) -> None:
    applied(csv_of(person(1), person(2)), school=school)
    before = stored()
    roster = applied(
        csv_of(
            person(1, 班级="汉语言文学 2202 班", 姓名="沈若兮", 学制="5", 民族=""),
            person(2),
            person(3),
        ),
        school=school,
        now=LATER,
    )
    assert stored() != before

    undone(roster)

    assert stored() == before
    assert (roster.undo_state, roster.kept_count) == (UndoState.UNDONE, 0)
    assert roster.undone_by == "王老师"
    assert not roster.rows.filter(is_applied=True, outcome=RowOutcome.UPDATE).exists()
    event = AuditEvent.objects.get(action="roster.undone")
    assert (event.reason, event.details["rows"]) == ("传错了文件", 2)


def test_conclusion_on_the_former_values_holds_again(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    before = StudentRecord.objects.values_list("key_digest", "identity_digest").get()
    roster = applied(csv_of(person(1, 姓名="沈若兮")), school=school, now=LATER)

    undone(roster)

    assert StudentRecord.objects.values_list("key_digest", "identity_digest").get() == before


def test_marks_of_absence_go_back_too(school: School) -> None:
    applied(csv_of(person(1), person(2), person(3)), school=school)
    whole = Claim(coverage=Coverage.SCHOOL)
    first = applied(csv_of(person(1), person(2)), school=school, now=LATER, claim=whole)
    second = applied(csv_of(person(1), person(3)), school=school, now=LAST, claim=whole)

    undone(second, now=LAST + timedelta(days=1))

    marked = StudentRecord.objects.get(missing_at__isnull=False)
    assert (marked.student_no, marked.missing_roster) == ("2022000003", first)


def test_who_imported_does_not_take_it_back(school: School) -> None:
    roster = staged(csv_of(person(1)), school=school)
    li: User = people.make_user("li@example.test")
    apply_roster(roster=roster, actor=li, now=NOW)

    with pytest.raises(NotAllowedError, match="另一位"):
        start_undo(roster=roster, reason="错", keeps_later_work=False, actor=li, now=LATER)


@pytest.mark.parametrize("work", ["amended", "bound", "member", "imported", "checked"])
def test_later_work_refuses_with_its_name_and_nothing_is_done(school: School, work: str) -> None:
    roster = applied(csv_of(person(1), person(2)), school=school)
    record = StudentRecord.objects.get(student_no="2022000001")
    if work == "amended":
        amend_record(
            record=record, changes={"remark": "补"}, reason="本人", actor=REGISTRAR, now=LATER
        )
    elif work == "bound":
        identity = people.make_identity(
            people.make_user(), name=record.name, number=record.id_number
        )
        enrolment.bind(record, identity)
    elif work == "member":
        imaging.make_member(record=record)
    elif work == "imported":
        applied(csv_of(person(1, 民族="回族")), school=school, now=LATER)
    else:
        staged(csv_of(person(1)), school=school, now=LATER)
    before = stored()

    words = {
        "amended": {"导入后又改过": 1, "学籍更正": 1},
        "bound": {"实名绑定": 1},
        "member": {"批次成员": 1},
        "imported": {"导入后又改过": 1, "别的名册也有，先撤销或放弃那一份": 1},
        "checked": {"别的名册也有，先撤销或放弃那一份": 1},
    }
    assert kinds(roster) == words[work]
    with pytest.raises(NotAllowedError, match="没有撤销"):
        undone(roster)
    assert stored() == before
    roster.refresh_from_db()
    assert roster.undo_state == UndoState.NONE


def test_kept_records_stay_when_the_choice_is_made(school: School) -> None:
    roster = applied(csv_of(person(1), person(2)), school=school)
    record = StudentRecord.objects.get(student_no="2022000001")
    amend_record(record=record, changes={"remark": "补"}, reason="本人", actor=REGISTRAR, now=LATER)

    undone(roster, keeps_later_work=True)

    assert list(StudentRecord.objects.values_list("student_no", flat=True)) == ["2022000001"]
    assert roster.kept_count == 1


def test_conclusion_on_new_values_is_later_work(school: School) -> None:
    applied(csv_of(person(1), person(2)), school=school)
    roster = applied(
        csv_of(person(1, 姓名="沈若兮"), person(2, 班级="汉语言文学 2202 班")),
        school=school,
        now=LATER,
    )
    for record in StudentRecord.objects.all():
        member = imaging.make_member(record=record)
        imaging.make_conclusion(member, ConclusionKind.DATA, at=LAST)

    assert kinds(roster) == {"校对结论": 1}


def test_imports_are_taken_back_in_turn(school: School) -> None:
    first = applied(csv_of(person(1)), school=school)
    second = applied(csv_of(person(1, 民族="回族")), school=school, now=LATER)
    third = applied(csv_of(person(1, 民族="满族")), school=school, now=LAST)

    undone(third, now=LAST + timedelta(days=1))
    undone(second, now=LAST + timedelta(days=2))

    assert StudentRecord.objects.get().ethnicity == "汉族"
    undone(first, now=LAST + timedelta(days=3))
    assert StudentRecord.objects.count() == 0


def test_binding_that_the_import_made_goes_with_it(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    known = StudentRecord.objects.get()
    identity = people.make_identity(people.make_user(), name=known.name, number=known.id_number)
    enrolment.bind(known, identity)
    again = person(2, 证件号码=known.id_number, 性别="男", 出生日期="")
    roster = applied(csv_of(again), school=school, now=LATER)
    assert Binding.objects.count() == 2

    undone(roster)

    assert Binding.objects.get().record == known
    assert AuditEvent.objects.filter(action="binding.removed").count() == 1


def test_undo_is_refused_when_former_values_are_erased(school: School) -> None:
    roster = applied(csv_of(person(1)), school=school)
    erase_old_imports(now=NOW + RETENTION + timedelta(days=1))
    roster.refresh_from_db()

    with pytest.raises(NotAllowedError, match="保留期"):
        undone(roster, now=NOW + RETENTION + timedelta(days=2))


def test_undo_twice_is_refused(school: School) -> None:
    roster = undone(applied(csv_of(person(1)), school=school))

    with pytest.raises(NotAllowedError):
        undone(roster)
    with pytest.raises(StaleStateError):
        undo_roster(roster=roster, actor=SECOND, now=LAST)


def test_more_rows_than_a_chunk_and_an_interruption(school: School) -> None:
    rows = [person(serial) for serial in range(CHUNK + 3)]
    roster = applied(csv_of(*rows), school=school)

    class KilledError(Exception):
        """The process died."""

    def killed(done: int) -> None:
        raise KilledError

    with pytest.raises(KilledError):
        undone(roster, on_progress=killed)
    assert StudentRecord.objects.count() == 3

    assert resume_imports(now=LAST + timedelta(hours=1)) == 1
    roster.refresh_from_db()
    assert (roster.undo_state, roster.progress) == (UndoState.UNDONE, CHUNK + 3)
    assert StudentRecord.objects.count() == 0


def test_work_that_comes_during_the_undo_is_kept(school: School) -> None:
    rows = [person(serial) for serial in range(CHUNK + 3)]
    roster = applied(csv_of(*rows), school=school)
    last = StudentRecord.objects.order_by("pk").last()
    assert last is not None

    def amended(done: int) -> None:
        if done == CHUNK:
            amend_record(
                record=last, changes={"remark": "补"}, reason="本人", actor=REGISTRAR, now=LAST
            )

    undone(roster, on_progress=amended)

    assert roster.kept_count == 1
    assert StudentRecord.objects.get() == last


def test_task_takes_back_in_the_background(school: School) -> None:
    roster = applied(csv_of(person(1)), school=school)
    start_undo(roster=roster, reason="错", keeps_later_work=False, actor=SECOND, now=LATER)

    undo_task(roster_id=roster.pk)

    roster.refresh_from_db()
    assert roster.undo_state == UndoState.UNDONE


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_one_wins(school: School) -> None:
    roster = applied(csv_of(person(1)), school=school)
    barrier = threading.Barrier(2)
    said: list[str] = []

    def begin(name: str) -> None:
        mine = RosterImport.objects.get(pk=roster.pk)
        barrier.wait()
        try:
            start_undo(
                roster=mine,
                reason="错",
                keeps_later_work=False,
                actor=System(name),
                now=LATER,
                in_background=False,
            )
            said.append("begun")
        except (StaleStateError, NotAllowedError):
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=begin, args=(name,)) for name in ("王老师", "赵老师")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == ["begun", "refused"]
