"""Who is told what about a rescue case; nobody is ever told who the other side is."""

import secrets
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from accounts.selectors import proved_contacts
from common import outbox
from common.crypto import blind_index
from common.masking import MaskKind, mask
from common.models import Channel
from common.outbox import Message
from enrollment.models import RescueAlert, RescueCase
from enrollment.selectors.rescue import TOKEN_PURPOSE

__all__ = ["tell_claimant", "tell_opening", "tell_replaced", "tell_revived"]

_TOKEN_BYTES = 32
_KINDS = {Channel.EMAIL: MaskKind.EMAIL, Channel.SMS: MaskKind.PHONE}


def tell_opening(case: RescueCase, *, now: datetime, is_new: bool) -> None:
    """Tell every proved contact of the holder, and the claimant that the case is there.

    The same queries run and the same rows are written whether or not there is a holder, so that
    neither the answer nor its time tells.
    """
    said = _claimant(case, template="rescue_opened", key="opened") if is_new else []
    contacts = proved_contacts(case.holder or case.identity.user)
    alerts = [RescueAlert(case=case, told=case.holder, channel=Channel.NOTICE, created_at=now)]
    links: list[tuple[str, str, str]] = []
    for channel, contact in contacts if case.holder is not None else []:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        alerts.append(
            RescueAlert(
                case=case,
                told=case.holder,
                channel=channel,
                contact=mask(contact, _KINDS[channel]),
                token_index=blind_index(token, purpose=TOKEN_PURPOSE),
                created_at=now,
            )
        )
        links.append((channel, contact, token))
    RescueAlert.objects.bulk_create(alerts)
    if case.holder is not None:
        said += _alarms(case, links, now=now)
    outbox.queue_many(said, now=now)


def _alarms(case: RescueCase, links: list[tuple[str, str, str]], *, now: datetime) -> list[Message]:
    """The alarm on the site and to each contact, with its own link."""
    key = f"rescue.alert:{case.pk}:{int(now.timestamp())}"
    params = {"freeze_ends_at": case.freeze_ends_at.isoformat()}
    said = [
        Message(
            key=f"{key}:site",
            channel=Channel.NOTICE,
            template="rescue_alert",
            user_id=case.holder_id,
            params=params,
        )
    ]
    for number, (channel, contact, token) in enumerate(links):
        path = reverse("enrollment:objection_link", args=[token])
        said.append(
            Message(
                key=f"{key}:{number}",
                channel=Channel(channel),
                template="rescue_alert",
                recipient=contact,
                params=params,
                secret_params={"link": f"{settings.BASE_URL}{path}"},
                expires_at=case.due_at,
            )
        )
    return said


def tell_claimant(case: RescueCase, *, template: str, key: str, now: datetime) -> None:
    """A notice on the site and a mail, or an SMS for who has no mail."""
    outbox.queue_many(_claimant(case, template=template, key=key), now=now)


def _claimant(case: RescueCase, *, template: str, key: str) -> list[Message]:
    user = case.identity.user
    outward = Channel.EMAIL if user.email else Channel.SMS
    return [
        Message(
            key=f"rescue.{key}:{case.pk}:{channel}",
            channel=channel,
            template=template,
            user_id=user.pk,
            params={
                "case_id": case.pk,
                "case_no": case.case_no,
                "due_at": case.due_at.isoformat(),
            },
        )
        for channel in (Channel.NOTICE, outward)
    ]


def tell_replaced(user: User, case: RescueCase, *, now: datetime) -> None:
    """Every proved contact of the account that was replaced learns so, and where to contest it."""
    _tell_account(user, case, what="replaced", now=now)


def tell_revived(user: User, case: RescueCase, *, now: datetime) -> None:
    """Every proved contact of the account that was replaced learns that it works again."""
    _tell_account(user, case, what="revived", now=now)


def _tell_account(user: User, case: RescueCase, *, what: str, now: datetime) -> None:
    outbox.queue_many(
        [
            Message(
                key=f"rescue.{what}:{case.pk}:{number}",
                channel=channel,
                template=f"rescue_{what}",
                recipient=contact,
                params={"case_no": case.case_no},
            )
            for number, (channel, contact) in enumerate(proved_contacts(user))
        ],
        now=now,
    )
