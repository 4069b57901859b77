"""What a student reads of the rules beside a form: the words, what stands against it, days, proofs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from corrections.models import CorrectionRequest, CorrectionRules
from corrections.policies.eligibility import key_bars, key_days
from corrections.selectors.rules import ShownProof, rules_of_case, shown_rules
from corrections.states.rules import PHOTO
from enrollment.models import StudentRecord
from imaging.states import ConclusionKind

__all__ = ["ToldRules", "told_for_case", "told_for_dispute"]

# A conclusion is never refused (ADR 0044): who was asked may answer.
_STILL = "核对时报告有误不受这个限制，照样提交；什么时候报省里、能不能报，由教务处答复。"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRules:
    """The rules as far as they matter to what was picked."""

    lead: str
    bars: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    proofs: tuple[ShownProof, ...] = ()


def told_for_dispute(
    record: StudentRecord,
    fields: Collection[str],
    *,
    is_data: bool,
    is_photo: bool,
    now: datetime,
) -> ToldRules:
    """Before a 有误 is filled in: what its case will be handled by (DISPUTE_RULES)."""
    rules, listed = shown_rules(record.school)
    named = {*fields, PHOTO} if is_photo else set(fields)
    proofs = [proof for proof in listed if proof.field in named]
    return _told(rules, record, fields, proofs, is_data=is_data, now=now)


def told_for_case(request: CorrectionRequest, *, now: datetime) -> ToldRules:
    """Beside a case that came from a conclusion, while it is not decided."""
    rules, proofs = rules_of_case(request)
    fields = request.fields.values_list("field", flat=True)
    is_data = request.kind != ConclusionKind.PHOTO
    return _told(rules, request.record, fields, proofs, is_data=is_data, now=now)


def _told(
    rules: CorrectionRules,
    record: StudentRecord,
    fields: Collection[str],
    proofs: Collection[ShownProof],
    *,
    is_data: bool,
    now: datetime,
) -> ToldRules:
    is_key = bool(set(fields) & set(rules.key_fields))
    bars = key_bars(rules, record, now=now) if is_key else []
    return ToldRules(
        lead=rules.lead if is_data else "",
        bars=(*bars, _STILL) if bars else (),
        days=tuple(key_days(rules, record, now=now)) if is_key else (),
        proofs=tuple(proofs),
    )
