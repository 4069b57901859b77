"""登记数据包 at the desk: blockers, building, taking with a reason; nobody else gets in."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.models import FileView
from imaging.models import Campaign, PhotoProfile, RegistrationPack
from imaging.states import Conclusion, ConclusionKind
from imaging.states.registration import PackState
from tests.factories import imaging
from tests.factories.registering import make_closed_campaign, make_pack, make_ready
from xuexin.registration.building import build_pack

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
LIST = "/admin/imaging/registrationpack/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def campaign(db: None) -> Campaign:
    """A campaign that is over now, with one who is ready and one who is not."""
    campaign = make_closed_campaign(timezone.now())
    make_ready(campaign, student_no="2022050127")
    wrong = make_ready(campaign, student_no="2022050129")
    imaging.make_conclusion(wrong, ConclusionKind.PHOTO, Conclusion.INCORRECT)
    return campaign


@pytest.fixture
def pack(campaign: Campaign, li: User) -> RegistrationPack:
    """A pack that is ready."""
    now = timezone.now()
    made = make_pack(campaign, actor=li, now=now)
    assert build_pack(pack_id=made.pk, now=now)
    made.refresh_from_db()
    return made


def do(pack: RegistrationPack, name: str) -> str:
    return reverse("admin:imaging_registrationpack_do", args=[pack.pk, name])


def test_unusual_bytes_are_named_before_and_in_the_pack_and_keep_nobody_back(
    campaign: Campaign, li: User, client_of: ClientOf
) -> None:
    PhotoProfile.objects.filter(campaigns=campaign).update(min_bytes=51_200)
    pack = make_pack(campaign, actor=li, now=timezone.now(), is_started=False)
    page = f"{LIST}{pack.pk}/change/"
    desk = client_of(li)

    before = desk.get(page).content.decode()
    desk.post(do(pack, "build"))
    build_pack(pack_id=pack.pk, now=timezone.now() + MINUTE)
    after = desk.get(page).content.decode()

    assert "能登记，请留意：1 人" in before
    assert "一般为 50–58.6 KB" in before
    assert "照样进包。" in before
    assert "平台不收的要重交：2022050127。" in after


def test_story_from_blockers_to_download(campaign: Campaign, li: User, client_of: ClientOf) -> None:
    desk = client_of(li)
    page = desk.post(
        f"{LIST}add/",
        {
            "campaign": campaign.pk,
            "school": campaign.schools.get().pk,
            "graduating_class": "",
            "reason": "交省里办理",
        },
        follow=True,
    ).content.decode()
    pack = RegistrationPack.objects.get()
    assert "核对为有误：照片" in page
    assert "2022050129" in page
    assert pack.state == PackState.DRAFT

    book = desk.post(do(pack, "list"))
    assert book["Content-Type"].endswith("sheet")
    assert "no-store" in book["Cache-Control"]

    preview = desk.get(do(pack, "build")).content.decode()
    assert "能登记，会进包" in preview
    desk.post(do(pack, "build"), follow=True)
    pack.refresh_from_db()
    if pack.state == PackState.BUILDING:  # no worker in the tests: what its task does
        assert "正在生成" in desk.get(f"{LIST}{pack.pk}/change/").content.decode()
        assert build_pack(pack_id=pack.pk, now=timezone.now() + MINUTE)

    refused = desk.post(do(pack, "download"), {"reason": ""}).content.decode()
    assert "为什么下载" in refused
    assert not FileView.objects.exists()

    response = desk.post(do(pack, "download"), {"reason": "交省厅王老师"})
    data = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(data)) as outer:
        assert "学籍.xlsx" in outer.namelist()
    assert "no-store" in response["Cache-Control"]
    assert "attachment" in response["Content-Disposition"]

    after = desk.get(f"{LIST}{pack.pk}/change/").content.decode()
    assert "交省厅王老师" in after
    assert pack.file is None or pack.file.key not in after


@pytest.mark.parametrize("name", ["build", "list", "download", "erase", "drop"])
@pytest.mark.parametrize("who", ["auditor", "chen", "alice", "eve"])
def test_nobody_else_acts(
    pack: RegistrationPack,
    client_of: ClientOf,
    request: pytest.FixtureRequest,
    who: str,
    name: str,
) -> None:
    response = client_of(request.getfixturevalue(who)).post(do(pack, name), {"reason": "看看"})

    assert response.status_code in {302, 403, 404}
    assert response.get("Content-Type", "") != "application/zip"
    pack.refresh_from_db()
    assert (pack.state, FileView.objects.count()) == (PackState.READY, 0)


def test_pages_name_no_document_number(
    pack: RegistrationPack, li: User, client_of: ClientOf
) -> None:
    number = pack.packed.get().record.id_number
    desk = client_of(li)
    packed = pack.packed.get()
    pages = [
        LIST,
        f"{LIST}{pack.pk}/change/",
        "/admin/imaging/packedrecord/",
        f"/admin/imaging/packedrecord/{packed.pk}/change/",
    ]

    for page in pages:
        response = desk.get(page)
        assert response.status_code == 200, page
        assert number not in response.content.decode()
