"""Giving a listed person what the list says: a role in a class, a college or the office, or the own record."""

from datetime import datetime

from accounts.identity import DocumentType
from accounts.models import User
from accounts.policies import is_office
from accounts.services import checked_declaration, declare_identity, grant_role
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError
from enrollment.models import StudentRecord
from enrollment.models.staff import Placement
from enrollment.selectors import owner_of
from enrollment.selectors.people import OFFICE_ROLES, has_placement
from enrollment.services.assignment import appoint
from enrollment.services.binding import bind_invited
from enrollment.states import OWNERS_OF_RECORDS, AssignmentRole, ListedRole

__all__ = ["place"]


def place(user: User, placement: Placement, *, actor: Actor, now: datetime) -> None:
    """Make the account what the list says. NotAllowedError says what stands against it.

    A student's or monitor's record becomes theirs first: the link that the school sent to the
    contact it holds is the proof (binding by invitation).
    """
    role = ListedRole(placement.role)
    if role in OWNERS_OF_RECORDS and placement.record is not None:
        _give_record(user, placement.record, actor=actor, now=now)
    if role is ListedRole.STUDENT or has_placement(user, placement, now=now):
        return
    if role in OFFICE_ROLES:
        grant_role(user=user, role=OFFICE_ROLES[role], actor=actor, now=now)
        return
    appoint(
        user=user,
        role=AssignmentRole(role.value),
        class_group=placement.class_group,
        college=placement.college,
        display_name=placement.name,
        is_deputy=placement.is_deputy,
        starts_at=max(now, placement.starts_at) if placement.starts_at else None,
        ends_at=placement.ends_at,
        actor=actor,
        now=now,
    )


def _give_record(user: User, record: StudentRecord, *, actor: Actor, now: datetime) -> None:
    owner = owner_of(record)
    if owner is not None:
        if owner.pk != user.pk:
            raise NotAllowedError("这条学籍已经绑定了另一个账号，请带证件到教务处核对。")
        return
    if is_office(user):
        raise NotAllowedError("这是工作账号，不能绑定学籍。")
    number: str = record.id_number
    try:
        checked_declaration(name=record.name, id_type=DocumentType(record.id_type), number=number)
        kind = DocumentType(record.id_type)
    except InvalidInputError:
        # The roster holds a number that breaks the rules of its kind; it is this person's all the same.
        kind = DocumentType.OTHER
    identity = declare_identity(user=user, name=record.name, id_type=kind, number=number, now=now)
    bind_invited(record=record, identity=identity, actor=actor, now=now)
