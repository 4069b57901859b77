"""Every state × action × role × matter: what is offered can be done, and nothing else."""

from datetime import datetime

import pytest
from django.db import transaction

from accounts.models import User
from common.errors import DomainError
from common.models import AuditEvent
from corrections.models import CorrectionRequest, RequestStep
from corrections.policies import available_actions
from corrections.states import REQUEST, RequestAction, RequestState
from enrollment.models import StudentRecord
from imaging.states import ConclusionKind
from tests.corrections.chain import ACTS
from tests.factories.corrections import make_dispute, make_request
from tests.factories.imaging import make_member, make_photo

pytestmark = pytest.mark.django_db

_A, _S = RequestAction, RequestState
PEOPLE = ("alice", "monitor", "chen", "secretary", "leader", "li", "auditor", "eve")
STUDENT = {_A.SUBMIT, _A.REDRAFT, _A.RESUBMIT, _A.WITHDRAW, _A.DISAGREE}
COLLEGE = {"secretary", "leader"}
KEY, ORDINARY, PHOTO = "key", "ordinary", "photo"


@pytest.fixture
def actors(request: pytest.FixtureRequest) -> dict[str, User]:
    """Everybody there is."""
    return {name: request.getfixturevalue(name) for name in PEOPLE}


def case_of(record: StudentRecord, state: RequestState, matter: str) -> CorrectionRequest:
    """A case of the matter; of a photo, another one has come meanwhile."""
    if matter == PHOTO:
        request = make_request(record, state, ConclusionKind.PHOTO)
        make_photo(record)
        return request
    if matter == KEY:
        return make_request(record, state)
    dispute = make_dispute(
        make_member(record),
        wrong_fields=["political_status"],
        proposed={"political_status": "共青团员"},
    )
    return make_request(record, state, conclusion=dispute)


def who_may(state: RequestState, action: RequestAction, matter: str) -> set[str]:
    """The table of the roles, written once more in another way."""
    if not REQUEST.allows(action, source=state):
        return set()
    if action in STUDENT:
        return {"alice"}
    if action == _A.COLLEGE_TAKE:
        return set() if matter == PHOTO else COLLEGE
    if action == _A.FORWARD or (action == _A.RETURN and state == _S.COLLEGE_REVIEW):
        return COLLEGE
    closed_to_office = (
        action in {_A.RECHECK, _A.UNTAKE, _A.UNDECIDE, _A.UNANSWER}
        or (action == _A.TAKE and matter != PHOTO)
        or (action == _A.PULL and matter == PHOTO and state == _S.SUBMITTED)
        or (action == _A.TO_PROVINCE and matter != KEY)
        or (action == _A.TO_ORIGIN and matter == PHOTO)
        or (action in {_A.TO_VENDOR, _A.TO_RECAPTURE} and matter != PHOTO)
        or (action == _A.APPLY and matter == KEY and state != _S.APPROVED)
        or (action == _A.CLOSE and state == _S.APPLIED)
    )
    return set() if closed_to_office else {"li"}


@pytest.mark.parametrize("matter", [KEY, ORDINARY, PHOTO])
@pytest.mark.parametrize("state", list(RequestState))
def test_every_state_action_and_role(
    state: RequestState,
    matter: str,
    record: StudentRecord,
    actors: dict[str, User],
    now: datetime,
) -> None:
    request = case_of(record, state, matter)
    offered = {
        name: set(available_actions(actor, request, now=now)) for name, actor in actors.items()
    }

    def done(action: RequestAction, name: str) -> bool:
        fresh = CorrectionRequest.objects.get(pk=request.pk)
        with transaction.atomic():
            try:
                ACTS[action](fresh, actors[name], now)
            except DomainError:
                assert fresh.state == state
                assert not RequestStep.objects.exists()
                return False
            fresh.refresh_from_db()
            target = REQUEST.target(action, source=state)
            ends = {_S.RECHECK, _S.CLOSED} if target == _S.APPLIED else {target}
            assert fresh.state in ends
            assert AuditEvent.objects.filter(action__startswith="correction.").exists()
            transaction.set_rollback(True)
        return True

    for action in RequestAction:
        expected = who_may(state, action, matter)
        assert {name for name in PEOPLE if action in offered[name]} == expected, action
        if action in ACTS:
            assert {name for name in PEOPLE if done(action, name)} == expected, action
