"""The account: contacts, consents, identity with its numbers, logins, devices, and who looked."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from accounts.models import User
from accounts.selectors import identity_of
from common.admin import AUDIT_LABELS
from common.models import AuditEvent
from enrollment.models import Assignment
from xuexin.own_data.items import Item, by_whom
from xuexin.own_data.ledger import ledger_entries, ledger_rows

__all__ = ["account_items"]

_CHUNK = 500


def account_items(user: User, now: datetime) -> Iterator[Item]:
    """Everything that hangs on the account itself."""
    yield Item(path="账号.json", label="账号、联系方式、同意记录", data=_account(user, now))
    yield Item(path="实名信息.json", label="你申报的姓名和证件号码", data=_identity(user))
    yield Item(path="登录和操作.json", label="登录、设备和账号操作", data=_acts(user))
    yield Item(path="查看记录.json", label="谁看过你的资料、销毁了什么", data=_ledger(user))


def _account(user: User, now: datetime) -> dict[str, Any]:
    return {
        "account_no": user.pk,
        "email": user.email,
        "phone": user.phone,
        "phone_verified_at": user.phone_verified_at,
        "joined_at": user.date_joined,
        "last_login_at": user.last_login,
        "exported_at": now,
        "consents": [
            {"version": row.version, "given_at": row.given_at, "guardian_name": row.guardian_name}
            for row in user.consents.order_by("given_at")
        ],
        "second_factors": [
            {"type": row.type, "added_at": row.created_at}
            for row in Authenticator.objects.filter(user=user).order_by("pk")
        ],
        "exports": list(
            user.exports.order_by("pk").values("state", "requested_at", "ready_at", "expires_at")
        ),
        "closures": list(
            user.closures.order_by("pk").values("state", "requested_at", "due_at", "ended_at")
        ),
        "roles": [
            {
                "role": held.get_role_display(),
                "scope": str(held.class_group or held.college),
                "starts_at": held.starts_at,
                "ends_at": held.ends_at,
            }
            for held in Assignment.objects.filter(user=user)
            .select_related("class_group", "college")
            .order_by("starts_at")
        ],
    }


def _identity(user: User) -> dict[str, Any]:
    identity = identity_of(user)
    if identity is None:
        return {}
    return {
        "name": identity.name,
        "sex": identity.sex,
        "birth_date": identity.birth_date,
        "declared_at": identity.declared_at,
        "numbers": [
            {
                "id_type": row.get_id_type_display(),
                "number": row.number,
                "source": row.get_source_display(),
                "added_at": row.added_at,
                "added_by": by_whom(row.added_by, user),
                "valid_from": row.valid_from,
                "valid_to": row.valid_to,
            }
            for row in identity.numbers.order_by("pk")
        ],
    }


def _acts(user: User) -> dict[str, Any]:
    events = AuditEvent.objects.filter(actor_id=str(user.pk)).order_by("pk")
    return {
        "acts": [
            {"at": at, "action": action, "label": AUDIT_LABELS.get(action, "")}
            for at, action in events.values_list("occurred_at", "action")
        ],
        "devices": list(
            UserSession.objects.filter(user=user)
            .order_by("pk")
            .values("created_at", "last_seen_at", "ip", "user_agent")
        ),
    }


def _ledger(user: User) -> list[dict[str, Any]]:
    rows = iter(ledger_rows(user).iterator(chunk_size=_CHUNK))
    found = []
    while chunk := list(islice(rows, _CHUNK)):
        found += [
            {
                "at": entry.at,
                "who": entry.role,
                "what": entry.what,
                "why": entry.why,
                "sha256": entry.digest,
            }
            for entry in ledger_entries(chunk)
        ]
    return found
