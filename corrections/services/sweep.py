"""A locked 有误 becomes a correction request: pulled from imaging, never pushed by it."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from accounts.models import User
from common import audit, outbox
from common.actors import System
from corrections.models import CorrectionField, CorrectionRequest, Evidence
from corrections.selectors import disputes_to_open
from corrections.selectors.rules import Edition, editions
from corrections.services.moves import messages, told_of
from corrections.services.terms import enter_states
from corrections.states import RequestState
from enrollment.selectors import FIELD_LABELS, record_value
from imaging.models import VerificationConclusion
from imaging.states import ConclusionKind

_BATCH = 200
_SWEEP = System("勘误开单")


def open_due_requests(*, now: datetime, limit: int = 5_000) -> int:
    """Make a request for every locked 有误 that has none; returns how many were made.

    Safe to run twice, late, or beside another run: a conclusion has one request at most, and a record
    one open request of each kind, both by constraint. Dated at the moment of the lock.
    """
    made = 0
    while made < limit:
        batch = _one_per_case(disputes_to_open(now=now).order_by("locks_at", "pk")[:_BATCH])
        if not batch:
            break
        try:
            _open(batch, now=now)
            opened = len(batch)
        except IntegrityError:  # another run took one of them: find out which, one by one
            opened = sum(_open_one(conclusion, now=now) for conclusion in batch)
        if not opened:
            break
        made += opened
    return made


def _one_per_case(disputes: QuerySet[VerificationConclusion]) -> list[VerificationConclusion]:
    first: dict[tuple[int, str], VerificationConclusion] = {}
    for conclusion in disputes:
        first.setdefault((conclusion.round.member.record_id, conclusion.kind), conclusion)
    return list(first.values())


def _open_one(conclusion: VerificationConclusion, *, now: datetime) -> int:
    try:
        _open([conclusion], now=now)
    except IntegrityError:
        return 0
    return 1


@transaction.atomic
def _open(batch: list[VerificationConclusion], *, now: datetime) -> None:
    owners = _owners(batch)
    rules = editions({conclusion.round.member.record.school_id for conclusion in batch})
    requests = CorrectionRequest.objects.bulk_create(
        [_request(conclusion, owners, rules) for conclusion in batch]
    )
    enter_states(requests, actor=_SWEEP, now=now)
    fields = {request.pk: _fields(request, rules) for request in requests}
    CorrectionField.objects.bulk_create(field for rows in fields.values() for field in rows)
    Evidence.objects.bulk_create(
        Evidence(
            request=request,
            file=request.conclusion.evidence,
            added_at=request.submitted_at,
            added_by=request.submitted_by,
        )
        for request in requests
        if request.conclusion is not None and request.conclusion.evidence is not None
    )
    audit.record_many(
        audit.event(
            "correction.opened",
            actor=_SWEEP,
            now=now,
            obj=request,
            subject=request.record,
            details={"kind": request.kind, "conclusion": request.conclusion_id},
        )
        for request in requests
    )
    outbox.queue_many(
        [message for request in requests for message in _messages(request, fields[request.pk])],
        now=now,
    )


def _owners(batch: list[VerificationConclusion]) -> dict[int, User]:
    """Conclusion → who gave it, in one query: the person whom the record is bound to since then.

    What staff entered (代录) is the student's, whenever the record was bound; what a former holder of
    the record said is nobody's who has it now.
    """
    records = [conclusion.round.member.record_id for conclusion in batch]
    bound = User.objects.filter(identity__bindings__record__in=records).annotate(
        record_pk=F("identity__bindings__record"), bound_at=F("identity__bindings__bound_at")
    )
    holders = {user.record_pk: user for user in bound}
    found: dict[int, User] = {}
    for conclusion in batch:
        holder = holders.get(conclusion.round.member.record_id)
        said_at = conclusion.concluded_at
        if holder and (conclusion.is_proxy or (said_at and said_at >= holder.bound_at)):
            found[conclusion.pk] = holder
    return found


def _request(
    conclusion: VerificationConclusion, owners: dict[int, User], rules: dict[int, Edition]
) -> CorrectionRequest:
    record = conclusion.round.member.record
    if conclusion.locks_at is None:  # what is locked has a moment
        raise ValueError("a locked conclusion without its moment")
    return CorrectionRequest(
        record=record,
        kind=conclusion.kind,
        conclusion=conclusion,
        state=RequestState.SUBMITTED,
        rules_id=rules[record.school_id].rules_id,
        reasons=conclusion.reasons,
        note=conclusion.note or None,
        submitted_at=conclusion.locks_at,
        submitted_by=conclusion.concluded_by,
        submitter=owners.get(conclusion.pk),
    )


def _fields(request: CorrectionRequest, rules: dict[int, Edition]) -> list[CorrectionField]:
    conclusion = request.conclusion
    if conclusion is None or request.kind != ConclusionKind.DATA:
        return []
    proposed = conclusion.proposed or {}
    key_fields = rules[request.record.school_id].key_fields
    return [
        CorrectionField(
            request=request,
            field=name,
            original=record_value(request.record, name, whole_number=True),
            proposed=str(proposed.get(name, "")),
            is_key=name in key_fields,
        )
        for name in dict.fromkeys(conclusion.wrong_fields)
        if name in FIELD_LABELS
    ]


def _messages(request: CorrectionRequest, fields: list[CorrectionField]) -> list[outbox.Message]:
    return messages(
        request.submitter,
        key=f"correction.opened:{request.conclusion_id}",
        template="correction_opened",
        params=told_of(request, fields),
    )
