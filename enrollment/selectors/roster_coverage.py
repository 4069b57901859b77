"""Who is missing from a roster that claims to be complete."""

from django.db.models import Exists, OuterRef, QuerySet

from enrollment.models import ClassGroup, RosterImport, RosterRow, StudentRecord
from enrollment.states import ENROLLED, Coverage, RowOutcome

__all__ = ["covered_records", "lacking_records", "records_missing_in"]


def covered_records(roster: RosterImport) -> QuerySet[StudentRecord]:
    """The enrolled records that the roster should hold; none when it claims nothing."""
    if roster.coverage == Coverage.PART:
        return StudentRecord.objects.none()
    records = StudentRecord.objects.filter(
        school=roster.school_id, enrollment_status__in=sorted(ENROLLED)
    )
    if roster.coverage == Coverage.GRADE:
        return records.filter(entry_grade=roster.coverage_grade)
    if roster.coverage == Coverage.CLASS:
        return records.filter(class_group=roster.coverage_class_id)
    return records


def lacking_records(roster: RosterImport) -> QuerySet[StudentRecord]:
    """The covered records whose student number no line of the file has.

    A line with an error still says that the person is there.
    """
    lines = RosterRow.objects.filter(roster=roster)
    unread = lines.filter(outcome__in=[RowOutcome.ERROR, RowOutcome.SKIP]).exclude(student_no="")
    return (
        covered_records(roster)
        .exclude(Exists(lines.filter(record=OuterRef("pk"))))
        .exclude(student_no__in=unread.values("student_no"))
    )


def records_missing_in(class_group: ClassGroup) -> set[int]:
    """Ids of the records of a class that the latest complete roster lacks."""
    missing = StudentRecord.objects.filter(class_group=class_group, missing_at__isnull=False)
    return set(missing.values_list("pk", flat=True))
