"""还有学籍没显示出来: bound at once when the facts agree, else a claim that staff decide."""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO

from django.db import IntegrityError, transaction

from accounts.identity import DocumentType
from accounts.models import DeclaredIdentity, User
from accounts.selectors import own_numbers_of
from accounts.services import add_number
from common import audit, files, outbox
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.evidence import CleanEvidence
from common.masking import MaskKind, mask
from common.models import Channel
from common.ratelimit import Limit, hit
from common.workdays import add_workdays
from enrollment.models import (
    Binding,
    ClaimEvidence,
    NotSame,
    RecordClaim,
    School,
    StudentRecord,
)
from enrollment.policies import check_can_bind, check_can_move_claim, check_is_desk
from enrollment.selectors.claims import further_records
from enrollment.selectors.facts import fact_agrees, plain_number
from enrollment.services.binding import attach_record, bind_further_records
from enrollment.services.retention import start_claim_clocks
from enrollment.states import CLAIM, ClaimAction, ClaimState, NumberUse

__all__ = [
    "TERM_WORKDAYS",
    "approve_claim",
    "bind_further",
    "mark_not_same",
    "refuse_claim",
    "submit_claim",
    "withdraw_claim",
]

TERM_WORKDAYS = 5
MOST_OPEN = 3
MOST_PROOFS = 3
TRIES_PER_ACCOUNT = Limit("further-account", 10, 3600)
TRIES_PER_TARGET = Limit("further-target", 20, 24 * 3600)
CLAIMS_PER_ACCOUNT = Limit("claim-account", 5, 24 * 3600)
_LONGEST_TEXT = 2_000
_TOLD = {ClaimAction.APPROVE: "claim_approved", ClaimAction.REFUSE: "claim_refused"}
_AUDIT = {
    ClaimAction.APPROVE: "claim.approved",
    ClaimAction.REFUSE: "claim.refused",
    ClaimAction.WITHDRAW: "claim.withdrawn",
}


def bind_further(
    *,
    identity: DeclaredIdentity,
    school: School,
    given_no: str,
    name: str,
    actor: Actor,
    now: datetime,
) -> list[Binding]:
    """Bind a further record at once when every fact agrees; an empty list says nothing of why not.

    Name typed, declared and on the record are one; the record's document number is one that the
    person has or had; the number given is the school's fact, or the person was proven before by
    another record. TooManyError after too many tries, whatever they found.
    """
    check_can_bind(identity.user, now=now)
    hit(TRIES_PER_ACCOUNT, str(identity.user_id), now=now)
    hit(TRIES_PER_TARGET, f"{school.pk}:{plain_number(given_no)}", now=now)
    with transaction.atomic():
        is_proven = Binding.objects.filter(identity=identity).exists()
        found = further_records(identity, school_id=school.pk, given_no=given_no, name=name)
        agreeing = [
            record for record in found if is_proven or fact_agrees(record, plain_number(given_no))
        ]
        bound = bind_further_records(records=agreeing, identity=identity, actor=actor, now=now)
        if not bound:
            audit.record("binding.refused", actor=actor, now=now, obj=identity)
    return bound


@transaction.atomic
def submit_claim(  # noqa: PLR0913 -- what the form asks
    *,
    identity: DeclaredIdentity,
    school: School,
    given_no: str,
    given_name: str,
    evidence: Sequence[CleanEvidence],
    former_type: str = "",
    former_number: str = "",
    note: str = "",
    actor: User,
    now: datetime,
) -> RecordClaim:
    """Put the claim before the office with its proofs; answered within five working days.

    The same number of the same school is claimed once at a time, and three at most wait.
    """
    check_can_bind(identity.user, now=now)
    if not 0 < len(evidence) <= MOST_PROOFS:
        raise InvalidInputError(f"附上一到{MOST_PROOFS}份证明材料。", field="evidence")
    if bool(former_type) != bool(former_number.strip()):
        raise InvalidInputError("入学时的证件，类型和号码要一起填。", field="former_number")
    hit(CLAIMS_PER_ACCOUNT, str(identity.user_id), now=now)
    if identity.record_claims.filter(state=ClaimState.OPEN).count() >= MOST_OPEN:
        raise NotAllowedError(f"已经有 {MOST_OPEN} 份认领在等答复，等办完一份再提交。")
    try:
        with transaction.atomic():
            claim = RecordClaim.objects.create(
                identity=identity,
                school=school,
                given_no=plain_number(given_no),
                given_name=given_name.strip(),
                former_type=former_type,
                former_number=former_number.strip() or None,
                note=_limited(note, field="note") or None,
                submitted_at=now,
                submitted_by=actor.actor_label,
                due_at=add_workdays(now, TERM_WORKDAYS),
            )
    except IntegrityError as error:
        raise NotAllowedError("这个号码已经在认领了，等教务处答复。") from error
    for proof in evidence:
        _keep(proof, claim=claim, actor=actor, now=now)
    audit.record(
        "claim.submitted",
        actor=actor,
        now=now,
        obj=claim,
        details={"school": school.code, "evidence": len(evidence)},
    )
    return claim


