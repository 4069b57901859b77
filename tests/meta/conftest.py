"""The things that the addresses are about, all Alice's or of her class."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.identity import DocumentType
from accounts.models import CounterRecovery, DataExport, User
from common import files
from common.actors import SYSTEM
from common.models import Channel, StoredFile
from corrections.models import (
    AuditedStudent,
    AuditObjection,
    Certificate,
    CollegePrint,
    CorrectionRequest,
    CounterVisit,
    Evidence,
    GraduationAudit,
)
from corrections.services.college_print import build_print
from corrections.states import Layout
from corrections.states.graduation import AuditState, ObjectionKind
from enrollment.models import (
    ClaimEvidence,
    ClassGroup,
    RecordClaim,
    RescueCase,
    RescueEvidence,
    StudentRecord,
)
from imaging.models import (
    CampaignMember,
    IdentityReview,
    OwnPhoto,
    PhotoClaim,
    PhotoVersion,
    ReopenRequest,
    ReviewDocument,
    VerificationConclusion,
)
from imaging.states import ConclusionKind
from reports.models import VerificationReport
from tests.factories.corrections import (
    make_counter_visit,
    make_dispute,
    make_request,
    picture_bytes,
)
from tests.factories.enrolment import make_claim
from tests.factories.finding import make_photo_claim
from tests.factories.graduation import make_audit, make_audited, make_certificate
from tests.factories.imaging import make_member, make_photo, make_reopen
from tests.factories.own_photo import make_channels, make_own_photo
from tests.factories.people import JOINED
from tests.factories.reports import make_report
from tests.factories.rescue import make_rescue
from tests.factories.review import make_paper, make_review
from xuexin.own_data.export import build_export


@pytest.fixture
def photo(record: StudentRecord) -> PhotoVersion:
    """Alice's graduation photo."""
    return make_photo(record)


@pytest.fixture
def member(alice: User, record: StudentRecord, photo: PhotoVersion) -> CampaignMember:
    """Alice's record in the campaign of her school."""
    return make_member(record)


@pytest.fixture
def case(member: CampaignMember) -> CorrectionRequest:
    """Alice's request about her data."""
    return make_request(member.record, member=member)


@pytest.fixture
def proof(case: CorrectionRequest, now: datetime) -> Evidence:
    """What Alice handed in with it."""
    return Evidence.objects.create(request=case, file=sealed(now), added_at=now, added_by="本人")


@pytest.fixture
def reported(member: CampaignMember, now: datetime) -> VerificationConclusion:
    """Alice's 有误 on the photo, with a proof, no request yet."""
    return make_dispute(member, ConclusionKind.PHOTO, evidence=sealed(now))


@pytest.fixture
def reopening(member: CampaignMember, now: datetime) -> ReopenRequest:
    """Alice's request to open her verification again."""
    return make_reopen(member, at=now)


@pytest.fixture
def photo_claim(alice: User, record: StudentRecord, now: datetime) -> PhotoClaim:
    """Alice's claim on a photo that found no record."""
    return make_photo_claim(alice, record, at=now)


@pytest.fixture
def own_photo(member: CampaignMember) -> OwnPhoto:
    """A photo that Alice sent herself, where her campaign takes them."""
    make_channels(member.campaign, opens_at=JOINED, closes_at=timezone.now() + timedelta(days=9))
    return make_own_photo(member, at=timezone.now())


@pytest.fixture
def counter_visit(li: User, record: StudentRecord, now: datetime) -> CounterVisit:
    """Alice was at the counter."""
    return make_counter_visit(record, li, at=now)


@pytest.fixture
def review(member: CampaignMember, now: datetime) -> IdentityReview:
    """The confidential case about Alice, in which nobody is named yet."""
    return make_review(member.record, at=now)


@pytest.fixture
def review_paper(review: IdentityReview, now: datetime) -> ReviewDocument:
    """A document of that case."""
    return make_paper(review, at=now)


