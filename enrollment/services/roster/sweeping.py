"""What time does to imports: abandoned ones are taken up again, old ones are erased."""

import logging
from contextlib import suppress
from datetime import datetime

from django.db import transaction

from common import audit
from common.actors import SYSTEM
from common.errors import StaleStateError
from common.models import StoredFile
from common.retention import erase_file
from enrollment.models import RosterImport, RosterRow
from enrollment.services.roster.apply import apply_roster
from enrollment.services.roster.stage import stage_roster
from enrollment.services.roster.undo import undo_roster
from enrollment.services.roster.upload import RETENTION
from enrollment.services.roster.watch import abandoned
from enrollment.states import IMPORT, ImportAction, ImportState, UndoState

__all__ = ["erase_old_imports", "forget_import", "resume_imports"]

_BATCH = 2_000
_logger = logging.getLogger(__name__)


def resume_imports(*, now: datetime) -> int:
    """Take up checks, applications and undos whose process has died; returns how many were brought to an end.

    One import that fails does not keep the others waiting.
    """
    ended = 0
    for roster in abandoned(ImportState.UPLOADED, since="created_at", now=now):
        ended += _try(roster, now=now)
    for roster in abandoned(ImportState.APPLYING, since="started_at", now=now):
        ended += _try(roster, now=now)
    for roster in abandoned(
        ImportState.APPLIED, since="undo_started_at", now=now, undo_state=UndoState.UNDOING
    ):
        ended += _try(roster, now=now)
    return ended


def _try(roster: RosterImport, *, now: datetime) -> int:
    try:
        with suppress(StaleStateError):
            if roster.state == ImportState.UPLOADED:
                stage_roster(roster=roster, now=now)
            elif roster.undo_state == UndoState.UNDOING:
                undo_roster(roster=roster, actor=SYSTEM, now=now)
            else:
                apply_roster(roster=roster, actor=SYSTEM, now=now)
            return 1
    except Exception:
        _logger.exception("roster import %s could not be resumed", roster.pk)
    return 0


def erase_old_imports(*, now: datetime) -> int:
    """Erase originals and staged cells whose retention is over; returns how many imports that were.

    Counts, findings and links to records stay. An import that was never applied is put aside; one
    that is being applied is erased when it has come to its end.
    """
    due = (
        RosterImport.objects.filter(file__retain_until__lte=now, file__purged_at=None)
        .exclude(state=ImportState.APPLYING)
        .exclude(undo_state=UndoState.UNDOING)
    )
    erased = 0
    for roster in due.select_related("file"):
        erased += _erase(roster, now=now)
    return erased


def _erase(roster: RosterImport, *, now: datetime) -> int:
    file = roster.file
    state = ImportState(roster.state)
    if file is None or not _put_aside(roster, state):
        return 0
    _forget_cells(roster)
    with transaction.atomic():
        erase_file(
            file,
            kind="上传的名册",
            basis=f"上传的名册：满 {RETENTION.days} 天",
            due_at=file.retain_until or now,
            now=now,
        )
        audit.record("roster.erased", actor=SYSTEM, now=now, obj=roster)
    return 1


def forget_import(file: StoredFile) -> bool:
    """Erase the staged cells of the import that this file was; false while it is being worked on.

    For what a backup brought back: the file itself is the caller's.
    """
    roster = RosterImport.objects.filter(file=file).first()
    if roster is None:
        return True
    if roster.state == ImportState.APPLYING or roster.undo_state == UndoState.UNDOING:
        return False
    if not _put_aside(roster, ImportState(roster.state)):
        return False
    _forget_cells(roster)
    return True


def _forget_cells(roster: RosterImport) -> None:
    held = RosterRow.objects.filter(roster=roster)
    last = 0
    while numbers := list(
        held.filter(row_no__gt=last).order_by("row_no").values_list("row_no", flat=True)[:_BATCH]
    ):
        held.filter(row_no__gt=last, row_no__lte=numbers[-1]).update(
            values=None, raw=None, former=None
        )
        last = numbers[-1]


def _put_aside(roster: RosterImport, state: ImportState) -> bool:
    """Without its staged cells an import can never be applied; false when it was started meanwhile."""
    if not IMPORT.allows(ImportAction.DISCARD, source=state):
        return True
    target = IMPORT.target(ImportAction.DISCARD, source=state)
    return RosterImport.objects.filter(pk=roster.pk, state=state).update(state=target) == 1