def _keep(proof: CleanEvidence, *, claim: RecordClaim, actor: User, now: datetime) -> None:
    file = files.store_sealed(
        BytesIO(proof.data),
        kind="evidence",
        content_type=proof.content_type,
        original_name=proof.name,
        now=now,
        actor=actor,
    )
    ClaimEvidence.objects.create(claim=claim, file=file, added_at=now, added_by=actor.actor_label)


@transaction.atomic
def approve_claim(
    *,
    claim: RecordClaim,
    record: StudentRecord,
    answer: str,
    number_use: NumberUse = NumberUse.FORMER,
    valid: tuple[date | None, date | None] = (None, None),
    actor: User,
    now: datetime,
) -> RecordClaim:
    """Bind the record to the claimant, who from then on has the number that it was registered with.

    The record keeps its number; the person gets it as a further one, in use beside the others or as
    a former one. A record that somebody else has is refused.
    """
    check_can_move_claim(actor, claim, ClaimAction.APPROVE)
    identity = claim.identity
    if NotSame.objects.filter(identity=identity, record=record).exists():
        raise NotAllowedError(
            "这条学籍认定过不是这个人的。认定错了，到那条学籍的页面用“绑定账号”办理。"
        )
    _move(claim, ClaimAction.APPROVE, answer=answer, actor=actor, now=now, record=record)
    has_number = own_numbers_of(identity).filter(number_index=record.id_number_index)
    if not has_number.exists():
        add_number(
            identity=identity,
            id_type=DocumentType(record.id_type),
            number=record.id_number,
            is_former=number_use == NumberUse.FORMER,
            valid=valid,
            reason=f"学籍认领 {claim.pk}",
            actor=actor,
            now=now,
        )
    attach_record(
        record=record, identity=identity, reason=f"学籍认领 {claim.pk}", actor=actor, now=now
    )
    return claim


@transaction.atomic
def refuse_claim(*, claim: RecordClaim, answer: str, actor: User, now: datetime) -> RecordClaim:
    """Nothing is bound; the claimant reads why and what would help."""
    check_can_move_claim(actor, claim, ClaimAction.REFUSE)
    _move(claim, ClaimAction.REFUSE, answer=answer, actor=actor, now=now)
    return claim


@transaction.atomic
def withdraw_claim(*, claim: RecordClaim, actor: User, now: datetime) -> RecordClaim:
    """The claimant takes it back; it may be claimed again."""
    check_can_move_claim(actor, claim, ClaimAction.WITHDRAW)
    _move(claim, ClaimAction.WITHDRAW, answer="", actor=actor, now=now)
    return claim


@transaction.atomic
def mark_not_same(
    *,
    identity: DeclaredIdentity,
    record: StudentRecord,
    reason: str,
    actor: User,
    now: datetime,
) -> NotSame:
    """Remember that the record is not this person's; it is not proposed again. Safe to do twice."""
    check_is_desk(actor, identity)
    pair, is_new = NotSame.objects.get_or_create(
        identity=identity,
        record=record,
        defaults={"reason": reason, "decided_at": now, "decided_by": actor.actor_label},
    )
    if is_new:
        audit.record(
            "claim.not_same",
            actor=actor,
            now=now,
            obj=identity,
            subject=record,
            reason=reason,
            details={"student_no": mask(record.student_no, MaskKind.STUDENT_NO)},
        )
    return pair


def _move(
    claim: RecordClaim,
    action: ClaimAction,
    *,
    answer: str,
    actor: User,
    now: datetime,
    record: StudentRecord | None = None,
) -> None:
    """Move the row once, or say that somebody else was first; trail and notice go with it."""
    source = ClaimState(claim.state)
    target = CLAIM.target(action, source=source)
    answer = _limited(answer, field="answer")
    if action in _TOLD and not answer:
        raise InvalidInputError("写一句给学生的答复。", field="answer")
    changes = {
        "state": target,
        "answer": answer or None,
        "record": record,
        "closed_at": now,
        "closed_by": actor.actor_label,
    }
    unmoved = RecordClaim.objects.filter(pk=claim.pk, state=source)
    if unmoved.update(**changes) != 1:
        raise StaleStateError("这份认领刚刚有了变化，请刷新后再看")
    for column, value in changes.items():
        setattr(claim, column, value)
    start_claim_clocks(now=now, claim=claim)
    audit.record(
        _AUDIT[action],
        actor=actor,
        now=now,
        obj=claim,
        subject=record,
        reason=answer,
        details={"from": source.value, "to": target.value},
    )
    if action in _TOLD:
        _tell(claim, _TOLD[action], now=now)


def _tell(claim: RecordClaim, template: str, *, now: datetime) -> None:
    """A notice, and a mail (an SMS for who has no mail): the answer itself stays on the page."""
    user = claim.identity.user
    outward = Channel.EMAIL if user.email else Channel.SMS
    outbox.queue_many(
        [
            outbox.Message(
                key=f"{template}:{claim.pk}:{channel}",
                channel=channel,
                template=template,
                user_id=user.pk,
                params={"claim_id": claim.pk, "school": claim.school.name},
            )
            for channel in (Channel.NOTICE, outward)
        ],
        now=now,
    )


def _limited(text: str, *, field: str) -> str:
    stripped = text.strip()
    if len(stripped) > _LONGEST_TEXT:
        raise InvalidInputError(f"最多写 {_LONGEST_TEXT} 个字。", field=field)
    return stripped
