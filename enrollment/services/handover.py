"""Records and posts that go from one account to another of the same person, and back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.models import DeclaredIdentity, User
from common.actors import Actor
from common.errors import NotAllowedError
from enrollment.models import Assignment, Binding, ClassGroup, College, StudentRecord
from enrollment.services.assignment import appoint, end_assignment
from enrollment.services.binding import attach_record, detach_record
from enrollment.states import AssignmentRole, BindingSource

__all__ = ["give_back_posts", "give_back_records", "hand_over_records", "retire_posts"]


def hand_over_records(
    records: Iterable[StudentRecord],
    *,
    identity: DeclaredIdentity,
    reason: str,
    actor: Actor,
    now: datetime,
    is_same_person: bool = False,
) -> list[dict[str, Any]]:
    """Bind the records to the person, whoever had them; what each binding was is for `give_back_records`.

    Between two accounts of one person a binding keeps its beginning: all that was said and handed in
    since then is the person's own.
    """
    moved = []
    for record in records:
        former = Binding.objects.filter(record=record).first()
        if former is not None:
            held = StudentRecord.objects.select_related("school").get(pk=record.pk)
            detach_record(record=held, reason=reason, actor=actor, now=now)
        made = attach_record(record=record, identity=identity, reason=reason, actor=actor, now=now)
        if is_same_person and former is not None:
            Binding.objects.filter(pk=made.pk).update(bound_at=former.bound_at)
        moved.append({"record": record.pk, "binding": made.pk, "former": _written_down(former)})
    return moved


def _written_down(binding: Binding | None) -> dict[str, Any] | None:
    if binding is None:
        return None
    return {
        "identity": binding.identity_id,
        "source": binding.source,
        "bound_at": binding.bound_at.isoformat(),
        "bound_by": binding.bound_by,
    }


def give_back_records(
    moved: Iterable[dict[str, Any]], *, reason: str, actor: Actor, now: datetime
) -> None:
    """Every binding as it was before; NotAllowedError when one was changed since."""
    for each in moved:
        binding = Binding.objects.filter(pk=each["binding"], record=each["record"]).first()
        if binding is None:
            raise NotAllowedError("转过去的学籍后来又改过绑定，不能自动撤销；在那条学籍里办。")
        record = StudentRecord.objects.select_related("school").get(pk=each["record"])
        detach_record(record=record, reason=reason, actor=actor, now=now)
        former = each["former"]
        if former is None:
            continue
        identity = DeclaredIdentity.objects.get(pk=former["identity"])
        made = attach_record(record=record, identity=identity, reason=reason, actor=actor, now=now)
        # It is the binding that it was: how and when the person proved it has not changed.
        Binding.objects.filter(pk=made.pk).update(
            source=BindingSource(former["source"]),
            bound_at=datetime.fromisoformat(former["bound_at"]),
            bound_by=former["bound_by"],
        )


def retire_posts(
    user: User, *, heir: User | None = None, reason: str, actor: Actor, now: datetime
) -> list[dict[str, Any]]:
    """End every post of the account; a monitor stays monitor by the heir's account, if one is given."""
    ended = []
    posts = Assignment.objects.in_force_at(now).filter(user=user)
    for post in posts.select_related("user", "class_group", "college").order_by("pk"):
        kept: dict[str, Any] = {
            "role": post.role,
            "class_group": post.class_group_id,
            "college": post.college_id,
            "display_name": post.display_name,
            "is_deputy": post.is_deputy,
            "ends_at": post.ends_at.isoformat() if post.ends_at else "",
            "heir": None,
        }
        end_assignment(assignment=post, reason=reason, actor=actor, now=now)
        if heir is not None and post.role == AssignmentRole.MONITOR:
            kept["heir"] = _appointed(kept, heir, actor=actor, now=now)
        ended.append(kept)
    return ended


def give_back_posts(
    ended: Iterable[dict[str, Any]], *, user: User, reason: str, actor: Actor, now: datetime
) -> None:
    """Appoint the account again to what it had, from now on; the heir's posts end."""
    for kept in ended:
        post = Assignment.objects.in_force_at(now).filter(pk=kept["heir"]).first()
        if post is not None:
            end_assignment(assignment=post, reason=reason, actor=actor, now=now)
        if not kept["ends_at"] or datetime.fromisoformat(kept["ends_at"]) > now:
            _appointed(kept, user, actor=actor, now=now)


def _appointed(kept: dict[str, Any], user: User, *, actor: Actor, now: datetime) -> int | None:
    """The post for this account; None when it has it already."""
    same = Assignment.objects.in_force_at(now).filter(
        user=user, role=kept["role"], class_group=kept["class_group"], college=kept["college"]
    )
    if same.exists():
        return None
    made = appoint(
        user=user,
        role=AssignmentRole(kept["role"]),
        class_group=ClassGroup.objects.filter(pk=kept["class_group"]).first(),
        college=College.objects.filter(pk=kept["college"]).first(),
        display_name=kept["display_name"],
        is_deputy=kept["is_deputy"],
        ends_at=datetime.fromisoformat(kept["ends_at"]) if kept["ends_at"] else None,
        actor=actor,
        now=now,
    )
    return made.pk
