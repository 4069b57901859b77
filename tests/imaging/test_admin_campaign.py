"""Campaigns at the desk: created, filled, moved, extended, each with a preview."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import localtime, now

from accounts.models import User
from accounts.states import Role
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import Campaign, CampaignMember, Extension, ReopenRequest
from imaging.states import Conclusion, ConclusionKind
from tests.factories import enrolment, imaging, people

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
DAY = timedelta(days=1)
CAMPAIGNS = "/admin/imaging/campaign/"
MEMBERS = "/admin/imaging/campaignmember/"


def typed(moment: object) -> str:
    return localtime(moment).strftime("%Y-%m-%dT%H:%M")  # type: ignore[arg-type]


@pytest.fixture
def campaign(class_group: ClassGroup) -> Campaign:
    """A campaign that is open now."""
    moment = now().replace(second=0, microsecond=0)
    return imaging.make_campaign(
        opens_at=moment - timedelta(days=1),
        closes_at=moment + timedelta(days=4),
        sheet_freeze_at=moment + timedelta(days=5),
    )


def test_campaign_is_created_by_the_service(
    client_of: ClientOf, li: User, class_group: ClassGroup
) -> None:
    profile = imaging.make_profile()
    given = {
        "title": "2027 届毕业图像校对",
        "kind": "GRADUATION",
        "graduating_class": "2027",
        "schools": [str(class_group.school_id)],
        "opens_at": "2027-03-01T08:00",
        "closes_at": "2027-03-10T23:00",
        "sheet_freeze_at": "2027-03-11T12:00",
        "window_hours": "24",
        "recheck_hours": "72",
        "profile": str(profile.pk),
        "photo_reasons": ["NOT_ME", "OTHER"],
    }

    response = client_of(li).post(f"{CAMPAIGNS}add/", given)

    made = Campaign.objects.get()
    assert response["Location"] == f"{CAMPAIGNS}{made.pk}/change/"
    assert typed(made.closes_at) == "2027-03-10T23:00"
    assert list(made.schools.all()) == [class_group.school]
    assert made.photo_reasons == ["NOT_ME", "OTHER"]


def test_wrong_order_of_moments_is_told_beside_the_field(
    client_of: ClientOf, li: User, campaign: Campaign
) -> None:
    given = {
        "opens_at": typed(campaign.closes_at),
        "closes_at": typed(campaign.opens_at),
        "sheet_freeze_at": typed(campaign.sheet_freeze_at),
        "reason": "试",
        "_confirmed": "1",
    }

    response = client_of(li).post(f"{CAMPAIGNS}{campaign.pk}/do/move/", given)

    assert response.context["form"].errors == {"closes_at": ["学生截止时间要晚于开始时间。"]}


def test_members_are_proposed_after_a_preview_that_adds_nobody(
    client_of: ClientOf, li: User, campaign: Campaign, record: StudentRecord
) -> None:
    enrolment.make_record(graduating_class=2027)
    client = client_of(li)
    url = f"{CAMPAIGNS}{campaign.pk}/do/propose/"

    preview = client.get(url).content.decode()
    before = CampaignMember.objects.count()
    client.post(url)

    assert "1 人" in preview
    assert before == 0
    assert [member.record for member in CampaignMember.objects.all()] == [record]


def test_deadlines_move_with_a_reason_and_say_what_follows(
    client_of: ClientOf, li: User, campaign: Campaign, record: StudentRecord
) -> None:
    member = imaging.make_member(record, campaign)
    moment = now()
    imaging.make_conclusion(member, ConclusionKind.DATA, Conclusion.CORRECT, at=moment)
    client = client_of(li)
    url = f"{CAMPAIGNS}{campaign.pk}/do/move/"
    later = campaign.closes_at + timedelta(days=2)
    given = {
        "opens_at": typed(campaign.opens_at),
        "closes_at": typed(later),
        "sheet_freeze_at": typed(later + timedelta(days=1)),
        "reason": "停电",
    }

    preview = client.post(url, given).content.decode()
    campaign.refresh_from_db()
    untouched = campaign.closes_at
    client.post(url, {**given, "_confirmed": "1"})

    campaign.refresh_from_db()
    member.refresh_from_db()
    assert "1 名成员的时间跟着变；还没锁定的 1 项结论" in preview
    assert untouched == later - timedelta(days=2)
    assert campaign.closes_at == later
    assert member.closes_at == later


@pytest.mark.parametrize("target", ["class", "student"])
def test_extension_is_granted_to_one_target(
    client_of: ClientOf, li: User, campaign: Campaign, record: StudentRecord, target: str
) -> None:
    member = imaging.make_member(record, campaign)
    later = campaign.closes_at + timedelta(days=1)
    who = (
        {"class_group": str(record.class_group_id)}
        if target == "class"
        else {"student_no": record.student_no}
    )
    given = {
        **who,
        "closes_at": typed(later),
        "sheet_freeze_at": typed(later + timedelta(days=1)),
        "reason": "住院",
    }
    client = client_of(li)
    url = f"{CAMPAIGNS}{campaign.pk}/do/extend/"

    preview = client.post(url, given).content.decode()
    client.post(url, {**given, "_confirmed": "1"})

    member.refresh_from_db()
    assert "会延期" in preview
    assert Extension.objects.get().reason == "住院"
    assert member.closes_at == later


def test_extension_for_class_and_student_at_once_is_refused(
    client_of: ClientOf, li: User, campaign: Campaign, record: StudentRecord
) -> None:
    imaging.make_member(record, campaign)
    given = {
        "class_group": str(record.class_group_id),
        "student_no": record.student_no,
        "closes_at": typed(campaign.closes_at),
        "sheet_freeze_at": typed(campaign.sheet_freeze_at),
        "reason": "住院",
    }

    response = client_of(li).post(f"{CAMPAIGNS}{campaign.pk}/do/extend/", given)

    assert response.context["form"].non_field_errors() == ["班和学生填一个，只填一个"]


def test_member_is_removed_and_put_back(
    client_of: ClientOf, li: User, campaign: Campaign, record: StudentRecord
) -> None:
    member = imaging.make_member(record, campaign)
    client = client_of(li)

    client.post(f"{MEMBERS}{member.pk}/do/remove/", {"reason": "结业"})
    member.refresh_from_db()
    removed = member.removed_at
    client.post(f"{MEMBERS}{member.pk}/do/back/", {"reason": "改为毕业"})

    member.refresh_from_db()
    assert removed is not None
    assert member.removed_at is None


def test_photo_is_waived_and_asked_for_again(
    client_of: ClientOf, li: User, campaign: Campaign, record: StudentRecord
) -> None:
    member = imaging.make_member(record, campaign)
    client = client_of(li)

    client.post(f"{MEMBERS}{member.pk}/do/waive/", {"reason": "本人书面说明不拍照"})
    page = client.get(f"{MEMBERS}{member.pk}/change/").content.decode()
    member.refresh_from_db()
    asked = member.asked
    found = client.get(f"{MEMBERS}?photo=waived").content.decode()
    missing = client.get(f"{MEMBERS}?photo=missing").content.decode()
    client.post(f"{MEMBERS}{member.pk}/do/ask_photo/", {"reason": "本人改了主意"})

    member.refresh_from_db()
    assert asked == (ConclusionKind.DATA,)
    assert "本人书面说明不拍照" in page
    assert record.student_no in found
    assert record.student_no not in missing
    assert member.photo_waived_at is None


def test_one_student_is_added_after_a_preview(
    client_of: ClientOf, li: User, campaign: Campaign, record: StudentRecord
) -> None:
    client = client_of(li)
    url = f"{CAMPAIGNS}{campaign.pk}/do/add/"
    given = {"student_no": record.student_no, "reason": "名册漏了"}

    preview = client.post(url, given).content.decode()
    before = CampaignMember.objects.count()
    client.post(url, {**given, "_confirmed": "1"})

    assert record.name in preview
    assert before == 0
    assert CampaignMember.objects.get().record == record


def test_verification_is_opened_again_by_two(
    client_of: ClientOf, li: User, campaign: Campaign, record: StudentRecord
) -> None:
    member = imaging.make_member(record, campaign)
    imaging.make_conclusion(member, ConclusionKind.DATA, Conclusion.CORRECT, at=now() - 3 * DAY)

    client_of(li).post(
        f"{MEMBERS}{member.pk}/do/reopen/",
        {"kinds": ["DATA"], "closes_at": typed(now() + 2 * DAY), "reason": "学生来电，看错了"},
    )
    asked = ReopenRequest.objects.get(member=member)
    page = f"/admin/imaging/reopenrequest/{asked.pk}/"
    own = client_of(li).get(f"{page}change/").content.decode()
    wang = people.make_staff(Role.REGISTRAR, "wang@example.test")
    given = {"answer": "已重新开放"}
    preview = client_of(wang).post(f"{page}do/grant/", given).content.decode()
    before = member.rounds.count()
    client_of(wang).post(f"{page}do/grant/", {**given, "_confirmed": "1"})

    current = member.rounds.get(is_current=True)
    assert "复核：重新开放" not in own
    assert "退回重看" in own
    assert "开第 2 轮" in preview
    assert before == 1
    assert (current.round_no, current.cause) == (2, "REOPENED")
    assert current.conclusions.get(kind=ConclusionKind.DATA).state == Conclusion.PENDING


def test_auditor_looks_and_moves_nothing(
    client_of: ClientOf, auditor: User, campaign: Campaign
) -> None:
    client = client_of(auditor)

    page = client.get(f"{CAMPAIGNS}{campaign.pk}/change/").content.decode()

    assert "移动时间" not in page
    assert client.get(f"{CAMPAIGNS}add/").status_code == 403
    for name in ("propose", "add", "extend", "move"):
        assert client.post(f"{CAMPAIGNS}{campaign.pk}/do/{name}/").status_code == 403


@pytest.mark.parametrize("phase", ["todo", "open", "locked", "invalid"])
def test_conclusions_are_narrowed_by_their_phase(
    client_of: ClientOf, li: User, campaign: Campaign, phase: str
) -> None:
    moment = now()
    member = {
        name: imaging.make_member(enrolment.make_record(), campaign)
        for name in ("todo", "open", "locked", "invalid")
    }
    for name, given_at in (
        ("open", moment),
        ("invalid", moment),
        ("locked", moment - timedelta(days=2)),
    ):
        imaging.make_conclusion(member[name], ConclusionKind.DATA, Conclusion.CORRECT, at=given_at)
    StudentRecord.objects.filter(pk=member["invalid"].record_id).update(key_digest="0" * 32)

    response = client_of(li).get(
        "/admin/imaging/verificationconclusion/", {"phase": phase, "kind__exact": "DATA"}
    )

    found = {row.round.member_id for row in response.context["cl"].result_list}
    expected = {
        "todo": {member["todo"].pk},
        "open": {member["open"].pk, member["invalid"].pk},
        "locked": {member["locked"].pk},
        "invalid": {member["invalid"].pk},
    }
    assert found == expected[phase]
