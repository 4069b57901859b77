"""What was measured on photos, held against the rules of today."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from imaging.inspection import (
    Background,
    Measures,
    Overlay,
    PhotoRules,
    RuleResult,
    judge,
    look_from_stored,
    overlay_of,
)
from imaging.models import CaptureEntry, PhotoRuling
from imaging.selectors.profiles import measuring_rules
from imaging.states import MatchState, PhotoKind

__all__ = [
    "PhotoInspection",
    "entry_rules",
    "inspection_of",
    "self_check_rules",
    "stored_measures",
    "waiting_for_eyes",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoInspection:
    """One stored photo rule by rule, what to draw on it, and whether faces were looked for."""

    results: tuple[RuleResult, ...]
    overlay: Overlay
    is_looked_at: bool


def self_check_rules() -> PhotoRules:
    """The rules of a graduation photo, for a picture that somebody tries out."""
    return measuring_rules(PhotoKind.GRADUATION)


def entry_rules(entry: CaptureEntry) -> PhotoRules:
    """The rules that the entry is held against today."""
    return measuring_rules(PhotoKind(entry.kind), entry.batch.campaign)


def inspection_of(entry: CaptureEntry) -> PhotoInspection:
    """What was measured when the photo came, judged by the rules of today; the file is not read."""
    rules, measures = entry_rules(entry), stored_measures(entry.measures)
    return PhotoInspection(
        results=() if measures is None else judge(measures, rules),
        overlay=overlay_of(None if measures is None else measures.look, rules),
        is_looked_at=measures is not None and measures.look is not None,
    )


def stored_measures(stored: dict[str, Any]) -> Measures | None:
    """The measurements as they were kept; None for a photo that came without."""
    if not stored.get("width"):
        return None
    colour, look = stored.get("background"), stored.get("look")
    return Measures(
        width=int(stored["width"]),
        height=int(stored["height"]),
        byte_count=int(stored["bytes"]),
        mode=str(stored["mode"]),
        dpi=stored.get("dpi"),
        quality=stored.get("quality"),
        background=(
            None
            if colour is None
            else Background(
                (colour[0], colour[1], colour[2]), float(stored.get("background_deviation") or 0)
            )
        ),
        sharpness=stored.get("sharpness"),
        look=None if look is None else look_from_stored(look),
    )


def waiting_for_eyes(rows: QuerySet[CaptureEntry]) -> QuerySet[CaptureEntry]:
    """Photos with remarks that nobody has ruled on."""
    ruled = PhotoRuling.objects.filter(entry=OuterRef("pk"))
    return rows.filter(~Exists(ruled)).exclude(warnings=[]).exclude(state=MatchState.VOIDED)
