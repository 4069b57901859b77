"""Printing a whole college and taking the error list, asked for as people ask."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from corrections.models import CollegePrint
from corrections.services.college_print import build_print
from corrections.states import Layout, PrintState
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import Campaign
from tests.factories import enrolment
from tests.factories.corrections import make_dispute
from tests.factories.imaging import make_campaign, make_member, make_photo

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
PAGE = "/papers/"


@pytest.fixture
def campaign(record: StudentRecord) -> Campaign:
    """The campaign with Alice, who reported her name."""
    campaign = make_campaign()
    make_photo(record)
    make_dispute(make_member(record, campaign))
    return campaign


def start(client: Client, campaign: Campaign, class_group: ClassGroup, layout: Layout) -> object:
    """The form, sent."""
    given = {"campaign": campaign.pk, "college": class_group.college_id, "layout": layout}
    return client.post(PAGE, given, follow=True)


def test_college_is_printed_from_the_page(
    campaign: Campaign, class_group: ClassGroup, secretary: User, client_of: ClientOf
) -> None:
    client = client_of(secretary)

    start(client, campaign, class_group, Layout.FORM)

    row = CollegePrint.objects.get()
    if row.state == PrintState.BUILDING:
        assert build_print(print_id=row.pk, now=timezone.now())
    content = client.get(PAGE).content.decode()
    assert f'href="/papers/{row.pk}/"' in content
    answer = client.get(f"/papers/{row.pk}/")
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]
    assert "2026届反馈表-人文学院.pdf" in unquote(answer["Content-Disposition"])


def test_foreign_college_is_no_choice(
    campaign: Campaign, secretary: User, client_of: ClientOf
) -> None:
    other = enrolment.make_class("物理学 2201 班", college=enrolment.make_college("理学院"))
    client = client_of(secretary)

    answer = start(client, campaign, other, Layout.FORM)

    assert "理学院" not in client.get(PAGE).content.decode()
    assert not CollegePrint.objects.exists()
    assert "学院" in answer.content.decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/papers/", "/papers/errors/"])
@pytest.mark.parametrize("name", ["eve", "alice", "monitor", "chen", "auditor"])
def test_pages_do_not_exist_for_others(
    path: str, name: str, campaign: Campaign, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    assert client_of(request.getfixturevalue(name)).get(path).status_code == 404


def test_file_belongs_to_who_asked(
    campaign: Campaign,
    class_group: ClassGroup,
    secretary: User,
    leader: User,
    client_of: ClientOf,
) -> None:
    start(client_of(secretary), campaign, class_group, Layout.ROSTER)
    row = CollegePrint.objects.get()

    assert client_of(leader).get(f"/papers/{row.pk}/").status_code == 404


@pytest.mark.parametrize(("file_format", "begins"), [("pdf", b"%PDF-"), ("xlsx", b"PK")])
def test_error_list_is_taken_as_a_file(
    file_format: str,
    begins: bytes,
    campaign: Campaign,
    class_group: ClassGroup,
    leader: User,
    client_of: ClientOf,
) -> None:
    given: dict[str, Any] = {
        "campaign": campaign.pk,
        "college": class_group.college_id,
        "file_format": file_format,
    }

    answer = client_of(leader).get("/papers/errors/", given)

    assert answer.content.startswith(begins)
    name = f"2026届图像信息校对异常汇总表-人文学院.{file_format}"
    assert name in unquote(answer["Content-Disposition"])


def test_error_list_of_a_foreign_college_is_not_there(
    campaign: Campaign, leader: User, li: User, client_of: ClientOf
) -> None:
    other = enrolment.make_college("理学院")
    given: dict[str, Any] = {"campaign": campaign.pk, "file_format": "pdf"}

    assert (
        client_of(leader).get("/papers/errors/", {**given, "college": other.pk}).status_code == 404
    )
    assert client_of(leader).get("/papers/errors/", given).status_code == 404
    assert client_of(li).get("/papers/errors/", given).content.startswith(b"%PDF-")


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize(("file_format", "begins"), [("pdf", b"%PDF-"), ("xlsx", b"PK")])
def test_class_is_printed_in_every_layout(
    layout: Layout,
    file_format: str,
    begins: bytes,
    campaign: Campaign,
    class_group: ClassGroup,
    monitor: User,
    client_of: ClientOf,
) -> None:
    path = f"/classes/{class_group.pk}/{campaign.pk}/{layout.lower()}/{file_format}/"

    answer = client_of(monitor).get(path)

    assert answer.content.startswith(begins)


def test_unknown_layout_is_not_there(
    campaign: Campaign, class_group: ClassGroup, monitor: User, client_of: ClientOf
) -> None:
    place = f"/classes/{class_group.pk}/{campaign.pk}"

    assert client_of(monitor).get(f"{place}/poster/pdf/").status_code == 404
    assert client_of(monitor).get(f"{place}/roster/docx/").status_code == 404


@pytest.mark.parametrize("files", [1, 3])
def test_list_of_files_asks_a_fixed_number(
    files: int,
    campaign: Campaign,
    class_group: ClassGroup,
    secretary: User,
    client_of: ClientOf,
    now: datetime,
    django_assert_num_queries,
) -> None:
    assert class_group.college is not None
    for layout in list(Layout)[:files]:
        CollegePrint.objects.create(
            campaign=campaign,
            college=class_group.college,
            layout=layout,
            requester=secretary,
            requested_at=now,
            requested_by=secretary.actor_label,
        )
    client = client_of(secretary)
    client.get(PAGE)

    with django_assert_num_queries(14):
        content = client.get(PAGE).content.decode()

    assert content.count("<progress") == files
