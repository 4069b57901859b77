"""Whose messages stay here while a rehearsal stands: demo people who take part in it, and nobody real."""

from collections.abc import Collection, Sequence

from django.db.models import Q

from accounts.identity.phone import normal_phone
from accounts.models import OfficeRole, User
from common.models import OutboxMessage
from enrollment.models import Assignment, Binding
from imaging.models import Campaign

__all__ = ["held_back", "rehearsing"]

_REHEARSED = "campaign__is_rehearsal"


def rehearsing(user_ids: Collection[int]) -> set[int]:
    """Those of the accounts that are demo people of a rehearsal, as student or in a class of it.

    Whoever has anything real (a record, a class or college of a real school, an office role) is a
    person whose own messages must arrive, and is not among them.
    """
    bound = Binding.objects.filter(identity__user__in=user_ids).order_by()
    posts = Assignment.objects.filter(user__in=user_ids).order_by()
    student = bound.filter(
        record__school__is_demo=True, **{f"record__memberships__{_REHEARSED}": True}
    )
    staff = posts.filter(
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


def held_back(messages: Sequence[OutboxMessage]) -> frozenset[int]:
    """The messages (keys of their rows) to demo people of a rehearsal, whatever they are about.

    Asked right before delivery. A message that was given an address and no account is its whose
    address it is.
    """
    if not Campaign.objects.filter(is_rehearsal=True).exists():
        return frozenset()
    owners = {message.pk: message.user_id or _owner_of(message.recipient) for message in messages}
    held = rehearsing({owner for owner in owners.values() if owner is not None})
    return frozenset(pk for pk, owner in owners.items() if owner in held)


def _owner_of(address: str | None) -> int | None:
    """The account that logs in with this e-mail address or phone, or is about to prove it."""
    if not address:
        return None
    if "@" in address:
        known = Q(email__iexact=address) | Q(emailaddress__email__iexact=address)
        return User.objects.filter(known).values_list("pk", flat=True).first()
    phone = normal_phone(address)
    owner = User.objects.with_phone(phone).first() if phone else None
    return owner.pk if owner is not None else None
