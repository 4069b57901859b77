"""The board, the sheet page and its downloads, asked for as people ask."""

import io
import zipfile
from datetime import datetime
from urllib.parse import unquote

import pytest
from django.urls import reverse

from accounts.models import User
from common.models import AuditEvent
from enrollment.models import ClassGroup, StudentRecord
from enrollment.states import AssignmentRole, EnrollmentStatus
from imaging.models import Campaign
from imaging.states import ConclusionKind
from tests.factories import enrolment, people
from tests.factories.corrections import RIGHT_NAME, make_dispute
from tests.factories.imaging import make_campaign, make_conclusion, make_member, make_photo

pytestmark = [pytest.mark.page, pytest.mark.django_db]

PAGES = ("class_page", "sheet_page", "sheet_pdf", "sheet_xlsx")


@pytest.fixture
def campaign(record: StudentRecord) -> Campaign:
    """The campaign with Alice in it, who reported her name."""
    campaign = make_campaign()
    make_photo(record)
    member = make_member(record, campaign)
    make_conclusion(member, ConclusionKind.PHOTO)
    make_dispute(member)
    return campaign


def address(name: str, class_group: ClassGroup, campaign: Campaign) -> str:
    """The address of a class page."""
    return reverse(f"corrections:{name}", args=[class_group.pk, campaign.pk])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["monitor", "chen", "secretary", "leader", "li", "auditor"])
def test_pages_open_to_those_who_look_after_the_class(
    page: str,
    name: str,
    campaign: Campaign,
    class_group: ClassGroup,
    client_of,
    request: pytest.FixtureRequest,
) -> None:
    client = client_of(request.getfixturevalue(name))

    response = client.get(address(page, class_group, campaign))

    assert response.status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_pages_do_not_exist_for_others(
    page: str, campaign: Campaign, class_group: ClassGroup, alice: User, eve: User, client_of
) -> None:
    other = people.make_user()
    enrolment.assign(
        other, AssignmentRole.COUNSELLOR, class_group=enrolment.make_class("法学 2201 班")
    )

    answers = [
        client_of(person).get(address(page, class_group, campaign)).status_code
        for person in (alice, eve, other)
    ]

    assert answers == [404, 404, 404]


def test_class_and_campaign_must_belong_together(
    campaign: Campaign, class_group: ClassGroup, chen: User, client_of
) -> None:
    stranger = make_campaign(title="别的批次")

    response = client_of(chen).get(address("sheet_page", class_group, stranger))

    assert response.status_code == 404


