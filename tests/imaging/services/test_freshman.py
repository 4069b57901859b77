"""新生学籍自查: the data alone, silence counts after the deadline, and what is wrong needs a proof."""

from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError
from common.models import AuditEvent, OutboxMessage
from corrections.selectors.board import class_board
from corrections.selectors.standing import class_standings, meter_counts
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import Campaign, CampaignMember, VerificationConclusion
from imaging.selectors import Phase, class_progress, verification_of
from imaging.services.campaign import create_campaign, propose_members
from imaging.services.sweeps import announce_locks, count_silence, open_due_rounds
from imaging.services.verification import Verdict, conclude, seen_of
from imaging.states import (
    CampaignKind,
    Conclusion,
    ConclusionAction,
    ConclusionKind,
    PhotoReason,
)
from tests.factories import imaging
from tests.factories.imaging import CLOSES, portrait

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DATA = ConclusionKind.DATA


@pytest.fixture
def campaign(db: None) -> Campaign:
    """A check of the freshmen's records, open now."""
    return imaging.make_campaign(kind=CampaignKind.FRESHMAN, title="2026 级新生学籍自查")


@pytest.fixture
def member(record: StudentRecord, campaign: Campaign) -> CampaignMember:
    """Alice in it."""
    return imaging.make_member(record, campaign)


def test_only_the_data_is_asked(
    record: StudentRecord, li: User, campaign: Campaign, now: datetime
) -> None:
    propose_members(campaign=campaign, actor=li, now=now)

    rows = VerificationConclusion.objects.filter(round__member__record=record)
    found = verification_of(record, now=now)

    assert [row.kind for row in rows] == [DATA]
    assert found is not None
    assert [part.kind for part in found.parts] == [DATA]
    assert found.phase is Phase.OPEN


def test_silence_counts_exactly_from_the_deadline_without_any_sweep(
    record: StudentRecord, member: CampaignMember, class_group: ClassGroup
) -> None:
    before, after = CLOSES - timedelta(seconds=1), CLOSES
    phases, results, locked = [], [], []
    for at in (before, after):
        found = verification_of(record, now=at)
        assert found is not None
        phases.append((found.phase, found.data.state, found.data.is_tacit))
        (progress,) = class_progress([class_group], now=at)
        standings = class_standings(campaign=member.campaign, class_group=class_group, now=at)
        assert progress.counts == meter_counts(standings)
        results.append(standings[0].result)
        locked.append(progress.counts.locked)

    assert phases == [
        (Phase.OPEN, Conclusion.PENDING, False),
        (Phase.CLOSED, Conclusion.CORRECT, True),
    ]
    assert results == ["未校对", "无误"]
    assert locked == [0, 1]


def test_sweep_writes_it_down_once_and_says_so(
    alice: User, record: StudentRecord, member: CampaignMember, class_group: ClassGroup
) -> None:
    assert count_silence(now=CLOSES - timedelta(seconds=1)) == 0
    later = CLOSES + timedelta(minutes=1)
    assert count_silence(now=later) == 1
    assert count_silence(now=later) == 0
    assert announce_locks(now=later) == 0

    row = VerificationConclusion.objects.get(round__member=member)
    assert (row.state, row.is_tacit, row.concluded_at) == (Conclusion.CORRECT, True, CLOSES)
    assert (row.locks_at, row.seen_digest) == (CLOSES, record.key_digest)
    assert AuditEvent.objects.get(action="verification.tacit").subject_id == str(record.pk)
    told = OutboxMessage.objects.get(user=alice)
    assert told.template == "verification_tacit"
    found = verification_of(record, now=later)
    assert found is not None
    assert (found.phase, found.data.is_tacit) == (Phase.CLOSED, True)
    (progress,) = class_progress([class_group], now=later)
    assert progress.counts.locked == 1


def test_after_silence_nothing_can_be_given(
    alice: User, record: StudentRecord, member: CampaignMember
) -> None:
    verdict = Verdict(action=ConclusionAction.ACCEPT, seen=seen_of(record, None, DATA))

    with pytest.raises(NotAllowedError, match="已经截止"):
        conclude(member=member, kind=DATA, verdict=verdict, actor=alice, now=CLOSES)


