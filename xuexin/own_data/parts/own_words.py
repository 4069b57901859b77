"""What the person wrote or asked: the own profile, log-ins, cases about the number and about further records."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from accounts.models import LoginEvent, User
from enrollment.models import RecordClaim, RescueCase, SupplementaryProfile
from xuexin.own_data.items import Item

__all__ = ["own_word_items"]


def own_word_items(user: User, now: datetime) -> Iterator[Item]:  # noqa: ARG001 -- one signature for all parts
    """Nothing of what the office noted about somebody else, and not who holds a number."""
    found = (
        ("补充资料.json", "你自己填写的通讯地址和学习经历", _profile(user)),
        ("登录记录.json", "登录的时间、设备和网段", _logins(user)),
        ("申请.json", "证件号码和学籍的申请", _cases(user)),
    )
    yield from (Item(path=path, label=label, data=data) for path, label, data in found if data)


def _profile(user: User) -> dict[str, Any]:
    profile = SupplementaryProfile.objects.filter(user=user).first()
    if profile is None:
        return {}
    return {
        "address": profile.address,
        "postal_code": profile.postal_code,
        "updated_at": profile.updated_at,
        "studies": [
            {
                "school": row.school,
                "attended_from": row.attended_from,
                "attended_to": row.attended_to,
                "witness": row.witness,
            }
            for row in profile.rows.order_by("attended_from", "pk")
        ],
    }


def _logins(user: User) -> list[dict[str, Any]]:
    return [
        {
            "at": row.occurred_at,
            "way": row.get_way_display(),
            "is_success": row.is_success,
            "device": row.device,
            "network": row.network,
        }
        for row in LoginEvent.objects.filter(user=user).order_by("pk")
    ]


def _cases(user: User) -> list[dict[str, Any]]:
    return [
        *(
            {
                "kind": "rescue",
                "state": case.get_state_display(),
                "proof": case.get_proof_display(),
                "statement": case.statement or "",
                "opened_at": case.opened_at,
                "due_at": case.due_at,
            }
            for case in RescueCase.objects.filter(identity__user=user).order_by("pk")
        ),
        *(
            {
                "kind": "claim",
                "given_no": case.given_no,
                "given_name": case.given_name,
                "former_number": case.former_number or "",
                "note": case.note or "",
                "state": case.get_state_display(),
                "answer": case.answer or "",
                "submitted_at": case.submitted_at,
                "closed_at": case.closed_at,
            }
            for case in RecordClaim.objects.filter(identity__user=user).order_by("pk")
        ),
    ]
