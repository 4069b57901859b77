"""What is drawn over a photo: where things should be, and where they were measured."""

from typing import NamedTuple

from imaging.inspection.judging import judge_look
from imaging.inspection.look import Look
from imaging.inspection.results import RuleCode, Verdict
from imaging.inspection.rules import PhotoRules

__all__ = ["Band", "Mark", "Overlay", "overlay_of"]

_OVERHANG = 28
_DOT = 5


class Band(NamedTuple):
    """A stretch of the height in which something should lie."""

    top: int
    height: int
    label: str

    @property
    def baseline(self) -> int:
        """Where its label is written."""
        return self.top + 24


class Mark(NamedTuple):
    """A measured line; drawn solid when it is met, dashed when somebody should look."""

    x1: int
    y1: int
    x2: int
    y2: int
    is_met: bool


class Overlay(NamedTuple):
    """Everything in the pixels of the photo at the wanted height."""

    width: int
    height: int
    bands: tuple[Band, ...] = ()
    marks: tuple[Mark, ...] = ()
    dots: tuple[tuple[int, int], ...] = ()

    @property
    def middle(self) -> int:
        """Where the middle of the face should be."""
        return self.width // 2

    @property
    def dot(self) -> int:
        """The radius of a dot."""
        return _DOT


def overlay_of(look: Look | None, rules: PhotoRules) -> Overlay:
    """The bands of the rules and what was found; empty without composition rules."""
    if look is None or rules.composition is None:
        return Overlay(rules.width, rules.height)
    composition = rules.composition
    bands = tuple(
        Band(least, most - least, label)
        for (least, most), label in (
            (composition.hair_top, "头顶在这里"),
            (composition.eyes, "眼睛在这里"),
        )
    )
    met = {result.code: result.verdict is Verdict.PASS for result in judge_look(look, composition)}
    dots = tuple((round(eye.x), round(eye.y)) for eye in look.eyes or ())
    return Overlay(look.width, rules.height, bands, tuple(_marks(look, met)), dots)


def _marks(look: Look, met: dict[RuleCode, bool]) -> list[Mark]:
    face = look.face
    if face is None:
        return []
    left, right = round(face.left), round(face.left + face.width)
    below = round(face.top + face.height) + _OVERHANG
    is_wide_enough = met.get(RuleCode.FACE_WIDTH, False)
    is_centred = met.get(RuleCode.CENTRING, False)
    centre = round(face.centre.x)
    marks = [
        Mark(left, below, right, below, is_wide_enough),
        Mark(left, below - 9, left, below + 9, is_wide_enough),
        Mark(right, below - 9, right, below + 9, is_wide_enough),
        Mark(centre, below + 18, centre, below + 50, is_centred),
    ]
    if look.hair_top is not None:
        hair, is_met = look.hair_top, met.get(RuleCode.HAIR_TOP, False)
        marks.append(Mark(left - _OVERHANG, hair, right + _OVERHANG, hair, is_met))
    if look.eyes is not None:
        (x1, y1), (x2, y2) = ((round(eye.x), round(eye.y)) for eye in look.eyes)
        is_met = met.get(RuleCode.EYES, False) and met.get(RuleCode.TILT, False)
        marks.append(Mark(x1, y1, x2, y2, is_met))
    return marks