def test_board_lists_the_classes(
    campaign: Campaign, class_group: ClassGroup, chen: User, client_of
) -> None:
    response = client_of(chen).get(reverse("corrections:board"))

    text = response.content.decode()
    assert "汉语言文学 2201 班" in text
    assert address("class_page", class_group, campaign) in text
    assert response["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("count", [1, 3])
def test_board_query_count(chen: User, client_of, count: int, django_assert_num_queries) -> None:
    campaign = make_campaign()
    for serial in range(count):
        group = enrolment.make_class(f"历史学 220{serial} 班")
        enrolment.assign(chen, AssignmentRole.COUNSELLOR, class_group=group)
        make_member(enrolment.make_record(class_group=group), campaign)
    client = client_of(chen)
    client.get(reverse("corrections:board"))

    # Session, person, roles, guard, count, classes, progress, own roles, people and cases by age
    # with the special days, and what the frame asks.
    with django_assert_num_queries(12):
        client.get(reverse("corrections:board"))


def test_sheet_page_of_the_monitor_has_no_value(
    campaign: Campaign, class_group: ClassGroup, monitor: User, client_of
) -> None:
    text = client_of(monitor).get(address("sheet_page", class_group, campaign)).content.decode()

    assert "信息有误：姓名" in text
    assert RIGHT_NAME not in text
    assert "有误的内容" not in text


def test_sheet_page_of_the_counsellor_has_values(
    campaign: Campaign, class_group: ClassGroup, chen: User, client_of
) -> None:
    text = client_of(chen).get(address("sheet_page", class_group, campaign)).content.decode()

    assert RIGHT_NAME in text
    assert "身份证上是谿。" in text


def test_class_page_of_the_monitor(
    campaign: Campaign, class_group: ClassGroup, monitor: User, client_of
) -> None:
    make_member(enrolment.make_record(class_group=class_group, name="江未"), campaign)

    text = client_of(monitor).get(address("class_page", class_group, campaign)).content.decode()

    assert "还没核完的 1 位：江*。" in text
    assert "已报告" in text
    assert RIGHT_NAME not in text


@pytest.mark.parametrize("page", ["class_page", "sheet_page"])
def test_pages_hold_no_document_number(
    page: str,
    campaign: Campaign,
    class_group: ClassGroup,
    record: StudentRecord,
    chen: User,
    client_of,
) -> None:
    text = client_of(chen).get(address(page, class_group, campaign)).content.decode()

    assert record.id_number not in text


def test_pdf_is_named_and_audited(
    campaign: Campaign, class_group: ClassGroup, chen: User, client_of
) -> None:
    response = client_of(chen).get(address("sheet_pdf", class_group, campaign))

    assert response.content.startswith(b"%PDF-")
    assert response["Content-Type"] == "application/pdf"
    assert unquote(response["Content-Disposition"]) == (
        "attachment; filename*=utf-8''2026届图像信息校对反馈表-2022级汉语言文学2201班.pdf"
    )
    assert "no-store" in response["Cache-Control"]
    event = AuditEvent.objects.get(action="sheet.exported")
    assert (event.actor_id, event.object_id) == (str(chen.pk), str(class_group.pk))
    assert (event.details["format"], event.details["rows"]) == ("pdf", 1)


def test_xlsx_holds_the_rows_and_no_number(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, monitor: User, client_of
) -> None:
    response = client_of(monitor).get(address("sheet_xlsx", class_group, campaign))

    with zipfile.ZipFile(io.BytesIO(response.content)) as book:
        text = book.read("xl/sharedStrings.xml").decode()
    assert "信息有误：姓名" in text
    assert record.name in text
    assert RIGHT_NAME not in text
    assert record.id_number not in text


def test_only_reading(campaign: Campaign, class_group: ClassGroup, chen: User, client_of) -> None:
    client = client_of(chen)

    assert {client.post(address(page, class_group, campaign)).status_code for page in PAGES} == {
        405
    }


def test_campaigns_as_tabs_when_there_are_two(
    campaign: Campaign,
    class_group: ClassGroup,
    record: StudentRecord,
    chen: User,
    client_of,
    now: datetime,
) -> None:
    other = make_campaign(title="2025 届毕业图像校对", graduating_class=2025)
    make_member(record, other)

    text = client_of(chen).get(address("sheet_page", class_group, campaign)).content.decode()

    assert address("sheet_page", class_group, other) in text


def test_words_and_meter_agree_where_only_the_suspended_are_left(
    class_group: ClassGroup, chen: User, client_of
) -> None:
    campaign = make_campaign()
    make_photo(made := enrolment.make_record(class_group=class_group))
    member = make_member(made, campaign)
    for kind in ConclusionKind:
        make_conclusion(member, kind)
    away = enrolment.make_record(
        class_group=class_group, enrollment_status=EnrollmentStatus.SUSPENDED
    )
    make_member(away, campaign)
    client = client_of(chen)

    page = client.get(address("class_page", class_group, campaign)).content.decode()
    listed = client.get(reverse("corrections:board")).content.decode()

    assert "都核完了。" in page
    assert "没照片" not in page
    assert "另有 1 人休学、保留学籍或不在籍，不用核" in page
    assert "不用核 1 人" in listed
    assert "还没办完的" not in listed


def test_curve_has_a_table_beside_it(
    campaign: Campaign, class_group: ClassGroup, chen: User, client_of
) -> None:
    page = client_of(chen).get(address("class_page", class_group, campaign)).content.decode()

    assert "到每天结束时，结论都交了的人数，全部 1 人" in page
    assert page.count("<svg") >= 1
