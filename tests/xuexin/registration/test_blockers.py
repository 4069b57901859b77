"""Who can be registered and what stands in the way of the others, each with a next step."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from accounts.identity import DocumentType
from accounts.models import User
from enrollment.models import Binding, StudentRecord
from enrollment.states import EnrollmentStatus
from imaging.models import (
    Campaign,
    CampaignMember,
    CaptureEntry,
    PhotoProfile,
    PhotoVersion,
)
from imaging.selectors.registration import Scope
from imaging.states import Conclusion, ConclusionKind, ProxyWay
from imaging.states.registration import BYTES_ADVICE, NEXT_STEPS, Blocker
from tests.factories import enrolment, imaging
from tests.factories.corrections import make_request
from tests.factories.registering import make_closed_campaign, make_ready, register
from tests.factories.review import make_review
from xuexin.registration.blockers import blocker_book, everybody, overview_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
Change = Callable[[CampaignMember, datetime], object]


@pytest.fixture
def campaign(now: datetime) -> Campaign:
    """A campaign that is over."""
    return make_closed_campaign(now)


def scope(campaign: Campaign, graduating_class: int | None = None) -> Scope:
    return Scope(
        campaign=campaign, school=campaign.schools.get(), graduating_class=graduating_class
    )


def amended(**fields: object) -> Change:
    return lambda member, _now: StudentRecord.objects.filter(pk=member.record_id).update(**fields)


def concluded(kind: ConclusionKind, state: Conclusion, **fields: Any) -> Change:
    return lambda member, _now: imaging.make_conclusion(member, kind, state, **fields)


def test_ready_when_all_is_right_and_locked(campaign: Campaign, now: datetime) -> None:
    make_ready(campaign)

    (person,) = everybody(scope(campaign), now=now)

    assert (person.found, person.is_ready) == ((), True)


@pytest.mark.parametrize(
    ("change", "blocker"),
    [
        (lambda member, now: make_review(member.record, at=now), Blocker.REVIEW),
        pytest.param(
            lambda member, now: StudentRecord.objects.filter(pk=member.record_id).update(
                hidden_at=now, hidden_by="测试", hidden_reason="核实"
            ),
            Blocker.HIDDEN,
            id="hidden",
        ),
        pytest.param(
            lambda member, _now: StudentRecord.objects.filter(pk=member.record_id).update(
                duplicate_of=enrolment.make_record()
            ),
            Blocker.DUPLICATE,
            id="duplicate",
        ),
        pytest.param(
            amended(enrollment_status=EnrollmentStatus.SUSPENDED), Blocker.STATUS, id="status"
        ),
        pytest.param(
            lambda member, _now: Binding.objects.filter(record=member.record_id).delete(),
            Blocker.UNBOUND,
            id="unbound",
        ),
        pytest.param(
            lambda member, now: PhotoVersion.objects.filter(record=member.record_id).update(
                is_current=False, ended_at=now, ended_by="测试"
            ),
            Blocker.NO_PHOTO,
            id="no-photo",
        ),
        pytest.param(
            lambda member, _now: CaptureEntry.objects.filter(record=member.record_id).update(
                measures={"width": 600, "height": 800}
            ),
            Blocker.PHOTO_SIZE,
            id="pixels",
        ),
        pytest.param(
            lambda member, now: (
                PhotoVersion.objects.get(record=member.record_id)
                .entry.published.__class__.objects.filter(published_of__record=member.record_id)
                .update(purged_at=now)
            ),
            Blocker.PHOTO_LOST,
            id="purged",
        ),
        pytest.param(
            concluded(
                DATA,
                Conclusion.PENDING,
                concluded_at=None,
                concluded_by="",
                locks_at=None,
                seen_digest="",
            ),
            Blocker.NOT_CHECKED,
            id="not-checked",
        ),
        pytest.param(concluded(PHOTO, Conclusion.INCORRECT), Blocker.WRONG, id="wrong"),
        pytest.param(
            lambda member, now: imaging.make_conclusion(member, DATA, locks_at=now + DAY),
            Blocker.OPEN,
            id="not-locked",
        ),
        pytest.param(
            lambda member, now: imaging.make_photo(member.record, at=now),
            Blocker.AGAIN,
            id="another-photo",
        ),
        pytest.param(
            lambda member, _now: make_request(member.record, member=member),
            Blocker.CORRECTION,
            id="correction",
        ),
        pytest.param(
            lambda member, now: imaging.make_reopen(member, at=now), Blocker.REOPEN, id="reopen"
        ),
        pytest.param(amended(candidate_no=""), Blocker.FIELD, id="no-candidate-number"),
        pytest.param(amended(political_status="中" * 9), Blocker.FIELD, id="too-long"),
        pytest.param(
            amended(id_type=DocumentType.HMT_RESIDENCE), Blocker.FIELD, id="no-document-code"
        ),
        pytest.param(amended(student_no="2022/1"), Blocker.FIELD, id="no-file-name"),
        pytest.param(amended(sex="未知"), Blocker.FIELD, id="sex"),
    ],
)
def test_each_thing_in_the_way(
    campaign: Campaign, now: datetime, change: Change, blocker: Blocker
) -> None:
    make_ready(campaign, student_no="2022050000")
    member = make_ready(campaign, student_no="2022040127")
    change(member, now)
    campaign.refresh_from_db()

    people = {
        person.record.pk: person
        for person in everybody(scope(Campaign.objects.get(pk=campaign.pk)), now=now)
    }
    person = people[member.record_id]

    assert blocker in {each.blocker for each in person.found}
    assert not person.is_ready
    assert all(each.next_step for each in person.found)


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({"min_bytes": 30_720, "max_bytes": 40_960}, "一般为 30–40 KB"),
        ({"min_bytes": 1_024, "max_bytes": 2_048}, "一般为 1–2 KB"),
    ],
)
def test_unusual_bytes_are_a_remark_and_keep_nobody_back(
    campaign: Campaign, now: datetime, bounds: dict[str, int], said: str
) -> None:
    member = make_ready(campaign)
    PhotoProfile.objects.filter(campaigns=campaign).update(**bounds)
    wanted = scope(Campaign.objects.get(pk=campaign.pk))
    size = member.record.photos.get(is_current=True).entry.published.size

    (person,) = everybody(wanted, now=now)
    overview = overview_of(wanted, now=now)

    assert (person.is_ready, person.found) == (True, ())
    assert person.remark == f"照片 {size / 1024:.1f} KB，{said}"
    assert (overview.ready, overview.blocked, overview.remarks) == (1, 0, 1)
    assert [each.member_id for each in overview.remarked] == [member.pk]


def test_whoever_is_kept_back_or_registered_has_no_remark_counted(
    campaign: Campaign, now: datetime
) -> None:
    imaging.make_conclusion(make_ready(campaign), PHOTO, Conclusion.INCORRECT)
    register(make_ready(campaign).record, at=now)
    PhotoProfile.objects.filter(campaigns=campaign).update(min_bytes=50_000)

    overview = overview_of(scope(Campaign.objects.get(pk=campaign.pk)), now=now)

    assert (overview.remarks, overview.remarked) == (0, ())


@pytest.mark.parametrize("measures", [{}, {"width": 480, "height": 640}])
def test_registered_size_and_a_photo_without_measures_are_ready(
    campaign: Campaign, now: datetime, measures: dict[str, int]
) -> None:
    make_ready(campaign)
    CaptureEntry.objects.update(measures=measures)

    (person,) = everybody(scope(campaign), now=now)

    assert person.is_ready


def test_wrong_size_names_both_sizes(campaign: Campaign, now: datetime) -> None:
    make_ready(campaign)
    CaptureEntry.objects.update(measures={"width": 600, "height": 800})

    (person,) = everybody(scope(campaign), now=now)

    assert [each.text for each in person.found] == ["照片像素不合规定：600×800，应为 480×640"]


def test_registered_is_done_and_not_blocked(campaign: Campaign, now: datetime) -> None:
    member = make_ready(campaign)
    register(member.record, at=now)

    overview = overview_of(scope(campaign), now=now)

    assert (overview.total, overview.ready, overview.registered, overview.blocked) == (1, 0, 1, 0)


def test_entered_by_staff_needs_nobody_bound(campaign: Campaign, now: datetime) -> None:
    member = make_ready(campaign)
    for kind in ConclusionKind:
        imaging.make_conclusion(
            member,
            kind,
            is_proxy=True,
            proxy_way=ProxyWay.values[0],
            reached_at=now - 5 * DAY,
        )
    Binding.objects.all().delete()

    (person,) = everybody(scope(campaign), now=now)

    assert person.is_ready


def test_other_schools_years_and_removed_members_are_left_out(
    campaign: Campaign, now: datetime
) -> None:
    make_ready(campaign)
    make_ready(campaign, graduating_class=2025)
    gone = make_ready(campaign)
    CampaignMember.objects.filter(pk=gone.pk).update(removed_at=now, removed_by="测试")
    other = enrolment.make_school("99998", "远山大学云岭学院")
    college = enrolment.make_college("文学院", other)
    elsewhere = enrolment.make_record(class_group=enrolment.make_class(college=college))
    imaging.make_member(elsewhere, campaign)

    assert overview_of(scope(campaign), now=now).total == 2
    assert overview_of(scope(campaign, 2026), now=now).total == 1


def test_student_numbers_that_differ_in_case_would_share_a_file(
    campaign: Campaign, now: datetime
) -> None:
    make_ready(campaign, student_no="2022a1")
    make_ready(campaign, student_no="2022A1")

    assert dict(overview_of(scope(campaign), now=now).counts) == {Blocker.FIELD: 2}


def test_too_long_class_leaves_only_its_cell_empty(campaign: Campaign, now: datetime) -> None:
    group = enrolment.make_class("汉语言文学（师范类卓越教师实验）2201 班")
    make_ready(campaign, class_group=group)

    (person,) = everybody(scope(campaign), now=now)

    assert person.is_ready
    assert person.row.shortened == ("班级",)
    assert group.name in person.row.values
    assert group.name not in person.row.dbf


def test_held_record_does_not_say_why(campaign: Campaign, now: datetime) -> None:
    """The list is read by the whole office; who is reviewed is the named people's to know."""
    make_review(make_ready(campaign).record, at=now)

    (person,) = everybody(scope(campaign), now=now)

    said = "".join(f"{each.text}{each.next_step}" for each in person.found)
    assert "复核" not in said


