"""Opening a proof: its owner as often as needed, anybody else with a purpose and a trace."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from common import files
from common.models import StoredFile
from enrollment.models import StudentRecord
from enrollment.selectors import is_bound_to


@transaction.atomic
def open_evidence(
    *, file: StoredFile, record: StudentRecord, viewer: User, purpose: str, now: datetime
) -> bytes:
    """The bytes of a proof on the record; the view is logged unless it is the student's own.

    The caller has found the file through a selector scoped to the viewer.
    """
    if not is_bound_to(viewer, record):
        files.log_view(file, viewer=viewer, purpose=purpose, now=now, subject_id=str(record.pk))
    with files.open_sealed(file) as content:
        return content.read()
