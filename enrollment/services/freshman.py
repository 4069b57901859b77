"""新生快速查询: limited by address and by number, every look-up on the record."""

from datetime import datetime

from django.db import transaction

from accounts.identity import canonical_number
from accounts.models import document_index
from common import audit
from common.actors import System
from common.masking import MaskKind, mask
from common.ratelimit import Limit, hit
from enrollment.models import School, StudentRecord
from enrollment.selectors.freshmen import freshman_record

__all__ = ["look_up_freshman"]

TRIES_PER_ADDRESS = Limit("freshman-address", 20, 3600)
TRIES_PER_NUMBER = Limit("freshman-number", 5, 3600)
_VISITOR = System("新生快速查询")


def look_up_freshman(
    *, school: School, number: str, name: str, address: str, now: datetime
) -> StudentRecord | None:
    """The freshman's record, or None for everything else: unknown number, other name, other year.

    Every look-up leaves the same trail, the found one on the record, so that the student sees it.
    TooManyError when the address or the number was asked too often, found or not.
    """
    canonical = canonical_number(number)
    hit(TRIES_PER_ADDRESS, address, now=now)
    hit(TRIES_PER_NUMBER, document_index(canonical).hex(), now=now)
    with transaction.atomic():
        found = freshman_record(school=school, number=number, name=name, now=now)
        audit.record(
            "freshman.looked_up",
            actor=_VISITOR,
            now=now,
            obj=school,
            subject=found,
            details={"number": mask(canonical, MaskKind.DOCUMENT_NO), "found": found is not None},
        )
    return found
