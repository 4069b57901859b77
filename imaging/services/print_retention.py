"""How long addresses for prints are kept."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest

from common.models import PurgeProof
from common.retention import Rule, erase_rows, erase_rows_again
from imaging.models import PrintAddress

__all__ = ["PRINT_ADDRESS_RULE", "due_addresses", "erase_addresses_again"]

LABEL: Final = "照片邮寄地址"


def due_addresses(now: datetime) -> QuerySet[PrintAddress]:
    """Those that were handed over long enough ago, or that nobody took until long after the campaign's end."""
    before = now - timedelta(days=settings.RETAIN_DAYS["print_address"])
    rows = PrintAddress.objects.annotate(
        last_at=Greatest(F("given_at"), F("member__campaign__closes_at"))
    )
    return rows.filter(Q(taken_at__lte=before) | Q(taken_at=None, last_at__lte=before))


def _erase(now: datetime, limit: int) -> int:
    days = settings.RETAIN_DAYS["print_address"]
    return erase_rows(
        due_addresses(now),
        kind=LABEL,
        basis=f"{LABEL}：交给采集单位满 {days} 天；没有交的，批次结束满 {days} 天",
        due_at=now,
        now=now,
        limit=limit,
    )


def erase_addresses_again(proof: PurgeProof, now: datetime) -> int:  # noqa: ARG001 -- one signature for all
    """Those that a restored backup brought back."""
    return erase_rows_again(due_addresses(proof.erased_at), proof)


PRINT_ADDRESS_RULE = Rule(
    name="print_addresses",
    label=LABEL,
    count=lambda now: due_addresses(now).count(),
    erase=_erase,
)
