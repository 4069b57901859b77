"""The end of a case that was put right: the student has checked again, or cannot any more."""

from datetime import datetime

from django.db import transaction

from common.actors import System
from common.errors import StaleStateError
from corrections.models import CorrectionRequest
from corrections.selectors.recheck import rechecks_done
from corrections.services.moves import move_request
from corrections.states import RequestAction

__all__ = ["SWEEP", "close_rechecked"]

SWEEP = System("勘误复核")


def close_rechecked(*, now: datetime, limit: int = 500) -> int:
    """Close what needs no second check any more; safe to run twice, late, or beside another run."""
    done = rechecks_done(now=now).select_related("record").order_by("pk")
    return sum(_close(request, now=now) for request in done[:limit])


def _close(request: CorrectionRequest, *, now: datetime) -> int:
    try:
        with transaction.atomic():
            move_request(request, RequestAction.CLOSE, note="", actor=SWEEP, now=now)
    except StaleStateError:
        return 0
    return 1
