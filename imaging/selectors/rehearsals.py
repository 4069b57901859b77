"""Whose messages stay here while a rehearsal stands: demo people who take part in it, and nobody real."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Q

from accounts.models import OfficeRole
from accounts.selectors import proved_owners
from common.models import OutboxMessage
from enrollment.models import Assignment, Binding
from imaging.models import Campaign

__all__ = ["held_back", "rehearsing"]

_REHEARSED = "campaign__is_rehearsal"


def rehearsing(user_ids: Collection[int], *, now: datetime) -> set[int]:
    """Those of the accounts that are demo people of a rehearsal, as student or in a class of it.

    A post that has ended makes nobody one. Whoever has anything real (a record, a class or college of
    a real school now or before, an office role) is a person whose own messages must arrive, and is
    not among them.
    """
    bound = Binding.objects.filter(identity__user__in=user_ids).order_by()
    posts = Assignment.objects.filter(user__in=user_ids).order_by()
    student = bound.filter(
        record__school__is_demo=True, **{f"record__memberships__{_REHEARSED}": True}
    )
    staff = posts.in_force_at(now).filter(
        Q(class_group__school__is_demo=True, **{f"class_group__memberships__{_REHEARSED}": True})
        | Q(
            college__school__is_demo=True,
            **{f"college__classes__memberships__{_REHEARSED}": True},
        )
    )
    found = set(student.values_list("identity__user", flat=True))
    found |= set(staff.values_list("user", flat=True))
    if not found:
        return found
    real = posts.filter(Q(class_group__school__is_demo=False) | Q(college__school__is_demo=False))
    found -= set(real.values_list("user", flat=True))
    found -= set(
        bound.filter(record__school__is_demo=False).values_list("identity__user", flat=True)
    )
    offices = OfficeRole.objects.filter(user__in=found, ended_at=None)
    return found - set(offices.values_list("user", flat=True))


def held_back(messages: Sequence[OutboxMessage], *, now: datetime) -> frozenset[int]:
    """The messages (keys of their rows) to demo people of a rehearsal, whatever they are about.

    Asked right before delivery. A message that was given an address and no account is its who has
    proved the address: anybody may claim one, and a claim keeps nobody's codes and alarms back.
    """
    if not Campaign.objects.filter(is_rehearsal=True).exists():
        return frozenset()
    bare = {message.recipient for message in messages if message.recipient and not message.user_id}
    proved = proved_owners(bare)
    owners = {
        message.pk: message.user_id or proved.get(message.recipient or "") for message in messages
    }
    held = rehearsing({owner for owner in owners.values() if owner is not None}, now=now)
    return frozenset(pk for pk, owner in owners.items() if owner in held)
