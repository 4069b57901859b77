"""The end of a verification on the pages: what one answers for, silence, receipt, reopening, 代录, registered."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.timezone import localtime

from accounts.models import User
from accounts.states import Role
from corrections.selectors.standing import class_standings
from enrollment.models import ClassGroup, StudentRecord
from enrollment.services.graduation import NewGraduation, register_graduation
from enrollment.states import GraduationOutcome
from imaging.models import CampaignMember, ReopenRequest, VerificationConclusion
from imaging.services.reopen import decide_reopen, propose_reopen
from imaging.states import Conclusion, ConclusionKind, PhotoReason, ReopenAction
from tests.factories import enrolment, imaging, people

pytestmark = [pytest.mark.page, pytest.mark.django_db]

DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
DAY = timedelta(days=1)
ClientOf = Callable[[User], Client]


@pytest.fixture
def at_work() -> datetime:
    """Pages read the clock, so the campaign is laid around the present."""
    return timezone.now()


@pytest.fixture
def member(record: StudentRecord, at_work: datetime) -> CampaignMember:
    imaging.make_photo(record)
    campaign = imaging.make_campaign(
        opens_at=at_work - 10 * DAY, closes_at=at_work + DAY, sheet_freeze_at=at_work + 2 * DAY
    )
    return imaging.make_member(record, campaign)


@pytest.fixture
def locked(member: CampaignMember, at_work: datetime) -> CampaignMember:
    for kind in ConclusionKind:
        imaging.make_conclusion(member, kind, at=at_work - 3 * DAY)
    return member


@pytest.fixture
def client(client_of: ClientOf, alice: User) -> Client:
    return client_of(alice)


def url(member: CampaignMember, step: str = "") -> str:
    return f"/verify/{member.record_id}/{step}"


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def plain(page: str) -> str:
    return "".join(re.sub(r"<[^>]+>", "", page).split())


def look(client: Client, address: str) -> str:
    return client.get(address).content.decode()


# --- before the click ------------------------------------------------------------------------


def test_silence_and_round_are_said_first(client: Client, member: CampaignMember) -> None:
    page = plain(look(client, url(member)))

    assert "以前不提交，不会替你算正确" in page
    assert "照片不能用于学历注册" in page
    assert "第1轮" in page


def test_one_answers_for_it_before_the_click(client: Client, member: CampaignMember) -> None:
    seen = seen_in(look(client, url(member)))

    confirm = client.post(
        url(member, "check/"), {"seen": seen, "photo": "CORRECT", "info": "CORRECT"}
    )
    fill = client.post(
        url(member, "dispute/"), {"seen": seen, "photo": "INCORRECT", "photo_reasons": ["NOT_ME"]}
    )

    for page in (confirm, fill):
        assert "我是沈若溪本人，自己看过，对这个结论负责" in page.content.decode()
    assert not VerificationConclusion.objects.exclude(state=Conclusion.PENDING).exists()


def test_contradiction_is_said_at_once_with_what_to_drop(
    client: Client, member: CampaignMember
) -> None:
    page = client.post(
        url(member, "dispute/"),
        {
            "seen": seen_in(look(client, url(member))),
            "photo": "INCORRECT",
            "photo_reasons": ["NOT_ME", "WANTS_RETAKE"],
        },
    ).content.decode()

    assert "第一步，共两步" in page
    assert "照片里是你本人，就去掉“不是我本人”" in page


def test_wish_for_a_retake_is_another_case(
    client: Client, member: CampaignMember, class_group: ClassGroup, at_work: datetime
) -> None:
    imaging.make_conclusion(member, DATA, at=at_work - 3 * DAY)
    imaging.make_conclusion(
        member,
        PHOTO,
        Conclusion.INCORRECT,
        at=at_work - 3 * DAY,
        reasons=[PhotoReason.WANTS_RETAKE],
    )

    page = plain(look(client, url(member)))
    standing = class_standings(campaign=member.campaign, class_group=class_group, now=at_work)[0]

    assert "希望重拍，已锁定" in page
    assert "照片是你本人" in page
    assert standing.result == "是本人，希望重拍"


def test_retake_is_only_mentioned_where_it_is_offered(
    client: Client, record: StudentRecord, at_work: datetime
) -> None:
    imaging.make_photo(record)
    moments = {
        "opens_at": at_work - DAY,
        "closes_at": at_work + DAY,
        "sheet_freeze_at": at_work + DAY,
    }
    member = imaging.make_member(record, imaging.make_campaign(photo_reasons=["NOT_ME"], **moments))

    assert "希望重拍" not in look(client, url(member))


# --- receipt ---------------------------------------------------------------------------------


def test_receipt_is_downloaded_by_its_owner(
    client: Client, client_of: ClientOf, monitor: User, locked: CampaignMember
) -> None:
    page = look(client, url(locked))
    file = client.get(url(locked, "receipt.pdf"))

    assert url(locked, "receipt.pdf") in page
    assert "摘要" in page
    assert file["Content-Type"] == "application/pdf"
    assert file.content.startswith(b"%PDF-")
    assert file["Cache-Control"] == "no-store, private"
    assert "沈若溪" not in file["Content-Disposition"]
    assert client_of(monitor).get(url(locked, "receipt.pdf")).status_code == 404


def test_receipt_before_the_lock_is_a_sentence(client: Client, member: CampaignMember) -> None:
    response = client.get(url(member, "receipt.pdf"), follow=True)

    assert "都锁定以后才有回执" in response.content.decode()


# --- reopening -------------------------------------------------------------------------------


def test_student_asks_follows_and_checks_again(
    client: Client, li: User, locked: CampaignMember, at_work: datetime
) -> None:
    offer = look(client, url(locked))
    empty = client.post(url(locked, "reopen/"), {}).content.decode()
    done = client.post(url(locked, "reopen/"), {"kinds": ["PHOTO"], "reason": "看错了"})
    asked = ReopenRequest.objects.get(member=locked)
    waiting = plain(look(client, done["Location"]))
    again = client.get(url(locked, "reopen/"))

    wang = people.make_staff(Role.REGISTRAR, "wang@example.test")
    propose_reopen(
        request=asked,
        action=ReopenAction.PROPOSE_GRANT,
        note="内部意见",
        closes_at=at_work + 5 * DAY,
        actor=li,
        now=at_work,
    )
    proposed = look(client, done["Location"])
    decide_reopen(request=asked, action=ReopenAction.GRANT, answer="同意", actor=wang, now=at_work)
    granted = plain(look(client, done["Location"]))
    choose = plain(look(client, url(locked)))

    assert url(locked, "reopen/") in offer
    assert "写明为什么要重新核对" in empty
    assert "至少选一项重新核对" in empty
    assert done["Location"] == f"/verify/reopened/{asked.pk}/"
    assert again["Location"] == done["Location"]
    assert "一位老师看" in waiting
    assert "撤回申请" in waiting
    assert "内部意见" not in proposed
    assert "拟重新开放" not in proposed
    assert "重新开放了" in granted
    assert "去重新核对" in granted
    assert "已重新开放，请再核对一次" in choose
    assert "第2轮，教务处重新开放" in choose


def test_student_takes_the_request_back(client: Client, locked: CampaignMember) -> None:
    asked = imaging.make_reopen(locked, at=timezone.now())
    address = f"/verify/reopened/{asked.pk}/"

    question = look(client, f"{address}withdraw/")
    page = client.post(f"{address}withdraw/", follow=True).content.decode()

    asked.refresh_from_db()
    assert "撤回这份申请吗" in question
    assert asked.state == "WITHDRAWN"
    assert "你撤回了" in page or "已经开了新的一轮" in page


def test_strangers_find_no_request(
    client_of: ClientOf, monitor: User, chen: User, locked: CampaignMember
) -> None:
    asked = imaging.make_reopen(locked, at=timezone.now())

    for person in (monitor, chen):
        for address in (f"/verify/reopened/{asked.pk}/", url(locked, "reopen/")):
            assert client_of(person).get(address).status_code == 404
            assert client_of(person).post(address, {}).status_code in {404, 405}


def test_nothing_locked_is_nothing_to_reopen(client: Client, member: CampaignMember) -> None:
    response = client.get(url(member, "reopen/"), follow=True)

    assert "没有锁定的结论" in response.content.decode()


# --- 代录 ------------------------------------------------------------------------------------


def entry(page: str, **fields: Any) -> dict[str, Any]:
    typed = localtime(timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    return {
        "seen": seen_in(page),
        "photo": "CORRECT",
        "has_seen": "on",
        "info": "CORRECT",
        "way": "PHONE",
        "reached_at": typed,
        "reason": "住院",
        **fields,
    }


@pytest.mark.parametrize("person", ["chen", "li"])
def test_staff_enter_and_the_student_reads_it(
    person: str,
    request: pytest.FixtureRequest,
    client: Client,
    client_of: ClientOf,
    member: CampaignMember,
) -> None:
    staff = client_of(request.getfixturevalue(person))
    address = f"/verify/for/{member.pk}/"
    page = look(staff, address)

    done = staff.post(address, entry(page), follow=True).content.decode()
    read = plain(look(client, url(member)))

    assert member.record.id_number not in page
    assert "已代录" in done
    assert "现在没有可以代录的" in done
    assert "正确（代录），未锁定" in plain(done)
    assert "代你录入的" in read
    assert "住院" in read
    assert "撤回，重新核对" in read


def test_photo_is_shown_to_the_office_alone(
    client_of: ClientOf, chen: User, li: User, member: CampaignMember
) -> None:
    address = f"/verify/for/{member.pk}/"

    assert "/photo/" in look(client_of(li), address)
    assert "/photo/" not in look(client_of(chen), address)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"has_seen": ""}, "学生没看过照片"),
        ({"photo": "", "info": ""}, "至少录一项"),
        ({"photo": "INCORRECT"}, "照片有误的原因"),
        ({"photo": "INCORRECT", "photo_reasons": ["NOT_ME", "WANTS_RETAKE"]}, "不能同时选"),
        ({"info": "INCORRECT"}, "写明哪一项"),
        ({"reason": ""}, "学生为什么不能自己核对"),
        ({"reached_at": "2031-01-01T00:00"}, "不能晚于现在"),
    ],
)
def test_entry_must_be_whole(
    fields: dict[str, str],
    said: str,
    client_of: ClientOf,
    chen: User,
    member: CampaignMember,
) -> None:
    staff, address = client_of(chen), f"/verify/for/{member.pk}/"

    page = staff.post(address, entry(look(staff, address), **fields)).content.decode()

    assert said in page
    assert not VerificationConclusion.objects.filter(is_proxy=True).exists()


def test_others_find_no_entry(
    client_of: ClientOf, monitor: User, alice: User, auditor: User, member: CampaignMember
) -> None:
    other = people.make_user("other@example.test")
    enrolment.assign(other, "COUNSELLOR", class_group=enrolment.make_class("物理学 2201 班"))  # type: ignore[arg-type]

    for person in (monitor, alice, auditor, other):
        assert client_of(person).get(f"/verify/for/{member.pk}/").status_code == 404
        assert client_of(person).post(f"/verify/for/{member.pk}/", {}).status_code == 404


def test_board_leads_to_the_entry(
    client_of: ClientOf, chen: User, monitor: User, member: CampaignMember
) -> None:
    address = f"/classes/{member.class_group_id}/{member.campaign_id}/progress/"
    link = f"/verify/for/{member.pk}/"

    assert link in look(client_of(chen), address)
    assert link not in look(client_of(monitor), address)


# --- registered ------------------------------------------------------------------------------


def test_registered_page_says_when_and_by_what(
    client: Client, li: User, locked: CampaignMember, at_work: datetime
) -> None:
    new = NewGraduation(
        outcome=GraduationOutcome.GRADUATED,
        conferred_date=date(2026, 6, 30),
        certificate_no="999991202605000001",
    )
    register_graduation(record=locked.record, new=new, actor=li, now=at_work - timedelta(hours=1))

    page = plain(look(client, url(locked)))
    home = plain(look(client, "/"))
    asked = client.get(url(locked, "reopen/"), follow=True).content.decode()

    assert "已登记学历，不能再改" in page
    assert "（毕业，2026年06月30日）" in page
    assert "申请重新开放" not in page
    assert "下载回执" in page
    assert "999991202605000001" not in page
    assert "核对结束" in home
    assert "不能再核对或修改" in asked
