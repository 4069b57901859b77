"""The school puts it right: values are entered, and the student checks again."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError
from corrections.models import CorrectionField, CorrectionRequest
from corrections.policies import check_can_act
from corrections.selectors.recheck import member_to_ask, rechecks
from corrections.services.moves import limited_text, move_request, required_text, tell_applied
from corrections.services.recheck import SWEEP
from corrections.states import RequestAction, RequestState
from enrollment.selectors import FIELD_LABELS, record_value
from enrollment.services.record import amend_record
from imaging.models import VerificationConclusion
from imaging.selectors import photo_of
from imaging.services.rounds import reopen_round
from imaging.states import ConclusionKind, PhotoKind, RoundCause

__all__ = ["apply_request", "ask_again"]


@transaction.atomic
def apply_request(
    *,
    request: CorrectionRequest,
    answer: str,
    values: Mapping[str, str] | None = None,
    refusals: Mapping[str, str] | None = None,
    actor: User,
    now: datetime,
) -> CorrectionRequest:
    """The office puts it right, and the student checks again.

    DATA: `values` are the accepted fields with the value that is entered (None: every field as the
    student proposed it), `refusals` say of the others why not; the record is amended and a new round
    asks for the data again. PHOTO: another photo must have been attached before. Where nobody is left to
    check again, the case is closed at once. The student is told when both are known.
    """
    check_can_act(actor, request, RequestAction.APPLY, now=now)
    answer = required_text(answer, field="answer", message="写一句给学生的答复：改了什么")
    if request.kind == ConclusionKind.PHOTO:
        _check_photo_changed(request)
        accepted: dict[str, str] = {}
    else:
        accepted = _accepted(request, values)
    step = move_request(
        request,
        RequestAction.APPLY,
        note=answer,
        actor=actor,
        now=now,
        details={"fields": sorted(accepted)},
        answer=answer,
        handler=actor,
    )
    # The round that asks again sends its own mail; for a photo the sweep opens it.
    is_asked = request.kind == ConclusionKind.PHOTO
    if request.kind == ConclusionKind.DATA:
        _amend(request, accepted, actor=actor, now=now)
        _note_refusals(request, set(accepted), refusals or {})
        cause = RoundCause.CORRECTED
        is_asked = ask_again(request, cause, reason="勘误已更正", actor=actor, now=now)
    _await_recheck(request, now=now)
    has_own_mail = is_asked and request.state == RequestState.RECHECK
    tell_applied(request, step, has_own_mail=has_own_mail, now=now)
    return request


def ask_again(
    request: CorrectionRequest, cause: RoundCause, *, reason: str, actor: User, now: datetime
) -> bool:
    """A new round for the kind of the request, unless a later round asks already or it is registered.

    Returns whether it was opened.
    """
    member = member_to_ask(request, now=now)
    if member is None:
        return False
    kinds = frozenset({ConclusionKind(request.kind)})
    reopen_round(member=member, kinds=kinds, cause=cause, reason=reason, actor=actor, now=now)
    return True


def _await_recheck(request: CorrectionRequest, *, now: datetime) -> None:
    is_asked = rechecks(now=now).filter(pk=request.pk).exists()
    action = RequestAction.RECHECK if is_asked else RequestAction.CLOSE
    move_request(request, action, note="", actor=SWEEP, now=now)


def _accepted(request: CorrectionRequest, values: Mapping[str, str] | None) -> dict[str, str]:
    """The fields to amend with their values; at least one when the student named any.

    What needs the province is entered only with its approval, and only as it was reported.
    """
    fields = {field.field: field for field in request.fields.all()}
    proposed = {name: field.proposed for name, field in fields.items()}
    refused = {name for name, field in fields.items() if field.is_key and field.refusal}
    granted = {name: value for name, value in proposed.items() if name not in refused}
    accepted = granted if values is None else dict(values)
    if wrong := refused & set(accepted):
        labels = "、".join(FIELD_LABELS.get(name, name) for name in sorted(wrong))
        raise NotAllowedError(f"省里没有同意改{labels}，不要采纳这些字段")
    if unknown := set(accepted) - set(proposed):
        message = f"这张勘误单没有这些字段：{'、'.join(sorted(unknown))}"
        raise InvalidInputError(message, field="values")
    if proposed and not accepted:
        raise InvalidInputError("至少采纳一个字段；都不采纳，用“不予采纳”", field="values")
    keys = [name for name in accepted if fields[name].is_key]
    if keys and request.state != RequestState.APPROVED:
        labels = "、".join(FIELD_LABELS.get(name, name) for name in keys)
        raise NotAllowedError(f"{labels}是关键信息，要先报省里审批")
    if any(accepted[name] != proposed[name] for name in keys):
        raise NotAllowedError("省里批准的是学生申请的内容，关键信息只能照批准的填")
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
        amend_record(
            record=record,
            changes=changes,
            reason=case,
            case=case,
            approval=request.approval,
            actor=actor,
            now=now,
        )
    CorrectionField.objects.filter(request=request, field__in=accepted).update(is_applied=True)


def _note_refusals(
    request: CorrectionRequest, accepted: set[str], refusals: Mapping[str, str]
) -> None:
    """Of the fields that stay as they are, why."""
    for field in request.fields.all():
        if field.field in accepted or not refusals.get(field.field, "").strip():
            continue
        field.refusal = limited_text(refusals[field.field], field="refusals")
        field.save(update_fields=["refusal"])


def _check_photo_changed(request: CorrectionRequest) -> None:
    conclusion = request.conclusion
    if conclusion is None:
        changed = request.record.photos.filter(attached_at__gt=request.submitted_at).exists()
    else:
        changed = _is_overtaken(conclusion)
    if not changed:
        raise NotAllowedError("先在“采集信息”里给这份学籍换上对的照片，再办结这张勘误单")


def _is_overtaken(conclusion: VerificationConclusion) -> bool:
    """Whether the photo that the student saw is no longer the current one."""
    member = conclusion.round.member
    current = photo_of(member.record, PhotoKind(member.campaign.profile.kind))
    return conclusion.seen_photo_id != (current.pk if current else None)
