"""As what a person stands to a class's sheet: in which role, in the own name or for somebody else."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.policies import is_registrar
from corrections.models import ClassSheet
from corrections.states import SignerRole
from enrollment.models import Assignment, ClassGroup
from imaging.models import CampaignMember

COLLEGE_ROLES = frozenset({SignerRole.COLLEGE_SECRETARY, SignerRole.COLLEGE_LEADER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """One role that a person signs in."""

    role: SignerRole
    name: str
    is_deputy: bool = False
    deputy_for: str = ""


def _held_at(class_group: ClassGroup, *, now: datetime) -> QuerySet[Assignment]:
    """Every role over the class at `now`, of the class itself or of its college."""
    return Assignment.objects.in_force_at(now).filter(
        Q(class_group=class_group) | Q(college__isnull=False, college=class_group.college_id)
    )


def roles_over(user: User, class_group: ClassGroup, *, now: datetime) -> set[SignerRole]:
    """The roles in which the person may sign for the class at `now`."""
    if not user.is_active:
        return set()
    held = _held_at(class_group, now=now).filter(user=user).values_list("role", flat=True)
    found = {SignerRole(role) for role in held}
    return found | {SignerRole.REGISTRAR} if is_registrar(user) else found


def has_monitor(class_group: ClassGroup, *, now: datetime) -> bool:
    """Whether anybody is the class's monitor, or stands in for one."""
    return _held_at(class_group, now=now).filter(role=SignerRole.MONITOR).exists()


def standpoint(
    user: User, class_group: ClassGroup, roles: Iterable[SignerRole], *, now: datetime
) -> Standpoint:
    """In which of the roles the person signs: the own one before one held as a deputy.

    A deputy signs in the own name; whose place it is stands beside it. LookupError without any.
    """
    wanted = set(roles)
    held = list(_held_at(class_group, now=now).order_by("is_deputy", "role", "pk"))
    own = next((row for row in held if row.user_id == user.pk and row.role in wanted), None)
    if own is None:
        if SignerRole.REGISTRAR in wanted and is_registrar(user):
            return Standpoint(role=SignerRole.REGISTRAR, name="")
        raise LookupError("no role over the class")
    names = [row.display_name for row in held if row.role == own.role and not row.is_deputy]
    return Standpoint(
        role=SignerRole(own.role),
        name=own.display_name,
        is_deputy=own.is_deputy,
        deputy_for="、".join(filter(None, names))[:200] if own.is_deputy else "",
    )


def people_over(
    class_group: ClassGroup, roles: Iterable[SignerRole], *, now: datetime
) -> list[User]:
    """Whoever holds one of the roles over the class, once each."""
    held = _held_at(class_group, now=now).filter(role__in=list(roles))
    return list(User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("pk"))


def is_on_sheet(user: User, sheet: ClassSheet) -> bool:
    """Whether a row of the sheet is the person's own, removed ones too."""
    return CampaignMember.objects.filter(
        campaign=sheet.campaign_id,
        class_group=sheet.class_group_id,
        record__binding__identity__user=user,
    ).exists()
