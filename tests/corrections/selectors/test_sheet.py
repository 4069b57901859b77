"""The class sheet: who is on it, in which order, and what each reader learns."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.components import Tone
from corrections.selectors import SheetView, sheet_rows, sheet_view
from corrections.states import RequestState
from enrollment.models import ClassGroup, StudentRecord
from enrollment.states import AssignmentRole
from imaging.models import Campaign
from imaging.states import ConclusionKind
from tests.factories import enrolment, people
from tests.factories.corrections import RIGHT_NAME, lock_of, make_dispute, make_request
from tests.factories.imaging import make_campaign, make_conclusion, make_member, make_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(db: None) -> Campaign:
    """The campaign."""
    return make_campaign()


def view_of(campaign: Campaign, class_group: ClassGroup, viewer: User, now: datetime) -> SheetView:
    """The sheet, which the viewer may see."""
    view = sheet_view(campaign=campaign, class_group=class_group, viewer=viewer, now=now)
    assert view is not None
    return view


def test_rows_by_student_number_descending(
    campaign: Campaign, class_group: ClassGroup, chen: User, now: datetime
) -> None:
    for number in ("2022040102", "2022040110", "2022040101"):
        made = enrolment.make_record(class_group=class_group, student_no=number)
        make_member(made, campaign)

    rows = sheet_rows(campaign=campaign, class_group=class_group, viewer=chen, now=now)

    assert [(row.position, row.standing.found.student_no) for row in rows] == [
        (1, "2022040110"),
        (2, "2022040102"),
        (3, "2022040101"),
    ]


def test_rows_hold_the_class_as_of_the_campaign(
    campaign: Campaign, class_group: ClassGroup, chen: User, now: datetime
) -> None:
    moved = enrolment.make_record(class_group=class_group, name="转班")
    make_member(moved, campaign)
    moved.class_group = enrolment.make_class("法学 2201 班")
    moved.save()
    gone = enrolment.make_record(class_group=class_group, name="移出")
    make_member(gone, campaign, removed_at=now, removed_by="教务处")
    came = enrolment.make_record(class_group=class_group, name="转入")
    make_member(came, campaign, class_group=enrolment.make_class("法学 2201 班"))

    rows = sheet_rows(campaign=campaign, class_group=class_group, viewer=chen, now=now)

    assert [row.standing.found.name for row in rows] == ["转班"]


def test_provisional_rows_are_marked(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, chen: User, now: datetime
) -> None:
    make_photo(record)
    member = make_member(record, campaign)
    make_conclusion(member, ConclusionKind.PHOTO)
    make_conclusion(member, ConclusionKind.DATA, at=now)

    view = view_of(campaign, class_group, chen, now)

    assert view.sheet.rows[0].printed_result == "无误（暂定）"
    assert (view.pages[0].rows[0].shown, view.pages[0].rows[0].tone) == ("无误（暂定）", Tone.DUE)
    assert (view.provisional_count, view.awaited_count) == (1, 0)


@pytest.mark.parametrize("name", ["eve", "alice"])
def test_strangers_and_plain_students_get_nothing(
    name: str,
    campaign: Campaign,
    class_group: ClassGroup,
    record: StudentRecord,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    make_member(record, campaign)
    viewer = request.getfixturevalue(name)

    assert sheet_rows(campaign=campaign, class_group=class_group, viewer=viewer, now=now) == []
    assert sheet_view(campaign=campaign, class_group=class_group, viewer=viewer, now=now) is None


def test_counsellor_of_another_class_gets_nothing(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, now: datetime
) -> None:
    make_member(record, campaign)
    other = people.make_user()
    enrolment.assign(
        other, AssignmentRole.COUNSELLOR, class_group=enrolment.make_class("法学 2201 班")
    )

    assert sheet_view(campaign=campaign, class_group=class_group, viewer=other, now=now) is None


def test_monitor_sees_labels_only(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, monitor: User, now: datetime
) -> None:
    make_dispute(make_member(record, campaign))

    view = view_of(campaign, class_group, monitor, now)

    assert not view.sees_details
    (case,) = view.cases
    assert (case.label, case.status) == ("信息有误：姓名", "已报告")
    assert (case.reasons, case.note, case.changes, case.evidence_ids) == ((), "", (), ())
    assert (case.conclusion_id, case.request_id) == (None, None)
    assert RIGHT_NAME not in repr(view)


@pytest.mark.parametrize("name", ["chen", "secretary", "leader", "li", "auditor"])
def test_from_the_counsellor_upward_values_too(
    name: str,
    campaign: Campaign,
    class_group: ClassGroup,
    record: StudentRecord,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    make_dispute(make_member(record, campaign))

    view = view_of(campaign, class_group, request.getfixturevalue(name), now)

    (case,) = view.cases
    assert case.reasons == ("有字段写错了",)
    assert case.note == "身份证上是谿。"
    assert [(change.original, change.proposed) for change in case.changes] == [
        ("沈若溪", RIGHT_NAME)
    ]


def test_numbers_are_masked_for_the_counsellor(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, chen: User, now: datetime
) -> None:
    right = "990101188603120011"
    make_dispute(
        make_member(record, campaign), wrong_fields=["id_number"], proposed={"id_number": right}
    )

    view = view_of(campaign, class_group, chen, now)

    (change,) = view.cases[0].changes
    assert change.proposed == "99**************11"
    assert right not in repr(view)
    assert record.id_number not in repr(view)


def test_status_of_a_case_from_report_to_request(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, chen: User
) -> None:
    dispute = make_dispute(make_member(record, campaign))
    lock = lock_of(dispute)

    def status(at: datetime) -> tuple[str, str]:
        (case,) = view_of(campaign, class_group, chen, at).cases
        return case.status, case.when

    when = "6月3日（星期三）10:00"
    assert status(lock - timedelta(seconds=1)) == (
        "已报告",
        f"{when} 锁定，此前学生可以撤回或改",
    )
    assert status(lock) == ("已锁定", f"{when} 已锁定，勘误单即将建立")
    make_request(record, RequestState.OFFICE_REVIEW, conclusion=dispute)
    assert status(lock) == ("教务处核实中", f"{when} 已锁定")


def test_rare_names_are_listed(
    campaign: Campaign, class_group: ClassGroup, chen: User, now: datetime
) -> None:
    for name in ("沈若溪", "王\ue000", "林䶮"):
        make_member(enrolment.make_record(class_group=class_group, name=name), campaign)

    view = view_of(campaign, class_group, chen, now)

    assert [(name.name, name.code_points) for name in view.unprintable] == [("王\ue000", "U+E000")]


@pytest.mark.parametrize(
    ("people_count", "pages", "is_last"),
    [(0, 1, False), (3, 1, True), (25, 1, False), (26, 2, True)],
)
def test_pages(
    campaign: Campaign,
    class_group: ClassGroup,
    chen: User,
    now: datetime,
    people_count: int,
    pages: int,
    is_last: bool,
) -> None:
    for serial in range(people_count):
        made = enrolment.make_record(class_group=class_group, name=f"学生{serial}")
        make_member(made, campaign)

    view = view_of(campaign, class_group, chen, now)

    assert (len(view.pages), view.pages[-1].is_last) == (pages, is_last)
    assert sum(len(page.rows) for page in view.pages) == people_count
    assert view.pages[0].title == "高等教育学历电子注册图像信息|校对反馈表（2026届）"
    assert view.pages[0].order_line == f"按学号由大到小，共 {people_count} 人"


def test_class_without_grade_leaves_the_blank(
    campaign: Campaign, li: User, record: StudentRecord, now: datetime
) -> None:
    group = enrolment.make_class("预科一班", entry_grade=None)  # type: ignore[arg-type]
    make_member(record, campaign, class_group=group)

    assert view_of(campaign, group, li, now).sheet.class_line == "班级名称：级预科一班"


@pytest.mark.parametrize("count", [1, 3])
def test_query_count(
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

    # The sight of the reader 2, results, statuses, the version, the order, conclusions, evidence.
    with django_assert_num_queries(10):
        view_of(campaign, class_group, chen, now)
