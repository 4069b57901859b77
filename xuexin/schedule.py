"""Every sweep once, with its rhythm: Celery beat and `manage.py tick` both read this list.

A sweep announces what time has already decided; it is safe to run twice, late, or not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from accounts.services import expire_unproved_accounts
from common import audit, outbox
from common.captcha import clear_expired_captchas
from common.rotation import seal_in_clear
from common.sessions import clear_expired_sessions
from corrections.services.college_print import resume_prints
from corrections.services.province.packs import follow_packs
from corrections.services.recheck import close_rechecked
from corrections.services.sheet_sweep import announce_handed_in, announce_stale_sheets
from corrections.services.sweep import open_due_requests
from corrections.services.terms import announce_overdue, follow_cases
from enrollment.services.binding import bind_new_records
from enrollment.services.people_list import resume_people_lists
from enrollment.services.roster import erase_old_imports, resume_imports
from enrollment.services.status import apply_due_statuses
from imaging.services.batch_queue import erase_old_archives, resume_batches
from imaging.services.hints import find_hints
from imaging.services.membership import follow_statuses
from imaging.services.photo_arrivals import announce_published
from imaging.services.photo_claim import lapse_photo_claims
from imaging.services.platform import resume_platform_lists
from imaging.services.rematch import rematch_unmatched
from imaging.services.reminder_digest import announce_digests
from imaging.services.reminders import remind_due
from imaging.services.repair import expire_repairs
from imaging.services.sweeps import announce_locks, count_silence, open_due_rounds
from reports.services.sweeps import announce_ending_reports
from xuexin.own_data.closing import close_due_accounts
from xuexin.own_data.export import resume_exports
from xuexin.registration.building import resume_packs
from xuexin.rehearsal.wiping import resume_wipes
from xuexin.retention import purge_expired


@dataclass(frozen=True, slots=True)
class Sweep:
    """One sweep: its name, its service, and how often it runs."""

    name: str
    run: Callable[[datetime], object]
    every_seconds: int


SWEEPS: tuple[Sweep, ...] = (
    Sweep("common.deliver_pending", lambda now: outbox.deliver_pending(now=now), 20),
    Sweep("common.seal_audit", lambda now: audit.seal(now=now), 60),
    Sweep("common.clear_expired_sessions", lambda now: clear_expired_sessions(now=now), 3600),
    Sweep("common.clear_expired_captchas", lambda now: clear_expired_captchas(now=now), 3600),
    Sweep("common.seal_in_clear", lambda _now: seal_in_clear(), 600),
    Sweep("accounts.expire_unproved_accounts", lambda now: expire_unproved_accounts(now=now), 3600),
    Sweep("enrollment.bind_new_records", lambda now: bind_new_records(now=now), 600),
    Sweep("enrollment.apply_due_statuses", lambda now: apply_due_statuses(now=now), 600),
    Sweep("enrollment.resume_imports", lambda now: resume_imports(now=now), 60),
    Sweep("enrollment.resume_people_lists", lambda now: resume_people_lists(now=now), 120),
    Sweep("enrollment.erase_old_imports", lambda now: erase_old_imports(now=now), 3600),
    Sweep("imaging.announce_locks", lambda now: announce_locks(now=now), 30),
    Sweep("imaging.announce_published", lambda now: announce_published(now=now), 60),
    Sweep("imaging.count_silence", lambda now: count_silence(now=now), 60),
    Sweep("imaging.open_due_rounds", lambda now: open_due_rounds(now=now), 120),
    Sweep("imaging.follow_statuses", lambda now: follow_statuses(now=now), 300),
    Sweep("imaging.rematch_unmatched", lambda now: rematch_unmatched(now=now), 300),
    Sweep("imaging.find_hints", lambda now: find_hints(now=now), 3600),
    Sweep("imaging.lapse_photo_claims", lambda now: lapse_photo_claims(now=now), 300),
    Sweep("imaging.expire_repairs", lambda now: expire_repairs(now=now), 600),
    Sweep("imaging.remind_due", lambda now: remind_due(now=now), 300),
    Sweep("imaging.announce_digests", lambda now: announce_digests(now=now), 300),
    Sweep("imaging.resume_batches", lambda now: resume_batches(now=now), 60),
    Sweep(
        "imaging.resume_platform_lists",
        lambda now: resume_platform_lists(now=now),
        300,
    ),
    Sweep("imaging.erase_old_archives", lambda now: erase_old_archives(now=now), 3600),
    Sweep("reports.announce_ending_reports", lambda now: announce_ending_reports(now=now), 3600),
    Sweep("corrections.open_due_requests", lambda now: open_due_requests(now=now), 60),
    Sweep("corrections.follow_packs", lambda now: follow_packs(now=now), 300),
    Sweep("corrections.follow_cases", lambda now: follow_cases(now=now), 300),
    Sweep("corrections.announce_overdue", lambda now: announce_overdue(now=now), 600),
    Sweep("corrections.announce_handed_in", lambda now: announce_handed_in(now=now), 300),
    Sweep("corrections.announce_stale_sheets", lambda now: announce_stale_sheets(now=now), 300),
    Sweep("corrections.resume_prints", lambda now: resume_prints(now=now), 120),
    Sweep("corrections.close_rechecked", lambda now: close_rechecked(now=now), 60),
    Sweep("xuexin.resume_exports", lambda now: resume_exports(now=now), 120),
    Sweep("xuexin.resume_packs", lambda now: resume_packs(now=now), 120),
    Sweep("xuexin.resume_wipes", lambda now: resume_wipes(now=now), 120),
    Sweep("xuexin.close_due_accounts", lambda now: close_due_accounts(now=now), 600),
    Sweep("xuexin.purge_expired", lambda now: purge_expired(now=now), 3600),
)


def sweep_named(name: str) -> Sweep:
    """The sweep of that name; KeyError when the schedule has none."""
    return {sweep.name: sweep for sweep in SWEEPS}[name]


def beat_schedule() -> dict[str, dict[str, object]]:
    """The list as Celery beat reads it; a call that waited longer than its rhythm is dropped."""
    return {
        sweep.name: {
            "task": "xuexin.run_sweep",
            "schedule": sweep.every_seconds,
            "kwargs": {"name": sweep.name},
            "options": {"expires": sweep.every_seconds},
        }
        for sweep in SWEEPS
    }
