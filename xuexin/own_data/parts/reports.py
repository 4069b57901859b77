"""Verification reports that this person has made, and when they were checked."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from accounts.models import User
from reports.matching import grouped
from reports.models import VerificationReport
from reports.selectors import content_of, reports_of, standing_of, views_of
from xuexin.own_data.items import Item, by_whom

__all__ = ["report_items"]


def report_items(user: User, now: datetime) -> Iterator[Item]:
    """What each report says, its code, what it is worth now, and every check of it."""
    for report in reports_of(user).order_by("pk"):
        yield Item(
            path=f"学籍 {report.record.student_no}/验证报告 {report.pk}.json",
            label="验证报告和查验记录",
            data=_report(report, user, now),
        )


def _report(report: VerificationReport, user: User, now: datetime) -> dict[str, Any]:
    return {
        "state": str(standing_of(report, now=now).state.label),
        "code": grouped(report.code),
        "receiver": report.receiver,
        "purpose": report.get_purpose_display(),
        "purpose_text": report.purpose_text or "",
        "language": report.get_language_display(),
        "shown": [
            {"field": field.label, "value": field.value} for field in content_of(report).fields
        ],
        "with_photo": report.photo_id is not None,
        "with_pin": bool(report.pin_hash),
        "issued_at": report.issued_at,
        "expires_at": report.expires_at,
        "closed_at": report.closed_at,
        "closed_by": by_whom(report.closed_by, user),
        "close_reason": report.close_reason,
        "checks": [
            {
                "number": view.number,
                "at": view.viewed_at,
                "result": view.get_result_display(),
                "network": view.network,
            }
            for view in views_of(report)
        ],
    }
