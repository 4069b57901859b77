"""A class without a college: the office takes the college's steps, in its own name, and two of it."""

from datetime import timedelta
from itertools import product

import pytest

from accounts.models import User
from accounts.states import Role
from common.errors import DomainError, NotAllowedError
from common.models import Channel, OutboxMessage
from corrections.models import ClassSheet
from corrections.policies import available_sheet_actions
from corrections.services.sheet_steps import (
    accept_sheet,
    return_sheet,
    seal_sheet,
    sign_sheet,
    submit_sheet,
)
from corrections.states import CURRENT_SHEETS, SHEET, SIGNED_STEPS, SheetAction, SheetState
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import Campaign
from imaging.states import ConclusionKind
from tests.corrections.services.test_sheet_steps import ACTS, PEOPLE
from tests.factories import people
from tests.factories.imaging import FREEZE, make_campaign, make_conclusion, make_member, make_photo
from tests.factories.sheets import make_sheet

pytestmark = pytest.mark.django_db

AFTER = FREEZE + timedelta(hours=1)
MAY: dict[SheetAction, set[str]] = {
    SheetAction.FREEZE: {"monitor"},
    SheetAction.TAKE_BACK: {"monitor"},
    SheetAction.SIGN: {"chen"},
    SheetAction.SEAL: {"li"},
    SheetAction.SUBMIT: {"li"},
    SheetAction.ACCEPT: {"li"},
    SheetAction.RENEW: set(),  # nothing has changed
}


@pytest.fixture
def actors(request: pytest.FixtureRequest) -> dict[str, User]:
    """Everybody there is."""
    return {name: request.getfixturevalue(name) for name in PEOPLE}


@pytest.fixture
def campaign(record: StudentRecord) -> Campaign:
    """The campaign with Alice in it, who has said that all is right."""
    campaign = make_campaign(hand_in_at=FREEZE + timedelta(days=2))
    make_photo(record)
    member = make_member(record, campaign)
    make_conclusion(member, ConclusionKind.PHOTO)
    make_conclusion(member, ConclusionKind.DATA)
    return campaign


@pytest.fixture
def orphan(class_group: ClassGroup, actors: dict[str, User]) -> ClassGroup:
    """Alice's class, which belongs to no college; secretary and leader still have theirs."""
    class_group.college = None
    class_group.save()
    return class_group


def expected(state: SheetState, action: SheetAction) -> set[str]:
    """Who may, written out once more beside the policy."""
    if not SHEET.allows(action, source=state):
        return set()
    if action == SheetAction.RETURN:
        return {"chen"} if state == SheetState.FROZEN else {"li"}
    return MAY[action]


@pytest.mark.parametrize(("state", "action"), list(product(SheetState, SheetAction)))
def test_every_state_action_and_role(
    state: SheetState,
    action: SheetAction,
    campaign: Campaign,
    orphan: ClassGroup,
    actors: dict[str, User],
) -> None:
    made = make_sheet(campaign, orphan, state, at=AFTER)
    may = expected(state, action)

    def succeeds(name: str) -> bool:
        fresh = ClassSheet.objects.get(pk=made.pk)
        offered = action in available_sheet_actions(actors[name], fresh, now=AFTER)
        try:
            ACTS[action](fresh, actors[name], AFTER)
        except DomainError:
            assert not offered
            return False
        assert offered
        return True

    done = {name for name in sorted(PEOPLE, key=lambda name: name in may) if succeeds(name)}

    made.refresh_from_db()
    assert done == may
    assert made.state == (SHEET.target(action, source=state) if done else state)
    assert made.signatures.count() == len(done) * (action in SIGNED_STEPS)
    assert ClassSheet.objects.count() == 1 + (bool(done) and made.state not in CURRENT_SHEETS)


def test_whole_way_takes_two_of_the_office(
    campaign: Campaign, orphan: ClassGroup, li: User
) -> None:
    wu = people.make_staff(Role.REGISTRAR, "wu@example.test")
    sheet = make_sheet(campaign, orphan, SheetState.COUNSELLOR_SIGNED, at=AFTER)

    seal_sheet(sheet=sheet, note="已代学院核对。", actor=li, now=AFTER)
    submit_sheet(sheet=sheet, actor=li, now=AFTER)
    with pytest.raises(NotAllowedError, match="要由另一个人办理"):
        accept_sheet(sheet=sheet, actor=li, now=AFTER)
    assert SheetAction.ACCEPT not in available_sheet_actions(li, sheet, now=AFTER)
    accept_sheet(sheet=sheet, actor=wu, now=AFTER)

    signed = sheet.signatures.order_by("pk").values_list("step", "role", "signer")
    assert list(signed) == [
        ("SEAL", "REGISTRAR", li.pk),
        ("SUBMIT", "REGISTRAR", li.pk),
        ("ACCEPT", "REGISTRAR", wu.pk),
    ]


def test_who_sealed_may_still_send_it_back(
    campaign: Campaign, orphan: ClassGroup, li: User
) -> None:
    sheet = make_sheet(campaign, orphan, SheetState.COUNSELLOR_SIGNED, at=AFTER)
    seal_sheet(sheet=sheet, actor=li, now=AFTER)

    return_sheet(sheet=sheet, reason="第二页没有签名", actor=li, now=AFTER)

    assert sheet.state == SheetState.RETURNED


def test_office_is_told_on_the_site_when_it_is_signed(
    campaign: Campaign, orphan: ClassGroup, chen: User, li: User
) -> None:
    sheet = make_sheet(campaign, orphan, SheetState.FROZEN, at=AFTER)

    sign_sheet(sheet=sheet, actor=chen, now=AFTER)

    told = OutboxMessage.objects.all()
    assert [(row.template, row.user, row.channel) for row in told] == [
        ("sheet_without_college", li, Channel.NOTICE)
    ]


def test_office_does_not_stand_in_for_a_college(
    campaign: Campaign, class_group: ClassGroup, li: User
) -> None:
    sheet = make_sheet(campaign, class_group, SheetState.COUNSELLOR_SIGNED, at=AFTER)

    with pytest.raises(NotAllowedError, match="本学院的教学秘书或学院领导"):
        seal_sheet(sheet=sheet, actor=li, now=AFTER)


def test_registrar_does_not_stand_in_for_the_own_class(
    campaign: Campaign, orphan: ClassGroup, alice: User
) -> None:
    alice.office_roles.create(role=Role.REGISTRAR, granted_at=AFTER, granted_by="测试")
    sheet = make_sheet(campaign, orphan, SheetState.COUNSELLOR_SIGNED, at=AFTER)

    with pytest.raises(NotAllowedError, match="你自己在这张表上"):
        seal_sheet(sheet=sheet, actor=User.objects.get(pk=alice.pk), now=AFTER)
