"""平台状态名单 at the desk: uploaded, differences looked at and taken, registered after a preview."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts.models import User
from enrollment.models import Graduation
from imaging.models import Campaign, PlatformList
from imaging.services.platform import apply_platform_list
from tests.factories.registering import certificate_no, make_closed_campaign, make_ready

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
LIST = "/admin/imaging/platformlist/"
HEAD = "学号,姓名,状态,证书编号,毕业日期"


@pytest.fixture
def campaign(db: None) -> Campaign:
    """A campaign that is over now, with two who are ready."""
    campaign = make_closed_campaign(timezone.now())
    make_ready(campaign, student_no="2022050127", name="=沈")
    make_ready(campaign, student_no="2022050128", name="秦川")
    return campaign


def upload(desk: Client, campaign: Campaign) -> PlatformList:
    day = f"{timezone.now() - timedelta(days=3):%Y%m%d}"
    lines = [
        HEAD,
        f"2022050127,=沈,毕业,{certificate_no(9100)},{day}",
        "2022050128,秦川,毕业,,",
    ]
    file = SimpleUploadedFile("平台.csv", "\r\n".join(lines).encode("gb18030"))
    given = {"campaign": campaign.pk, "school": campaign.schools.get().pk, "file": file}
    desk.post(f"{LIST}add/", given)
    return PlatformList.objects.get()


def do(listed: PlatformList, name: str) -> str:
    return reverse("admin:imaging_platformlist_do", args=[listed.pk, name])


def test_story_from_upload_to_registered(campaign: Campaign, li: User, client_of: ClientOf) -> None:
    desk = client_of(li)
    listed = upload(desk, campaign)
    page = desk.get(f"{LIST}{listed.pk}/change/").content.decode()
    assert "可以登记" in page
    assert "缺证书编号或日期" in page

    book = CalamineWorkbook.from_filelike(io.BytesIO(desk.post(do(listed, "differences")).content))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[2] for row in rows[1:-1]] == ["秦川", "=沈"]
    assert str(rows[-1][0]).endswith("导出，只供校内工作使用，不要转发。")

    preview = desk.post(do(listed, "accept"), {}).content.decode()
    assert "1 人" in preview
    assert "不能撤回" in preview
    assert not Graduation.objects.exists()
    desk.post(do(listed, "accept"), {"_confirmed": "1"})
    listed.refresh_from_db()
    apply_platform_list(platform_list=listed, now=timezone.now())  # nothing when a worker did it
    assert Graduation.objects.get().record.student_no == "2022050127"
    after = desk.get(f"{LIST}{listed.pk}/change/").content.decode()
    assert "已登记" in after
    assert certificate_no(9100) not in after
    for path in (LIST, "/admin/imaging/platformrow/"):
        assert desk.get(path).status_code == 200


@pytest.mark.parametrize("name", ["accept", "differences", "discard"])
@pytest.mark.parametrize("who", ["auditor", "chen", "alice", "eve"])
def test_nobody_else_acts(
    campaign: Campaign,
    li: User,
    client_of: ClientOf,
    request: pytest.FixtureRequest,
    who: str,
    name: str,
) -> None:
    listed = upload(client_of(li), campaign)

    response = client_of(request.getfixturevalue(who)).post(do(listed, name), {"_confirmed": "1"})

    assert response.status_code in {302, 403, 404}
    assert "sheet" not in response.get("Content-Type", "")
    listed.refresh_from_db()
    assert (listed.state, Graduation.objects.count()) == ("STAGED", 0)
