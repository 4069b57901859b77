"""Which proofs a case must have and has not."""

from collections.abc import Sequence

from corrections.models import CorrectionRequest, CorrectionRules
from corrections.selectors.rules import newest_rules
from corrections.states import EvidenceNeed

__all__ = ["missing_proofs", "needed_proofs"]


def needed_proofs(rules: CorrectionRules | None, fields: Sequence[str]) -> list[str]:
    """The proofs that must come for these fields, each once."""
    if rules is None:
        return []
    asked = rules.proofs.filter(field__in=fields, need=EvidenceNeed.ALWAYS).order_by("position")
    return list(dict.fromkeys(asked.values_list("title", flat=True)))


def missing_proofs(request: CorrectionRequest) -> list[str]:
    """What a case on data lacks still, by the rules that it was made under, else by those of today.

    A case that came from a conclusion was not asked for named proofs: there any proof is enough.
    """
    rules = request.rules or newest_rules(request.record.school)
    needed = needed_proofs(rules, [row.field for row in request.fields.all()])
    given = set(request.evidence.filter(file__purged_at=None).values_list("title", flat=True))
    if request.conclusion_id is not None and given:
        return []
    return [title for title in needed if title not in given]
