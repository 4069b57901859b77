"""异常汇总表: whose it is, what it says and does not say, and that everybody on it can see who took it."""

from datetime import datetime

import pytest
from django.conf import settings

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError
from common.models import AuditEvent
from corrections.selectors.papers import errors_in
from corrections.services.error_list import export_error_list
from enrollment.models import College, StudentRecord
from imaging.models import Campaign
from imaging.states import ConclusionKind
from tests.corrections.documents.workbooks import all_texts
from tests.factories import enrolment
from tests.factories.corrections import RIGHT_NAME, make_dispute
from tests.factories.imaging import make_campaign, make_conclusion, make_member, make_photo
from tests.poppler import Poppler

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def college(record: StudentRecord) -> College:
    """Alice's college."""
    assert record.class_group is not None
    assert record.class_group.college is not None
    return record.class_group.college


@pytest.fixture
def campaign(record: StudentRecord) -> Campaign:
    """Alice reported her name; somebody of another college the photo; a third is right."""
    campaign = make_campaign()
    make_photo(record)
    make_dispute(make_member(record, campaign))
    other = enrolment.make_class("物理学 2201 班", college=enrolment.make_college("理学院"))
    foreign = enrolment.make_record(class_group=other, name="欧阳知微")
    make_photo(foreign)
    make_dispute(make_member(foreign, campaign), ConclusionKind.PHOTO, reasons=["NOT_ME"])
    fine = enrolment.make_record(class_group=record.class_group, name="叶知秋")
    make_photo(fine)
    make_conclusion(make_member(fine, campaign), ConclusionKind.PHOTO)
    return campaign


def taken(
    campaign: Campaign, college: College | None, actor: User, now: datetime, file_format: str
) -> bytes:
    """The exported bytes."""
    return export_error_list(
        campaign=campaign,
        college=college,
        file_format="pdf" if file_format == "pdf" else "xlsx",
        actor=actor,
        now=now,
    ).data


def test_college_list_holds_its_own_people_with_right_values(
    campaign: Campaign, college: College, secretary: User, record: StudentRecord, now: datetime
) -> None:
    texts = all_texts(taken(campaign, college, secretary, now, "xlsx"))

    assert "信息有误：姓名" in texts
    assert f"姓名：{record.name} → {RIGHT_NAME}" in texts
    joined = "".join(texts)
    for words in ("欧阳知微", "叶知秋", "身份证上是谿", record.id_number):
        assert words not in joined
    assert texts[-1] == f"{secretary.actor_label} 2026-06-12 14:32 导出　演示数据，不可提交"


def test_office_list_names_the_colleges(campaign: Campaign, li: User, now: datetime) -> None:
    texts = all_texts(taken(campaign, None, li, now, "xlsx"))

    assert "理学院 物理学 2201 班" in texts
    assert "人文学院 汉语言文学 2201 班" in texts
    assert "全校　　2 个班，2 人，2 项" in texts


def test_list_of_a_college_without_errors_says_so(
    college: College, secretary: User, record: StudentRecord, now: datetime
) -> None:
    campaign = make_campaign()
    make_member(record, campaign)

    assert "（没有异常）" in all_texts(taken(campaign, college, secretary, now, "xlsx"))


@pytest.mark.parametrize("name", ["eve", "alice", "monitor", "chen", "auditor"])
def test_others_get_nothing(
    name: str,
    campaign: Campaign,
    college: College,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    with pytest.raises((NotAllowedError, InvalidInputError)):
        taken(campaign, college, request.getfixturevalue(name), now, "pdf")

    assert not AuditEvent.objects.filter(action="errorlist.exported").exists()


def test_college_does_not_get_the_whole_school_nor_another(
    campaign: Campaign, secretary: User, now: datetime
) -> None:
    other = College.objects.get(name="理学院")

    with pytest.raises(NotAllowedError):
        taken(campaign, None, secretary, now, "pdf")
    with pytest.raises(InvalidInputError):
        taken(campaign, other, secretary, now, "pdf")


def test_export_stands_in_the_trail_and_in_the_ledger_of_each(
    campaign: Campaign, college: College, leader: User, record: StudentRecord, now: datetime
) -> None:
    taken(campaign, college, leader, now, "pdf")

    event = AuditEvent.objects.get(action="errorlist.exported")
    assert (event.actor_id, event.details["rows"]) == (str(leader.pk), 1)
    looked = AuditEvent.objects.get(action="case.viewed")
    assert (looked.actor_id, looked.subject_id) == (str(leader.pk), str(record.pk))


def test_every_page_names_who_took_it(
    poppler: Poppler, campaign: Campaign, li: User, now: datetime
) -> None:
    (text,) = poppler.pages(taken(campaign, None, li, now, "pdf"))

    flat = "".join(text.split())
    assert "图像信息校对异常汇总表（2026届）" in flat
    assert f"{''.join(li.actor_label.split())}2026-06-1214:32导出第1页，共1页" in flat
    assert settings.SITE_NAME


def real_campaign() -> Campaign:
    """A campaign of a real school beside the demo one, whose name comes before it."""
    real = enrolment.make_school("99997", "云岭学院", is_demo=False)
    college = enrolment.make_college("文学院", school=real)
    group = enrolment.make_class("文学 2201 班", college=college)
    student = enrolment.make_record(class_group=group, name="陆知行")
    campaign = make_campaign(title="云岭学院校对", schools=[real])
    make_photo(student)
    make_dispute(make_member(student, campaign))
    return campaign


@pytest.mark.parametrize("is_demo", [True, False])
def test_whole_list_is_marked_by_the_schools_on_it(
    is_demo: bool, poppler: Poppler, campaign: Campaign, li: User, now: datetime
) -> None:
    real = real_campaign()
    shown = campaign if is_demo else real

    paper = taken(shown, None, li, now, "pdf")
    texts = all_texts(taken(shown, None, li, now, "xlsx"))

    assert ("演示数据，不可提交" in poppler.pages(paper)[0]) is is_demo
    assert ("演示数据，不可提交" in texts[-1]) is is_demo
    assert poppler.info(paper)["Author"] == ("远山大学" if is_demo else "云岭学院")


def test_list_of_real_and_demo_people_is_marked(
    campaign: Campaign, li: User, now: datetime
) -> None:
    both = real_campaign()
    demo = StudentRecord.objects.get(name="欧阳知微")
    make_dispute(make_member(demo, both), ConclusionKind.PHOTO, reasons=["NOT_ME"])

    texts = all_texts(taken(both, None, li, now, "xlsx"))

    assert texts[-1].endswith("演示数据，不可提交")


@pytest.mark.parametrize("people", [1, 3])
def test_list_asks_no_more_for_more_people(
    people: int,
    campaign: Campaign,
    college: College,
    record: StudentRecord,
    now: datetime,
    django_assert_num_queries,
) -> None:
    for _ in range(people - 1):
        more = enrolment.make_record(class_group=record.class_group)
        make_photo(more)
        make_dispute(make_member(more, campaign))

    with django_assert_num_queries(5):
        rows = errors_in(campaign=campaign, college=college, now=now)

    assert len(rows) == people