@pytest.fixture
def audited(record: StudentRecord, alice: User) -> AuditedStudent:
    """Alice on the list of a graduation audit that takes answers for years to come."""
    until = timezone.now() + timedelta(days=9)
    return make_audited(record, make_audit(confirm_until=until))


@pytest.fixture
def audit_objection(audited: AuditedStudent, alice: User, now: datetime) -> AuditObjection:
    """What Alice objects to."""
    return AuditObjection.objects.create(
        audit=audited.audit,
        kind=ObjectionKind.ITEM,
        student=audited,
        item=audited.audit.items.get(),
        reason="少算一门",
        objector=alice,
        received_at=now,
        received_by="本人",
    )


@pytest.fixture
def certificate(audited: AuditedStudent) -> Certificate:
    """Alice's certificate."""
    return make_certificate(audited)


@pytest.fixture
def audit_on_notice(db: None) -> GraduationAudit:
    """A round whose notice is up."""
    return make_audit(
        AuditState.NOTICE,
        round_no=2,
        notice_opens_at=timezone.now() - timedelta(hours=1),
        notice_closes_at=timezone.now() + timedelta(days=5),
    )


@pytest.fixture
def data_export(alice: User) -> DataExport:
    """A copy of what is held about Alice, not fetched yet."""
    now = datetime.now(tz=UTC)
    export = DataExport.objects.create(user=alice, requested_at=now)
    assert build_export(export_id=export.pk, now=now)
    return export


@pytest.fixture
def college_print(member: CampaignMember, class_group: ClassGroup, secretary: User) -> CollegePrint:
    """The papers of Alice's college, asked for by its secretary, ready."""
    now = datetime.now(tz=UTC)
    assert class_group.college is not None
    row = CollegePrint.objects.create(
        campaign=member.campaign,
        college=class_group.college,
        layout=Layout.ROSTER,
        requester=secretary,
        requested_at=now,
        requested_by=secretary.actor_label,
    )
    assert build_print(print_id=row.pk, now=now)
    return row


@pytest.fixture
def visit(alice: User, li: User, now: datetime) -> CounterRecovery:
    """Alice's visit at the counter, entered by a registrar."""
    return CounterRecovery.objects.create(
        user=alice,
        document_kind=DocumentType.RESIDENT_ID,
        channel=Channel.EMAIL,
        contact="alice.new@example.test",
        entered_at=now,
        entered_by=li.actor_label,
        enterer=li,
        enterer_name="李老师",
    )


@pytest.fixture
def rescue(alice: User, monitor: User, now: datetime) -> RescueCase:
    """Alice's claim on a number that the monitor's account holds."""
    return make_rescue(alice, holder=monitor, at=now)


@pytest.fixture
def rescue_photo(rescue: RescueCase, now: datetime) -> RescueEvidence:
    """What Alice handed in with it."""
    return RescueEvidence.objects.create(
        case=rescue, file=sealed(now), added_at=now, added_by="本人"
    )


@pytest.fixture
def attested(record: StudentRecord, alice: User, now: datetime) -> VerificationReport:
    """Alice's verification report."""
    return make_report(record, expires_at=timezone.now() + timedelta(days=40))


@pytest.fixture
def claim(alice: User) -> RecordClaim:
    """Alice's claim on another record."""
    return make_claim(alice.identity)


@pytest.fixture
def claim_proof(claim: RecordClaim, now: datetime) -> ClaimEvidence:
    """What Alice handed in with it."""
    return ClaimEvidence.objects.create(
        claim=claim, file=sealed(now), added_at=now, added_by="本人"
    )


def sealed(now: datetime) -> StoredFile:
    """A stored proof."""
    return files.store_sealed(
        io.BytesIO(picture_bytes()),
        kind="evidence",
        content_type="image/jpeg",
        now=now,
        actor=SYSTEM,
    )
