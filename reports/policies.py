"""What may be done with reports, by whom, at which moment."""

from datetime import datetime

from django.conf import settings

from accounts.models import User
from accounts.policies import is_registrar
from common.errors import NotAllowedError
from common.wording import date_sentence, local
from enrollment.models import StudentRecord
from enrollment.selectors import is_bound_to
from reports.models import VerificationReport
from reports.selectors import live_count, standing_of
from reports.states import SUSPENDING, ReportState, extends_from

_NOT_YOURS = "只有学生本人可以开具自己的报告"


def check_can_issue(user: User, record: StudentRecord, *, now: datetime) -> None:
    """The person's own record, in a state that can be attested, and below the limit of live reports."""
    if not (user.is_active and is_bound_to(user, record)):
        raise NotAllowedError(_NOT_YOURS)
    if record.status_at(now) in SUSPENDING:
        raise NotAllowedError("这份学籍现在不能开具报告，有疑问找教务处")
    check_has_room(record, now=now)


def check_has_room(record: StudentRecord, *, now: datetime) -> None:
    """Whether one more report may live on the record."""
    limit = settings.REPORT_LIVE_LIMIT
    if live_count(record, now=now) >= limit:
        raise NotAllowedError(
            f"这份学籍已有 {limit} 份有效的报告，到上限了。先关闭一份用不着的，再开新的"
        )


def check_can_extend(user: User, report: VerificationReport, *, now: datetime) -> None:
    """From a month before the end on, and after it; a closed, suspended or outdated one never."""
    if report.identity.user_id != user.pk:
        raise NotAllowedError(_NOT_YOURS)
    state = standing_of(report, now=now).state
    if state == ReportState.CLOSED:
        raise NotAllowedError("这份报告已经关闭，不能延期。需要的话另开一份")
    if state == ReportState.SUSPENDED:
        raise NotAllowedError("这份报告暂停了，不能延期，有疑问找教务处")
    if state == ReportState.OUTDATED:
        raise NotAllowedError("学籍内容已经变了，这份报告不能延期。请另开一份新的")
    opens = extends_from(report.expires_at)
    if now < opens:
        day = date_sentence(local(opens).date())
        raise NotAllowedError(f"到期前一个月才能延期，{day}起可以")
    if state == ReportState.EXPIRED:
        check_has_room(report.record, now=now)


def check_can_close(user: User, report: VerificationReport, *, now: datetime) -> None:  # noqa: ARG001 -- every policy takes the moment
    """The owner at any time; the registrar with a reason."""
    if report.identity.user_id != user.pk and not is_registrar(user):
        raise NotAllowedError(_NOT_YOURS)
    if report.closed_at is not None:
        raise NotAllowedError("这份报告已经关闭了")
