"""The moves of a correction request, one function each."""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO

from django.db import transaction

from accounts.models import User
from common import files
from common.errors import InvalidInputError, NotAllowedError
from common.evidence import CleanEvidence
from corrections.models import CorrectionField, CorrectionRequest, Evidence
from corrections.policies import check_can_act
from corrections.services.moves import limited_text, move_request, required_text
from corrections.states import RequestAction
from enrollment.selectors import record_value
from enrollment.services.record import amend_record
from imaging.models import VerificationConclusion
from imaging.selectors import photo_of, registered_in
from imaging.services.rounds import reopen_round
from imaging.states import ConclusionKind, PhotoKind, RoundCause

EVIDENCE_LIMIT = 5


@transaction.atomic
def take_request(*, request: CorrectionRequest, actor: User, now: datetime) -> CorrectionRequest:
    """The office begins to look into it; the actor becomes its handler."""
    check_can_act(actor, request, RequestAction.TAKE, now=now)
    move_request(request, RequestAction.TAKE, note="", actor=actor, now=now, handler=actor)
    return request


@transaction.atomic
def return_request(
    *, request: CorrectionRequest, note: str, actor: User, now: datetime
) -> CorrectionRequest:
    """Back to the student, who reads in `note` what is missing."""
    check_can_act(actor, request, RequestAction.RETURN, now=now)
    note = required_text(note, field="note", message="写清楚要学生补充什么")
    move_request(request, RequestAction.RETURN, note=note, actor=actor, now=now, handler=actor)
    return request


@transaction.atomic
def resubmit_request(
    *,
    request: CorrectionRequest,
    note: str,
    evidence: CleanEvidence | None = None,
    actor: User,
    now: datetime,
) -> CorrectionRequest:
    """The student hands in what was missing: some words, a proof, or both."""
    check_can_act(actor, request, RequestAction.RESUBMIT, now=now)
    note = limited_text(note, field="note")
    if not note and evidence is None:
        raise InvalidInputError("写一句补充说明，或者附上一份证明材料", field="note")
    details = {"evidence": evidence is not None}
    move_request(request, RequestAction.RESUBMIT, note=note, actor=actor, now=now, details=details)
    if evidence is not None:
        _keep(evidence, request=request, actor=actor, now=now)
    return request


@transaction.atomic
def apply_request(
    *,
    request: CorrectionRequest,
    answer: str,
    values: Mapping[str, str] | None = None,
    actor: User,
    now: datetime,
) -> CorrectionRequest:
    """The office puts it right, and the student checks again.

    DATA: `values` are the accepted fields with the value that is entered (None: every field as the
    student proposed it); the record is amended and a new round asks for the data again. PHOTO: another
    photo must have been attached before; the next round follows from that.
    """
    check_can_act(actor, request, RequestAction.APPLY, now=now)
    answer = required_text(answer, field="answer", message="写一句给学生的答复：改了什么")
    if request.kind == ConclusionKind.PHOTO:
        _check_photo_changed(request)
        accepted: dict[str, str] = {}
    else:
        accepted = _accepted(request, values)
    move_request(
        request,
        RequestAction.APPLY,
        note=answer,
        actor=actor,
        now=now,
        details={"fields": sorted(accepted)},
        answer=answer,
        handler=actor,
    )
    if request.kind == ConclusionKind.DATA:
        _amend(request, accepted, actor=actor, now=now)
        _ask_again(request, RoundCause.CORRECTED, reason="勘误已更正", actor=actor, now=now)
    return request


@transaction.atomic
def refuse_request(
    *, request: CorrectionRequest, answer: str, actor: User, now: datetime
) -> CorrectionRequest:
    """The office keeps the record or the photo as it is, and says why; the conclusion stays 有误."""
    check_can_act(actor, request, RequestAction.REFUSE, now=now)
    answer = required_text(answer, field="answer", message="写清楚为什么不予采纳")
    move_request(
        request,
        RequestAction.REFUSE,
        note=answer,
        actor=actor,
        now=now,
        answer=answer,
        handler=actor,
    )
    return request