@pytest.mark.parametrize("count", [1, 5])
def test_query_count_does_not_grow(
    campaign: Campaign, now: datetime, count: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(count):
        make_ready(campaign)
    wanted = scope(campaign)

    with django_assert_num_queries(10):
        overview_of(wanted, now=now)


def test_workbook_lists_every_reason_as_text(
    campaign: Campaign, alice: User, now: datetime
) -> None:
    member = make_ready(campaign, name="=HYPERLINK(1)")
    imaging.make_conclusion(member, PHOTO, Conclusion.INCORRECT)
    make_ready(campaign)

    data = blocker_book(scope(campaign), taken_by=alice, now=now)
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    rows = book.get_sheet_by_name("还不能登记").to_python()

    mark = str(rows.pop()[0])
    assert [row[1] for row in rows[1:]] == ["=HYPERLINK(1)"]
    assert mark.startswith(f"{alice.actor_label}（账号 {alice.pk}） ")
    assert mark.endswith(" 导出，只供校内工作使用，不要转发。")
    footers = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet2.xml").decode()
    assert f"&amp;L{mark}&amp;R" in footers
    assert rows[1][4:] == ["核对为有误：照片", NEXT_STEPS[Blocker.WRONG]]
    assert member.record.id_number not in str(rows)
    assert b"<f>" not in data


def test_workbook_lists_who_goes_in_with_a_remark(
    campaign: Campaign, alice: User, now: datetime
) -> None:
    member = make_ready(campaign)
    PhotoProfile.objects.filter(campaigns=campaign).update(min_bytes=50_000)
    wanted = scope(Campaign.objects.get(pk=campaign.pk))

    data = blocker_book(wanted, taken_by=alice, now=now)
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    rows = book.get_sheet_by_name("能登记，请留意").to_python()

    assert rows[1][0] == member.record.student_no
    assert rows[1][5] == BYTES_ADVICE


def test_waived_photo_is_named_and_not_looked_for(campaign: Campaign, now: datetime) -> None:
    member = make_ready(campaign)
    PhotoVersion.objects.update(is_current=False, ended_at=now, ended_by="测试")
    imaging.waive_photo(member)

    (person,) = everybody(scope(campaign), now=now)

    assert [each.blocker for each in person.found] == [Blocker.PHOTO_WAIVED]
    assert person.is_ready is False
