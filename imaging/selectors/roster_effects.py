"""What a change of records by a roster means for verification, asked by the roster's own pages."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from enrollment.models import RosterRow
from imaging.models import VerificationConclusion
from imaging.models.verification import ConclusionQuerySet
from imaging.states import Conclusion, ConclusionKind

__all__ = ["concluded_after", "conclusions_lost"]


def concluded_after(rows: QuerySet[RosterRow]) -> Iterator[tuple[str, QuerySet[Any, Any]]]:
    """Records whose conclusions were given on what these rows wrote."""
    mine = rows.filter(
        record=OuterRef("round__member__record"), written_at__lte=OuterRef("concluded_at")
    )
    given = _given().filter(
        Q(Exists(mine.filter(changes_key=True)), kind=ConclusionKind.DATA)
        | Q(Exists(mine.filter(changes_identity=True)), kind=ConclusionKind.PHOTO)
    )
    yield "校对结论", given.values_list("round__member__record", flat=True)


def conclusions_lost(rows: QuerySet[RosterRow]) -> int:
    """Conclusions that hold now and would not after these rows."""
    mine = rows.filter(record=OuterRef("round__member__record"))
    touched = Q(Exists(mine.filter(changes_key=True)), kind=ConclusionKind.DATA) | Q(
        Exists(mine.filter(changes_identity=True)), kind=ConclusionKind.PHOTO
    )
    return _given().filter(touched).valid().count()


def _given() -> ConclusionQuerySet:
    return VerificationConclusion.objects.filter(round__is_current=True).exclude(
        state=Conclusion.PENDING
    )
