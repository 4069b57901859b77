"""A record changes hands: what its former holder wrote stays with the former holder."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.errors import NotAllowedError
from corrections.models import CorrectionRequest
from corrections.policies import may_read_private
from corrections.selectors import requests_of
from corrections.selectors.counter import visits_visible_to
from corrections.services.drafting import begin_draft, save_draft
from corrections.states import RequestState
from enrollment.models import Binding, StudentRecord
from tests.factories.corrections import make_counter_visit, make_request
from tests.factories.enrolment import bind
from tests.factories.people import make_identity, make_number

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def draft(alice: User, record: StudentRecord, now: datetime) -> CorrectionRequest:
    """What Alice began, with a reason that is not public."""
    found = begin_draft(record=record, kind="DATA", actor=alice, now=now)
    save_draft(
        draft=found,
        values={},
        reasons=[],
        note="",
        private_note="三年前做过手术",
        actor=alice,
        now=now,
    )
    return found


@pytest.fixture
def eve_holds_it(record: StudentRecord, eve: User) -> Callable[[], None]:
    """Called, the record is Eve's: it was Alice's by mistake."""

    def change_hands() -> None:
        Binding.objects.filter(record=record).delete()
        bind(record, make_identity(eve, number=make_number(778)))

    return change_hands


def test_next_holder_neither_sees_nor_takes_over_the_draft(
    draft: CorrectionRequest, record: StudentRecord, eve: User, now: datetime, eve_holds_it
) -> None:
    eve_holds_it()
    assert list(requests_of(eve)) == []
    with pytest.raises(NotAllowedError):
        save_draft(
            draft=draft,
            values={},
            reasons=[],
            note="我的",
            private_note="",
            actor=eve,
            now=now,
        )

    own = begin_draft(record=record, kind="DATA", actor=eve, now=now)

    draft.refresh_from_db()
    assert (own.pk == draft.pk, own.private_note) == (False, None)
    assert draft.state == RequestState.WITHDRAWN


def test_next_holder_does_not_read_a_private_reason(
    alice: User, eve: User, li: User, record: StudentRecord, eve_holds_it
) -> None:
    case = make_request(record, private_note="三年前做过手术")
    assert may_read_private(alice, case)

    eve_holds_it()
    case = CorrectionRequest.objects.get(pk=case.pk)

    assert not may_read_private(eve, case)
    assert may_read_private(li, case)


def test_next_holder_gets_no_receipt_of_before(
    alice: User, record: StudentRecord, eve: User, li: User, eve_holds_it
) -> None:
    assert record.binding.identity.user == alice
    now = Binding.objects.get(record=record).bound_at
    visit = make_counter_visit(record, li, at=now + timedelta(days=1))
    eve_holds_it()
    Binding.objects.filter(record=record).update(bound_at=now + timedelta(days=2))
    later = make_counter_visit(record, li, at=now + timedelta(days=3))

    assert list(visits_visible_to(eve)) == [later]
    assert set(visits_visible_to(li)) == {visit, later}
