"""Choices of reports, and the one rule that says what a report is worth at a moment."""

import calendar
from datetime import datetime, timedelta

from django.db import models

from common.wording import local
from enrollment.states import EnrollmentStatus


class ReportState(models.TextChoices):
    """What a report is worth, derived from its moments and the record; never stored on the report."""

    ACTIVE = "ACTIVE", "有效"
    OUTDATED = "OUTDATED", "内容已变"
    EXPIRED = "EXPIRED", "已过期"
    SUSPENDED = "SUSPENDED", "已暂停"
    CLOSED = "CLOSED", "已关闭"


class ReportPurpose(models.TextChoices):
    """What the student gives the report for."""

    JOB = "JOB", "求职、入职"
    STUDY = "STUDY", "升学、留学申请"
    VISA = "VISA", "签证、出入境"
    BENEFIT = "BENEFIT", "优惠、补贴、落户"
    EXAM = "EXAM", "考试报名"
    OTHER = "OTHER", "其他"


class ReportLanguage(models.TextChoices):
    """The language that labels and code values are written in."""

    ZH = "ZH", "中文版"
    EN = "EN", "英文版"


# Whoever's record has come to such an end attests nothing with it (domain: REPORT machine).
SUSPENDING = frozenset(
    {
        EnrollmentStatus.WITHDRAWN,
        EnrollmentStatus.EXPELLED,
        EnrollmentStatus.CANCELLED,
        EnrollmentStatus.DECEASED,
    }
)
REQUIRED_FIELDS = ("name", "school", "enrollment_status")
# What the school notes for itself is never attested.
NEVER_SHOWN = frozenset({"remark", "counsellor_text"})
SUGGESTED_FIELDS = ("level", "major_name", "study_mode", "entry_date", "expected_graduation_date")

MONTHS = range(1, 7)
EXTENDS_FROM = 1
"""Months before the end from which a report may be extended."""
WARNED_BEFORE = timedelta(days=7)
PURPOSE_LONGEST = 60
RECEIVER_LONGEST = 60
PIN_SHORTEST, PIN_LONGEST = 4, 8


def months_on(at: datetime, months: int) -> datetime:
    """The end of the day that many calendar months later (or earlier), in Shanghai.

    The 31st becomes the last day of a shorter month.
    """
    day = local(at)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    start = day.replace(
        year=year,
        month=month + 1,
        day=min(day.day, last),
        hour=0,
        minute=0,
        second=0,
        microsecond=0,
    )
    return start + timedelta(days=1)


def extends_from(expires_at: datetime) -> datetime:
    """When a report that ends at that moment may first be extended (domain: a month before the end)."""
    return months_on(expires_at - timedelta(seconds=1), -EXTENDS_FROM)
