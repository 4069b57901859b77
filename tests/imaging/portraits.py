"""Two real portraits in the public domain that ship inside packages, as registration photos and spoiled.

scikit-image's astronaut (Eileen Collins) and matplotlib's Grace Hopper, both taken by the United States
government. They are cut out and set before the standard's light blue; nothing is downloaded.
"""

import os
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from imaging.inspection import RuleCode

__all__ = ["SITTERS", "SPOILS", "Spoil", "need_portraits", "registration_photo", "spoiled"]

LIGHT_BLUE = (100, 197, 255)
SIZE = (480, 640)


class Sitter(NamedTuple):
    """Where the picture lies, who is in it, and how it becomes a registration photo."""

    package: str
    path: str
    scale: float
    # What lies in the middle of the photo at the height of the eyes.
    eyes: tuple[int, int]
    outline: tuple[tuple[int, int], ...]


SITTERS = {
    "astronaut": Sitter(
        "skimage",
        "data/astronaut.png",
        2.1,
        (225, 101),
        (
            *((105, 320), (105, 225), (118, 205), (112, 185), (125, 168), (150, 152), (176, 149)),
            *((184, 150), (184, 140), (175, 128), (165, 120), (157, 105), (153, 85), (155, 65)),
            *((165, 45), (185, 28), (205, 18), (232, 15), (255, 20), (275, 33), (290, 50)),
            *((299, 72), (301, 92), (295, 112), (283, 124), (277, 130), (270, 142), (262, 150)),
            *((258, 165), (258, 176), (282, 190), (298, 212), (305, 238), (320, 245), (345, 270)),
            (350, 320),
        ),
    ),
    "Grace Hopper": Sitter(
        "matplotlib",
        "mpl-data/sample_data/grace_hopper.jpg",
        1.1,
        (268, 187),
        (
            *((20, 600), (22, 500), (35, 400), (60, 378), (120, 360), (190, 340), (200, 318)),
            *((195, 298), (180, 285), (165, 265), (160, 235), (153, 205), (150, 170), (152, 140)),
            *((148, 120), (150, 100), (172, 85), (176, 65), (195, 48), (230, 32), (262, 22)),
            *((290, 28), (320, 42), (345, 60), (354, 85), (368, 88), (372, 120), (371, 160)),
            *((377, 195), (372, 225), (360, 255), (352, 290), (338, 306), (332, 318), (340, 328)),
            *((400, 345), (470, 375), (495, 395), (508, 450), (512, 600)),
        ),
    ),
}


def _file(sitter: Sitter) -> Path | None:
    """The picture inside the package, which is not imported."""
    found = find_spec(sitter.package)
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(found.submodule_search_locations[0]) / sitter.path
    return path if path.is_file() else None


def need_portraits() -> None:
    """Skip where the packages of requirements-dev.txt are not installed, unless they must be."""
    absent = [sitter.package for sitter in SITTERS.values() if _file(sitter) is None]
    if absent and os.environ.get("XUEXIN_DEV") != "required":
        pytest.skip(f"{absent} not installed (pip install -r requirements-dev.txt)")
    assert absent == []


@cache
def _cut_out(name: str) -> tuple[Image.Image, Image.Image]:
    """The person at the wanted scale in the frame of a registration photo, and the mask around."""
    sitter = SITTERS[name]
    path = _file(sitter)
    assert path is not None
    with Image.open(path) as opened:
        shot = opened.convert("RGB")
    mask = Image.new("L", shot.size)
    ImageDraw.Draw(mask).polygon(sitter.outline, fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(1.5))
    x, y = sitter.eyes
    left, top = x - SIZE[0] / 2 / sitter.scale, y - 250 / sitter.scale
    box = (left, top, left + SIZE[0] / sitter.scale, top + SIZE[1] / sitter.scale)
    corners = (box[0], box[1], box[0], box[3], box[2], box[3], box[2], box[1])
    person, around = (
        each.transform(SIZE, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)
        for each in (shot, mask)
    )
    return person, around


def studio(
    name: str,
    *,
    backdrop: Image.Image | None = None,
    zoom: float = 1.0,
    shift: tuple[int, int] = (0, 0),
    turn: float = 0.0,
) -> Image.Image:
    """The person before a backdrop, nearer or farther, moved or turned around the eyes."""
    scene = (backdrop or Image.new("RGB", SIZE, LIGHT_BLUE)).copy()
    person, around = _cut_out(name)
    width, height = round(SIZE[0] * zoom), round(SIZE[1] * zoom)
    place = (round(240 - 240 * zoom) + shift[0], round(250 - 250 * zoom) + shift[1])
    if turn:
        person, around = (
            each.rotate(turn, Image.Resampling.BICUBIC, center=(240, 300))
            for each in (person, around)
        )
    scene.paste(person.resize((width, height)), place, around.resize((width, height)))
    return scene


def registration_photo(name: str) -> bytes:
    """The photo as a studio would deliver it: 480×640, 300 dpi, 20–40 KB."""
    return packed(studio(name))


def packed(picture: Image.Image) -> bytes:
    """A JPEG of the best quality that stays within 40 KB."""
    buffer = BytesIO()
    for quality in (92, 88, 84, 80, 75, 70, 65, 60):
        buffer = BytesIO()
        picture.save(buffer, "JPEG", quality=quality, dpi=(300, 300))
        if buffer.tell() <= 40 * 1024:
            break
    return buffer.getvalue()


