"""The boards as people ask for them: each their own, and nothing for a stranger."""

import pytest
from django.urls import reverse

from accounts.models import User
from corrections.states import RequestState
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import Campaign
from imaging.states import ConclusionKind
from tests.factories import enrolment
from tests.factories.corrections import make_request
from tests.factories.imaging import make_campaign, make_conclusion, make_member, make_photo

pytestmark = [pytest.mark.page, pytest.mark.django_db]
OFFICE = reverse("corrections:office_board")


@pytest.fixture
def campaign(record: StudentRecord) -> Campaign:
    """The campaign with Alice in it, who is done with the photo."""
    campaign = make_campaign()
    make_photo(record)
    make_conclusion(make_member(record, campaign), ConclusionKind.PHOTO)
    return campaign


def of_college(class_group: ClassGroup) -> str:
    """The address of the college's board."""
    return reverse("corrections:college_board", args=[class_group.college_id])


@pytest.mark.parametrize("name", ["secretary", "leader", "li", "auditor"])
def test_college_board_opens_to_the_college_and_the_office(
    name: str, campaign: Campaign, class_group: ClassGroup, client_of, request
) -> None:
    response = client_of(request.getfixturevalue(name)).get(of_college(class_group))

    text = response.content.decode()
    assert response.status_code == 200
    assert "汉语言文学 2201 班" in text
    assert reverse("corrections:class_page", args=[class_group.pk, campaign.pk]) in text


@pytest.mark.parametrize("name", ["eve", "alice", "monitor", "chen"])
def test_college_board_does_not_exist_for_others(
    name: str, campaign: Campaign, class_group: ClassGroup, client_of, request
) -> None:
    response = client_of(request.getfixturevalue(name)).get(of_college(class_group))

    assert response.status_code == 404


def test_a_secretary_sees_no_other_college(campaign: Campaign, secretary: User, client_of) -> None:
    other = enrolment.make_class("法学 2201 班", college=enrolment.make_college("法学院"))
    make_member(enrolment.make_record(class_group=other), campaign)

    assert client_of(secretary).get(of_college(other)).status_code == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("li", 200),
        ("auditor", 200),
        *((name, 404) for name in ("secretary", "leader", "chen", "eve")),
    ],
)
def test_office_board_is_the_office_s(
    name: str, status: int, campaign: Campaign, client_of, request
) -> None:
    assert client_of(request.getfixturevalue(name)).get(OFFICE).status_code == status


def test_office_board_ranks_colleges_and_names_the_unowned_first(
    campaign: Campaign, record: StudentRecord, class_group: ClassGroup, li: User, client_of
) -> None:
    law = enrolment.make_class("法学 2201 班", college=enrolment.make_college("法学院"))
    for _ in range(2):
        make_member(enrolment.make_record(class_group=law), campaign)
    make_request(record, RequestState.SUBMITTED)
    owned = enrolment.make_record(class_group=law)
    make_request(owned, RequestState.OFFICE_REVIEW, handler=li)

    text = client_of(li).get(OFFICE).content.decode()

    assert text.index("法学院") < text.index("人文学院")
    assert text.index("还没有人接") < text.index(li.contact_label)
    assert f"{of_college(law)}?campaign={campaign.pk}" in text
    assert "<svg" in text
    assert "到每天结束时，结论都交了的人数" in text


def test_a_campaign_that_is_not_there_is_404(campaign: Campaign, li: User, client_of) -> None:
    other = make_campaign(title="没有人的批次")

    answers = [
        client_of(li).get(f"{OFFICE}?campaign={wanted}").status_code
        for wanted in (campaign.pk, other.pk, "x", "")
    ]

    assert answers == [200, 404, 404, 404]


def test_board_before_any_campaign(li: User, client_of) -> None:
    assert "还没有开始的校对批次" in client_of(li).get(OFFICE).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_board_query_counts(
    count: int,
    li: User,
    secretary: User,
    class_group: ClassGroup,
    client_of,
    django_assert_num_queries,
) -> None:
    campaign = make_campaign()
    for serial in range(count):
        group = enrolment.make_class(f"历史学 220{serial} 班")
        record = enrolment.make_record(class_group=group)
        make_request(record, member=make_member(record, campaign))
    office, college = client_of(li), client_of(secretary)
    for client, address in ((office, OFFICE), (college, of_college(class_group))):
        client.get(address)

    # Session, person, roles, campaigns, the board's five, and what the frame asks.
    with django_assert_num_queries(10):
        office.get(OFFICE)
    # Also the college and its school's moments.
    with django_assert_num_queries(12):
        college.get(of_college(class_group))
