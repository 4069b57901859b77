"""The enrolment status at a moment: a change whose day has come counts before any sweep has run."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Case, CharField, F, Q, When

from common.wording import local
from enrollment.models import StudentRecord

__all__ = ["has_status", "in_effect", "status_now"]


def has_status(statuses: Iterable[str], *, now: datetime, path: str = "") -> Q:
    """Condition on records (or on what points to them by `path`): the status in force is one of these."""
    wanted = sorted(statuses)
    due = Q(**{f"{path}next_status_from__lte": local(now).date()})
    waiting = Q(**{f"{path}next_status_from": None}) | Q(
        **{f"{path}next_status_from__gt": local(now).date()}
    )
    return (waiting & Q(**{f"{path}enrollment_status__in": wanted})) | (
        due & Q(**{f"{path}next_status__in": wanted})
    )


def status_now(*, now: datetime, path: str = "") -> Case:
    """The status in force as an expression: the twin of `StudentRecord.status_at`."""
    return Case(
        When(
            Q(**{f"{path}next_status_from__lte": local(now).date()}), then=F(f"{path}next_status")
        ),
        default=F(f"{path}enrollment_status"),
        output_field=CharField(),
    )


def in_effect(record: StudentRecord, *, now: datetime) -> StudentRecord:
    """The record as it reads at `now`; for pages, never to be saved."""
    status = record.status_at(now)
    if status != record.enrollment_status:
        record.enrollment_status = status
        record.enrollment_status_text = ""
    return record
