"""没照片，找找看 as pages: five windows, two confirmations, nothing for strangers, nothing unmasked."""

import re
from datetime import datetime, timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.models import FileView
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, CaptureEntry, PhotoClaim
from imaging.services.photo_claim import FACES, SEARCHES
from imaging.states import PhotoClaimState
from imaging.views.signed import finding_token
from tests.factories import enrolment, imaging, people
from tests.factories.finding import make_capture, make_photo_claim, slipped

pytestmark = [pytest.mark.page, pytest.mark.django_db]

DAY = timedelta(days=1)


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice in a campaign that runs now, without a photo."""
    now = timezone.now()
    campaign = imaging.make_campaign(
        opens_at=now - DAY, closes_at=now + 5 * DAY, sheet_freeze_at=now + 6 * DAY
    )
    return imaging.make_member(record, campaign)


@pytest.fixture
def entry(member: CampaignMember) -> CaptureEntry:
    number = member.record.id_number
    return make_capture(
        name=member.record.name,
        student_no=slipped(member.record.student_no),
        document_no=number,
        at=timezone.now() - 3 * DAY,
    )


def first_link(page: str) -> str:
    found = re.search(r'href="(/photo/find/near/[^"]+)"', page)
    assert found is not None
    return found[1]


def face_in(page: str) -> str:
    found = re.search(r'src="(/photo/find/face/[^"]+)"', page)
    return found[1] if found else ""


def test_five_windows_lead_to_a_claim(
    alice: User, member: CampaignMember, entry: CaptureEntry, client_of
) -> None:
    client = client_of(alice)
    start = client.get(f"/photo/find/{member.record_id}/").content.decode()
    assert "没照片，找找看" in start

    near = client.get(f"/photo/find/{member.record_id}/near/").content.decode()
    assert "学号只差一位" in near
    assert entry.student_no not in near
    assert member.record.id_number not in near
    assert "<img" not in re.sub(r"<img[^>]*static[^>]*>", "", near.split("<main")[1])

    address = first_link(near)
    compare = client.get(address).content.decode()
    assert client.get(face_in(compare)).headers["Cache-Control"] == "no-store, private"
    assert "这是我的照片，确认" in compare
    assert "是你的照片就勾上" in client.post(address, {}).content.decode()
    assert not PhotoClaim.objects.exists()

    asked = client.post(address, {"is_mine": "on", "note": "图书馆"}).content.decode()
    assert "确定，交给老师核实" in asked
    assert not PhotoClaim.objects.exists()

    done = client.post(address, {"is_mine": "on", "note": "图书馆", "sure": "1"})
    claim = PhotoClaim.objects.get()
    assert done.url == f"/photo/claims/{claim.pk}/"
    assert (claim.entry, claim.note) == (entry, "图书馆")
    page = client.get(done.url).content.decode()
    assert "等教务处核实" in page
    assert client.get(f"/photo/find/{member.record_id}/").url == done.url
    assert client.get(address).url == done.url


def test_second_confirmation_alone_is_not_enough(
    alice: User, member: CampaignMember, entry: CaptureEntry, client_of
) -> None:
    address = (
        f"/photo/find/near/{finding_token(entry.pk, record_id=member.record_id, viewer=alice)}/"
    )

    client_of(alice).post(address, {"sure": "1"})

    assert not PhotoClaim.objects.exists()


@pytest.mark.parametrize("who", ["eve", "monitor", "chen", "li"])
def test_token_of_somebody_else_opens_nothing(
    who: str, request, alice: User, member: CampaignMember, entry: CaptureEntry, client_of
) -> None:
    token = finding_token(entry.pk, record_id=member.record_id, viewer=alice)
    client = client_of(request.getfixturevalue(who))

    for address in (f"/photo/find/near/{token}/", f"/photo/find/face/{token}/"):
        assert client.get(address).status_code == 404
    assert client.get(f"/photo/find/{member.record_id}/").status_code == 404
    assert client.get(f"/photo/find/{member.record_id}/near/").status_code == 404
    claim = make_photo_claim(alice, member.record, entry)
    assert client.get(f"/photo/claims/{claim.pk}/").status_code == 404
    assert client.post(f"/photo/claims/{claim.pk}/withdraw/").status_code == 404
    assert not FileView.objects.exists()


@pytest.mark.parametrize("what", ["no token", "another record", "not near", "too old"])
def test_made_up_tokens_open_nothing(
    what: str, alice: User, monitor: User, member: CampaignMember, entry, client_of, monkeypatch
) -> None:
    record_id, entry_id = member.record_id, entry.pk
    if what == "another record":
        record_id = StudentRecord.objects.get(student_no="2022040101").pk
    if what == "not near":
        entry_id = make_capture(name="周野", student_no="2022049999").pk
    token = finding_token(entry_id, record_id=record_id, viewer=alice)
    if what == "no token":
        token = signing.dumps([entry_id, record_id, alice.pk], salt="elsewhere")
    if what == "too old":
        monkeypatch.setattr("imaging.views.signed.FINDING_LIVES", timedelta(0))
    client = client_of(alice)

    assert client.get(f"/photo/find/face/{token}/").status_code == 404
    assert client.get(f"/photo/find/near/{token}/").status_code in {302, 404}
    assert not FileView.objects.exists()


def test_face_is_not_shown_for_a_name_alone(alice: User, member: CampaignMember, client_of) -> None:
    entry = make_capture(name=member.record.name)
    token = finding_token(entry.pk, record_id=member.record_id, viewer=alice)
    client = client_of(alice)

    page = client.get(f"/photo/find/near/{token}/").content.decode()

    assert face_in(page) == ""
    assert "所以不给看照片" in page
    assert client.get(f"/photo/find/face/{token}/").status_code == 404


def test_limits_are_told_and_kept(
    alice: User, member: CampaignMember, entry: CaptureEntry, client_of
) -> None:
    client = client_of(alice)
    for _ in range(SEARCHES.amount):
        assert client.get(f"/photo/find/{member.record_id}/near/").status_code == 200

    late = client.get(f"/photo/find/{member.record_id}/near/", follow=True)

    assert late.redirect_chain[-1][0] == f"/photo/find/{member.record_id}/"
    assert "试的次数太多了" in late.content.decode()
    token = finding_token(entry.pk, record_id=member.record_id, viewer=alice)
    answers = [
        client.get(f"/photo/find/face/{token}/").status_code for _ in range(FACES.amount + 1)
    ]
    assert answers == [200] * FACES.amount + [404]


def test_nothing_near_says_whom_to_ask(alice: User, member: CampaignMember, client_of) -> None:
    make_capture(name="周野", student_no="2022049999")

    page = client_of(alice).get(f"/photo/find/{member.record_id}/near/").content.decode()

    assert "没有找到相近的照片" in page
    assert "教务处学籍科" in page


def test_who_has_a_photo_is_sent_to_it(alice: User, member: CampaignMember, client_of) -> None:
    imaging.make_photo(member.record)

    answer = client_of(alice).get(f"/photo/find/{member.record_id}/")

    assert answer.url == f"/record/{member.record_id}/photo-way/"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (PhotoClaimState.ACCEPTED, "去核对"),
        (PhotoClaimState.REFUSED, "照片里不是你"),
        (PhotoClaimState.WITHDRAWN, "你撤回了"),
        (PhotoClaimState.LAPSED, "照片已经另外办好"),
    ],
)
def test_ended_claim_says_how_and_nothing_of_others(
    state: PhotoClaimState, words: str, alice: User, member: CampaignMember, entry, client_of
) -> None:
    now = timezone.now()
    claim = make_photo_claim(
        alice,
        member.record,
        entry,
        state=state,
        closed_at=now,
        closed_by="李老师",
        answer="照片里不是你",
    )

    page = client_of(alice).get(f"/photo/claims/{claim.pk}/").content.decode()

    assert words in page
    assert ("照片带的" in page) is (state == PhotoClaimState.ACCEPTED)
    assert "李老师" not in page


def test_claim_is_withdrawn_after_asking(
    alice: User, member: CampaignMember, entry: CaptureEntry, client_of
) -> None:
    claim = make_photo_claim(alice, member.record, entry)
    client: Client = client_of(alice)

    assert "撤回这份认领吗" in client.get(f"/photo/claims/{claim.pk}/withdraw/").content.decode()
    client.post(f"/photo/claims/{claim.pk}/withdraw/")

    claim.refresh_from_db()
    assert claim.state == PhotoClaimState.WITHDRAWN


def test_registrar_decides_at_the_desk_with_both_sides(
    alice: User, li: User, member: CampaignMember, entry: CaptureEntry, client_of, now: datetime
) -> None:
    claim = make_photo_claim(alice, member.record, entry, at=now, note="在图书馆")
    twin = people.make_user("twin@example.test")
    other = enrolment.make_record(class_group=member.class_group, name=member.record.name)
    make_photo_claim(twin, other, entry, at=now)
    desk = client_of(li)
    base = f"/admin/imaging/photoclaim/{claim.pk}"

    page = desk.get(f"{base}/change/").content.decode()
    assert "两边的信息" in page
    assert "别人也认领了这张照片" in page
    assert "在图书馆" in page
    assert f"/admin/imaging/captureentry/{entry.pk}/thumb/" in page
    assert desk.get("/admin/imaging/photoclaim/?waiting=open").status_code == 200

    desk.post(f"{base}/do/accept/", {"reason": "当面核对过证件", "confirmed": "1"})

    claim.refresh_from_db()
    assert claim.state == PhotoClaimState.ACCEPTED
    assert "关联照片" not in desk.get(f"{base}/change/").content.decode()
