"""Announce what happened to sheets: that what one printed has changed, that classes have handed in."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from common import audit
from common.actors import System
from corrections.models import ClassSheet
from corrections.selectors.versions import live_document
from corrections.services.sheet_telling import tell_handed_in, tell_stale
from corrections.states import FROZEN_SHEETS, SheetState

_SWEEP = System("反馈表比对")
_HAND_IN = System("反馈表上交")
# Paper older than this is in the archive; its page still says whether the data are the same.
_WATCHED_FOR = timedelta(days=180)
# On the evening of a deadline hundreds of classes hand in: the office gets one message for all of
# this while.
BUNDLED_FOR: Final = timedelta(minutes=30)


def announce_stale_sheets(*, now: datetime) -> int:
    """Mark and tell where a version in hand no longer says what the data say; returns how many moved.

    Where the data are again as they were printed, the mark goes. Safe to run twice, late, or beside
    another run.
    """
    sheets = (
        ClassSheet.objects.filter(state__in=sorted(FROZEN_SHEETS), frozen_at__gt=now - _WATCHED_FOR)
        .select_related("campaign", "class_group__school")
        .order_by("pk")
    )
    return sum(_look_at(sheet, now=now) for sheet in sheets.iterator(chunk_size=200))


@transaction.atomic
def _look_at(sheet: ClassSheet, *, now: datetime) -> int:
    live = live_document(sheet, now=now).version_hash
    has_changed = live != sheet.content_hash
    if has_changed == (sheet.stale_at is not None):
        return 0
    marks = (
        {"stale_at": now, "stale_by": _SWEEP.actor_label}
        if has_changed
        else {"stale_at": None, "stale_by": ""}
    )
    unmarked = ClassSheet.objects.filter(
        pk=sheet.pk, state=sheet.state, stale_at__isnull=has_changed
    )
    if unmarked.update(**marks) != 1:
        return 0
    audit.record(
        "sheet.found_stale" if has_changed else "sheet.found_fresh",
        actor=_SWEEP,
        now=now,
        obj=sheet,
        details={"campaign": sheet.campaign_id, "version": sheet.version_no},
    )
    if has_changed:
        tell_stale(sheet, live=live, now=now)
    return 1


@transaction.atomic
def announce_handed_in(*, now: datetime) -> int:
    """Tell the office which classes have handed in; returns how many sheets were told of.

    The first one waits for half an hour, and whatever came meanwhile stands in the same message. What
    was accepted or returned by then is no news. Safe to run twice, late, or beside another run.
    """
    waiting = ClassSheet.objects.filter(state=SheetState.SUBMITTED, announced_at=None)
    if not waiting.filter(submitted_at__lte=now - BUNDLED_FOR).exists():
        return 0
    held = waiting.select_for_update(of=("self",)).select_related("campaign", "class_group")
    bundles: dict[int, list[ClassSheet]] = defaultdict(list)
    for sheet in held.defer("content").order_by("submitted_at", "pk"):
        bundles[sheet.campaign_id].append(sheet)
    for sheets in bundles.values():
        told = waiting.filter(pk__in=[sheet.pk for sheet in sheets])
        told.update(announced_at=now)
        tell_handed_in(sheets, now=now)
        audit.record(
            "sheet.announced",
            actor=_HAND_IN,
            now=now,
            obj=sheets[0].campaign,
            details={"count": len(sheets)},
        )
    return sum(map(len, bundles.values()))
