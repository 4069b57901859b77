"""The public page behind the code of a sheet, as a stranger's browser sees it."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts.models import User
from corrections.models import ClassSheet
from corrections.states import Layout, SheetState
from corrections.views.sheet_check import CHECKS
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import Campaign, CampaignMember
from imaging.states import ConclusionKind
from tests.factories.corrections import make_dispute
from tests.factories.imaging import make_campaign, make_conclusion, make_member, make_photo
from tests.factories.sheets import make_sheet
from tests.poppler import Poppler

pytestmark = [pytest.mark.page, pytest.mark.django_db]

FROZEN = [
    SheetState.FROZEN,
    SheetState.COUNSELLOR_SIGNED,
    SheetState.COLLEGE_SEALED,
    SheetState.SUBMITTED,
    SheetState.ACCEPTED,
]
PAST = [SheetState.RETURNED, SheetState.STALE, SheetState.WITHDRAWN]


@pytest.fixture
def stranger() -> Client:
    """A browser that nobody has logged in with."""
    return Client()


@pytest.fixture
def campaign() -> Campaign:
    """The campaign."""
    return make_campaign()


@pytest.fixture
def member(campaign: Campaign, record: StudentRecord) -> CampaignMember:
    """Alice in the campaign, whose photo is right."""
    make_photo(record)
    member = make_member(record, campaign)
    make_conclusion(member, ConclusionKind.PHOTO)
    return member


def frozen(member: CampaignMember, state: SheetState = SheetState.FROZEN) -> ClassSheet:
    """A version of Alice's class."""
    assert member.class_group is not None
    return make_sheet(member.campaign, member.class_group, state, at=timezone.now())


def main_of(client: Client, sheet: ClassSheet) -> str:
    """What the page says, without the frame around it."""
    answer = client.get(f"/sheet-check/{sheet.check_code}/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("state", FROZEN)
def test_unchanged_sheet_equals(
    state: SheetState, stranger: Client, member: CampaignMember
) -> None:
    sheet = frozen(member, state)

    content = main_of(stranger, sheet)

    assert "和定稿时一致" in content
    assert "不一致" not in content
    label = sheet.content_hash[:12].upper()
    assert f"{label[:4]} {label[4:8]} {label[8:]}" in content
    assert state.label in content


def test_changed_row_is_noticed_at_once(stranger: Client, member: CampaignMember) -> None:
    sheet = frozen(member)
    make_dispute(member, at=timezone.now())

    assert "和定稿时不一致" in main_of(stranger, sheet)


@pytest.mark.parametrize("state", PAST)
def test_past_version_counts_no_more(
    state: SheetState, stranger: Client, member: CampaignMember
) -> None:
    content = main_of(stranger, frozen(member, state))

    assert "这一版不再算数" in content
    assert state.label in content
    assert "和定稿时" not in content


def test_page_names_nobody_and_no_class(
    stranger: Client, member: CampaignMember, record: StudentRecord, chen: User
) -> None:
    content = main_of(stranger, frozen(member))

    for words in (record.name, record.student_no, record.id_number, "2201", "汉语言文学", "陈老师"):
        assert words not in content


@pytest.mark.parametrize("code", ["unknown", "x" * 40, "%3Cscript%3E"])
def test_unknown_code_is_not_there(stranger: Client, db: None, code: str) -> None:
    assert stranger.get(f"/sheet-check/{code}/").status_code == 404


@pytest.mark.parametrize("code", ["a\0b", "\0", "版本", "a b", "a.b", "a\n", "'--", "../x"])
def test_strange_code_reaches_no_view_and_no_database(code: str, stranger: Client) -> None:
    """PostgreSQL takes no NUL: what no code can be is not even looked up."""
    with pytest.raises(Resolver404):
        resolve(f"/sheet-check/{code}/")
    assert stranger.get(f"/sheet-check/{quote(code, safe='')}/").status_code == 404


def test_draft_has_no_page(stranger: Client, member: CampaignMember) -> None:
    sheet = frozen(member, SheetState.DRAFT)

    assert stranger.get(f"/sheet-check/{sheet.check_code}/").status_code == 404


def test_only_reading_and_never_kept(stranger: Client, member: CampaignMember) -> None:
    path = f"/sheet-check/{frozen(member).check_code}/"

    answer = stranger.get(path)

    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]
    assert stranger.post(path).status_code == 405


def test_too_many_looks_are_stopped(stranger: Client, member: CampaignMember) -> None:
    path = f"/sheet-check/{frozen(member).check_code}/"
    for _ in range(CHECKS.amount):
        stranger.get("/sheet-check/unknown/")

    assert stranger.get(path).status_code == 429
    assert "和定稿时" not in stranger.get(path).content.decode()


@pytest.mark.parametrize("layout", Layout)
def test_code_on_the_paper_leads_to_the_answer(
    layout: Layout,
    poppler: Poppler,
    stranger: Client,
    member: CampaignMember,
    class_group: ClassGroup,
    leader: User,
    client_of,
) -> None:
    sheet = frozen(member, SheetState.COLLEGE_SEALED)
    path = f"/classes/{class_group.pk}/{member.campaign_id}/{layout.lower()}/pdf/"

    pdf = client_of(leader).get(path).content

    address = poppler.code(pdf)
    assert address == f"{settings.BASE_URL}/sheet-check/{sheet.check_code}/"
    (text,) = poppler.pages(pdf)
    printed = re.search(r"版本 (\w{4} \w{4} \w{4})", text)
    assert printed is not None
    answer = stranger.get(address.removeprefix(settings.BASE_URL)).content.decode()
    assert printed[1] in answer
    assert "和定稿时一致" in answer


def test_paper_keeps_what_was_frozen(
    poppler: Poppler, member: CampaignMember, class_group: ClassGroup, leader: User, client_of
) -> None:
    frozen(member)
    make_dispute(member, at=timezone.now() - timedelta(seconds=1))

    pdf = client_of(leader).get(f"/classes/{class_group.pk}/{member.campaign_id}/sheet.pdf").content

    assert "信息有误" not in poppler.pages(pdf)[0]


def test_draft_is_printed_without_a_code(
    poppler: Poppler, member: CampaignMember, class_group: ClassGroup, leader: User, client_of
) -> None:
    pdf = client_of(leader).get(f"/classes/{class_group.pk}/{member.campaign_id}/sheet.pdf").content

    (text,) = poppler.pages(pdf)
    assert "草稿，还没有定稿" in text
    assert "扫码" not in text
