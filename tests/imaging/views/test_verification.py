"""The student's way through the pages: look, choose, confirm, say what is wrong, take back."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, VerificationConclusion
from imaging.states import Conclusion, ConclusionKind
from tests.factories import enrolment, imaging

pytestmark = [pytest.mark.page, pytest.mark.django_db]

DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
DAY = timedelta(days=1)


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
def client(client_of: Callable[[User], Client], alice: User) -> Client:
    return client_of(alice)


def url(member: CampaignMember, step: str = "") -> str:
    return f"/verify/{member.record_id}/{step}"


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def look(client: Client, member: CampaignMember, query: str = "") -> str:
    return client.get(url(member) + query).content.decode()


def row(member: CampaignMember, kind: ConclusionKind) -> VerificationConclusion:
    return VerificationConclusion.objects.get(
        round__member=member, round__is_current=True, kind=kind
    )


def states(member: CampaignMember) -> tuple[str, str]:
    return row(member, PHOTO).state, row(member, DATA).state


def test_short_address_leads_to_the_record(client: Client, member: CampaignMember) -> None:
    assert client.get("/verify/")["Location"] == url(member)


def test_without_campaign_there_is_nothing_to_verify(client: Client, record: StudentRecord) -> None:
    response = client.get("/verify/", follow=True)

    assert response.redirect_chain == [("/", 302)]
    assert "现在没有要核对的事" in response.content.decode()


@pytest.mark.parametrize("step", ["", "check/", "dispute/", "submit/", "withdraw/"])
@pytest.mark.parametrize("who", ["eve", "monitor", "chen", "li"])
def test_record_of_somebody_else_is_not_found(
    who: str, step: str, request, client_of, member: CampaignMember
) -> None:
    client = client_of(request.getfixturevalue(who))

    ask = client.post if step else client.get
    assert ask(url(member, step)).status_code == 404


@pytest.mark.parametrize("step", ["check/", "dispute/", "submit/", "withdraw/"])
def test_step_opened_by_address_leads_back(
    step: str, client: Client, member: CampaignMember
) -> None:
    assert client.get(url(member, step))["Location"] == url(member)


def test_choose_page_shows_everything_and_preselects_nothing(
    client: Client, member: CampaignMember, django_assert_num_queries
) -> None:
    client.get("/account/")  # the session notes the first request

    # session, user, standing, record, conclusions, photos, and the words once for all readers
    with django_assert_num_queries(7):
        page = look(client, member)

    assert member.record.id_number not in page
    assert member.record.id_number[:6] not in page
    assert "上面 26 项都对吗？" in page
    assert "checked" not in page
    assert f"/photo/{member.record.photos.get().pk}/" in page


def test_nothing_chosen_is_said(client: Client, member: CampaignMember) -> None:
    page = client.post(
        url(member, "check/"), {"seen": seen_in(look(client, member))}
    ).content.decode()

    assert "照片和信息，至少选一项的结论" in page


def test_both_right_are_confirmed_then_given_once(client: Client, member: CampaignMember) -> None:
    answers = {
        "seen": seen_in(look(client, member)),
        "photo": "CORRECT",
        "info": "CORRECT",
    }

    confirm = client.post(url(member, "check/"), answers).content.decode()

    assert states(member) == ("PENDING", "PENDING")
    assert "两项都正确，确认提交吗" in confirm
    assert "沈若溪" in confirm
    assert member.record.id_number not in confirm
    assert member.campaign.usage_text in confirm
    handed_in = {**answers, "seen": seen_in(confirm)}
    assert client.post(url(member, "submit/"), handed_in)["Location"] == url(member)
    assert client.post(url(member, "submit/"), handed_in)["Location"] == url(member)
    assert states(member) == ("CORRECT", "CORRECT")
    status = look(client, member)
    assert "已提交，还没锁定" in status
    assert "data-ui-countdown" in status
    assert "刚刚" not in status


def test_second_page_with_another_answer_is_told_why(
    client: Client, member: CampaignMember
) -> None:
    first = {"seen": seen_in(look(client, member)), "info": "CORRECT"}
    other = {
        "seen": first["seen"],
        "info": "INCORRECT",
        "wrong_fields": ["name"],
        "proposed_name": "沈溪",
        "note": "",
        "fill": "1",
    }
    client.post(url(member, "submit/"), first)

    response = client.post(url(member, "dispute/"), other, follow=True)

    assert states(member) == ("PENDING", "CORRECT")
    assert "刚刚已经提交为“正确”" in response.content.decode()


def test_photo_changed_between_page_and_submit_is_told(
    client: Client, record: StudentRecord, member: CampaignMember
) -> None:
    answers = {"seen": seen_in(look(client, member)), "photo": "CORRECT"}
    imaging.make_photo(record)

    response = client.post(url(member, "submit/"), answers, follow=True)

    assert states(member) == ("PENDING", "PENDING")
    assert "照片刚刚换了新的一版" in response.content.decode()


def test_forged_sight_is_refused(client: Client, member: CampaignMember) -> None:
    response = client.post(
        url(member, "submit/"), {"seen": "forged", "info": "CORRECT"}, follow=True
    )

    assert states(member) == ("PENDING", "PENDING")
    assert "页面已经过期" in response.content.decode()


def test_sight_of_another_record_is_refused(
    client: Client, alice: User, member: CampaignMember
) -> None:
    second = enrolment.make_record(class_group=member.class_group)
    enrolment.bind(second, alice.identity)
    other = imaging.make_member(second, member.campaign)

    client.post(url(other, "submit/"), {"seen": seen_in(look(client, member)), "info": "CORRECT"})

    assert states(other) == ("PENDING", "PENDING")


def test_wrong_is_told_in_two_steps_with_its_proof(client: Client, member: CampaignMember) -> None:
    proof = BytesIO()
    Image.new("RGB", (30, 20)).save(proof, "PNG")
    answers = {"seen": seen_in(look(client, member)), "photo": "CORRECT", "info": "INCORRECT"}

    pick = client.post(url(member, "check/"), answers).content.decode()
    nothing = client.post(url(member, "dispute/"), answers).content.decode()
    picked = {**answers, "wrong_fields": ["major_name", "other"]}
    fill = client.post(url(member, "dispute/"), picked).content.decode()
    empty = client.post(url(member, "dispute/"), {**picked, "fill": "1"}).content.decode()
    done = client.post(
        url(member, "dispute/"),
        {
            **picked,
            "fill": "1",
            "proposed_major_name": "汉语国际教育",
            "note": "2023年9月转专业",
            "evidence": SimpleUploadedFile("批准.png", proof.getvalue()),
        },
    )

    assert "哪里有误" in pick
    assert "照片正确" in pick
    assert "请选择哪一项不对" in nothing
    assert "汉语言文学" in fill
    assert "ui-errors" not in fill
    assert "学籍异动批件（必交" in fill
    assert "班长看不到；辅导员、学院和教务处看得到" in fill
    assert "手术、收养、性别变更这类不公开的原因，不要写在这里" in fill
    assert "只有经办老师看得到" not in fill
    assert "请填写专业应该是什么" in empty
    assert "请写明哪里不对" in empty
    assert done["Location"] == url(member)
    assert states(member) == ("CORRECT", "INCORRECT")
    kept = row(member, DATA)
    assert (kept.reasons, kept.wrong_fields, kept.proposed, kept.note) == (
        ["FIELD_WRONG", "OTHER"],
        ["major_name"],
        {"major_name": "汉语国际教育"},
        "2023年9月转专业",
    )
    assert kept.evidence is not None
    assert (kept.evidence.content_type, kept.evidence.original_name) == ("image/jpeg", "批准.jpg")


def test_unfit_proof_is_said_and_nothing_is_given(client: Client, member: CampaignMember) -> None:
    page = client.post(
        url(member, "dispute/"),
        {
            "seen": seen_in(look(client, member)),
            "photo": "INCORRECT",
            "photo_reasons": ["NOT_ME"],
            "fill": "1",
            "note": "",
            "evidence": SimpleUploadedFile("证明.exe", b"MZ"),
        },
    ).content.decode()

    assert "打不开这个文件" in page
    assert states(member) == ("PENDING", "PENDING")


def test_contradiction_is_said_on_the_form(client: Client, member: CampaignMember) -> None:
    page = client.post(
        url(member, "dispute/"),
        {
            "seen": seen_in(look(client, member)),
            "photo": "INCORRECT",
            "photo_reasons": ["NOT_ME", "WANTS_RETAKE"],
            "fill": "1",
            "note": "",
        },
    ).content.decode()

    assert "不能同时选" in page
    assert states(member) == ("PENDING", "PENDING")


def test_missing_photo_is_reported_without_picking(
    client: Client, record: StudentRecord, at_work: datetime
) -> None:
    member = imaging.make_member(
        record,
        imaging.make_campaign(
            opens_at=at_work - DAY, closes_at=at_work + DAY, sheet_freeze_at=at_work + DAY
        ),
    )
    page = look(client, member)
    answers = {"seen": seen_in(page), "photo": "INCORRECT"}

    fill = client.post(url(member, "check/"), answers).content.decode()
    client.post(
        url(member, "dispute/"),
        {**answers, "photo_reasons": ["MISSING"], "fill": "1", "note": "4月8日拍的"},
    )

    assert 'value="CORRECT" id="id_photo' not in page
    assert "拍过照，但看不到照片" in fill
    assert (row(member, PHOTO).state, row(member, PHOTO).reasons) == ("INCORRECT", ["MISSING"])


def test_taken_back_conclusion_is_asked_again(
    client: Client, member: CampaignMember, at_work: datetime
) -> None:
    for kind in ConclusionKind:
        imaging.make_conclusion(member, kind, at=at_work)
    status = look(client, member)

    response = client.post(url(member, "withdraw/"), {"seen": seen_in(status)}, follow=True)

    assert states(member) == ("PENDING", "PENDING")
    assert "已经撤回" in response.content.decode()
    assert "核对照片和信息" in response.content.decode()


def test_taking_back_from_a_stale_page_is_told(
    client: Client, member: CampaignMember, at_work: datetime
) -> None:
    imaging.make_conclusion(member, DATA, at=at_work)
    imaging.make_conclusion(member, PHOTO, at=at_work)
    seen = seen_in(look(client, member))
    imaging.make_conclusion(member, DATA, Conclusion.INCORRECT, at=at_work + timedelta(seconds=9))

    response = client.post(url(member, "withdraw/"), {"seen": seen}, follow=True)

    assert states(member) == ("CORRECT", "INCORRECT")
    assert "请看过再撤回" in response.content.decode()


def test_unlocked_conclusion_is_changed_after_the_deadline(
    client: Client, member: CampaignMember, at_work: datetime
) -> None:
    for kind in ConclusionKind:
        imaging.make_conclusion(member, kind, at=at_work - timedelta(hours=2))
    CampaignMember.objects.update(closes_at=at_work - timedelta(hours=1))

    status = look(client, member)
    page = look(client, member, "?change=1")
    client.post(
        url(member, "dispute/"),
        {
            "seen": seen_in(page),
            "photo": "INCORRECT",
            "photo_reasons": ["NOT_ME"],
            "fill": "1",
            "note": "",
        },
    )

    assert "撤回，重新核对" not in status
    assert "锁定以前还可以修改" in status
    assert states(member) == ("INCORRECT", "CORRECT")


def test_change_begins_with_what_was_said(
    client: Client, member: CampaignMember, at_work: datetime
) -> None:
    imaging.make_conclusion(member, PHOTO, at=at_work)
    imaging.make_conclusion(
        member,
        DATA,
        Conclusion.INCORRECT,
        at=at_work,
        proposed={"major_name": "汉语国际教育"},
        note="转过专业",
    )
    answers = {"seen": seen_in(look(client, member, "?change=1")), "info": "INCORRECT"}

    pick = client.post(url(member, "check/"), answers).content.decode()
    fill = client.post(
        url(member, "dispute/"), {**answers, "wrong_fields": ["major_name"]}
    ).content.decode()

    assert re.search(r'value="major_name"[^>]*checked', pick)
    assert "汉语国际教育" in fill
    assert "转过专业" in fill


def test_locked_page_is_a_receipt(
    client: Client, member: CampaignMember, at_work: datetime
) -> None:
    for kind in ConclusionKind:
        imaging.make_conclusion(member, kind, at=at_work - 2 * DAY)

    page = look(client, member)

    assert "已锁定，核对完成" in page
    assert "核对回执" in page
    assert 'method="post" action="/verify' not in page


def test_locked_dispute_leads_to_its_request(
    client: Client, member: CampaignMember, at_work: datetime
) -> None:
    imaging.make_conclusion(member, DATA, Conclusion.INCORRECT, at=at_work - 2 * DAY)
    imaging.make_conclusion(member, PHOTO, at=at_work - 2 * DAY)

    assert "看办理进度" in look(client, member)


def test_missed_deadline_and_coming_campaign_are_said(
    client: Client, member: CampaignMember, at_work: datetime
) -> None:
    CampaignMember.objects.update(closes_at=at_work - DAY)
    assert "已截止，没有核对" in look(client, member)

    member.campaign.opens_at = at_work + timedelta(hours=1)
    member.campaign.save()
    assert "还没开始核对" in look(client, member)


def test_page_asks_again_before_the_sweep_and_submit_opens_the_round(
    client: Client, record: StudentRecord, member: CampaignMember, at_work: datetime
) -> None:
    for kind in ConclusionKind:
        imaging.make_conclusion(member, kind, at=at_work - 2 * DAY)
    imaging.make_photo(record)

    page = look(client, member)
    client.post(url(member, "submit/"), {"seen": seen_in(page), "photo": "CORRECT"})

    assert "照片换了，请重新核对" in page
    assert row(member, PHOTO).round.round_no == 2
    assert states(member) == ("CORRECT", "CORRECT")


def test_window_of_zero_warns_before_the_last_click(client: Client, member: CampaignMember) -> None:
    member.campaign.window_hours = 0
    member.campaign.save()

    page = client.post(
        url(member, "check/"), {"seen": seen_in(look(client, member)), "info": "CORRECT"}
    ).content.decode()

    assert "提交后马上锁定，不能撤回" in page
    assert "btn-danger" in page
