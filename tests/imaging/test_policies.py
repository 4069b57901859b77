"""Who may give, change and take back conclusions, and who manages campaigns."""

from datetime import timedelta

import pytest

from accounts.models import User
from common.actors import SYSTEM, Actor
from common.policy import allowed
from enrollment.models import StudentRecord
from imaging.models import CampaignMember
from imaging.policies import (
    check_can_change,
    check_can_conclude,
    check_can_manage_campaigns,
    check_can_withdraw,
    is_own,
)
from imaging.states import Conclusion, ConclusionKind
from tests.factories import imaging

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

PEOPLE = ["alice", "monitor", "chen", "secretary", "leader", "li", "auditor", "eve"]
SECOND = timedelta(seconds=1)


@pytest.fixture
def member(record: StudentRecord) -> CampaignMember:
    return imaging.make_member(record)


@pytest.mark.parametrize("who", PEOPLE)
def test_only_the_bound_student_owns(
    who: str, request: pytest.FixtureRequest, alice: User, member: CampaignMember
) -> None:
    assert is_own(request.getfixturevalue(who), member) is (who == "alice")


def test_switched_off_account_owns_nothing(alice: User, member: CampaignMember) -> None:
    alice.is_active = False

    assert is_own(alice, member) is False


def test_unbound_record_has_no_owner(eve: User, member: CampaignMember) -> None:
    assert is_own(eve, member) is False


@pytest.mark.parametrize("who", PEOPLE)
def test_campaigns_are_the_registrars(who: str, request: pytest.FixtureRequest) -> None:
    actor: Actor = request.getfixturevalue(who)

    assert allowed(check_can_manage_campaigns, actor) is (who == "li")
    assert allowed(check_can_manage_campaigns, SYSTEM) is True


@pytest.mark.parametrize("state", list(Conclusion))
@pytest.mark.parametrize(
    ("at", "conclude", "withdraw", "change"),
    [
        (imaging.OPENS - SECOND, False, True, True),
        (imaging.OPENS, True, True, True),
        (imaging.CLOSES - SECOND, True, True, True),
        (imaging.CLOSES, False, False, True),
        (imaging.FREEZE - SECOND, False, False, True),
        (imaging.FREEZE, False, False, False),
    ],
)
def test_state_moment_and_role_decide(
    at, conclude, withdraw, change, state, request, alice: User, member: CampaignMember
) -> None:
    row = imaging.make_conclusion(
        member, ConclusionKind.DATA, state, at=imaging.CLOSES - timedelta(hours=1)
    )
    given = state != Conclusion.PENDING
    checks = (check_can_conclude, check_can_withdraw, check_can_change)

    may = {
        who: [
            allowed(check, request.getfixturevalue(who), row, member=member, now=at)
            for check in checks
        ]
        for who in PEOPLE
    }

    nobody_else = {who: [False, False, False] for who in PEOPLE if who != "alice"}
    assert may == {
        **nobody_else,
        "alice": [not given and conclude, given and withdraw, given and change],
    }
