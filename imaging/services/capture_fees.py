"""Whether somebody paid for being photographed, and under which receipt: written down, never taken here."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from imaging.models import CaptureSession, CaptureVisit
from imaging.models.capture_visit import RECEIPT_LONGEST
from imaging.policies import check_can_run_capture

__all__ = ["Payment", "checked_payment", "note_payment", "payment_details"]

# As receipts are numbered: letters, digits, the sign of the issuer, brackets and strokes.
_RECEIPT: Final = re.compile(r"[0-9A-Za-z\u4e00-\u9fff(][0-9A-Za-z\u4e00-\u9fff()./#-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What the counter was told or shown."""

    is_paid: bool = False
    receipt_no: str = ""


def checked_payment(payment: Payment, *, session: CaptureSession) -> Payment:
    """The payment as it is kept: a receipt means that it was paid, and a free session takes neither."""
    number = "".join(unicodedata.normalize("NFKC", payment.receipt_no).split())
    if (payment.is_paid or number) and not session.has_fee:
        raise InvalidInputError("这一场没有写收费，不用记交费。", field="receipt_no")
    if number and (len(number) > RECEIPT_LONGEST or not _RECEIPT.fullmatch(number)):
        raise InvalidInputError(
            f"收据号照收据上的写：字母、数字、汉字、括号和横线，最多 {RECEIPT_LONGEST} 个字。",
            field="receipt_no",
        )
    return Payment(is_paid=payment.is_paid or bool(number), receipt_no=number)


@transaction.atomic
def note_payment(
    *, visit: CaptureVisit, payment: Payment, actor: Actor, now: datetime, reason: str
) -> CaptureVisit:
    """Add or put right what was written down at the counter."""
    check_can_run_capture(actor)
    if not reason.strip():
        raise InvalidInputError("请写明理由。", field="reason")
    if visit.voided_at is not None:
        raise NotAllowedError("这次到场已经作废，不能再记交费。")
    payment = checked_payment(payment, session=visit.session)
    before = payment_details(visit)
    there = CaptureVisit.objects.filter(
        pk=visit.pk, voided_at=None, is_paid=visit.is_paid, receipt_no=visit.receipt_no
    )
    if there.update(is_paid=payment.is_paid, receipt_no=payment.receipt_no) != 1:
        raise StaleStateError("这次到场刚刚被别人改过，请刷新页面再看。")
    visit.refresh_from_db()
    audit.record(
        "capturevisit.payment_noted",
        actor=actor,
        now=now,
        obj=visit,
        subject=visit.member.record,
        reason=reason.strip(),
        details={"before": before, "after": payment_details(visit)},
    )
    return visit


def payment_details(visit: CaptureVisit) -> dict[str, Any]:
    """What the audit trail says of it."""
    return {"is_paid": visit.is_paid, "receipt_no": visit.receipt_no}
