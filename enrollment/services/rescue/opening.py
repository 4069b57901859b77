"""A claimant opens a case for the number that they declared, and may take it back."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.models import DeclaredIdentity, IdentityNumber, User
from accounts.selectors import declared_number_of, other_holder_of
from common import audit, files
from common.errors import InvalidInputError, NotAllowedError
from common.evidence import CleanEvidence
from common.ratelimit import Limit, hit
from common.workdays import add_workdays
from enrollment.models import RescueCase, RescueEvidence, School
from enrollment.policies import check_can_act_on_rescue, check_can_open_rescue
from enrollment.services.rescue.facts import compared_facts
from enrollment.services.rescue.moves import move_rescue
from enrollment.services.rescue.words import tell_opening
from enrollment.states import RescueAction, RescueProof

__all__ = ["FREEZE", "TERM_DAYS", "Claim", "open_rescue", "withdraw_rescue"]

# How long the contacts of the other account may object before anything can be approved (C-174).
FREEZE = timedelta(hours=24)
# Within how many working days the office answers (C-16).
TERM_DAYS = 5
CASES_PER_ACCOUNT = Limit("rescue-account", 3, 86_400)
CASES_PER_NUMBER = Limit("rescue-number", 6, 86_400)
_LONGEST = 1_000
_RETAINED = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """How the person shows who they are."""

    proof: RescueProof
    school: School | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    photo: CleanEvidence | None = None
    statement: str = ""


def open_rescue(
    *, identity: DeclaredIdentity, claim: Claim, actor: User, now: datetime
) -> RescueCase:
    """Open the case, tell the contacts of whoever holds the number, start both clocks.

    What the facts came to is never said. TooManyError when too many cases were opened for the
    account or for the number.
    """
    check_can_open_rescue(actor, now=now)
    number = declared_number_of(identity)
    if number is None or identity.user_id != actor.pk:
        raise NotAllowedError("先登记姓名和证件号码。")
    _check_claim(claim)
    hit(CASES_PER_ACCOUNT, str(actor.pk), now=now)
    hit(CASES_PER_NUMBER, bytes(number.number_index).hex(), now=now)
    with transaction.atomic():
        case = _create(identity, number, claim, actor=actor, now=now)
        audit.record(
            "rescue.opened",
            actor=actor,
            now=now,
            obj=case,
            details={"proof": claim.proof.value, "due_at": case.due_at.isoformat()},
        )
        tell_opening(case, now=now, is_new=True)
    return case


def _check_claim(claim: Claim) -> None:
    if claim.proof == RescueProof.FACTS and (not claim.facts or claim.school is None):
        raise InvalidInputError("把三项信息都填上。")
    if claim.proof == RescueProof.PHOTO and claim.photo is None:
        raise InvalidInputError("附上手持证件的照片。", field="photo")
    if len(claim.statement) > _LONGEST:
        raise InvalidInputError(f"最多写 {_LONGEST} 个字", field="statement")


def _create(
    identity: DeclaredIdentity, number: IdentityNumber, claim: Claim, *, actor: User, now: datetime
) -> RescueCase:
    facts = (
        compared_facts(number=number, school=claim.school, given=claim.facts)
        if claim.school is not None
        else {}
    )
    try:
        with transaction.atomic():
            case = RescueCase.objects.create(
                identity=identity,
                number=number,
                holder=other_holder_of(number),
                proof=claim.proof,
                school=claim.school,
                facts=facts,
                statement=claim.statement.strip() or None,
                opened_at=now,
                opened_by=actor.actor_label,
                freeze_ends_at=now + FREEZE,
                due_at=add_workdays(now, TERM_DAYS),
            )
    except IntegrityError as error:
        raise NotAllowedError("你已经有一个申请在办，看它的进度就行。") from error
    if claim.photo is not None:
        _keep(claim.photo, case=case, actor=actor, now=now)
    return case


def _keep(photo: CleanEvidence, *, case: RescueCase, actor: User, now: datetime) -> None:
    file = files.store_sealed(
        io.BytesIO(photo.data),
        kind="rescue",
        content_type=photo.content_type,
        original_name=photo.name,
        now=now,
        actor=actor,
        retain_until=now + _RETAINED,
    )
    RescueEvidence.objects.create(case=case, file=file, added_at=now, added_by=actor.actor_label)


@transaction.atomic
def withdraw_rescue(*, case: RescueCase, actor: User, now: datetime) -> RescueCase:
    """The claimant takes the case back, for instance because the old account was found again."""
    check_can_act_on_rescue(actor, case, RescueAction.WITHDRAW, now=now)
    move_rescue(case, RescueAction.WITHDRAW, actor=actor, now=now)
    return case