def test_changed_key_field_asks_again_also_after_silence(
    record: StudentRecord, member: CampaignMember
) -> None:
    later = CLOSES + timedelta(minutes=1)
    count_silence(now=later)
    StudentRecord.objects.filter(pk=record.pk).update(key_digest="f" * 32)
    record.refresh_from_db()

    found = verification_of(record, now=later)

    assert found is not None
    assert found.phase is Phase.OPEN
    assert open_due_rounds(now=later) == 1
    rows = VerificationConclusion.objects.filter(round__member=member, round__is_current=True)
    assert [(row.kind, row.state) for row in rows] == [(DATA, Conclusion.PENDING)]


def dispute(record: StudentRecord, evidence=None) -> Verdict:
    return Verdict(
        action=ConclusionAction.DISPUTE,
        seen=seen_of(record, None, DATA),
        wrong_fields=("ethnicity",),
        proposed={"ethnicity": "回族"},
        evidence=evidence,
    )


def test_wrong_needs_a_proof(
    alice: User, record: StudentRecord, member: CampaignMember, now: datetime
) -> None:
    with pytest.raises(InvalidInputError, match="证明材料") as refused:
        conclude(member=member, kind=DATA, verdict=dispute(record), actor=alice, now=now)

    assert refused.value.field == "evidence"


def test_photo_cannot_be_concluded(
    alice: User, record: StudentRecord, member: CampaignMember, now: datetime
) -> None:
    kind = ConclusionKind.PHOTO
    verdict = Verdict(
        action=ConclusionAction.DISPUTE,
        seen=seen_of(record, None, kind),
        reasons=(PhotoReason.MISSING,),
    )

    with pytest.raises(InvalidInputError, match="不看这一项"):
        conclude(member=member, kind=kind, verdict=verdict, actor=alice, now=now)


def test_board_awaits_the_data_alone(
    chen: User, member: CampaignMember, class_group: ClassGroup, now: datetime
) -> None:
    board = class_board(campaign=member.campaign, class_group=class_group, viewer=chen, now=now)

    assert board is not None
    assert [person.missing for person in board.awaited] == ["信息没核"]
    assert (board.counts.todo, board.counts.blocked) == (1, 0)


@pytest.mark.page
def test_pages_ask_for_the_data_and_say_what_silence_means(
    alice: User, record: StudentRecord, client_of, li: User
) -> None:
    at = timezone.now()
    campaign = create_campaign(
        title="新生自查",
        kind=CampaignKind.FRESHMAN,
        graduating_class=2026,
        schools=[record.school],
        opens_at=at - timedelta(days=1),
        closes_at=at + timedelta(days=1),
        sheet_freeze_at=at + timedelta(days=2),
        profile=imaging.make_profile(),
        actor=li,
        now=at,
    )
    propose_members(campaign=campaign, actor=li, now=at)
    client = client_of(alice)
    address = f"/verify/{record.pk}/"

    home, page = client.get("/").content.decode(), client.get(address).content.decode()

    assert "就按“信息正确”算" in home
    assert "就按“信息正确”算" in page
    assert 'name="info"' in page
    assert 'name="photo"' not in page

    seen = page.split('name="seen" value="')[1].split('"')[0]
    carried = {"seen": seen, "photo": "CORRECT", "info": "INCORRECT"}
    fill = {
        **carried,
        "photo": "",
        "fill": "1",
        "wrong_fields": "ethnicity",
        "proposed_ethnicity": "回族",
        "note": "",
    }
    refused = client.post(f"{address}dispute/", fill)
    assert "报告有误要附证明材料" in refused.content.decode()

    proof = SimpleUploadedFile("id.jpg", portrait(), content_type="image/jpeg")
    given = client.post(f"{address}dispute/", {**fill, "evidence": proof})

    assert given.status_code == 302
    row = VerificationConclusion.objects.get(round__member__record=record)
    assert (row.state, row.evidence is not None) == (Conclusion.INCORRECT, True)


@pytest.mark.page
def test_forged_photo_answer_is_ignored(
    alice: User, record: StudentRecord, client_of, li: User
) -> None:
    at = timezone.now()
    campaign = imaging.make_campaign(
        kind=CampaignKind.FRESHMAN,
        opens_at=at - timedelta(days=1),
        closes_at=at + timedelta(days=1),
        sheet_freeze_at=at + timedelta(days=2),
    )
    imaging.make_member(record, campaign)
    client = client_of(alice)
    address = f"/verify/{record.pk}/"
    page = client.get(address).content.decode()
    seen = page.split('name="seen" value="')[1].split('"')[0]

    client.post(f"{address}submit/", {"seen": seen, "photo": "CORRECT", "info": "CORRECT"})

    row = VerificationConclusion.objects.get(round__member__record=record)
    assert (row.kind, row.state) == (DATA, Conclusion.CORRECT)
