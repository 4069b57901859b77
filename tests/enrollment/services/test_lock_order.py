"""What touches the same rows takes them in one order: one waits for the other, and none is stopped."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import IdentityNumber, User
from accounts.states import NumberSource, Role
from enrollment.models import Binding, NearMatch, StudentRecord
from enrollment.services.binding import bind_new_records
from enrollment.services.handover import hand_over_records
from enrollment.services.rescue import decision, propose_rescue
from enrollment.services.roster import apply, decide_near_match, start_roster
from enrollment.services.roster.near import leave_undecided
from enrollment.states import RescueOpinion, SamePerson
from tests.enrollment.services.test_roster_near import (
    LATER,
    REGISTRAR,
    applied,
    csv_of,
    new,
    person,
    staged,
)
from tests.factories import enrolment, people, rescue
from tests.factories.racing import Meeting

pytestmark = [pytest.mark.unit, pytest.mark.django_db(transaction=True)]


def test_number_is_handed_over_while_a_roster_brings_a_record_of_it(
    alice: User,
    record: StudentRecord,
    eve: User,
    li: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wang = people.make_staff(Role.REGISTRAR, "wang@example.test")
    rescue.make_claimant(eve, number=record.id_number)
    case = rescue.make_rescue(eve, at=now - timedelta(days=2), holder=alice)
    propose_rescue(
        case=case,
        opinion=RescueOpinion.APPROVE,
        answer="与证件一致。",
        name="李老师",
        actor=li,
        now=now,
    )
    further = enrolment.make_record(id_number=record.id_number, name=record.name)
    IdentityNumber.objects.filter(identity__user=alice).update(source=NumberSource.DECLARED)
    meeting = Meeting()

    def slow(*args: Any, **kwargs: Any) -> Any:
        meeting.stop()
        return hand_over_records(*args, **kwargs)

    monkeypatch.setattr(decision, "hand_over_records", slow)

    told = meeting.told(
        lambda: decision.approve_rescue(case=case, name="王老师", actor=wang, now=now),
        lambda: bind_new_records(now=now),
    )

    assert told == ["", ""]
    holders = Binding.objects.filter(record__in=[record, further])
    assert set(holders.values_list("identity__user", flat=True)) == {eve.pk}


def test_near_match_is_decided_while_the_roster_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    school = enrolment.make_school()
    applied(csv_of(person(1)), school=school)
    roster = staged(csv_of(new(7)), school=school, now=LATER)
    match = NearMatch.objects.get(roster=roster)
    meeting = Meeting()

    def slow(*args: Any) -> Any:
        meeting.stop()
        return leave_undecided(*args)

    monkeypatch.setattr(apply, "leave_undecided", slow)

    told = meeting.told(
        lambda: start_roster(
            roster=roster,
            actor=REGISTRAR,
            now=LATER,
            in_background=False,
            leaves_undecided=True,
        ),
        lambda: decide_near_match(
            match=match, decision=SamePerson.SAME, reason="同一人", actor=REGISTRAR, now=LATER
        ),
    )

    assert told[0] == ""
    assert "刚刚" in told[1]
