"""Boards: whose classes, how far, who is awaited, and a text that gives nobody away."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from corrections.selectors import board_rows, class_board, classes_on_board
from enrollment.models import ClassGroup, StudentRecord
from enrollment.states import AssignmentRole, EnrollmentStatus
from imaging.models import Campaign, CampaignMember
from imaging.states import ConclusionKind
from tests.factories import enrolment
from tests.factories.corrections import RIGHT_NAME, make_dispute
from tests.factories.imaging import (
    CLOSES,
    OPENS,
    make_campaign,
    make_conclusion,
    make_member,
    make_photo,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(db: None) -> Campaign:
    """The campaign."""
    return make_campaign()


def test_classes_on_board_of_each_role(
    campaign: Campaign,
    class_group: ClassGroup,
    record: StudentRecord,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    same_college = enrolment.make_class("汉语言文学 2202 班")
    elsewhere = enrolment.make_class("法学 2201 班", college=enrolment.make_college("法学院"))
    for group in (class_group, same_college, elsewhere):
        make_member(enrolment.make_record(class_group=group), campaign)

    def seen(name: str) -> set[str]:
        viewer: User = request.getfixturevalue(name)
        return {group.name for group in classes_on_board(viewer, now=now)}

    own = {class_group.name}
    college = own | {same_college.name}
    assert {name: seen(name) for name in ("eve", "alice", "monitor", "chen")} == {
        "eve": set(),
        "alice": set(),
        "monitor": own,
        "chen": own,
    }
    assert {name: seen(name) for name in ("secretary", "leader")} == {
        "secretary": college,
        "leader": college,
    }
    assert {name: seen(name) for name in ("li", "auditor")} == {
        "li": college | {elsewhere.name},
        "auditor": college | {elsewhere.name},
    }


@pytest.mark.parametrize(("offset", "amount"), [(-1, 0), (0, 1), (1, 1)])
def test_classes_on_board_from_the_opening(
    record: StudentRecord, chen: User, now: datetime, offset: int, amount: int
) -> None:
    make_member(record, make_campaign(opens_at=now))

    classes = classes_on_board(chen, now=now + timedelta(seconds=offset))

    assert classes.count() == amount


@pytest.mark.parametrize("count", [1, 3])
def test_board_rows_in_one_query(
    campaign: Campaign, now: datetime, count: int, django_assert_num_queries
) -> None:
    groups = [enrolment.make_class(f"汉语言文学 220{serial} 班") for serial in range(count)]
    for group in groups:
        make_photo(made := enrolment.make_record(class_group=group))
        member = make_member(made, campaign)
        for kind in ConclusionKind:
            make_conclusion(member, kind)
        make_member(enrolment.make_record(class_group=group), campaign)

    with django_assert_num_queries(1):
        rows = board_rows(groups, now=now)

    assert [(row.class_group, row.done, row.progress.counts.total) for row in rows] == [
        (group, 1, 2) for group in groups
    ]


def test_class_board_agrees_with_the_list(
    campaign: Campaign, class_group: ClassGroup, chen: User, now: datetime
) -> None:
    """The close view and the list count by the same five groups."""

    def person(*, photo: bool = True) -> CampaignMember:
        made = enrolment.make_record(class_group=class_group)
        if photo:
            make_photo(made)
        return make_member(made, campaign)

    locked, opened, wrong, half = person(), person(), person(), person()
    person(photo=False)
    for kind in ConclusionKind:
        make_conclusion(locked, kind)
        make_conclusion(opened, kind, at=now)
    make_dispute(wrong)
    make_conclusion(half, ConclusionKind.DATA)

    board = class_board(campaign=campaign, class_group=class_group, viewer=chen, now=now)

    assert board is not None
    assert board.counts == board_rows([class_group], now=now)[0].progress.counts
    assert [person.missing for person in board.awaited] == [
        "照片没核",
        "照片没核",
        "两项都没核，还没有照片",
    ]


def test_class_board_waits_for_nobody_who_left(
    campaign: Campaign, class_group: ClassGroup, chen: User, now: datetime
) -> None:
    for status in (EnrollmentStatus.DECEASED, EnrollmentStatus.REGISTERED):
        made = enrolment.make_record(class_group=class_group, enrollment_status=status)
        make_member(made, campaign)

    board = class_board(campaign=campaign, class_group=class_group, viewer=chen, now=now)

    assert board is not None
    assert (len(board.awaited), board.counts.total, board.counts.idle) == (1, 1, 1)


def test_class_board_of_a_stranger(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, alice: User, now: datetime
) -> None:
    make_member(record, campaign)

    assert class_board(campaign=campaign, class_group=class_group, viewer=alice, now=now) is None


def test_class_board_of_the_monitor_has_no_values(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, monitor: User, now: datetime
) -> None:
    make_dispute(make_member(record, campaign))

    board = class_board(campaign=campaign, class_group=class_group, viewer=monitor, now=now)

    assert board is not None
    assert not board.sees_details
    assert RIGHT_NAME not in repr(board)
    assert "有字段写错了" not in repr(board)


@pytest.mark.parametrize(
    ("at", "deadline"),
    [
        (CLOSES - timedelta(days=1), "6月16日（星期二）23:00 截止。"),
        (CLOSES, "6月16日（星期二）23:00 已经截止。"),
    ],
)
def test_reminder_masks_names(
    campaign: Campaign, class_group: ClassGroup, chen: User, at: datetime, deadline: str
) -> None:
    for number, name in (("2022040102", "古丽·阿衣努尔"), ("2022040101", "江未")):
        made = enrolment.make_record(class_group=class_group, student_no=number, name=name)
        make_member(made, campaign)

    board = class_board(campaign=campaign, class_group=class_group, viewer=chen, now=at)

    assert board is not None
    first, second, third = board.reminder.splitlines()
    assert first == f"各位同学：2026 届毕业照片核对，{deadline}"
    assert second == "还没核完的 2 位：江*、古丽·****。"
    assert "不要把密码和验证码给任何人" in third


def test_chart_counts_by_the_day(
    campaign: Campaign, class_group: ClassGroup, chen: User, now: datetime
) -> None:
    for at in (OPENS + timedelta(days=2), now):
        make_photo(made := enrolment.make_record(class_group=class_group))
        member = make_member(made, campaign)
        for kind in ConclusionKind:
            make_conclusion(member, kind, at=at)

    board = class_board(campaign=campaign, class_group=class_group, viewer=chen, now=now)

    assert board is not None
    assert board.chart is not None
    values = [(point.day.day, point.value) for point in board.chart.points]
    assert values == [(1, 0), (2, 0), *((day, 1) for day in range(3, 12)), (12, 2)]
    # The same as a table beside it: the days on which something changed, the newest first.
    assert [(each.day.day, each.value, each.percent) for each in board.days] == [
        (12, 2, 100),
        (3, 1, 50),
        (1, 0, 0),
    ]


def test_chart_not_on_the_first_day(
    class_group: ClassGroup, record: StudentRecord, chen: User, now: datetime
) -> None:
    campaign = make_campaign(opens_at=now)
    make_member(record, campaign)

    board = class_board(campaign=campaign, class_group=class_group, viewer=chen, now=now)

    assert board is not None
    assert board.chart is None


@pytest.mark.parametrize("count", [1, 3])
def test_class_board_query_count(
    campaign: Campaign,
    class_group: ClassGroup,
    chen: User,
    now: datetime,
    count: int,
    django_assert_num_queries,
) -> None:
    for serial in range(count):
        made = enrolment.make_record(class_group=class_group, name=f"学生{serial}")
        make_dispute(make_member(made, campaign))

    # The sight of the reader 2, results, statuses, conclusions, evidence, missing from the roster.
    with django_assert_num_queries(10):
        class_board(campaign=campaign, class_group=class_group, viewer=chen, now=now)


def test_counsellor_whose_term_ended(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, chen: User, now: datetime
) -> None:
    make_member(record, campaign)
    chen.assignments.filter(role=AssignmentRole.COUNSELLOR).update(ends_at=now)

    assert not classes_on_board(chen, now=now).exists()
