"""Both accounts hear of every step that concerns them, by every contact that they have proved."""

from datetime import datetime

from accounts.models import User
from accounts.selectors import proved_contacts
from common import outbox
from common.models import Channel
from common.outbox import Message
from enrollment.models import PersonMerge

__all__ = ["Reach", "reach_of", "tell_both"]

# An account with the contacts that led to it before anything was moved.
Reach = list[tuple[User, list[tuple[Channel, str]]]]


def reach_of(case: PersonMerge) -> Reach:
    """Where both sides are reached now."""
    return [(user, proved_contacts(user)) for user in (case.stays, case.goes)]


def tell_both(case: PersonMerge, what: str, *, reach: Reach, now: datetime) -> None:
    """A notice on the site and a message to each contact; no side is told the other one's contacts.

    Only the end says, masked, which log-in names lead to the account that stays.
    """
    params = {
        "case_no": case.case_no,
        "freeze_ends_at": case.freeze_ends_at.isoformat() if case.freeze_ends_at else "",
        "contact": case.stays.contact_label,
    }
    key = f"merge.{what}:{case.pk}:{int(now.timestamp())}"
    said = []
    for user, contacts in reach:
        side = {**params, "is_kept": user.pk == case.stays_id}
        said.append(
            Message(
                key=f"{key}:{user.pk}",
                channel=Channel.NOTICE,
                template=f"merge_{what}",
                user_id=user.pk,
                params=side,
            )
        )
        said += [
            Message(
                key=f"{key}:{user.pk}:{number}",
                channel=channel,
                template=f"merge_{what}",
                recipient=contact,
                params=side,
            )
            for number, (channel, contact) in enumerate(contacts)
        ]
    outbox.queue_many(said, now=now)
