"""The rules of a school as they are now: its newest edition, or what holds until the office writes one."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F, Max

from corrections.models import CorrectionRequest, CorrectionRules
from corrections.states import EvidenceFormat, EvidenceNeed
from corrections.states.rules import (
    DEFAULT_FINAL_DAYS,
    DEFAULT_LEAD,
    DEFAULT_MONTHS,
    DEFAULT_PROOFS,
    PHOTO,
)
from enrollment.models import School
from enrollment.selectors import FIELD_LABELS
from imaging.states import ConclusionKind

__all__ = [
    "Edition",
    "ShownProof",
    "editions",
    "newest_rules",
    "proofs_of",
    "rules_of_case",
    "shown_rules",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What a new case is made under."""

    rules_id: int | None
    key_fields: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProof:
    """One line of the table of proofs."""

    field: str
    label: str
    title: str
    need: str
    form: str
    megabytes: int
    hint: str


def newest_rules(school: School) -> CorrectionRules | None:
    """The edition that holds for new cases; None until the first one is written."""
    return CorrectionRules.objects.filter(school=school).order_by("-number").first()


def editions(school_ids: Collection[int]) -> dict[int, Edition]:
    """What holds in each of the schools, in two queries."""
    found = {
        pk: Edition(rules_id=None, key_fields=frozenset(fields))
        for pk, fields in School.objects.filter(pk__in=school_ids).values_list("pk", "key_fields")
    }
    newest = (
        CorrectionRules.objects.filter(school__in=school_ids)
        .annotate(newest=Max("school__correction_rules__number"))
        .filter(number=F("newest"))
    )
    for rules in newest:
        found[rules.school_id] = Edition(rules_id=rules.pk, key_fields=frozenset(rules.key_fields))
    return found


def shown_rules(school: School) -> tuple[CorrectionRules, list[ShownProof]]:
    """The rules and proofs as a student reads them first; without an edition the usual ones, unsaved."""
    return _shown(newest_rules(school), school)


def rules_of_case(request: CorrectionRequest) -> tuple[CorrectionRules, list[ShownProof]]:
    """The rules that the case was made under, else those of now, with the proofs for what it names."""
    school = request.record.school
    rules, listed = _shown(request.rules or newest_rules(school), school)
    is_photo = request.kind == ConclusionKind.PHOTO
    named = {PHOTO} if is_photo else set(request.fields.values_list("field", flat=True))
    return rules, [proof for proof in listed if proof.field in named]


def proofs_of(request: CorrectionRequest) -> list[ShownProof]:
    """The proofs that the case may be asked for."""
    return rules_of_case(request)[1]


def _shown(
    rules: CorrectionRules | None, school: School
) -> tuple[CorrectionRules, list[ShownProof]]:
    if rules is not None:
        listed = [
            (rule.field, rule.title, rule.need, rule.form, rule.megabytes, rule.hint)
            for rule in rules.proofs.order_by("position")
        ]
    else:
        rules = CorrectionRules(
            school=school,
            lead=DEFAULT_LEAD,
            key_fields=school.key_fields,
            months=list(DEFAULT_MONTHS),
            final_days=DEFAULT_FINAL_DAYS,
        )
        listed = [
            (field, proof.title, proof.need, proof.form, proof.megabytes, proof.hint)
            for field, proofs in DEFAULT_PROOFS.items()
            for proof in proofs
        ]
    return rules, [
        ShownProof(
            field=field,
            label="照片" if field == PHOTO else FIELD_LABELS.get(field, field),
            title=title,
            need=str(EvidenceNeed(need).label),
            form=str(EvidenceFormat(form).label),
            megabytes=megabytes,
            hint=hint,
        )
        for field, title, need, form, megabytes, hint in listed
    ]
