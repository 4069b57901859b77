"""Rosters on their way into the records: upload, check, apply, take up again, erase.

UPLOADED → `stage_roster` → STAGED or REFUSED → `start_roster` / `apply_roster` → APPLIED;
`start_undo` / `undo_roster` take it back.
"""

from enrollment.services.roster.apply import apply_roster, start_roster
from enrollment.services.roster.error_book import open_error_book
from enrollment.services.roster.near import decide_near_match
from enrollment.services.roster.report import RosterReport, report_of
from enrollment.services.roster.stage import check_roster, stage_roster
from enrollment.services.roster.sweeping import erase_old_imports, forget_import, resume_imports
from enrollment.services.roster.undo import check_can_undo, start_undo, undo_roster
from enrollment.services.roster.upload import (
    PART,
    Claim,
    discard_roster,
    submit_roster,
    upload_roster,
)

__all__ = [
    "PART",
    "Claim",
    "RosterReport",
    "apply_roster",
    "check_can_undo",
    "check_roster",
    "decide_near_match",
    "discard_roster",
    "erase_old_imports",
    "forget_import",
    "open_error_book",
    "report_of",
    "resume_imports",
    "stage_roster",
    "start_roster",
    "start_undo",
    "submit_roster",
    "undo_roster",
    "upload_roster",
]
