"""Which reports a person has, and what a report is worth at a moment."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from accounts.models import User
from enrollment.models import Binding, StudentRecord
from imaging.selectors import certified_photo_of
from reports.models import ReportView, VerificationReport
from reports.selectors.content import content_digest, content_of
from reports.states import SUSPENDING, ReportState


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a report is worth, with the moment since when, where one is known."""

    state: ReportState
    since: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Whether its content may be shown."""
        return self.state == ReportState.ACTIVE


def reports_of(user: User) -> QuerySet[VerificationReport]:
    """The reports that the person has made, the newest first, with their number of views."""
    return (
        VerificationReport.objects.with_record()
        .filter(identity__user=user)
        .annotate(view_count=Count("views"))
        .order_by("-issued_at", "-pk")
    )


def live_count(record: StudentRecord, *, now: datetime) -> int:
    """How many reports on the record are neither closed nor expired."""
    return VerificationReport.objects.filter(record=record).live_at(now).count()


def standing_of(report: VerificationReport, *, now: datetime) -> Standing:
    """What the report is worth at `now` (domain: REPORT machine).

    Closed is final. A record that is no longer the person's, or has ended badly, suspends. Then time,
    then whether the record still says what the report says: a changed field nobody chose is no
    matter, a replaced photo is one when the photo is shown.
    """
    if report.closed_at is not None:
        return Standing(state=ReportState.CLOSED, since=report.closed_at)
    if _is_suspended(report, now=now):
        return Standing(state=ReportState.SUSPENDED)
    if report.expires_at <= now:
        return Standing(state=ReportState.EXPIRED, since=report.expires_at)
    record = report.record
    names = [field.name for field in content_of(report).fields]
    # A status whose day has come counts before a sweep has written it into the record.
    moved = record.status_at(now) != record.enrollment_status
    if moved or content_digest(record, names) != bytes(report.content_digest):
        changed = record.updated_at if record.updated_at > report.issued_at else None
        return Standing(state=ReportState.OUTDATED, since=changed)
    photo = report.photo
    if photo is not None and not photo.is_current and photo != certified_photo_of(record):
        return Standing(state=ReportState.OUTDATED, since=photo.ended_at)
    return Standing(state=ReportState.ACTIVE)


def _is_suspended(report: VerificationReport, *, now: datetime) -> bool:
    record = report.record
    if not record.is_shown or record.status_at(now) in SUSPENDING:
        return True
    try:
        return report.record.binding.identity_id != report.identity_id
    except Binding.DoesNotExist:
        return True


def views_of(report: VerificationReport) -> QuerySet[ReportView]:
    """Who looked, the newest first."""
    return report.views.order_by("-viewed_at", "-pk")


def check_numbered(number: str) -> ReportView | None:
    """The check of that number, with its report."""
    return ReportView.objects.select_related("report").filter(number=number).first()


def check_of(number: str) -> ReportView | None:
    """The check of that number with everything that the state and the page of its report read."""
    return (
        ReportView.objects.select_related(
            "report__record__school",
            "report__record__college",
            "report__record__major",
            "report__record__class_group",
            "report__record__binding",
            "report__photo__entry__published",
        )
        .filter(number=number)
        .first()
    )
