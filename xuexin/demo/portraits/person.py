"""Who is drawn: the traits of a person that never existed, all from one number."""

import random
from dataclasses import dataclass
from enum import StrEnum

from accounts.identity import Sex
from xuexin.demo.portraits.canvas import HEIGHT, Colour, Point, Warp

__all__ = ["Outfit", "Person", "Variant", "person_of"]


class Variant(StrEnum):
    """Which photo of the person."""

    GRADUATION = "graduation"
    ADMISSION = "admission"


@dataclass(frozen=True, slots=True)
class Outfit:
    """What differs between the two photos of one person."""

    hair: str
    clothes: str
    cloth: Colour
    accent: Colour


@dataclass(frozen=True, slots=True)
class Person:
    """Everything that makes a face this person's face."""

    sex: Sex
    skin: Colour
    shade: Colour
    lips: Colour
    hair_colour: Colour
    face_width: float
    jaw_width: float
    chin_drop: float
    cheekbones: float
    eye_kind: str
    eye_size: float
    eye_gap: float
    eye_drop: float
    brow_kind: str
    brow_weight: float
    nose_kind: str
    mouth_kind: str
    mouth_width: float
    glasses: str
    has_mole: bool
    shoulder_width: float
    outfit: Outfit

    def head_warp(self) -> Warp:
        """Return how the common head becomes this one: width, cheekbones, jaw and chin."""

        def warp(x: float, y: float) -> Point:
            low = min(max((y - 290) / 100, 0.0), 1.0)
            middle = max(1 - abs(y - 290) / 90, 0.0)
            factor = self.face_width * (1 + self.jaw_width * low + self.cheekbones * middle)
            return 240 + (x - 240) * factor, y + self.chin_drop * low

        return warp

    def body_warp(self) -> Warp:
        """Return how the common shoulders become this person's; the neck stays under the chin."""

        def warp(x: float, y: float) -> Point:
            # The lower edge lies outside the picture, however far the chin pulls the body up.
            drop = self.chin_drop * 0.5 if y < HEIGHT else 20
            return 240 + (x - 240) * self.shoulder_width, y + drop

        return warp


_SKINS: tuple[tuple[Colour, Colour], ...] = (
    ((243, 211, 184), (222, 176, 146)),
    ((246, 218, 196), (229, 186, 160)),
    ((233, 193, 156), (207, 158, 120)),
    ((224, 181, 143), (194, 146, 109)),
    ((240, 203, 170), (215, 167, 132)),
    ((214, 168, 130), (183, 133, 98)),
)
_LIPS: dict[Sex, tuple[Colour, ...]] = {
    Sex.MALE: ((187, 124, 102), (176, 112, 94), (196, 134, 112)),
    Sex.FEMALE: ((201, 128, 116), (205, 112, 108), (193, 106, 100), (212, 134, 122)),
}
_HAIR_COLOURS: tuple[Colour, ...] = (
    (31, 27, 25),
    (43, 36, 33),
    (24, 24, 28),
    (52, 39, 32),
    (38, 30, 34),
)
_HAIR: dict[Sex, tuple[str, ...]] = {
    Sex.MALE: ("parted", "crew", "swept", "fringe", "quiff", "curtain"),
    Sex.FEMALE: ("tied", "bob", "long", "bangs", "ponytail", "bun", "pixie", "waves"),
}
_FORMAL: dict[Sex, tuple[str, ...]] = {
    Sex.MALE: ("suit_tie", "shirt_tie", "suit_open", "vest"),
    Sex.FEMALE: ("suit_open", "blouse", "suit_open", "vest"),
}
_CASUAL = ("tracksuit", "polo", "hoodie", "tee", "sweater")
_FORMAL_CLOTHS: tuple[Colour, ...] = (
    (46, 52, 64),
    (36, 36, 40),
    (58, 48, 52),
    (62, 66, 72),
    (40, 50, 46),
)
_FORMAL_ACCENTS: tuple[Colour, ...] = (
    (122, 38, 44),
    (75, 58, 54),
    (38, 62, 98),
    (64, 84, 62),
    (92, 62, 104),
)
_CASUAL_CLOTHS: tuple[Colour, ...] = (
    (45, 74, 106),
    (150, 54, 56),
    (66, 104, 84),
    (88, 92, 104),
    (196, 158, 92),
    (104, 82, 124),
)
_CASUAL_ACCENTS: tuple[Colour, ...] = ((244, 243, 239), (226, 229, 233), (250, 240, 214))


def person_of(seed: int, sex: Sex, variant: Variant) -> Person:
    """Return the person of this seed; both photos show the same face in other clothes."""
    face = random.Random(f"face:{sex.value}:{seed}")
    skin, shade = face.choice(_SKINS)
    is_male = sex is Sex.MALE
    return Person(
        sex=sex,
        skin=skin,
        shade=shade,
        lips=face.choice(_LIPS[sex]),
        hair_colour=face.choice(_HAIR_COLOURS),
        face_width=face.uniform(0.95, 1.07) if is_male else face.uniform(0.91, 1.02),
        jaw_width=face.uniform(-0.04, 0.13) if is_male else face.uniform(-0.08, 0.06),
        chin_drop=face.uniform(-6, 14) if is_male else face.uniform(-12, 6),
        cheekbones=face.uniform(-0.02, 0.04),
        eye_kind=face.choice(("almond", "round", "narrow", "upturned")),
        eye_size=face.uniform(0.86, 1.06) if is_male else face.uniform(0.96, 1.16),
        eye_gap=face.uniform(-4, 4),
        eye_drop=face.uniform(-5, 7),
        brow_kind=face.choice(("arched", "straight", "soft", "slanted")),
        brow_weight=face.uniform(6.5, 9.5) if is_male else face.uniform(4.5, 7),
        nose_kind=face.choice(("side", "wings", "button", "long")),
        mouth_kind=face.choice(("smile", "full", "thin", "bow")),
        mouth_width=face.uniform(0.86, 1.14),
        glasses=face.choice(("", "", "", "", "square", "round", "half")),
        has_mole=face.random() < 0.12,  # noqa: PLR2004 - about one in eight
        shoulder_width=face.uniform(0.96, 1.0) if is_male else face.uniform(0.86, 0.93),
        outfit=_outfit_of(seed, sex, variant, first_hair=face.choice(_HAIR[sex])),
    )


def _outfit_of(seed: int, sex: Sex, variant: Variant, *, first_hair: str) -> Outfit:
    dress = random.Random(f"{variant.value}:{sex.value}:{seed}")
    if variant is Variant.GRADUATION:
        return Outfit(
            hair=first_hair,
            clothes=dress.choice(_FORMAL[sex]),
            cloth=dress.choice(_FORMAL_CLOTHS),
            accent=dress.choice(_FORMAL_ACCENTS),
        )
    return Outfit(
        hair=dress.choice((first_hair, dress.choice(_HAIR[sex]))),
        clothes=dress.choice(_CASUAL),
        cloth=dress.choice(_CASUAL_CLOTHS),
        accent=dress.choice(_CASUAL_ACCENTS),
    )
