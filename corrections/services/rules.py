"""Editions of a school's rules: written once, numbered, never changed; new cases take the newest."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.models import User
from accounts.policies import is_registrar
from common import audit
from common.actors import SYSTEM, Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from corrections.models import CorrectionRules, EvidenceRule
from corrections.models.rules import MOST_MEGABYTES
from corrections.selectors.rules import newest_rules
from corrections.states.request import EvidenceFormat, EvidenceNeed
from corrections.states.rules import (
    DEFAULT_LEAD,
    DEFAULT_PROOFS,
    PHOTO,
    Barriers,
    Proof,
)
from enrollment.models import School
from enrollment.selectors import DISPUTABLE_FIELDS

__all__ = ["change_rules", "proof_lines", "read_proofs", "rules_of"]

Proofs = Mapping[str, Sequence[Proof]]
_PARTS: Final = 6
_LONGEST_TITLE: Final = 30
_LONGEST_HINT: Final = 100
_LONGEST_LEAD: Final = 2_000
_MOST_DAYS: Final = 730
_MONTHS: Final = range(1, 13)
_NEEDS: Final = {need.label: need for need in EvidenceNeed}
_FORMS: Final = {form.label: form for form in EvidenceFormat}
_NAMES: Final = {**{label: name for name, label in DISPUTABLE_FIELDS.items()}, "照片": PHOTO}
_LABELS: Final = {name: label for label, name in _NAMES.items()}


@transaction.atomic
def rules_of(school: School, *, now: datetime) -> CorrectionRules:
    """The newest edition; the first one is what schools do in practice."""
    return newest_rules(school) or _write(
        school,
        lead=DEFAULT_LEAD,
        key_fields=school.key_fields,
        barriers=Barriers(),
        proofs=DEFAULT_PROOFS,
        actor=SYSTEM,
        now=now,
    )


@transaction.atomic
def change_rules(
    *,
    school: School,
    lead: str,
    key_fields: Collection[str],
    barriers: Barriers,
    proofs: Proofs,
    actor: User,
    now: datetime,
) -> CorrectionRules:
    """A new edition for cases that begin from now on; those that run keep theirs."""
    if not is_registrar(actor):
        raise NotAllowedError("勘误规则由教务处写")
    if not lead.strip() or len(lead) > _LONGEST_LEAD:
        raise InvalidInputError("写清楚学生填写前看到的话，最多 2000 个字。", field="lead")
    if unknown := set(key_fields) - set(DISPUTABLE_FIELDS):
        raise InvalidInputError(f"没有这些字段：{'、'.join(sorted(unknown))}", field="key_fields")
    if not set(barriers.months) <= set(_MONTHS):
        raise InvalidInputError("月份写 1 到 12。", field="months")
    if not 0 <= barriers.final_days <= _MOST_DAYS:
        raise InvalidInputError(f"天数写 0 到 {_MOST_DAYS}。", field="final_days")
    return _write(
        school,
        lead=lead.strip(),
        key_fields=key_fields,
        barriers=barriers,
        proofs=proofs,
        actor=actor,
        now=now,
    )


def _write(
    school: School,
    *,
    lead: str,
    key_fields: Collection[str],
    barriers: Barriers,
    proofs: Proofs,
    actor: Actor,
    now: datetime,
) -> CorrectionRules:
    last = CorrectionRules.objects.filter(school=school).aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            rules = CorrectionRules.objects.create(
                school=school,
                number=last + 1,
                lead=lead,
                key_fields=sorted(key_fields),
                months=sorted(barriers.months),
                final_days=barriers.final_days,
                bars_name_with_number=barriers.bars_name_with_number,
                created_at=now,
                created_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise StaleStateError("这所学校刚刚有了新的一版规则，请刷新再看。") from error
    lines = [(field, proof) for field, listed in proofs.items() for proof in listed]
    EvidenceRule.objects.bulk_create(
        EvidenceRule(
            rules=rules,
            position=position,
            field=field,
            title=proof.title,
            need=proof.need,
            form=proof.form,
            megabytes=proof.megabytes,
            hint=proof.hint,
        )
        for position, (field, proof) in enumerate(lines, start=1)
    )
    audit.record(
        "correctionrules.changed",
        actor=actor,
        now=now,
        obj=rules,
        details={"school": school.name, "count": len(lines)},
    )
    return rules


def proof_lines(proofs: Proofs) -> str:
    """A list of proofs as it is typed: one line a proof, its parts between bars."""
    return "\n".join(
        f"{_LABELS[field]} | {proof.title} | {proof.need.label} | {proof.form.label}"
        f" | {proof.megabytes} | {proof.hint}".rstrip(" |")
        for field, listed in proofs.items()
        for proof in listed
    )


def read_proofs(text: str) -> dict[str, list[Proof]]:
    """The proofs that were typed; InvalidInputError names the line that cannot be read."""
    found: dict[str, list[Proof]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.replace("\uff5c", "|").split("|")]
        field, proof = _proof(number, parts)
        if proof.title in {each.title for each in found.get(field, [])}:
            raise _unreadable(number, f"“{proof.title}”写了两次")
        found.setdefault(field, []).append(proof)
    return found


def _proof(number: int, parts: list[str]) -> tuple[str, Proof]:
    label, title, need, form, size, hint = (*parts[:_PARTS], *[""] * (_PARTS - len(parts)))
    if label not in _NAMES:
        raise _unreadable(number, f"没有“{label}”这个字段")
    if not title or len(title) > _LONGEST_TITLE or len(parts) > _PARTS:
        raise _unreadable(number, f"材料名称要有，最多 {_LONGEST_TITLE} 个字，最多六段")
    if need not in _NEEDS:
        raise _unreadable(number, f"要求写成其中一个：{'、'.join(_NEEDS)}")
    if form not in _FORMS:
        raise _unreadable(number, f"格式写成其中一个：{'、'.join(_FORMS)}")
    if size and not (size.isdecimal() and 1 <= int(size) <= MOST_MEGABYTES):
        raise _unreadable(number, f"大小写 1 到 {MOST_MEGABYTES}（MB）")
    if len(hint) > _LONGEST_HINT:
        raise _unreadable(number, f"说明最多 {_LONGEST_HINT} 个字")
    return _NAMES[label], Proof(
        title=title,
        need=_NEEDS[need],
        form=_FORMS[form],
        megabytes=int(size or MOST_MEGABYTES),
        hint=hint,
    )


def _unreadable(number: int, why: str) -> InvalidInputError:
    return InvalidInputError(f"第 {number} 行：{why}。", field="proofs")
