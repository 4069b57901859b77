"""The receipt: the same rows give the same digest and the same bytes; whatever is altered is found."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.errors import NotAllowedError
from common.models import AuditEvent
from common.ratelimit import TooManyError, hit
from enrollment.models import School, StudentRecord
from enrollment.services.graduation import NewGraduation, register_graduation
from enrollment.states import GraduationOutcome
from imaging.models import CampaignMember, VerificationConclusion
from imaging.selectors import Phase, Verification, receipt_digest, receipt_no, verification_of
from imaging.services.receipt_paper import RECEIPTS_PER_ACCOUNT, make_receipt
from imaging.services.sweeps import count_silence, open_due_rounds
from imaging.services.verification import Verdict, conclude, seen_of
from imaging.states import (
    CampaignKind,
    Conclusion,
    ConclusionAction,
    ConclusionKind,
    PhotoReason,
    ProxyWay,
)
from tests.factories import imaging
from tests.poppler import Poppler

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ClientOf = Callable[[User], Client]


@pytest.fixture
def poppler(tmp_path: Path) -> Poppler:
    return Poppler(tmp_path)


@pytest.fixture
def member(record: StudentRecord) -> CampaignMember:
    imaging.make_photo(record)
    return imaging.make_member(record)


@pytest.fixture
def locked(member: CampaignMember, now: datetime) -> CampaignMember:
    imaging.make_conclusion(member, PHOTO, at=now - 3 * DAY)
    imaging.make_conclusion(member, DATA, at=now - 3 * DAY)
    return member


def found(member: CampaignMember, now: datetime) -> Verification:
    record = StudentRecord.objects.select_related("school").get(pk=member.record_id)
    shown = verification_of(record, now=now)
    assert shown is not None
    return shown


def test_same_conclusions_give_the_same_digest_and_bytes(
    alice: User, locked: CampaignMember, now: datetime
) -> None:
    first, later = found(locked, now), found(locked, now + 30 * DAY)

    assert receipt_digest(first) == receipt_digest(later)
    assert receipt_no(first) == receipt_digest(first)[:12].upper()
    assert make_receipt(first, actor=alice, now=now) == make_receipt(
        later, actor=alice, now=now + 30 * DAY
    )


def test_digest_survives_the_end_of_free_text(locked: CampaignMember, now: datetime) -> None:
    before = receipt_digest(found(locked, now))
    VerificationConclusion.objects.update(note="到期销毁")

    assert receipt_digest(found(locked, now)) == before


@pytest.mark.parametrize(
    "altered",
    [
        {"state": Conclusion.INCORRECT},
        {"reasons": [PhotoReason.NOT_ME]},
        {"seen_digest": "0" * 32},
        {"concluded_by": "b****@example.test"},
        {"concluded_at": datetime.fromisoformat("2026-06-01T00:00:00+00:00")},
        {"locks_at": datetime.fromisoformat("2026-06-03T00:00:00+00:00")},
        {
            "is_proxy": True,
            "proxy_way": ProxyWay.PHONE,
            "reached_at": datetime.fromisoformat("2026-06-01T00:00:00+00:00"),
        },
    ],
    ids=lambda altered: next(iter(altered)),
)
def test_altered_row_gives_another_digest(
    altered: dict[str, object], locked: CampaignMember, now: datetime
) -> None:
    before = receipt_digest(found(locked, now))

    VerificationConclusion.objects.filter(kind=PHOTO).update(**altered)

    assert receipt_digest(found(locked, now)) != before


def test_two_students_never_share_a_digest(locked: CampaignMember, now: datetime) -> None:
    other = imaging.make_member(locked.record, imaging.make_campaign(title="另一批"))
    for kind in (PHOTO, DATA):
        imaging.make_conclusion(other, kind, at=now - 3 * DAY)

    digests = {
        receipt_digest(Verification(locked.record, each, {}, rows(each), now))
        for each in (locked, other)
    }

    assert len(digests) == 2


def rows(member: CampaignMember) -> dict[ConclusionKind, VerificationConclusion]:
    return {
        ConclusionKind(row.kind): row
        for row in VerificationConclusion.objects.filter(round__member=member).select_related(
            "round"
        )
    }


def test_paper_says_who_what_when_and_hides_the_number(
    alice: User, locked: CampaignMember, poppler: Poppler, now: datetime
) -> None:
    shown = found(locked, now)
    pdf = make_receipt(shown, actor=alice, now=now)

    pages = poppler.pages(pdf)
    text = pages[0]
    plain = "".join(text.split())
    assert len(pages) == 1
    for words in (
        "核对回执",
        "第1轮，首次校对",
        "沈若溪",
        locked.record.student_no,
        "本人",
        "核讫",
    ):
        assert words in plain
    assert receipt_digest(shown) in "".join(text.split("\n")).replace(" ", "")
    assert locked.record.id_number not in plain
    assert "*" in plain
    assert "不是学信网" in plain
    assert poppler.info(pdf)["Pages"] == "1"
    assert locked.record.name not in str(poppler.info(pdf))


def test_paper_names_reasons_round_and_proxy(
    alice: User, member: CampaignMember, poppler: Poppler, now: datetime
) -> None:
    School.objects.update(is_demo=True)
    imaging.make_conclusion(
        member, PHOTO, Conclusion.INCORRECT, at=now - 3 * DAY, reasons=[PhotoReason.WANTS_RETAKE]
    )
    imaging.make_conclusion(
        member,
        DATA,
        at=now - 3 * DAY,
        is_proxy=True,
        proxy_way=ProxyWay.PHONE,
        proxy_reason="住院",
        reached_at=now - 3 * DAY,
    )

    plain = "".join(
        poppler.pages(make_receipt(found(member, now), actor=alice, now=now))[0].split()
    )

    for words in ("是我本人，但希望重拍", "勘误", "老师代录", "电话联系本人"):
        assert words in plain
    assert "住院" not in plain


def test_before_the_lock_there_is_none(alice: User, member: CampaignMember, now: datetime) -> None:
    imaging.make_conclusion(member, PHOTO, at=now - 3 * DAY)
    with pytest.raises(NotAllowedError, match="锁定以后"):
        make_receipt(found(member, now), actor=alice, now=now)
    row = imaging.make_conclusion(member, DATA, at=now)

    assert row.locks_at is not None
    with pytest.raises(NotAllowedError):
        make_receipt(found(member, row.locks_at - SECOND), actor=alice, now=now)
    assert make_receipt(found(member, row.locks_at), actor=alice, now=row.locks_at)


def test_receipts_are_limited(alice: User, locked: CampaignMember, now: datetime) -> None:
    shown = found(locked, now)
    for _ in range(RECEIPTS_PER_ACCOUNT.amount):
        hit(RECEIPTS_PER_ACCOUNT, str(alice.pk), now=now)

    with pytest.raises(TooManyError):
        make_receipt(shown, actor=alice, now=now)


def test_silence_gives_the_same_digest_before_and_after_it_is_written_down(
    record: StudentRecord,
) -> None:
    campaign = imaging.make_campaign(kind=CampaignKind.FRESHMAN)
    member = imaging.make_member(record, campaign)
    later = member.closes_at + HOUR
    derived = receipt_digest(found(member, later))

    assert count_silence(now=later) == 1

    assert receipt_digest(found(member, later)) == derived


# --- at the desk -----------------------------------------------------------------------------


def test_staff_hold_a_digest_against_the_rows(
    client_of: ClientOf, li: User, locked: CampaignMember
) -> None:
    round_ = locked.rounds.get()
    page = f"/admin/imaging/verificationround/{round_.pk}/"
    client = client_of(li)
    digest = receipt_digest(found(locked, timezone.now()))

    shown = client.get(f"{page}change/").content.decode()
    typed = f" {digest[:32].upper()} {digest[32:]}"
    same = client.post(f"{page}do/check-receipt/", {"digest": typed}, follow=True)
    other = client.post(f"{page}do/check-receipt/", {"digest": "0" * 64})
    short = client.post(f"{page}do/check-receipt/", {"digest": "abc"})

    assert digest in shown
    assert "一致：回执上的结论" in same.content.decode()
    assert "不一致" in other.content.decode()
    assert "64 位" not in same.content.decode()
    assert "摘要是 64 位" in short.content.decode()
    said = AuditEvent.objects.filter(action="verification.receipt_checked").order_by("pk")
    assert [event.details["is_same"] for event in said] == [True, False]


def test_ended_round_keeps_what_its_receipt_said(
    client_of: ClientOf, li: User, locked: CampaignMember, now: datetime
) -> None:
    digest = receipt_digest(found(locked, now))
    imaging.make_photo(locked.record)
    assert open_due_rounds(now=now) == 1

    first = locked.rounds.get(round_no=1)
    page = f"/admin/imaging/verificationround/{first.pk}/do/check-receipt/"
    said = client_of(li).post(page, {"digest": digest}, follow=True).content.decode()

    assert "一致：回执上的结论" in said


# --- after the certificate is registered -----------------------------------------------------


def register(record: StudentRecord, actor: User, at: datetime) -> None:
    new = NewGraduation(
        outcome=GraduationOutcome.GRADUATED,
        conferred_date=date(2026, 6, 10),
        certificate_no="999991202605000001",
    )
    register_graduation(record=record, new=new, actor=actor, now=at)


def test_registered_is_frozen_whatever_comes_later(
    alice: User, li: User, locked: CampaignMember, now: datetime
) -> None:
    before = receipt_digest(found(locked, now))
    register(locked.record, li, now)
    imaging.make_photo(locked.record, at=now + DAY)

    later = now + 2 * DAY
    shown = found(locked, later)

    assert shown.phase is Phase.REGISTERED
    assert shown.registered is not None
    assert shown.registered.at == now
    assert shown.outdated == ()
    assert receipt_digest(shown) == before
    assert open_due_rounds(now=later) == 0


def test_registered_refuses_every_conclusion(
    alice: User, li: User, member: CampaignMember, now: datetime
) -> None:
    imaging.make_conclusion(member, DATA, at=now)
    register(member.record, li, now + HOUR)
    member.refresh_from_db()
    record = StudentRecord.objects.get(pk=member.record_id)
    photo = record.photos.get(is_current=True)
    asked = Verdict(action=ConclusionAction.ACCEPT, seen=seen_of(record, photo, PHOTO))

    with pytest.raises(NotAllowedError, match="已登记学历"):
        conclude(member=member, kind=PHOTO, verdict=asked, actor=alice, now=now + 2 * HOUR)

    shown = found(member, now + 2 * HOUR)
    assert (shown.phase, shown.is_open, shown.data.is_locked) == (Phase.REGISTERED, False, True)


def test_earlier_registration_freezes_no_later_campaign(
    li: User, record: StudentRecord, now: datetime
) -> None:
    imaging.make_photo(record)
    register(record, li, now)
    campaign = imaging.make_campaign(
        opens_at=now + DAY, closes_at=now + 9 * DAY, sheet_freeze_at=now + 9 * DAY
    )
    member = imaging.make_member(record, campaign)

    assert found(member, now + 2 * DAY).registered is None