def _gradient(_: str) -> Image.Image:
    shade = Image.linear_gradient("L").rotate(90).resize(SIZE)
    return Image.composite(
        Image.new("RGB", SIZE, LIGHT_BLUE), Image.new("RGB", SIZE, (20, 60, 90)), shade
    )


def _two(name: str) -> Image.Image:
    other = next(each for each in SITTERS if each != name)
    beside = studio(name, zoom=0.6, shift=(-110, 60))
    person, around = _cut_out(other)
    size = (288, 384)
    beside.paste(person.resize(size), (215, 150), around.resize(size))
    return beside


def _one_sided(name: str) -> Image.Image:
    dark = ImageEnhance.Brightness(studio(name)).enhance(0.25)
    shade = Image.linear_gradient("L").rotate(90).resize(SIZE)
    return Image.composite(studio(name), dark, shade)


def _only_clothes(name: str) -> Image.Image:
    scene = studio(name)
    scene.paste(LIGHT_BLUE, (0, 0, 480, 420))
    return scene


def _bordered(name: str) -> Image.Image:
    return ImageOps.expand(studio(name).resize((452, 612)), 14, "white")


def _sunglasses(name: str) -> Image.Image:
    scene = studio(name)
    draw = ImageDraw.Draw(scene)
    for x in (190, 290):
        draw.ellipse((x - 44, 218, x + 44, 282), fill=(15, 15, 18))
    draw.line((200, 245, 280, 245), fill=(15, 15, 18), width=8)
    return scene


class Spoil(NamedTuple):
    """A way to spoil a photo, and which rules should say so; none for what is fine."""

    name: str
    make: Callable[[str], Image.Image]
    wanted: tuple[RuleCode, ...] = ()


SPOILS: tuple[Spoil, ...] = (
    Spoil("nothing, a good photo", studio),
    Spoil("good, on white", lambda n: studio(n, backdrop=Image.new("RGB", SIZE, "white"))),
    Spoil("good, on light grey", lambda n: studio(n, backdrop=Image.new("RGB", SIZE, (240,) * 3))),
    Spoil("good, mirrored", lambda n: ImageOps.mirror(studio(n))),
    Spoil(
        "out of focus", lambda n: studio(n).filter(ImageFilter.GaussianBlur(5)), (RuleCode.BLURRED,)
    ),
    Spoil(
        "slightly out of focus",
        lambda n: studio(n).filter(ImageFilter.GaussianBlur(2)),
        (RuleCode.BLURRED,),
    ),
    Spoil("head tilted by 10°", lambda n: studio(n, turn=10), (RuleCode.TILT,)),
    Spoil("head tilted by 25°", lambda n: studio(n, turn=25), (RuleCode.TILT,)),
    Spoil("lying on its side", lambda n: studio(n).rotate(90, expand=False), (RuleCode.TILT,)),
    Spoil("two people", _two, (RuleCode.FACE_COUNT,)),
    Spoil("nobody, clothes only", _only_clothes, (RuleCode.FACE_COUNT,)),
    Spoil("empty backdrop", lambda _n: Image.new("RGB", SIZE, LIGHT_BLUE), (RuleCode.FACE_COUNT,)),
    Spoil("half out of the picture", lambda n: studio(n, shift=(235, 0)), (RuleCode.CENTRING,)),
    Spoil("60 pixels off the middle", lambda n: studio(n, shift=(60, 0)), (RuleCode.CENTRING,)),
    Spoil("too far away", lambda n: studio(n, zoom=0.7), (RuleCode.FACE_WIDTH,)),
    Spoil("too near", lambda n: studio(n, zoom=1.7), (RuleCode.FACE_WIDTH,)),
    Spoil("too high", lambda n: studio(n, shift=(0, -70)), (RuleCode.HAIR_TOP, RuleCode.EYES)),
    Spoil("too low", lambda n: studio(n, shift=(0, 80)), (RuleCode.HAIR_TOP, RuleCode.EYES)),
    Spoil(
        "red backdrop",
        lambda n: studio(n, backdrop=Image.new("RGB", SIZE, (170, 30, 40))),
        (RuleCode.BACKGROUND_COLOUR,),
    ),
    Spoil(
        "shadow across the backdrop",
        lambda n: studio(n, backdrop=_gradient(n)),
        (RuleCode.BACKGROUND_UNEVEN,),
    ),
    Spoil(
        "over-exposed",
        lambda n: ImageEnhance.Brightness(studio(n)).enhance(2.2),
        (RuleCode.EXPOSURE,),
    ),
    Spoil(
        "under-exposed",
        lambda n: ImageEnhance.Brightness(studio(n)).enhance(0.4),
        (RuleCode.EXPOSURE,),
    ),
    Spoil("light from one side", _one_sided, (RuleCode.EXPOSURE,)),
    Spoil("white border", _bordered, (RuleCode.BORDER,)),
    Spoil("dark sunglasses", _sunglasses, (RuleCode.EYES,)),
    Spoil("black and white", lambda n: studio(n).convert("L"), (RuleCode.COLOUR,)),
    Spoil("other size", lambda n: studio(n).resize((360, 480)), (RuleCode.SIZE,)),
)


@cache
def spoiled(number: int, name: str) -> bytes:
    """The photo of a sitter spoiled in one of the ways."""
    return packed(SPOILS[number].make(name))
