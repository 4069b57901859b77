"""The steps of a class sheet: every state × action × role, whether fresh or stale, and what each leaves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import product

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import IntegrityError

from accounts.models import User
from accounts.states import Role
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, Channel, OutboxMessage
from corrections.models import ClassSheet, HandInReopening, SheetSignature
from corrections.policies import available_sheet_actions
from corrections.selectors.versions import frozen_document, is_stale
from corrections.services.sheet_steps import (
    accept_sheet,
    draft_sheet,
    freeze_sheet,
    renew_sheet,
    reopen_hand_in,
    return_sheet,
    seal_sheet,
    sign_sheet,
    submit_sheet,
    take_back_sheet,
)
from corrections.states import (
    CURRENT_SHEETS,
    FROZEN_SHEETS,
    SHEET,
    SIGNED_STEPS,
    SheetAction,
    SheetState,
)
from enrollment.models import Assignment, ClassGroup, StudentRecord
from enrollment.states import AssignmentRole
from imaging.models import Campaign
from imaging.states import ConclusionKind
from tests.factories import enrolment, people
from tests.factories.imaging import FREEZE, make_campaign, make_conclusion, make_member, make_photo
from tests.factories.racing import together
from tests.factories.sheets import make_sheet

pytestmark = pytest.mark.django_db

HAND_IN = FREEZE + timedelta(days=2)
AFTER = FREEZE + timedelta(hours=1)
SECOND = timedelta(seconds=1)

Act = Callable[[ClassSheet, User, datetime], ClassSheet]
ACTS: dict[SheetAction, Act] = {
    SheetAction.FREEZE: lambda sheet, actor, now: freeze_sheet(sheet=sheet, actor=actor, now=now),
    SheetAction.SIGN: lambda sheet, actor, now: sign_sheet(sheet=sheet, actor=actor, now=now),
    SheetAction.SEAL: lambda sheet, actor, now: seal_sheet(sheet=sheet, actor=actor, now=now),
    SheetAction.SUBMIT: lambda sheet, actor, now: submit_sheet(sheet=sheet, actor=actor, now=now),
    SheetAction.ACCEPT: lambda sheet, actor, now: accept_sheet(sheet=sheet, actor=actor, now=now),
    SheetAction.RETURN: lambda sheet, actor, now: return_sheet(
        sheet=sheet, reason="缺签名", actor=actor, now=now
    ),
    SheetAction.TAKE_BACK: lambda sheet, actor, now: take_back_sheet(
        sheet=sheet, actor=actor, now=now
    ),
    SheetAction.RENEW: lambda sheet, actor, now: renew_sheet(sheet=sheet, actor=actor, now=now),
}
COLLEGE = {"secretary", "leader"}
MAY: dict[SheetAction, set[str]] = {
    SheetAction.FREEZE: {"monitor"},
    SheetAction.TAKE_BACK: {"monitor"},
    SheetAction.SIGN: {"chen"},
    SheetAction.SEAL: COLLEGE,
    SheetAction.SUBMIT: COLLEGE,
    SheetAction.ACCEPT: {"li"},
}
RETURNED_BY = {
    SheetState.FROZEN: {"chen"},
    SheetState.COUNSELLOR_SIGNED: COLLEGE,
    SheetState.COLLEGE_SEALED: COLLEGE,
    SheetState.SUBMITTED: {"li"},
    SheetState.ACCEPTED: {"li"},
}
PEOPLE = ("alice", "monitor", "chen", "secretary", "leader", "li", "auditor", "eve")


@pytest.fixture
def campaign(record: StudentRecord) -> Campaign:
    """The campaign with Alice in it, who has said that all is right."""
    campaign = make_campaign(hand_in_at=HAND_IN)
    make_photo(record)
    member = make_member(record, campaign)
    make_conclusion(member, ConclusionKind.PHOTO)
    make_conclusion(member, ConclusionKind.DATA)
    return campaign


@pytest.fixture
def actors(request: pytest.FixtureRequest) -> dict[str, User]:
    """Everybody there is."""
    return {name: request.getfixturevalue(name) for name in PEOPLE}


def rename(record: StudentRecord) -> None:
    """Something printed changes."""
    StudentRecord.objects.filter(pk=record.pk).update(name="沈若谿")


def expected(state: SheetState, action: SheetAction, *, stale: bool) -> set[str]:
    """Who may, written out once more beside the policy."""
    if not SHEET.allows(action, source=state):
        return set()
    if action == SheetAction.RETURN:
        return RETURNED_BY[state]
    if action == SheetAction.RENEW:
        whoever = {"li"} if state == SheetState.ACCEPTED else {"monitor", "chen", *COLLEGE, "li"}
        return whoever if stale else set()
    needs_fresh = action in {
        SheetAction.SIGN,
        SheetAction.SEAL,
        SheetAction.SUBMIT,
        SheetAction.ACCEPT,
    }
    return set() if stale and needs_fresh else MAY[action]


@pytest.mark.parametrize("stale", [False, True], ids=["fresh", "stale"])
@pytest.mark.parametrize(("state", "action"), list(product(SheetState, SheetAction)))
def test_every_state_action_and_role(
    state: SheetState,
    action: SheetAction,
    stale: bool,
    campaign: Campaign,
    class_group: ClassGroup,
    record: StudentRecord,
    actors: dict[str, User],
) -> None:
    made = make_sheet(campaign, class_group, state, at=AFTER)
    if stale:
        rename(record)
    may = expected(state, action, stale=stale)

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

    # Those who may not come first: their attempts leave everything as it was.
    done = {name for name in sorted(PEOPLE, key=lambda name: name in may) if succeeds(name)}

    # Of two who may, the first one has done it.
    assert len(done) == min(len(may), 1)
    assert done <= may
    made.refresh_from_db()
    assert made.state == (SHEET.target(action, source=state) if done else state)
    assert made.signatures.count() == len(done) * (action in SIGNED_STEPS)
    follows = bool(done) and made.state not in CURRENT_SHEETS
    assert ClassSheet.objects.count() == 1 + follows
    assert AuditEvent.objects.filter(action__startswith="sheet.").count() == len(done) + follows


@pytest.mark.parametrize("name", ["secretary", "leader"])
def test_both_of_the_college_may_seal(
    name: str, campaign: Campaign, class_group: ClassGroup, request: pytest.FixtureRequest
) -> None:
    sheet = make_sheet(campaign, class_group, SheetState.COUNSELLOR_SIGNED, at=AFTER)

    seal_sheet(sheet=sheet, actor=request.getfixturevalue(name), now=AFTER)

    assert sheet.state == SheetState.COLLEGE_SEALED


def test_whole_way(campaign: Campaign, class_group: ClassGroup, actors: dict[str, User]) -> None:
    sheet = draft_sheet(
        campaign=campaign, class_group=class_group, actor=actors["monitor"], now=AFTER
    )
    freeze_sheet(sheet=sheet, actor=actors["monitor"], now=AFTER)
    sign_sheet(sheet=sheet, actor=actors["chen"], now=AFTER)
    seal_sheet(sheet=sheet, note="同意。", actor=actors["leader"], now=AFTER)
    submit_sheet(sheet=sheet, actor=actors["secretary"], now=AFTER)
    accept_sheet(sheet=sheet, actor=actors["li"], now=AFTER)

    sheet.refresh_from_db()
    document = frozen_document(sheet)
    assert (sheet.state, sheet.row_count, sheet.hand_in_at) == (SheetState.ACCEPTED, 1, HAND_IN)
    assert document.version_hash == sheet.content_hash
    assert [(row.student_no, row.printed_result) for row in document.rows] == [
        ("2022040127", "无误")
    ]
    signed = SheetSignature.objects.order_by("pk")
    assert [(row.step, row.signer, row.role, row.signer_name) for row in signed] == [
        ("FREEZE", actors["monitor"], "MONITOR", "秦川"),
        ("SIGN", actors["chen"], "COUNSELLOR", "陈老师"),
        ("SEAL", actors["leader"], "COLLEGE_LEADER", ""),
        ("SUBMIT", actors["secretary"], "COLLEGE_SECRETARY", ""),
        ("ACCEPT", actors["li"], "REGISTRAR", ""),
    ]
    assert {row.content_hash for row in signed} == {sheet.content_hash}
    assert signed[2].note == "同意。"


def test_next_person_is_told(
    campaign: Campaign, class_group: ClassGroup, actors: dict[str, User]
) -> None:
    sheet = make_sheet(campaign, class_group)

    freeze_sheet(sheet=sheet, actor=actors["monitor"], now=AFTER)
    sign_sheet(sheet=sheet, actor=actors["chen"], now=AFTER)
    return_sheet(sheet=sheet, reason="页数不齐", actor=actors["secretary"], now=AFTER)

    told = OutboxMessage.objects.filter(channel=Channel.NOTICE).order_by("pk")
    assert [(row.template, row.user) for row in told] == [
        ("sheet_to_sign", actors["chen"]),
        ("sheet_to_seal", actors["secretary"]),
        ("sheet_to_seal", actors["leader"]),
        ("sheet_returned", actors["monitor"]),
        ("sheet_returned", actors["chen"]),
    ]
    assert not any("页数不齐" in str(row.params) for row in told)


def test_return_starts_the_next_version(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, li: User
) -> None:
    sheet = make_sheet(campaign, class_group, SheetState.SUBMITTED, at=AFTER)
    member = record.memberships.get()
    sheet.remarks.create(member=member, text="在外实习", written_at=AFTER, written_by="测试")
    until = HAND_IN + timedelta(days=1)

    draft = return_sheet(sheet=sheet, reason=" 缺签名 ", open_until=until, actor=li, now=AFTER)

    assert (sheet.state, sheet.end_reason, sheet.ended_by) == (
        SheetState.RETURNED,
        "缺签名",
        li.actor_label,
    )
    assert (draft.version_no, draft.state) == (2, SheetState.DRAFT)
    assert draft.check_code != sheet.check_code
    assert [row.text for row in draft.remarks.all()] == ["在外实习"]
    assert HandInReopening.objects.get().open_until == until


def test_return_needs_a_reason(campaign: Campaign, class_group: ClassGroup, li: User) -> None:
    sheet = make_sheet(campaign, class_group, SheetState.SUBMITTED, at=AFTER)

    with pytest.raises(InvalidInputError, match="为什么退回"):
        return_sheet(sheet=sheet, reason="  ", actor=li, now=AFTER)


def test_college_cannot_return_what_the_office_has_accepted(
    campaign: Campaign, class_group: ClassGroup, secretary: User
) -> None:
    sheet = make_sheet(campaign, class_group, SheetState.ACCEPTED, at=AFTER)

    with pytest.raises(NotAllowedError, match="教务处"):
        return_sheet(sheet=sheet, reason="想改", actor=secretary, now=AFTER)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_freezing_waits_for_the_freeze(
    offset: int, class_group: ClassGroup, record: StudentRecord, monitor: User
) -> None:
    campaign = make_campaign()
    make_member(record, campaign)
    sheet = make_sheet(campaign, class_group)
    now = FREEZE + offset * SECOND

    if offset < 0:
        with pytest.raises(NotAllowedError, match="定稿"):
            freeze_sheet(sheet=sheet, actor=monitor, now=now)
    else:
        freeze_sheet(sheet=sheet, actor=monitor, now=now)
        assert sheet.state == SheetState.FROZEN


def test_freezing_is_early_where_nothing_changes_any_more(
    campaign: Campaign, class_group: ClassGroup, monitor: User, now: datetime
) -> None:
    sheet = make_sheet(campaign, class_group)

    freeze_sheet(sheet=sheet, actor=monitor, now=now)

    assert sheet.state == SheetState.FROZEN


@pytest.mark.parametrize(("offset", "is_taken"), [(-1, True), (0, False), (1, False)])
def test_hand_in_is_over_at_its_minute(
    offset: int, is_taken: bool, campaign: Campaign, class_group: ClassGroup, secretary: User
) -> None:
    sheet = make_sheet(campaign, class_group, SheetState.COLLEGE_SEALED, at=AFTER)
    now = HAND_IN + offset * SECOND

    if is_taken:
        submit_sheet(sheet=sheet, actor=secretary, now=now)
        assert sheet.submitted_at == now
    else:
        with pytest.raises(NotAllowedError, match="不再接收"):
            submit_sheet(sheet=sheet, actor=secretary, now=now)


@pytest.mark.parametrize(("offset", "is_taken"), [(-1, True), (0, False), (1, False)])
def test_reopened_class_hands_in_until_its_own_moment(
    offset: int,
    is_taken: bool,
    campaign: Campaign,
    class_group: ClassGroup,
    secretary: User,
    li: User,
) -> None:
    sheet = make_sheet(campaign, class_group, SheetState.COLLEGE_SEALED, at=AFTER)
    until = HAND_IN + timedelta(days=3)
    made = reopen_hand_in(
        campaign=campaign,
        class_group=class_group,
        open_until=until,
        reason="辅导员出差",
        actor=li,
        now=HAND_IN,
    )
    now = until + offset * SECOND

    assert made.is_in_force_at(now) is is_taken
    assert HandInReopening.objects.in_force_at(now).exists() is is_taken
    assert made.is_in_force_at(HAND_IN - SECOND) is False
    assert HandInReopening.objects.in_force_at(HAND_IN - SECOND).exists() is False
    if is_taken:
        submit_sheet(sheet=sheet, actor=secretary, now=now)
        assert sheet.hand_in_at == until
    else:
        with pytest.raises(NotAllowedError):
            submit_sheet(sheet=sheet, actor=secretary, now=now)


def test_another_class_stays_late(
    campaign: Campaign, class_group: ClassGroup, secretary: User, li: User
) -> None:
    sheet = make_sheet(campaign, class_group, SheetState.COLLEGE_SEALED, at=AFTER)
    reopen_hand_in(
        campaign=campaign,
        class_group=enrolment.make_class("法学 2201 班"),
        open_until=HAND_IN + timedelta(days=3),
        reason="辅导员出差",
        actor=li,
        now=HAND_IN,
    )

    with pytest.raises(NotAllowedError):
        submit_sheet(sheet=sheet, actor=secretary, now=HAND_IN)


@pytest.mark.parametrize("name", ["monitor", "chen", "secretary", "leader", "auditor", "eve"])
def test_only_the_office_reopens(
    name: str, campaign: Campaign, class_group: ClassGroup, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotAllowedError):
        reopen_hand_in(
            campaign=campaign,
            class_group=class_group,
            open_until=HAND_IN + timedelta(days=3),
            reason="我想补交",
            actor=request.getfixturevalue(name),
            now=HAND_IN,
        )


def test_nobody_signs_a_sheet_in_which_they_are_a_row(
    campaign: Campaign, class_group: ClassGroup, alice: User
) -> None:
    enrolment.assign(alice, AssignmentRole.COUNSELLOR, class_group=class_group)
    sheet = make_sheet(campaign, class_group, SheetState.FROZEN, at=AFTER)

    with pytest.raises(NotAllowedError, match="你自己在这张表上"):
        sign_sheet(sheet=sheet, actor=alice, now=AFTER)
    assert SheetAction.SIGN not in available_sheet_actions(alice, sheet, now=AFTER)


def test_registrar_does_not_accept_the_own_class(
    campaign: Campaign, class_group: ClassGroup, alice: User
) -> None:
    alice.office_roles.create(role=Role.REGISTRAR, granted_at=AFTER, granted_by="测试")
    both = User.objects.get(pk=alice.pk)
    sheet = make_sheet(campaign, class_group, SheetState.SUBMITTED, at=AFTER)

    for act in (SheetAction.ACCEPT, SheetAction.RETURN):
        with pytest.raises(NotAllowedError, match="你自己在这张表上"):
            ACTS[act](sheet, both, AFTER)


def test_deputy_signs_in_the_own_name(
    campaign: Campaign, class_group: ClassGroup, chen: User
) -> None:
    deputy = people.make_user("zhou@example.test")
    enrolment.assign(
        deputy, AssignmentRole.COUNSELLOR, class_group=class_group, display_name="周老师"
    )
    Assignment.objects.filter(user=deputy).update(is_deputy=True)
    sheet = make_sheet(campaign, class_group, SheetState.FROZEN, at=AFTER)

    sign_sheet(sheet=sheet, actor=deputy, now=AFTER)

    row = SheetSignature.objects.get()
    assert (row.signer, row.signer_name, row.is_deputy, row.deputy_for) == (
        deputy,
        "周老师",
        True,
        "陈老师",
    )


def test_counsellor_compiles_for_a_class_without_a_monitor(
    campaign: Campaign, class_group: ClassGroup, chen: User
) -> None:
    sheet = draft_sheet(campaign=campaign, class_group=class_group, actor=chen, now=AFTER)

    freeze_sheet(sheet=sheet, actor=chen, now=AFTER)

    assert SheetSignature.objects.get().role == "COUNSELLOR"


def test_whose_time_is_over_signs_nothing(
    campaign: Campaign, class_group: ClassGroup, chen: User
) -> None:
    sheet = make_sheet(campaign, class_group, SheetState.FROZEN, at=AFTER)
    Assignment.objects.filter(user=chen).update(ends_at=AFTER)

    with pytest.raises(NotAllowedError):
        sign_sheet(sheet=sheet, actor=chen, now=AFTER)


@pytest.mark.parametrize(
    ("state", "action", "name"),
    [
        (SheetState.COUNSELLOR_SIGNED, SheetAction.SEAL, "secretary"),
        (SheetState.COLLEGE_SEALED, SheetAction.SUBMIT, "leader"),
        (SheetState.SUBMITTED, SheetAction.ACCEPT, "li"),
        (SheetState.SUBMITTED, SheetAction.RETURN, "li"),
    ],
)
def test_college_and_office_need_a_second_factor(
    state: SheetState,
    action: SheetAction,
    name: str,
    campaign: Campaign,
    class_group: ClassGroup,
    settings: object,
    request: pytest.FixtureRequest,
) -> None:
    settings.STAFF_SECOND_FACTOR = "required"  # type: ignore[attr-defined]
    actor = request.getfixturevalue(name)
    sheet = make_sheet(campaign, class_group, state, at=AFTER)

    with pytest.raises(NotAllowedError, match="两步验证"):
        ACTS[action](sheet, actor, AFTER)
    TOTP.activate(actor, "JBSWY3DPEHPK3PXP")
    ACTS[action](sheet, actor, AFTER)

    assert all(row.has_second_factor for row in SheetSignature.objects.all())


def test_counsellor_needs_none(
    campaign: Campaign, class_group: ClassGroup, chen: User, settings: object
) -> None:
    settings.STAFF_SECOND_FACTOR = "required"  # type: ignore[attr-defined]
    sheet = make_sheet(campaign, class_group, SheetState.FROZEN, at=AFTER)

    sign_sheet(sheet=sheet, actor=chen, now=AFTER)

    assert SheetSignature.objects.get().has_second_factor is False


@pytest.mark.parametrize("action", list(SheetAction))
def test_second_click_finds_the_first(
    action: SheetAction,
    campaign: Campaign,
    class_group: ClassGroup,
    record: StudentRecord,
    actors: dict[str, User],
) -> None:
    state = min(SHEET.transitions[action].sources)
    made = make_sheet(campaign, class_group, state, at=AFTER)
    if action == SheetAction.RENEW:
        rename(record)
    name = min(expected(state, action, stale=action == SheetAction.RENEW))
    copies = [ClassSheet.objects.get(pk=made.pk) for _ in range(2)]

    ACTS[action](copies[0], actors[name], AFTER)

    with pytest.raises(StaleStateError):
        ACTS[action](copies[1], actors[name], AFTER)


def test_stranger_begins_no_draft(
    campaign: Campaign, class_group: ClassGroup, eve: User, alice: User, monitor: User
) -> None:
    for person in (eve, alice):
        with pytest.raises(NotAllowedError):
            draft_sheet(campaign=campaign, class_group=class_group, actor=person, now=AFTER)


# Two at once.


def _copies(sheet: ClassSheet) -> list[ClassSheet]:
    rows = ClassSheet.objects.select_related("campaign", "class_group__school")
    return [rows.get(pk=sheet.pk) for _ in range(2)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", [SheetAction.ACCEPT, SheetAction.RETURN])
def test_two_officials_at_once_and_one_wins(
    second: SheetAction, campaign: Campaign, class_group: ClassGroup, li: User
) -> None:
    wang = people.make_staff(Role.REGISTRAR, "wang@example.test")
    copies = _copies(make_sheet(campaign, class_group, SheetState.SUBMITTED, at=AFTER))

    told = together(
        [
            partial(ACTS[SheetAction.ACCEPT], copies[0], li, AFTER),
            partial(ACTS[second], copies[1], wang, AFTER),
        ]
    )

    # An accepted sheet may still be returned: then both have happened, one after the other.
    states = list(ClassSheet.objects.order_by("version_no").values_list("state", flat=True))
    if second == SheetAction.ACCEPT:
        assert sorted(map(bool, told)) == [False, True]
        assert states == [SheetState.ACCEPTED]
    else:
        assert sorted(map(bool, told)) == [False, True]
        assert states in ([SheetState.ACCEPTED], [SheetState.RETURNED, SheetState.DRAFT])


@pytest.mark.django_db(transaction=True)
def test_signing_against_a_change_never_leaves_a_signature_that_counts(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, chen: User, secretary: User
) -> None:
    copies = _copies(make_sheet(campaign, class_group, SheetState.FROZEN, at=AFTER))

    together([partial(ACTS[SheetAction.SIGN], copies[0], chen, AFTER), partial(rename, record)])

    sheet = ClassSheet.objects.get()
    assert is_stale(sheet, now=AFTER)
    for action, actor in ((SheetAction.SIGN, chen), (SheetAction.SEAL, secretary)):
        assert action not in available_sheet_actions(actor, sheet, now=AFTER)


@pytest.mark.django_db(transaction=True)
def test_two_drafts_begun_at_once_are_one(
    campaign: Campaign, class_group: ClassGroup, monitor: User
) -> None:
    begin = partial(
        draft_sheet, campaign=campaign, class_group=class_group, actor=monitor, now=AFTER
    )

    together([begin, begin])

    assert ClassSheet.objects.count() == 1


def test_versions_in_hand_are_one_by_constraint(
    campaign: Campaign, class_group: ClassGroup
) -> None:
    make_sheet(campaign, class_group, SheetState.FROZEN, at=AFTER)

    with pytest.raises(IntegrityError):
        make_sheet(campaign, class_group, version_no=2)
    assert FROZEN_SHEETS < CURRENT_SHEETS
