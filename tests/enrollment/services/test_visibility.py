"""A record that is looked into: not shown to its student, seen by staff, told without its reason."""

from datetime import datetime

import pytest

from accounts.models import User
from common.errors import InvalidInputError, StaleStateError
from common.models import AuditEvent, OutboxMessage
from enrollment.models import StudentRecord
from enrollment.selectors import (
    hidden_records_of,
    is_bound,
    is_bound_to,
    records_of,
    records_visible_to,
)
from enrollment.services.visibility import hide_record, show_record
from imaging.states import PhotoKind
from tests.factories import enrolment, imaging

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


def hide(record: StudentRecord, actor: User, now: datetime) -> None:
    hide_record(record=record, reason="疑似他人冒用", actor=actor, now=now)


def test_hidden_record_is_gone_for_its_student_alone(
    alice: User, chen: User, li: User, record: StudentRecord, now: datetime
) -> None:
    hide(record, li, now)

    assert not records_of(alice).exists()
    assert not records_visible_to(alice, now=now).exists()
    assert not is_bound_to(alice, record)
    assert is_bound(alice)  # still a student, and told so
    assert list(hidden_records_of(alice)) == [record]
    assert record in records_visible_to(chen, now=now)
    assert record in records_visible_to(li, now=now)


def test_student_is_told_without_the_reason(
    alice: User, li: User, record: StudentRecord, now: datetime
) -> None:
    hide(record, li, now)

    told = OutboxMessage.objects.get(user=alice)
    event = AuditEvent.objects.get(action="record.hidden")
    assert told.template == "record_hidden"
    assert "冒用" not in str(told.params)
    assert (event.subject_id, event.reason) == (str(record.pk), "疑似他人冒用")


def test_showing_brings_it_back(alice: User, li: User, record: StudentRecord, now) -> None:
    hide(record, li, now)
    show_record(record=record, reason="核实无误", actor=li, now=now)

    assert list(records_of(alice)) == [record]
    assert OutboxMessage.objects.filter(user=alice, template="record_shown").count() == 1


def test_second_click_and_missing_reason_are_refused(
    li: User, record: StudentRecord, now: datetime
) -> None:
    with pytest.raises(InvalidInputError):
        hide_record(record=record, reason=" ", actor=li, now=now)
    hide(record, li, now)
    with pytest.raises(StaleStateError):
        hide(record, li, now)
    show_record(record=record, reason="核实无误", actor=li, now=now)
    with pytest.raises(StaleStateError):
        show_record(record=record, reason="再来", actor=li, now=now)


@pytest.mark.page
def test_pages_say_who_looks_into_it(
    alice: User, li: User, record: StudentRecord, now: datetime, client_of
) -> None:
    photo = imaging.make_photo(record, PhotoKind.GRADUATION)
    imaging.make_member(record)
    hide(record, li, now)
    client = client_of(alice)

    home = client.get("/").content.decode()

    assert "核实你的学籍" in home.replace("</span>", "").replace('<span class="nb">', "")
    assert record.student_no not in home
    for path in (f"/record/{record.pk}/", f"/record/{record.pk}/history/", f"/photo/{photo.pk}/"):
        assert client.get(path).status_code == 404
    assert client.get(f"/verify/{record.pk}/").status_code == 404


@pytest.mark.page
def test_other_record_stays_and_the_hidden_one_is_mentioned(
    alice: User, li: User, record: StudentRecord, now: datetime, client_of
) -> None:
    other = enrolment.make_record(level="第二学士学位")
    enrolment.bind(other, alice.identity)
    hide(record, li, now)
    client = client_of(alice)

    assert "另有一条学籍，教务处正在核实" in client.get("/").content.decode()
    assert client.get("/record/").status_code == 200
    assert client.get(f"/record/{other.pk}/").status_code == 200
