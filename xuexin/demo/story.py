"""The days of the campaign: who did what and when, so that every state is there to be seen."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from accounts.models import User
from xuexin.demo import acts
from xuexin.demo.accounts import Accounts
from xuexin.demo.acts import Act
from xuexin.demo.calendar import Calendar
from xuexin.demo.deeds import Actor
from xuexin.demo.matters import Matters
from xuexin.demo.people import Part, Student, cast_of
from xuexin.demo.staff import Staff

__all__ = ["ACCOUNT_NAMES", "Story"]

# Login names of the cast; who is not here has no account.
ACCOUNT_NAMES: dict[Part, str] = {
    Part.MONITOR: "monitor",
    Part.TODO: "student",
    Part.PROVISIONAL: "provisional",
    Part.LOCKED: "locked",
    Part.TAKEN_BACK: "takenback",
    Part.DISPUTED: "disputed",
    Part.CASE_OPEN: "case",
    Part.CASE_APPLIED: "corrected",
    Part.CASE_RETURNED: "returned",
    Part.NO_PHOTO: "nophoto",
    Part.SWAPPED_LEFT: "swapped",
    Part.SWAPPED_RIGHT: "swapped2",
    Part.DUPLICATE: "duplicate",
    Part.LATE_PHOTO: "latephoto",
}
# Everybody could have an account; so many make every picture lively and the first start quick.
_MOST_EXTRAS = 150
_SWEEP_EVERY = timedelta(hours=6)
_HALF_HOUR = timedelta(minutes=30)

Deed = Callable[[datetime], object]


class Story:
    """Collects deeds with their moments, then lets them happen in order."""

    def __init__(self, students: list[Student], accounts: Accounts, calendar: Calendar) -> None:
        self._students = students
        self._cast = cast_of(students)
        self._accounts = accounts
        self._calendar = calendar
        self._deeds: list[tuple[datetime, Deed]] = []
        self._actors: dict[int, Actor] = {}

    def play(self, staff: Staff) -> None:
        """Everything up to now."""
        self._plan_cast(staff.registrar)
        self._plan_cases(staff)
        matters = Matters(self._cast, self._accounts, self._calendar, staff.second_registrar)
        self._deeds += matters.planned()
        self._plan_extras(staff.registrar)
        moment = self._calendar.opens_at
        while moment < self._calendar.now:
            self._at(moment, acts.sweep)
            moment += _SWEEP_EVERY
        self._at(self._calendar.now, acts.sweep)
        for moment, deed in sorted(self._deeds, key=lambda planned: planned[0]):
            deed(moment)

    def _at(self, moment: datetime, deed: Deed) -> None:
        self._deeds.append((moment, deed))

    def _plan(
        self, student: Student, name: str, arrives: datetime, planned: list[tuple[datetime, Act]]
    ) -> None:
        """The student registers, declares and binds at `arrives`, and acts later."""
        self._at(arrives, partial(self._arrive, student, name))
        for moment, act in planned:
            self._at(moment, partial(self._act, student, act))

    def _arrive(self, student: Student, name: str, now: datetime) -> None:
        user = self._accounts.open_student(student, name, at=now)
        record = self._accounts.record_of(student)
        self._actors[student.serial] = Actor(user, record.pk, student.name)

    def _act(self, student: Student, act: Act, now: datetime) -> None:
        act(self._actors[student.serial], now)

    def _plan_cast(self, registrar: User) -> None:
        ago, on = self._calendar.ago, self._calendar.on
        monitor = partial(acts.become_monitor, registrar)
        planned: dict[Part, list[tuple[datetime, Act]]] = {
            Part.MONITOR: [(on(-5, 20, 12), acts.agree), (on(-4, 9, 40), monitor)],
            Part.PROVISIONAL: [(ago(5.3), acts.agree)],
            Part.LOCKED: [
                (on(-4, 19, 36), acts.agree),
                (on(-3, 9, 10), acts.attest_last_term),
                (on(-3, 9, 20), acts.attest_in_vain),
                (on(-3, 9, 40), acts.attest),
            ],
            Part.TAKEN_BACK: [(ago(9), acts.agree), (ago(8.5), acts.take_back)],
            Part.DISPUTED: [(ago(3.2), acts.dispute_major)],
            Part.CASE_OPEN: [(on(-3, 18, 20), acts.dispute_photo)],
            Part.CASE_APPLIED: [(on(-5, 12, 25), acts.dispute_ethnicity)],
            Part.CASE_RETURNED: [(on(-4, 17, 48), acts.dispute_name)],
            Part.DUPLICATE: [(on(-5, 12, 40), acts.dispute_last_character)],
            Part.NO_PHOTO: [(ago(20), acts.begin_case)],
            Part.LATE_PHOTO: [(ago(7.4), acts.agree)],
        }
        for part, name in ACCOUNT_NAMES.items():
            deeds = planned.get(part, [])
            first = deeds[0][0] if deeds else ago(24)
            self._plan(self._cast[part], name, first - _HALF_HOUR, deeds)

    def _plan_cases(self, staff: Staff) -> None:
        """College and office take up three of the disputes that have locked; the others still wait."""
        on = self._calendar.on
        applied, returned, packed = (
            self._accounts.record_of(self._cast[part]).pk
            for part in (Part.CASE_APPLIED, Part.CASE_RETURNED, Part.DUPLICATE)
        )
        for day, record_id in ((-3, applied), (-2, returned), (-3, packed)):
            self._at(on(day, 8), acts.sweep)
            self._at(on(day, 8, 40), partial(acts.look_for_college, record_id, staff.secretary))
        first, second = staff.registrar, staff.second_registrar
        self._at(on(-3, 9, 30), partial(acts.ask_province, applied, first))
        self._at(on(-2, 10, 5), partial(acts.answer_and_apply, applied, second))
        self._at(on(-2, 9, 30), partial(acts.pack_for_province, packed, first))
        self._at(on(-2, 10, 15), partial(acts.return_for_proof, returned, second))

    def _plan_extras(self, registrar: User) -> None:
        """Some classes are eager, others late; the first who comes is monitor of the class."""
        rng = random.Random(len(self._students))
        monitored = {self._cast[Part.MONITOR].group}
        for student in self._willing(rng):
            deeds = acts.fate(rng, self._calendar)
            if student.group not in monitored:
                monitored.add(student.group)
                first = acts.when_locked(rng, self._calendar)
                deeds = [
                    (first, acts.agree),
                    (first + _HALF_HOUR, partial(acts.become_monitor, registrar)),
                ]
            first = deeds[0][0] if deeds else acts.when_locked(rng, self._calendar)
            self._plan(student, f"s{student.serial:05d}", first - _HALF_HOUR, deeds)

    def _willing(self, rng: random.Random) -> Iterator[Student]:
        """Extras with an account, class by class, until there are enough."""
        eagerness: dict[str, float] = {}
        left = _MOST_EXTRAS
        for student in self._students:
            wants = eagerness.setdefault(student.group.name, 0.3 + 0.6 * rng.random())
            if student.part is Part.EXTRA and not student.is_gone and rng.random() < wants:
                yield student
                left -= 1
            if not left:
                return
