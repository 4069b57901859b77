"""A rehearsal in which much has happened."""

from datetime import datetime, timedelta
from typing import Final

from accounts.models import User
from common import files, outbox
from common.actors import SYSTEM
from common.models import Channel
from common.rehearsal import REHEARSAL_MARK
from corrections.models import BatchedCase, CaseBatch, Evidence, SheetRemark
from corrections.services.province.packs import make_province_pack
from corrections.states import RequestAction, RequestState, SheetState
from corrections.states.batch import CaseOutcome
from enrollment.models import StudentRecord
from imaging.models import (
    AnnouncementRead,
    Campaign,
    PhotoBatch,
    Reminder,
    ReminderRun,
)
from imaging.services.announcements import (
    AnnouncementContent,
    attach_file,
    draft_announcement,
    publish_announcement,
)
from imaging.states.reminders import ReminderKind
from tests.factories import enrolment
from tests.factories.capture import make_session, make_visit
from tests.factories.corrections import make_counter_visit, make_request, picture_bytes
from tests.factories.graduation import make_audit, make_audited, make_certificate
from tests.factories.imaging import make_campaign, make_member, make_photo, make_reopen
from tests.factories.own_photo import make_channels, make_own_photo
from tests.factories.reminding import make_plan
from tests.factories.reports import make_report
from tests.factories.sheets import make_sheet

TITLE: Final = f"{REHEARSAL_MARK}毕业校对"
_PDF: Final = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def make_rehearsal(
    record: StudentRecord, student: User, counsellor: User, registrar: User, *, now: datetime
) -> Campaign:
    """A student and a classmate: photos, conclusions, a case, a sheet, papers, notices, messages."""
    campaign = make_campaign(title=TITLE, is_rehearsal=True)
    photo = make_photo(record)
    PhotoBatch.objects.filter(entries__versions=photo).update(campaign=campaign)
    member = make_member(record, campaign)
    mate = make_member(enrolment.make_record(class_group=record.class_group), campaign)
    _case(record, registrar, now)
    make_report(record, photo=photo)
    make_channels(campaign)
    make_own_photo(member)
    make_reopen(mate)
    make_visit(make_session(campaign, starts_at=now, classes=[record.class_group]), member, at=now)
    assert record.class_group is not None
    sheet = make_sheet(campaign, record.class_group, SheetState.FROZEN, at=now)
    SheetRemark.objects.create(
        sheet=sheet, member=mate, text="联系不上", written_at=now, written_by="测试"
    )
    make_counter_visit(record, registrar, at=now)
    audit = make_audit(campaign=campaign)
    make_certificate(make_audited(record, audit, now=now))
    make_plan(campaign)
    run = ReminderRun.objects.create(
        campaign=campaign, kind=ReminderKind.SCHEDULED, due_at=now, asked_at=now, asked_by="系统"
    )
    Reminder.objects.create(
        run=run, kind=run.kind, member=member, user=student, remind_date=now.date()
    )
    _notice(campaign, student, registrar, now)
    for user, params in ((student, {}), (counsellor, {"campaign": TITLE})):
        message = outbox.Message(
            key=f"rehearsed:{user.pk}",
            channel=Channel.EMAIL,
            template="deadline_moved",
            user_id=user.pk,
            params={"until_at": now.isoformat(), **params},
        )
        outbox.queue(message, now=now, is_awaited=False)
    return campaign


def _case(record: StudentRecord, registrar: User, now: datetime) -> None:
    """A case with a proof, reported to the province."""
    case = make_request(record, RequestState.AWAITING_PROVINCE)
    proof = files.store(
        picture_bytes(), kind="photo", content_type="image/jpeg", now=now, actor=SYSTEM
    )
    Evidence.objects.create(request=case, file=proof, added_at=now, added_by="测试")
    batch = CaseBatch.objects.create(
        action=RequestAction.TAKE, cases=1, created_at=now, created_by="测试"
    )
    BatchedCase.objects.create(batch=batch, request=case, outcome=CaseOutcome.TAKE)
    make_province_pack(school=record.school, reason="交省厅", actor=registrar, now=now)


def _notice(campaign: Campaign, student: User, registrar: User, now: datetime) -> None:
    content = AnnouncementContent(
        document_no="教〔1926〕7 号",
        title="关于演练的公告",
        body="请核对。",
        duties="登录核对",
        room="行政楼 101",
        phone="0512-1234567",
        readers=("STUDENT", "MONITOR"),
        campaign_id=campaign.pk,
        opens_at=now,
        closes_at=now + timedelta(days=10),
    )
    notice = draft_announcement(content=content, actor=registrar, now=now)
    attach_file(announcement=notice, data=_PDF, name="附件.pdf", actor=registrar, now=now)
    publish_announcement(announcement=notice, seen=1, actor=registrar, now=now)
    AnnouncementRead.objects.create(announcement=notice, user=student, read_at=now)
