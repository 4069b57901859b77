"""A draft is handed in whole: nobody empties it or adds to it at the same moment or after it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from common.errors import StaleStateError
from common.models import StoredFile
from corrections.models import CorrectionRequest, Evidence
from corrections.services.drafting import add_proof, begin_draft, hand_in, save_draft
from corrections.states import RequestState
from enrollment.models import StudentRecord
from tests.factories.corrections import make_proof
from tests.factories.racing import together

pytestmark = [pytest.mark.unit, pytest.mark.django_db(transaction=True)]

VALUES = {"political_status": "共青团员"}
A_WHILE = 0.7


def save(draft: CorrectionRequest, actor: User, now: datetime, **values: str) -> None:
    save_draft(
        draft=draft,
        values=values,
        reasons=[],
        note="今年入团",
        private_note="",
        actor=actor,
        now=now,
    )


@pytest.fixture
def draft(record: StudentRecord, alice: User, now: datetime) -> CorrectionRequest:
    """Complete, ready to be handed in."""
    found = begin_draft(record=record, kind="DATA", actor=alice, now=now)
    save(found, alice, now, **VALUES)
    return found


def copy_of(draft: CorrectionRequest) -> CorrectionRequest:
    """What another window of the student holds."""
    return CorrectionRequest.objects.select_related("record__school", "rules").get(pk=draft.pk)


def after_the_check(meanwhile: Callable[[], None], act: Callable[[], object]) -> None:
    """Run the act; before its first write on the case, give the other one a while to come between."""
    is_first = True

    def wrapper(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        nonlocal is_first
        if is_first and sql.startswith('UPDATE "corrections_correctionrequest"'):
            is_first = False
            meanwhile()
        return execute(sql, *args)

    with connection.execute_wrapper(wrapper):
        act()


def test_draft_that_is_emptied_while_it_is_handed_in_goes_whole_or_not_at_all(
    draft: CorrectionRequest, alice: User, now: datetime
) -> None:
    is_checked, is_emptied = Event(), Event()
    mine, other = copy_of(draft), copy_of(draft)

    def wait() -> None:
        is_checked.set()
        is_emptied.wait(A_WHILE)

    def empty() -> None:
        is_checked.wait(10 * A_WHILE)
        save(other, alice, now)
        is_emptied.set()

    told = together(
        [
            partial(after_the_check, wait, partial(hand_in, draft=mine, actor=alice, now=now)),
            empty,
        ]
    )

    draft.refresh_from_db()
    assert (draft.state, told[0]) == (RequestState.SUBMITTED, "")
    assert [row.field for row in draft.fields.all()] == list(VALUES)
    assert "已经提交" in told[1]


def test_draft_is_handed_in_once(draft: CorrectionRequest, alice: User, now: datetime) -> None:
    copies = [copy_of(draft) for _ in range(2)]

    told = together([partial(hand_in, draft=each, actor=alice, now=now) for each in copies])

    assert sorted(map(bool, told)) == [False, True]
    assert draft.steps.count() == 1


def test_proof_is_not_added_after_it_was_handed_in(
    draft: CorrectionRequest, alice: User, now: datetime
) -> None:
    """The other window still shows the draft."""
    other = copy_of(draft)
    hand_in(draft=draft, actor=alice, now=now)

    with pytest.raises(StaleStateError, match="已经提交"):
        add_proof(draft=other, proof=make_proof(), title="", actor=alice, now=now)

    assert (Evidence.objects.count(), StoredFile.objects.count()) == (0, 0)
