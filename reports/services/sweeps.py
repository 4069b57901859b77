"""What time has decided is said to whom it concerns."""

from datetime import datetime

from django.db import transaction

from common import outbox
from common.models import Channel
from common.outbox import Message
from reports.models import VerificationReport
from reports.states import WARNED_BEFORE


def announce_ending_reports(*, now: datetime, limit: int = 500) -> int:
    """Tell owners once that a report ends within a week; returns how many.

    The mark is compare-and-swap, so two sweeps and an extension at the same moment say nothing twice.
    """
    due = (
        VerificationReport.objects.live_at(now)
        .filter(expiry_announced_at=None, expires_at__lte=now + WARNED_BEFORE)
        .select_related("identity")
        .order_by("expires_at", "pk")
    )
    return sum(_announce(report, now=now) for report in due[:limit])


@transaction.atomic
def _announce(report: VerificationReport, *, now: datetime) -> int:
    mine = VerificationReport.objects.filter(
        pk=report.pk, expiry_announced_at=None, closed_at=None, expires_at=report.expires_at
    ).update(expiry_announced_at=now)
    if mine != 1:
        return 0
    params = {"report_id": report.pk, "expires_at": report.expires_at.isoformat()}
    messages = [
        Message(
            key=f"report:{report.pk}:ends:{report.expires_at:%Y%m%d}:{channel}",
            channel=channel,
            template="report_ending",
            user_id=report.identity.user_id,
            params=params,
            secret_params={"receiver": report.receiver},
        )
        for channel in (Channel.NOTICE, Channel.EMAIL)
    ]
    outbox.queue_many(messages, now=now)
    return 1
