"""Office-wide roles."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import OfficeRole, User
from accounts.selectors import identity_of
from accounts.states import Role
from common import audit
from common.actors import Actor
from common.errors import NotAllowedError


@transaction.atomic
def grant_role(*, user: User, role: Role, actor: Actor, now: datetime) -> OfficeRole:
    """Give an office-wide role; a person's own student account cannot have one."""
    if identity_of(user) is not None:
        raise NotAllowedError("这是学生账号，工作角色请用另外的账号。")
    if OfficeRole.objects.filter(user=user, role=role, ended_at=None).exists():
        raise NotAllowedError("该账号已有这个角色。")
    granted = OfficeRole.objects.create(
        user=user, role=role, granted_at=now, granted_by=actor.actor_label
    )
    audit.record("role.granted", actor=actor, now=now, obj=user, details={"role": role.value})
    return granted


@transaction.atomic
def end_role(*, user: User, role: Role, actor: Actor, now: datetime) -> None:
    """Take an office-wide role back."""
    ended = OfficeRole.objects.filter(Q(user=user, role=role, ended_at=None)).update(
        ended_at=now, ended_by=actor.actor_label
    )
    if not ended:
        raise NotAllowedError("该账号没有这个角色。")
    audit.record("role.ended", actor=actor, now=now, obj=user, details={"role": role.value})
