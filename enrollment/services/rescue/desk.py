"""What one member of staff may do with a case alone: ask for a visit, check a document, look, begin anew."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.selectors import other_holder_of
from common import files
from enrollment.models import RescueCase, RescueEvidence
from enrollment.policies import check_can_act_on_rescue
from enrollment.selectors.rescue import subject_of
from enrollment.services.rescue.moves import NO_PROPOSAL, move_rescue, required_text
from enrollment.services.rescue.opening import FREEZE
from enrollment.services.rescue.words import tell_claimant, tell_opening
from enrollment.states import RescueAction

__all__ = ["call_in", "meet", "open_evidence", "restart_rescue"]


@transaction.atomic
def call_in(*, case: RescueCase, note: str, actor: User, now: datetime) -> RescueCase:
    """What was handed in is not enough: the claimant comes with the document."""
    check_can_act_on_rescue(actor, case, RescueAction.CALL_IN, now=now)
    note = required_text(note, field="reason", message="写清楚为什么要当面核对")
    step = move_rescue(case, RescueAction.CALL_IN, note=note, actor=actor, now=now)
    tell_claimant(case, template="rescue_counter", key=f"counter:{step.pk}", now=now)
    return case


@transaction.atomic
def meet(*, case: RescueCase, note: str, actor: User, now: datetime) -> RescueCase:
    """The claimant stood at the counter with the document, and it was looked at."""
    check_can_act_on_rescue(actor, case, RescueAction.MEET, now=now)
    note = required_text(note, field="reason", message="写清楚看了什么证件、结果怎样")
    move_rescue(
        case,
        RescueAction.MEET,
        note=note,
        actor=actor,
        now=now,
        met_at=now,
        met_by=actor.actor_label,
    )
    return case


@transaction.atomic
def restart_rescue(*, case: RescueCase, note: str, actor: User, now: datetime) -> RescueCase:
    """Another account holds the number by now: its contacts are told, and the 24 hours run anew."""
    check_can_act_on_rescue(actor, case, RescueAction.RESTART, now=now)
    note = required_text(note, field="reason", message="写一句为什么重新告知")
    move_rescue(
        case,
        RescueAction.RESTART,
        note=note,
        actor=actor,
        now=now,
        holder=other_holder_of(case.number),
        freeze_ends_at=now + FREEZE,
        objected_at=None,
        objected_by="",
        objection=None,
        **NO_PROPOSAL,
    )
    tell_opening(case, now=now, is_new=False)
    return case


@transaction.atomic
def open_evidence(*, evidence: RescueEvidence, viewer: User, now: datetime) -> bytes:
    """The bytes of a photo; every view is logged with the record concerned.

    The caller has found it through a selector scoped to the viewer.
    """
    case = evidence.case
    files.log_view(
        evidence.file,
        viewer=viewer,
        purpose=f"核实证件号码找回 {case.case_no}",
        now=now,
        subject_id=subject_of(case),
    )
    with files.open_sealed(evidence.file) as content:
        return content.read()
