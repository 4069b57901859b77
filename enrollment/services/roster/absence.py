"""Records that a complete roster lacks are marked, never deleted; the mark goes when they are back."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from enrollment.models import RosterAbsence, RosterImport, RosterRow, StudentRecord
from enrollment.selectors.roster_coverage import lacking_records

__all__ = ["forget_presence", "note_presence"]

_BATCH = 2_000


def note_presence(roster: RosterImport, *, now: datetime) -> tuple[int, int]:
    """Mark who is missing and clear the mark of who is back, in the caller's transaction.

    Returns how many of each. A record that was missing already keeps the day on which it began.
    """
    returned = _note_return(roster, now=now)
    marked = lacking_records(roster)
    marked.filter(missing_at=None).update(missing_at=now, missing_roster=roster)
    return marked.count(), returned


def _note_return(roster: RosterImport, *, now: datetime) -> int:
    missing = StudentRecord.objects.filter(missing_at__isnull=False)
    if not missing.exists():  # as a rule; the search below goes through every line of the roster
        return 0
    back = missing.filter(Exists(RosterRow.objects.filter(roster=roster, record=OuterRef("pk"))))
    RosterAbsence.objects.bulk_create(
        (
            RosterAbsence(
                record_id=record,
                missing_roster_id=missing_roster,
                missing_at=missing_at,
                returned_roster=roster,
                returned_at=now,
            )
            for record, missing_roster, missing_at in back.values_list(
                "pk", "missing_roster", "missing_at"
            )
            if missing_at is not None
        ),
        batch_size=_BATCH,
    )
    return back.update(missing_at=None, missing_roster=None)


def forget_presence(roster: RosterImport) -> None:
    """Take back what `note_presence` wrote, in the caller's transaction."""
    StudentRecord.objects.filter(missing_at__isnull=False, missing_roster=roster).update(
        missing_at=None, missing_roster=None
    )
    returned = RosterAbsence.objects.filter(returned_roster=roster)
    for absence in returned.iterator(chunk_size=_BATCH):
        StudentRecord.objects.filter(pk=absence.record_id, missing_at=None).update(
            missing_at=absence.missing_at, missing_roster_id=absence.missing_roster_id
        )
    returned.delete()
