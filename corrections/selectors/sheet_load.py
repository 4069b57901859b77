"""How far the class sheets of a campaign are: how many classes stand at each step."""

from dataclasses import dataclass

from django.db.models import Count, FilteredRelation, Q, QuerySet

from corrections.states import CURRENT_SHEETS, SheetState
from imaging.models import Campaign, CampaignMember

__all__ = ["SheetLoad", "sheet_load"]

_STEPS = tuple(state for state in SheetState if state in CURRENT_SHEETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLoad:
    """The classes whose sheet stands at one step, and how many of these have changed since."""

    label: str
    classes: int
    changed: int = 0


def sheet_load(campaign: Campaign, members: QuerySet[CampaignMember]) -> list[SheetLoad]:
    """All steps in their order; a class that has no sheet yet is still putting it together. One query."""
    rows = (
        members.filter(class_group__isnull=False)
        .annotate(
            sheet=FilteredRelation(
                "class_group__sheets",
                condition=Q(
                    class_group__sheets__campaign=campaign.pk,
                    class_group__sheets__state__in=sorted(CURRENT_SHEETS),
                ),
            )
        )
        .order_by()
        .values("sheet__state")
        .annotate(
            classes=Count("class_group", distinct=True),
            changed=Count("class_group", distinct=True, filter=Q(sheet__stale_at__isnull=False)),
        )
    )
    counts: dict[str, list[int]] = {state: [0, 0] for state in _STEPS}
    for row in rows:
        step = counts[row["sheet__state"] or SheetState.DRAFT]
        step[0] += row["classes"]
        step[1] += row["changed"]
    return [
        SheetLoad(label=str(state.label), classes=counts[state][0], changed=counts[state][1])
        for state in _STEPS
    ]
