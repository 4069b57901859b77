"""Who wanted no reminders gets none after two accounts became one; taken apart, each has its own choice."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from accounts.states import Role
from common.models import AuditEvent
from enrollment.models import PersonMerge
from enrollment.services.merge import ask_undo_merge, undo_merge
from imaging.models import ReminderOptOut
from imaging.services.reminder_plan import choose_reminders
from tests.factories import enrolment, people
from tests.factories.merging import make_plan, merged

pytestmark = [pytest.mark.unit, pytest.mark.django_db]
HOUR = timedelta(hours=1)


@pytest.fixture
def other(alice: User) -> User:
    """Her second account, with a record of its own."""
    user = people.make_user("other@example.test")
    number = people.make_number(961, birth="18860313")
    second = enrolment.make_record(id_number=number, student_no="2022049998")
    enrolment.bind(second, people.make_identity(user, name=second.name, number=number))
    return user


@pytest.fixture
def wang(db: None) -> User:
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


def join(stays: User, goes: User, li: User, wang: User, now: datetime) -> PersonMerge:
    return merged(stays, goes, li, wang, at=now, plan=make_plan(stays))


def part(case: PersonMerge, li: User, wang: User, now: datetime) -> None:
    ask_undo_merge(case=case, reason="是两个人", actor=li, now=now)
    undo_merge(case=case, reason="核实过", actor=wang, now=now)


def opted_out() -> dict[int, datetime]:
    return dict(ReminderOptOut.objects.values_list("user", "chosen_at"))


def test_choice_goes_along_and_comes_back(
    alice: User, other: User, li: User, wang: User, now: datetime
) -> None:
    choose_reminders(user=other, wants=False, now=now - HOUR)

    case = join(alice, other, li, wang, now)
    assert opted_out() == {other.pk: now - HOUR, alice.pk: now - HOUR}
    part(case, li, wang, now + HOUR)

    assert opted_out() == {other.pk: now - HOUR}
    events = AuditEvent.objects.filter(
        action__startswith="reminder.opted", object_id=str(alice.pk)
    ).order_by("pk")
    assert [event.action for event in events] == ["reminder.opted_out", "reminder.opted_in"]


def test_own_choice_stays_whatever_the_other_account_chose(
    alice: User, other: User, li: User, wang: User, now: datetime
) -> None:
    choose_reminders(user=other, wants=False, now=now - HOUR)
    choose_reminders(user=alice, wants=False, now=now - 2 * HOUR)

    case = join(alice, other, li, wang, now)
    assert opted_out()[alice.pk] == now - 2 * HOUR
    part(case, li, wang, now + HOUR)

    assert opted_out() == {other.pk: now - HOUR, alice.pk: now - 2 * HOUR}


def test_what_was_chosen_after_the_merge_stays(
    alice: User, other: User, li: User, wang: User, now: datetime
) -> None:
    choose_reminders(user=other, wants=False, now=now - HOUR)
    case = join(alice, other, li, wang, now)
    choose_reminders(user=alice, wants=True, now=now + HOUR)
    choose_reminders(user=alice, wants=False, now=now + 2 * HOUR)

    part(case, li, wang, now + 3 * HOUR)

    assert opted_out()[alice.pk] == now + 2 * HOUR


def test_nothing_is_made_where_nobody_chose(
    alice: User, other: User, li: User, wang: User, now: datetime
) -> None:
    part(join(alice, other, li, wang, now), li, wang, now + HOUR)

    assert opted_out() == {}