@transaction.atomic
def withdraw_request(
    *, request: CorrectionRequest, note: str = "", actor: User, now: datetime
) -> CorrectionRequest:
    """The student takes it back and is asked for the conclusion again.

    Once the class sheet is final the conclusion stays 有误: only the office opens it then.
    """
    check_can_act(actor, request, RequestAction.WITHDRAW, now=now)
    note = limited_text(note, field="note")
    move_request(request, RequestAction.WITHDRAW, note=note, actor=actor, now=now)
    if reopens_on_withdrawal(request, now=now):
        _ask_again(request, RoundCause.REOPENED, reason="学生撤回勘误", actor=actor, now=now)
    return request


def reopens_on_withdrawal(request: CorrectionRequest, *, now: datetime) -> bool:
    """Whether taking the request back lets the student give the conclusion again."""
    conclusion = request.conclusion
    return conclusion is not None and conclusion.round.member.sheet_freeze_at > now


def _accepted(request: CorrectionRequest, values: Mapping[str, str] | None) -> dict[str, str]:
    """The fields to amend with their values; at least one when the student named any."""
    proposed = {field.field: field.proposed for field in request.fields.all()}
    accepted = proposed if values is None else dict(values)
    if unknown := set(accepted) - set(proposed):
        message = f"这张勘误单没有这些字段：{'、'.join(sorted(unknown))}"
        raise InvalidInputError(message, field="values")
    if proposed and not accepted:
        raise InvalidInputError("至少采纳一个字段；都不采纳，用“不予采纳”", field="values")
    return accepted


def _amend(
    request: CorrectionRequest, accepted: Mapping[str, str], *, actor: User, now: datetime
) -> None:
    """Enter what the record does not hold yet: meanwhile an import may have put a part right."""
    record = request.record
    changes = {
        name: value
        for name, value in accepted.items()
        if value != record_value(record, name, whole_number=True)
    }
    if changes:
        case = f"勘误单 {request.pk}"
        amend_record(record=record, changes=changes, reason=case, case=case, actor=actor, now=now)
    CorrectionField.objects.filter(request=request, field__in=accepted).update(is_applied=True)


def _ask_again(
    request: CorrectionRequest, cause: RoundCause, *, reason: str, actor: User, now: datetime
) -> None:
    """A new round for the kind of the request, unless a later round asks already or it is registered."""
    conclusion = request.conclusion
    if conclusion is None or not conclusion.round.is_current:
        return
    member = conclusion.round.member
    if member.removed_at is not None or registered_in(member) is not None:
        return
    kinds = frozenset({ConclusionKind(request.kind)})
    reopen_round(member=member, kinds=kinds, cause=cause, reason=reason, actor=actor, now=now)


def _check_photo_changed(request: CorrectionRequest) -> None:
    conclusion = request.conclusion
    if conclusion is None or _is_overtaken(conclusion):
        return
    raise NotAllowedError("先在“采集信息”里给这份学籍换上对的照片，再办结这张勘误单")


def _is_overtaken(conclusion: VerificationConclusion) -> bool:
    """Whether the photo that the student saw is no longer the current one."""
    member = conclusion.round.member
    current = photo_of(member.record, PhotoKind(member.campaign.profile.kind))
    return conclusion.seen_photo_id != (current.pk if current else None)


def _keep(
    evidence: CleanEvidence, *, request: CorrectionRequest, actor: User, now: datetime
) -> Evidence:
    if request.evidence.count() >= EVIDENCE_LIMIT:
        raise NotAllowedError(f"一张勘误单最多附 {EVIDENCE_LIMIT} 份证明材料")
    file = files.store_sealed(
        BytesIO(evidence.data),
        kind="evidence",
        content_type=evidence.content_type,
        original_name=evidence.name,
        now=now,
        actor=actor,
    )
    return Evidence.objects.create(
        request=request, file=file, added_at=now, added_by=actor.actor_label
    )
