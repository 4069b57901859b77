"""A report as a signed PDF, made when it is asked for and kept nowhere."""

from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import User
from common import files
from common.errors import NotAllowedError
from common.wording import local, moment_field, until_field
from reports.documents.english import PURPOSES
from reports.documents.pdf import PrintedReport, render_report_pdf
from reports.documents.signing import signed
from reports.matching import grouped
from reports.models import VerificationReport
from reports.selectors import content_of, standing_of
from reports.services.certificate import signer
from reports.states import ReportPurpose

__all__ = ["check_address", "purpose_words", "report_address", "report_pdf"]

_REASON = "Issued by the university; today's status is shown only online"


def check_address() -> str:
    """The public page where codes are checked."""
    return f"{settings.BASE_URL}/check/"


def report_address(report: VerificationReport) -> str:
    """What the QR holds: the public page with the code filled in, and nothing else."""
    return f"{check_address()}{report.code}/"


def purpose_words(report: VerificationReport) -> str:
    """The purpose in the report's language, with the student's own words where they are asked for."""
    known = PURPOSES[report.purpose] if report.is_english else report.get_purpose_display()
    text = report.purpose_text or ""
    if report.purpose == ReportPurpose.OTHER and text:
        return text
    mark = ": " if report.is_english else "："
    return f"{known}{mark}{text}" if text else known


def report_pdf(*, report: VerificationReport, actor: User, now: datetime) -> bytes:
    """The signed PDF of an active report, for its owner."""
    if report.identity.user_id != actor.pk:
        raise NotAllowedError("只有学生本人可以下载自己的报告")
    if not standing_of(report, now=now).is_active:
        raise NotAllowedError("这份报告现在不是有效状态，不能下载")
    page = render_report_pdf(printed_report(report, now=now))
    return signed(page, signer=signer(now=now), name=settings.SITE_NAME, reason=_REASON)


def printed_report(report: VerificationReport, *, now: datetime) -> PrintedReport:
    """What stands on the page."""
    content = content_of(report)
    photo = report.photo.entry.published if report.photo is not None else None
    return PrintedReport(
        english=report.is_english,
        school=content.school,
        rows=tuple(
            (field.label, f"{field.value} ({field.note})" if field.note else field.value)
            for field in content.fields
        ),
        receiver=report.receiver,
        purpose=purpose_words(report),
        issued=written_moment(report.issued_at, english=report.is_english),
        until=written_until(report.expires_at, english=report.is_english),
        made=written_moment(now, english=report.is_english),
        made_at=now,
        code=grouped(report.code),
        address=report_address(report),
        check_address=check_address(),
        has_photo=photo is not None,
        photo=files.read(photo) if photo is not None and photo.purged_at is None else None,
        is_demo=report.record.school.is_demo,
    )


def written_moment(at: datetime, *, english: bool) -> str:
    """A moment in the report's language."""
    return f"{local(at):%Y-%m-%d %H:%M} (UTC+8)" if english else moment_field(at)


def written_until(at: datetime, *, english: bool) -> str:
    """An end in the report's language; midnight belongs to the day that it ends."""
    if not english:
        return until_field(at)
    return f"{local(at - timedelta(minutes=1)):%Y-%m-%d}, end of day (UTC+8)"
