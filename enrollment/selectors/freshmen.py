"""新生快速查询: few fields of a new student's record, for who knows number and name."""

import hmac
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.identity import canonical_number, name_match_key
from accounts.models import document_index
from common.components import FieldRow
from common.wording import date_cn, local
from enrollment.models import School, StudentRecord
from enrollment.states import FRESHMAN_FIELDS

__all__ = ["freshman_record", "freshman_rows", "schools_with_lookup"]

# Admission papers go out in July: from then on the next cohort are the freshmen.
_SEASON_BEGINS = 7


def schools_with_lookup() -> "QuerySet[School]":
    """Schools that opened the look-up."""
    return School.objects.filter(has_freshman_lookup=True).order_by("code")


def freshman_year(*, now: datetime) -> int:
    """The year of entry of those who are freshmen at `now`."""
    today = local(now).date()
    return today.year if today.month >= _SEASON_BEGINS else today.year - 1


def freshman_record(
    *, school: School, number: str, name: str, now: datetime
) -> StudentRecord | None:
    """The shown record of a freshman with this document number and name.

    One query for known and unknown numbers; the name is compared in constant time.
    """
    year = freshman_year(now=now)
    rows = (
        StudentRecord.objects.filter(
            Q(entry_grade__gte=year) | Q(entry_grade=None, entry_date__year__gte=year),
            school=school,
            school__has_freshman_lookup=True,
            hidden_at=None,
            duplicate_of=None,
            id_number_index=document_index(canonical_number(number)),
        )
        .select_related("school", "college", "major", "class_group")
        .order_by("-entry_date", "pk")[:5]
    )
    key = name_match_key(name).encode()
    agreeing = [row for row in rows if hmac.compare_digest(row.name_key.encode(), key)]
    return agreeing[0] if agreeing else None


def freshman_rows(record: StudentRecord) -> Sequence[FieldRow]:
    """The fields that the school shows, in the order of the page; never a number of a document."""
    values = {
        "school": str(record.school),
        "student_no": record.student_no,
        "college_name": record.college.name if record.college else "",
        "major_name": record.major_name,
        "class_name": record.class_group.name if record.class_group else "",
        "entry_date": date_cn(record.entry_date) if record.entry_date else "",
    }
    return [
        FieldRow(
            label=label,
            value=values[field],
            kind="student_no" if field == "student_no" else "text",
        )
        for field, label in FRESHMAN_FIELDS.items()
        if field in record.school.freshman_fields
    ]
