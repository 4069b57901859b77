"""Being photographed: the own tickets, seats, leave with its reason, and when one was at the counter."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from accounts.models import User
from enrollment.models import Binding
from enrollment.selectors import records_of
from imaging.models import (
    CaptureAbsence,
    CaptureBooking,
    CaptureTicket,
    CaptureVisit,
    OwnPhoto,
    PrintAddress,
)
from xuexin.own_data.items import Item

__all__ = ["capture_items"]


def capture_items(user: User, now: datetime) -> Iterator[Item]:  # noqa: ARG001 -- one signature for all parts
    """Record by record, where there is anything; words of a former holder of the record stay out."""
    bindings = Binding.objects.filter(
        identity__user=user, record__in=records_of(user).order_by()
    ).select_related("record")
    for binding in bindings.order_by("pk"):
        data = {
            "tickets": _tickets(binding),
            "bookings": _bookings(binding),
            "absences": _absences(binding),
            "visits": _visits(binding),
            "own_photos": _own_photos(binding),
            "print_addresses": _print_addresses(binding),
        }
        if any(data.values()):
            path = f"学籍 {binding.record.student_no}/拍照.json"
            yield Item(
                path=path, label="采集号、补拍预约、请假、报到、自己交的照片和邮寄地址", data=data
            )


def _tickets(binding: Binding) -> list[dict[str, Any]]:
    rows = CaptureTicket.objects.filter(record=binding.record).select_related("campaign")
    return [
        {
            "campaign": row.campaign.title,
            "code": row.code,
            "issued_at": row.issued_at,
            "voided_at": row.voided_at,
        }
        for row in rows.order_by("pk")
    ]


def _bookings(binding: Binding) -> list[dict[str, Any]]:
    rows = CaptureBooking.objects.filter(
        member__record=binding.record, booked_at__gte=binding.bound_at
    ).select_related("session__place")
    return [
        {
            "place": row.session.place.name,
            "starts_at": row.session.starts_at,
            "booked_at": row.booked_at,
            "ended_at": row.ended_at,
            "end_reason": row.get_end_reason_display(),
        }
        for row in rows.order_by("pk")
    ]


def _absences(binding: Binding) -> list[dict[str, Any]]:
    rows = CaptureAbsence.objects.filter(
        member__record=binding.record, told_at__gte=binding.bound_at
    ).select_related("session__place")
    return [
        {
            "place": row.session.place.name,
            "starts_at": row.session.starts_at,
            "reason": row.reason,
            "told_at": row.told_at,
            "withdrawn_at": row.withdrawn_at,
        }
        for row in rows.order_by("pk")
    ]


def _visits(binding: Binding) -> list[dict[str, Any]]:
    rows = CaptureVisit.objects.filter(member__record=binding.record).select_related(
        "session__place"
    )
    return [
        {
            "place": row.session.place.name,
            "fee": row.session.fee_words,
            "is_paid": row.is_paid,
            "receipt_no": row.receipt_no,
            "arrived_at": row.arrived_at,
            "voided_at": row.voided_at,
        }
        for row in rows.order_by("pk")
    ]


def _own_photos(binding: Binding) -> list[dict[str, Any]]:
    """What became of each; the pictures themselves are erased soon, or are the record's photo."""
    rows = OwnPhoto.objects.filter(
        member__record=binding.record, made_at__gte=binding.bound_at
    ).select_related("member__campaign")
    return [
        {
            "campaign": row.member.campaign.title,
            "channel": row.get_channel_display(),
            "state": row.get_state_display(),
            "made_at": row.made_at,
            "sent_at": row.sent_at,
            "reasons": row.reason_labels,
            "answer": row.answer or "",
            "ended_at": row.ended_at,
        }
        for row in rows.order_by("pk")
    ]


def _print_addresses(binding: Binding) -> list[dict[str, Any]]:
    """Where prints are to go, and whether the capture unit has been told."""
    rows = PrintAddress.objects.filter(
        member__record=binding.record, given_at__gte=binding.bound_at
    ).select_related("member__campaign")
    return [
        {
            "campaign": row.member.campaign.title,
            "receiver": row.receiver,
            "phone": row.phone,
            "address": row.address,
            "given_at": row.given_at,
            "taken_at": row.taken_at,
        }
        for row in rows.order_by("pk")
    ]
