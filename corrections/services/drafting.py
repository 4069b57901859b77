"""A case that the student begins: drafted, filled in bit by bit, complete before it is handed in."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit
from common.actors import System
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.evidence import CleanEvidence
from common.models import StoredFile
from common.retention import erase_file
from corrections.models import CorrectionField, CorrectionRequest, Evidence
from corrections.policies.eligibility import check_eligible
from corrections.selectors.proofs import needed_proofs
from corrections.services.evidence import check_proof, keep_evidence
from corrections.services.moves import limited_text, move_request
from corrections.services.own import submit_request
from corrections.services.rules import rules_of
from corrections.states import RequestAction, RequestState
from corrections.states.rules import PHOTO
from enrollment.models import StudentRecord
from enrollment.selectors import DISPUTABLE_FIELDS, FIELD_LABELS, is_bound_to, record_value
from imaging.states import ConclusionKind, DataReason, PhotoReason

__all__ = ["add_proof", "begin_draft", "hand_in", "missing_of", "remove_proof", "save_draft"]

_VALUE_LENGTH = 200
_OWN_ONLY = "只有学生本人可以改草稿"
_LABEL = "证明材料"
_REMOVED = "证明材料：学生在提交前删掉"
_SYSTEM = System("勘误草稿清理")


@transaction.atomic
def begin_draft(
    *, record: StudentRecord, kind: str, actor: User, now: datetime
) -> CorrectionRequest:
    """A draft of the kind; the one that is there already, when there is one.

    It keeps the edition of the rules whose text the student has just read.
    """
    if not (actor.is_active and is_bound_to(actor, record)) or not record.is_shown:
        raise NotAllowedError(_OWN_ONLY)
    if kind not in ConclusionKind.values:
        raise InvalidInputError("选一种：学籍信息，或者照片", field="kind")
    drafts = CorrectionRequest.objects.filter(record=record, kind=kind, state=RequestState.DRAFT)
    if found := drafts.first():
        if found.submitter_id in {actor.pk, None}:
            return found
        # A former holder of the record began it; its words are not for who holds the record now.
        move_request(found, RequestAction.WITHDRAW, note="", actor=_SYSTEM, now=now)
    try:
        with transaction.atomic():
            draft = CorrectionRequest.objects.create(
                record=record,
                kind=kind,
                rules=rules_of(record.school, now=now),
                submitted_at=now,
                submitted_by=actor.actor_label,
                submitter=actor,
            )
    except IntegrityError as error:
        raise StaleStateError("草稿刚刚已经建好，请刷新再看") from error
    audit.record("correction.drafted", actor=actor, now=now, obj=draft, subject=record)
    return draft


@transaction.atomic
def save_draft(
    *,
    draft: CorrectionRequest,
    values: Mapping[str, str],
    reasons: Sequence[str],
    note: str,
    private_note: str,
    actor: User,
    now: datetime,
) -> CorrectionRequest:
    """What is filled in so far, half-done or not; of a case from a conclusion only the words change."""
    _check_own(draft, actor)
    columns: dict[str, object] = {
        "note": limited_text(note, field="note") or None,
        "private_note": limited_text(private_note, field="private_note") or None,
    }
    if draft.conclusion_id is None:
        columns["reasons"] = _reasons(draft, reasons)
    unmoved = CorrectionRequest.objects.filter(pk=draft.pk, state=RequestState.DRAFT)
    if unmoved.update(**columns) != 1:
        raise StaleStateError("这份草稿刚刚已经提交或撤回")
    for name, value in columns.items():
        setattr(draft, name, value)
    if draft.conclusion_id is None and draft.kind == ConclusionKind.DATA:
        _set_fields(draft, values)
    audit.record("correction.draft_saved", actor=actor, now=now, obj=draft, subject=draft.record)
    return draft


@transaction.atomic
def add_proof(
    *, draft: CorrectionRequest, proof: CleanEvidence, title: str, actor: User, now: datetime
) -> Evidence:
    """A proof of one of the kinds that the rules name, or of another kind without a title."""
    _check_own(draft, actor)
    _hold(draft)
    check_proof(proof, request=draft, title=title, field="proof")
    return keep_evidence(proof, request=draft, title=title, actor=actor, now=now)


def remove_proof(*, proof: Evidence, actor: User, now: datetime) -> None:
    """A proof less, while the draft is not handed in; its bytes go at once, with a proof of erasure.

    What came with a 有误 was handed in with it and stays. Broken off before the bytes are gone, the
    sweep of the rule ends the work.
    """
    draft, file = proof.request, proof.file
    with transaction.atomic():
        _check_own(draft, actor)
        _hold(draft)
        if draft.conclusion is not None and draft.conclusion.evidence_id == file.pk:
            raise NotAllowedError(
                "这份材料是和“有误”一起交的，不能单独删；不申请了可以撤回整张勘误单"
            )
        if not Evidence.objects.filter(pk=proof.pk).delete()[0]:
            raise StaleStateError("这份材料已经删掉了")
        StoredFile.objects.filter(pk=file.pk).update(retain_until=now)
        audit.record(
            "correction.proof_removed",
            actor=actor,
            now=now,
            obj=draft,
            subject=draft.record,
            details={"sha256": file.sha256},
        )
    erase_file(
        file,
        kind=_LABEL,
        basis=_REMOVED,
        due_at=now,
        now=now,
        actor=actor,
        subject_id=draft.record_id,
        owner_id=actor.pk,
    )


@transaction.atomic
def hand_in(*, draft: CorrectionRequest, actor: User, now: datetime) -> CorrectionRequest:
    """Hand the draft in: the rules that it was begun under allow it, and nothing is missing."""
    _check_own(draft, actor)
    _hold(draft)
    if draft.conclusion_id is None:
        if draft.rules is not None:
            fields = list(draft.fields.values_list("field", flat=True))
            check_eligible(draft.rules, draft.record, fields, now=now)
        if missing := missing_of(draft):
            raise InvalidInputError("；".join(missing))
    return submit_request(request=draft, actor=actor, now=now)


def missing_of(draft: CorrectionRequest) -> list[str]:
    """What a direct case still lacks, in sentences."""
    found = []
    if draft.kind == ConclusionKind.PHOTO:
        named = [PHOTO]
        if not draft.reasons:
            found.append("选一个原因")
    else:
        named = list(draft.fields.values_list("field", flat=True))
        if not named:
            found.append("至少写一个字段应该是什么")
    if not (draft.note or draft.private_note):
        found.append("写一句说明，或者不公开的原因")
    given = set(draft.evidence.values_list("title", flat=True))
    found += [f"还缺“{title}”" for title in needed_proofs(draft.rules, named) if title not in given]
    return found


def _check_own(draft: CorrectionRequest, actor: User) -> None:
    is_own = is_bound_to(actor, draft.record) and draft.submitter_id in {actor.pk, None}
    if not (actor.is_active and is_own):
        raise NotAllowedError(_OWN_ONLY)
    if draft.state != RequestState.DRAFT:
        raise StaleStateError("这份草稿刚刚已经提交或撤回")


def _hold(draft: CorrectionRequest) -> None:
    """Nobody saves, proves or hands in the same draft until this transaction is over."""
    rows = CorrectionRequest.objects.select_for_update(of=("self",)).filter(pk=draft.pk)
    if rows.values_list("state", flat=True).first() != RequestState.DRAFT:
        raise StaleStateError("这份草稿刚刚已经提交或撤回")


def _reasons(draft: CorrectionRequest, reasons: Sequence[str]) -> list[str]:
    if draft.kind == ConclusionKind.DATA:
        return [DataReason.FIELD_WRONG]
    if unknown := set(reasons) - set(PhotoReason.values):
        raise InvalidInputError(f"没有这些原因：{'、'.join(sorted(unknown))}", field="reasons")
    return sorted(reasons)


def _set_fields(draft: CorrectionRequest, values: Mapping[str, str]) -> None:
    """The named fields as they are now and as they should be; what is blank is not named."""
    given = {name: value.strip() for name, value in values.items() if value.strip()}
    if unknown := set(given) - set(DISPUTABLE_FIELDS):
        raise InvalidInputError(f"没有这些字段：{'、'.join(sorted(unknown))}", field="values")
    key_fields = draft.rules.key_fields if draft.rules else draft.record.school.key_fields
    rows = []
    for name, value in given.items():
        original = record_value(draft.record, name, whole_number=True)
        if len(value) > _VALUE_LENGTH:
            message = f"{FIELD_LABELS[name]}最多写 {_VALUE_LENGTH} 个字"
            raise InvalidInputError(message, field=f"value_{name}")
        if value == original:
            message = f"{FIELD_LABELS[name]}现在就是这样，不用改"
            raise InvalidInputError(message, field=f"value_{name}")
        rows.append(
            CorrectionField(
                request=draft,
                field=name,
                original=original,
                proposed=value,
                is_key=name in key_fields,
            )
        )
    draft.fields.all().delete()
    CorrectionField.objects.bulk_create(rows)
