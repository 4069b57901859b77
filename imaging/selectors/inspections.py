"""What was measured on photos, held against the rules of today."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from imaging.inspection import (
    Background,
    Look,
    Measures,
    Overlay,
    PhotoRules,
    RuleResult,
    judge,
    judge_look,
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
    look = _stored_look(entry.measures)
    if measures is not None:
        results = judge(measures, rules)
    elif look is not None and rules.composition is not None:
        results = tuple(judge_look(look, rules.composition))
    else:
        results = ()
    return PhotoInspection(
        results=results, overlay=overlay_of(look, rules), is_looked_at=look is not None
    )


def _stored_look(stored: dict[str, Any]) -> Look | None:
    look = stored.get("look")
    return None if look is None else look_from_stored(look)


def stored_measures(stored: dict[str, Any]) -> Measures | None:
    """The measurements as they were kept; None for a photo that came without."""
    if not stored.get("width"):
        return None
    colour = stored.get("background")
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
        look=_stored_look(stored),
    )


def waiting_for_eyes(rows: QuerySet[CaptureEntry]) -> QuerySet[CaptureEntry]:
    """Photos with remarks that nobody has ruled on."""
    ruled = PhotoRuling.objects.filter(entry=OuterRef("pk"))
    return rows.filter(~Exists(ruled)).exclude(warnings=[]).exclude(state=MatchState.VOIDED)
