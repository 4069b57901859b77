"""The first page says the one next thing to everybody."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from corrections.states import RequestState
from enrollment.models import StudentRecord
from enrollment.states import AssignmentRole
from imaging.models import CampaignMember
from imaging.states import Conclusion, ConclusionKind
from tests.factories import enrolment, imaging, people
from tests.factories.corrections import make_request

pytestmark = [pytest.mark.page, pytest.mark.django_db]

DAY = timedelta(days=1)


@pytest.fixture
def at_work() -> datetime:
    return timezone.now()


@pytest.fixture
def member(record: StudentRecord, at_work: datetime) -> CampaignMember:
    imaging.make_photo(record)
    return imaging.make_member(
        record,
        imaging.make_campaign(
            opens_at=at_work - 10 * DAY, closes_at=at_work + DAY, sheet_freeze_at=at_work + 2 * DAY
        ),
    )


def page_of(client: Client) -> str:
    return client.get("/").content.decode()


def title_of(page: str) -> str:
    found = re.search(r'id="next-step">(.*?)</h2>', page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found.group(1)) if found else ""


@pytest.mark.parametrize(
    ("is_shown", "amount", "found"), [(True, 5, True), (True, 4, False), (False, 5, False)]
)
def test_visitor_reads_figures_only_where_wanted_and_of_enough_cases(
    client: Client, settings, at_work: datetime, is_shown: bool, amount: int, found: bool
) -> None:
    settings.PUBLIC_SERVICE_FIGURES = is_shown
    for _ in range(amount):
        make_request(enrolment.make_record(), RequestState.APPLIED, submitted_at=at_work - 3 * DAY)

    assert ("勘误办得怎么样" in page_of(client)) is found


def test_figures_are_kept_for_a_while_and_hold_numbers_alone(
    client: Client, settings, at_work: datetime, django_assert_num_queries
) -> None:
    settings.PUBLIC_SERVICE_FIGURES = True
    for _ in range(5):
        make_request(enrolment.make_record(), RequestState.APPLIED, submitted_at=at_work - 3 * DAY)
    first = page_of(client)

    with django_assert_num_queries(0):
        again = page_of(client)

    assert "办结 5 件" in first
    assert "办结 5 件" in again


def nav_of(page: str) -> list[str]:
    nav = re.search(r'<nav class="ui-nav".*?</nav>', page, re.DOTALL)
    return re.findall(r">([^<>\s]+)</a>", nav.group(0)) if nav else []


def test_visitor_learns_what_this_is(client, django_assert_num_queries) -> None:
    with django_assert_num_queries(2):  # the headlines and the words, each once for all readers
        page = page_of(client)

    assert "这不是学信网" in page
    assert 'href="/account/login/"' in page
    assert nav_of(page) == []


def test_new_account_declares_then_binds(client_of) -> None:
    user = people.make_user("new@example.test")
    client = client_of(user)
    assert title_of(page_of(client)) == "登记姓名和证件号码"

    people.make_identity(user)

    page = page_of(client)
    assert title_of(page) == "找到你的学籍"
    assert nav_of(page) == ["首页", "消息", "账号"]


def test_student_without_campaign_has_nothing_to_do(alice: User, client_of) -> None:
    page = page_of(client_of(alice))

    assert title_of(page) == "现在没有要核对的事"
    assert nav_of(page) == ["首页", "核对", "学籍信息", "勘误", "验证报告", "消息", "账号"]


@pytest.mark.parametrize(
    ("data", "photo", "age", "title"),
    [
        (None, None, 0, "核对毕业照片和学籍信息"),
        ("CORRECT", None, 0, "还差照片没有核对"),
        (None, "CORRECT", 0, "还差信息没有核对"),
        ("CORRECT", "CORRECT", 0, "已提交，还没锁定"),
        ("CORRECT", "CORRECT", 2, "已锁定，核对完成"),
        ("INCORRECT", "CORRECT", 2, "有误已锁定，等学校办理"),
    ],
)
def test_student_is_told_the_one_next_thing(
    data, photo, age, title, alice: User, member: CampaignMember, at_work: datetime, client_of
) -> None:
    for kind, state in ((ConclusionKind.DATA, data), (ConclusionKind.PHOTO, photo)):
        if state:
            imaging.make_conclusion(member, kind, Conclusion(state), at=at_work - age * DAY)

    assert title_of(page_of(client_of(alice))) == title


def test_changed_photo_is_the_next_thing(
    alice: User, record: StudentRecord, member: CampaignMember, at_work: datetime, client_of
) -> None:
    for kind in ConclusionKind:
        imaging.make_conclusion(member, kind, at=at_work - 2 * DAY)
    imaging.make_photo(record)

    assert title_of(page_of(client_of(alice))) == "照片换了，请重新核对"


def test_missed_and_coming_are_said(
    alice: User, member: CampaignMember, at_work: datetime, client_of
) -> None:
    CampaignMember.objects.update(closes_at=at_work)
    assert title_of(page_of(client_of(alice))) == "已截止，没有核对"

    member.campaign.opens_at = at_work + timedelta(hours=1)
    member.campaign.save()
    assert title_of(page_of(client_of(alice))) == "还没开始核对"


def test_missing_photo_leaves_the_data_to_check(
    alice: User, member: CampaignMember, client_of
) -> None:
    member.record.photos.update(is_current=False, ended_at=imaging.ATTACHED, ended_by="李老师")
    classmate = enrolment.make_record(class_group=member.class_group)
    imaging.make_member(classmate, member.campaign)
    imaging.make_photo(classmate)

    assert title_of(page_of(client_of(alice))) == "核对学籍信息"


def test_home_of_a_student_takes_six_queries(
    alice: User, member: CampaignMember, client_of, django_assert_num_queries
) -> None:
    client = client_of(alice)
    client.get("/account/")  # the session notes the first request

    with django_assert_num_queries(
        7
    ):  # session, user, standing, headlines, records, conclusions, photos
        client.get("/")


def test_record_that_asks_comes_first_and_the_other_is_a_line(
    alice: User, record: StudentRecord, member: CampaignMember, client_of
) -> None:
    second = enrolment.make_record(name=record.name, level="第二学士学位", graduating_class=2028)
    enrolment.bind(second, alice.identity)

    page = page_of(client_of(alice))

    assert title_of(page) == "核对毕业照片和学籍信息"
    assert page.count('id="next-step"') == 1
    assert re.search(rf'href="/record/{second.pk}/".*?现在没有要核对的事', page, re.DOTALL)


@pytest.mark.parametrize("amount", [1, 3])
def test_counsellor_sees_the_classes_in_few_queries(
    amount: int, chen: User, member: CampaignMember, client_of, django_assert_num_queries
) -> None:
    for number in range(amount - 1):
        other = enrolment.make_class(f"历史学 220{number} 班")
        enrolment.assign(chen, AssignmentRole.COUNSELLOR, class_group=other)
        imaging.make_member(enrolment.make_record(class_group=other), member.campaign)
    client = client_of(chen)
    client.get("/account/")  # the session notes the first request

    # session, user, standing, headlines, assignments, roles, classes, progress
    with django_assert_num_queries(8):
        page = page_of(client)

    assert "陈老师，你好" in page
    assert page.count("ui-meter__cells") == amount
    assert nav_of(page) == ["首页", "班级", "消息", "账号"]


def test_monitor_sees_the_own_step_and_the_class(
    monitor: User, member: CampaignMember, client_of
) -> None:
    page = page_of(client_of(monitor))

    assert "秦川，你好" in page
    assert "班级进度" in page
    assert "班级" in nav_of(page)


@pytest.mark.parametrize("who", ["li", "auditor"])
def test_office_is_led_to_the_desk(who: str, request, client_of) -> None:
    page = page_of(client_of(request.getfixturevalue(who)))

    assert 'href="/admin/"' in page
    assert nav_of(page) == ["首页", "班级", "工作台", "消息", "账号"]


@pytest.mark.usefixtures("class_group")
@pytest.mark.parametrize("name", ["college_list", "papers"])
def test_pages_of_the_college_stand_under_the_classes(
    name: str, secretary: User, client_of
) -> None:
    page = client_of(secretary).get(reverse(f"corrections:{name}")).content.decode()

    here = re.findall(r'<a href="([^"]+)"\s+aria-current="page"', page)
    assert set(here) == {"/classes/"}


def test_college_finds_its_cases_from_the_start(secretary: User, client_of) -> None:
    page = page_of(client_of(secretary))

    assert f'href="{reverse("corrections:college_list")}"' in page
