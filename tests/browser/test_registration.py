"""学历登记 at the desk: what is in the way, the pack, and taking it with a reason."""

import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from enrollment.models import Graduation
from imaging.models import PlatformList, RegistrationPack
from imaging.services.platform import apply_platform_list
from imaging.states import Conclusion, ConclusionKind
from imaging.states.registration import PackState
from tests.browser.stories import log_in
from tests.factories import enrolment, imaging
from tests.factories.people import PASSWORD
from tests.factories.registering import certificate_no, make_closed_campaign, make_ready
from xuexin.registration.building import build_pack

pytestmark = pytest.mark.django_db(transaction=True)


def send(page: Page) -> None:
    """The button of a desk form."""
    page.locator("#content-main form [type=submit]").last.click()


def test_registrar_sees_what_is_in_the_way_and_takes_a_pack(
    page: Page,
    li: User,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    moment = timezone.now()
    campaign = make_closed_campaign(moment)
    make_ready(campaign, name="沈若溪")
    make_ready(campaign, name="秦川")
    imaging.make_conclusion(
        make_ready(campaign, name="顾清扬"), ConclusionKind.PHOTO, Conclusion.INCORRECT
    )
    imaging.make_member(enrolment.make_record(name="江晚"), campaign)
    make_ready(campaign, name="陆明", candidate_no="")
    log_in(page, str(li.email), PASSWORD)

    page.goto("/admin/imaging/registrationpack/add/")
    page.get_by_label("校对批次").select_option(label=str(campaign))
    page.get_by_label("学校").select_option(index=1)
    page.get_by_label("为什么导出").fill("交省里办理学历电子注册")
    photograph(page, "registration-new")
    check_accessibility(page)
    send(page)
    expect(page.locator("body")).to_contain_text("核对为有误：照片")
    photograph(page, "registration-blockers")
    check_accessibility(page)

    page.get_by_role("link", name="生成数据包").click()
    photograph(page, "registration-build")
    check_accessibility(page)
    send(page)
    page.wait_for_url("**/change/")
    pack = RegistrationPack.objects.get()
    if pack.state == PackState.BUILDING:  # the story has no worker
        photograph(page, "registration-building")
        check_accessibility(page)
        assert build_pack(pack_id=pack.pk, now=timezone.now())
        page.reload()
    expect(page.locator("body")).to_contain_text("备好，可以下载")
    photograph(page, "registration-ready")
    check_accessibility(page)

    page.get_by_role("link", name="下载数据包").click()
    page.get_by_label("为什么下载").fill("交省厅王老师")
    photograph(page, "registration-take")
    check_accessibility(page)
    with page.expect_download() as waiting:
        send(page)
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert "照片-01.zip" in archive.namelist()

    page.goto(f"/admin/imaging/registrationpack/{pack.pk}/change/")
    expect(page.locator("body")).to_contain_text("交省厅王老师")
    photograph(page, "registration-taken")
    page.goto("/admin/imaging/registrationpack/")
    photograph(page, "registration-list")
    check_accessibility(page)


def test_registrar_compares_the_platforms_list_and_registers(
    page: Page,
    li: User,
    tmp_path: Path,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    moment = timezone.now()
    campaign = make_closed_campaign(moment)
    for number, name in (("2022050127", "沈若溪"), ("2022050128", "秦川"), ("2022050129", "陆明")):
        make_ready(campaign, student_no=number, name=name)
    day = f"{moment - timedelta(days=3):%Y%m%d}"
    listed = tmp_path / "平台名单.csv"
    lines = [
        "XH,XM,BZ,ZSBH,BYRQ",
        f"2022050127,沈若溪,毕业,{certificate_no(9200)},{day}",
        "2022050128,秦川,毕业,,",
    ]
    listed.write_bytes("\r\n".join(lines).encode("gb18030"))
    log_in(page, str(li.email), PASSWORD)

    page.goto("/admin/imaging/platformlist/add/")
    page.get_by_label("校对批次").select_option(label=str(campaign))
    page.get_by_label("学校").select_option(index=1)
    page.get_by_label("平台的名单").set_input_files(listed)
    photograph(page, "platform-new")
    check_accessibility(page)
    send(page)
    expect(page.locator("body")).to_contain_text("平台名单里没有")
    photograph(page, "platform-compared")
    check_accessibility(page)

    page.get_by_role("link", name="登记学历").last.click()
    photograph(page, "platform-accept")
    check_accessibility(page)
    send(page)
    expect(page.locator("body")).to_contain_text("不能撤回")
    photograph(page, "platform-preview")
    check_accessibility(page)
    send(page)
    page.wait_for_url("**/change/")
    found = PlatformList.objects.get()
    apply_platform_list(platform_list=found, now=timezone.now())  # the story has no worker
    page.goto(f"/admin/imaging/platformlist/{found.pk}/change/")
    expect(page.locator("body")).to_contain_text("已登记")
    photograph(page, "platform-done")
    check_accessibility(page)
    assert Graduation.objects.get().record.student_no == "2022050127"
