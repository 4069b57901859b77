"""Many results at once: what the items give is proposed and decided set-based, the rest waits for a look."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import User
from common import audit as trail
from common.errors import StaleStateError
from corrections.models import AuditedStudent, GraduationAudit
from corrections.policies.graduation import check_can_move_many
from corrections.selectors.graduation import checklists_of
from corrections.selectors.graduation_scope import objected, to_decide, to_propose
from corrections.services.graduation.chunks import by_key, in_chunks
from corrections.services.graduation.listing import held_audit
from corrections.services.graduation.telling import tell_students
from corrections.states.graduation import RESULT, AuditOutcome, ResultAction, ResultState

__all__ = ["decide_all", "propose_all"]


@dataclass(frozen=True, slots=True)
class _Settled:
    """A student whose items give a result, and what the list said then."""

    student: AuditedStudent
    outcome: AuditOutcome
    digest: str


@transaction.atomic
def propose_all(*, audit: GraduationAudit, actor: User, now: datetime) -> int:
    """Propose what the items give for everybody of the college whose items are all settled.

    For who has no college, the office does it.

    Those with an open item or an unanswered objection, and the own row, are left out. It stops at
    `MOST_AT_ONCE`; who was proposed is not asked again, so the next go does the others.
    """
    held = held_audit(audit)
    check_can_move_many(actor, held, ResultAction.PROPOSE)

    def propose(some: list[AuditedStudent]) -> int:
        settled = _settled(held, some, now=now)
        outcomes = {each.student.pk: each.outcome.value for each in settled}
        return _move(
            settled,
            ResultAction.PROPOSE,
            "auditresult.proposed",
            actor=actor,
            now=now,
            proposed=by_key(outcomes),
            proposed_note=None,
            proposed_at=now,
            proposed_by=actor.actor_label,
            proposer=actor,
        )

    return in_chunks(to_propose(held, actor, now=now).select_related("record"), propose)


@transaction.atomic
def decide_all(*, audit: GraduationAudit, actor: User, now: datetime) -> int:
    """Decide as proposed wherever the proposal is what the items give now; returns how many.

    Whoever the college sees differently is left for a single look. It stops at `MOST_AT_ONCE`.
    """
    held = held_audit(audit)
    check_can_move_many(actor, held, ResultAction.DECIDE)

    def decide(some: list[AuditedStudent]) -> int:
        settled = [
            each for each in _settled(held, some, now=now) if each.student.proposed == each.outcome
        ]
        done = _move(
            settled,
            ResultAction.DECIDE,
            "auditresult.decided",
            actor=actor,
            now=now,
            decided=F("proposed"),
            decided_note=None,
            decided_at=now,
            decided_by=actor.actor_label,
            decided_digest=by_key({each.student.pk: each.digest for each in settled}),
        )
        tell_students(
            [each.student for each in settled],
            "graduation_decided",
            key=f"graduation-decided:{now.timestamp():.6f}",
            now=now,
        )
        return done

    return in_chunks(to_decide(held, actor).select_related("record"), decide)


def _settled(
    audit: GraduationAudit, some: list[AuditedStudent], *, now: datetime
) -> list[_Settled]:
    """Asked after the rows are held: an objection or a mark that came a moment before counts."""
    for student in some:
        student.audit = audit
    waiting = objected(some)
    lists = checklists_of(audit, some, now=now)
    return [
        _Settled(student, suggested, lists[student.pk].digest)
        for student in some
        if student.pk not in waiting and (suggested := lists[student.pk].suggested) is not None
    ]


def _move(
    settled: Iterable[_Settled],
    action: ResultAction,
    said: str,
    *,
    actor: User,
    now: datetime,
    **changes: Any,
) -> int:
    """One statement for all, compare-and-swap as a whole, with an event for each."""
    rows = list(settled)
    if not rows:
        return 0
    (source,) = RESULT.transitions[action].sources
    target = RESULT.target(action, source=ResultState(source))
    unmoved = AuditedStudent.objects.filter(pk__in=[each.student.pk for each in rows], state=source)
    if unmoved.update(state=target, **changes) != len(rows):
        raise StaleStateError("有学生的审核刚刚有了变化，请刷新后再试。")
    trail.record_many(
        trail.event(
            said,
            actor=actor,
            now=now,
            obj=each.student,
            subject=each.student.record,
            details={"result_state": target.value, "audit_outcome": each.outcome.value},
        )
        for each in rows
    )
    return len(rows)
