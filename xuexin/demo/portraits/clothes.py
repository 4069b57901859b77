"""Clothes, from the neck down."""

from collections.abc import Callable

from xuexin.demo.portraits.canvas import Canvas, Colour, mixed
from xuexin.demo.portraits.person import Person

__all__ = ["draw_clothes"]

_WHITE: Colour = (255, 255, 255)
_CREAM: Colour = (247, 245, 240)
_EDGE: Colour = (216, 212, 203)

# Shoulders with an opening that shows the chest, and closed up to a round neck.
_OPEN = (
    "M8 640 C16 548 60 512 122 492 L186 464 L240 560 L294 464 L358 492 C420 512 464 548 472 640Z"
)
_ROUND = (
    "M8 640 C16 548 60 512 122 492 L186 462 Q240 520 294 462 L358 492 C420 512 464 548 472 640Z"
)
_SLEEVES = "M64 640 C66 590 74 556 90 530 M416 640 C414 590 406 556 390 530"
_COLLAR_LEFT = "M186 448 L156 478 L206 548 L240 514Z"
_COLLAR_RIGHT = "M294 448 L324 478 L274 548 L240 514Z"
_TIE = "M240 516 L226 540 L236 552 L222 640 L258 640 L244 552 L254 540Z"


def draw_clothes(canvas: Canvas, person: Person) -> None:
    """Draw the clothes of the person's outfit."""
    _CLOTHES[person.outfit.clothes](canvas, person)


def _collar(canvas: Canvas, colour: Colour) -> None:
    edge = mixed(colour, (60, 60, 70), 0.2)
    for path in (_COLLAR_LEFT, _COLLAR_RIGHT):
        canvas.fill(path, colour)
        canvas.stroke(f"{path[:-1]} L{path[1 : path.index(' L')]}", edge, 2.4)


def _jacket(canvas: Canvas, cloth: Colour) -> None:
    lapel = mixed(cloth, _WHITE, 0.08)
    canvas.fill(_OPEN, cloth)
    canvas.fill("M186 452 L176 480 L240 604 L304 480 L294 452 L240 520Z", (251, 250, 247))
    canvas.fill("M170 470 L112 498 L150 566 L134 584 L214 640 L240 640 L240 604Z", lapel)
    canvas.fill("M310 470 L368 498 L330 566 L346 584 L266 640 L240 640 L240 604Z", lapel)
    canvas.stroke("M240 606 L240 640", mixed(cloth, (0, 0, 0), 0.35), 3)
    canvas.stroke(_SLEEVES, mixed(cloth, (0, 0, 0), 0.25), 3)


def _suit_open(canvas: Canvas, person: Person) -> None:
    _jacket(canvas, person.outfit.cloth)
    _collar(canvas, _WHITE)


def _suit_tie(canvas: Canvas, person: Person) -> None:
    _jacket(canvas, person.outfit.cloth)
    canvas.fill(
        "M240 510 L224 534 L234 548 L228 600 L240 616 L252 600 L246 548 L256 534Z",
        person.outfit.accent,
    )
    _collar(canvas, _WHITE)


def _shirt_tie(canvas: Canvas, person: Person) -> None:
    canvas.fill(_OPEN, _CREAM)
    canvas.fill("M186 464 L240 560 L294 464 L240 500Z", _CREAM)
    canvas.stroke(_SLEEVES, _EDGE, 4)
    canvas.fill(_TIE, person.outfit.accent)
    _collar(canvas, _WHITE)


def _blouse(canvas: Canvas, person: Person) -> None:
    canvas.fill(_OPEN, _CREAM)
    canvas.stroke(_SLEEVES, _EDGE, 4)
    canvas.stroke("M240 556 L240 640", _EDGE, 4)
    for y in (584, 618):
        canvas.ellipse((240, y), (4.5, 4.5), mixed(person.outfit.accent, _WHITE, 0.3))
    _collar(canvas, _WHITE)


def _vest(canvas: Canvas, person: Person) -> None:
    cloth = mixed(person.outfit.cloth, person.outfit.accent, 0.35)
    canvas.fill(_OPEN, _CREAM)
    canvas.fill("M186 464 L240 560 L294 464 L240 500Z", _CREAM)
    canvas.stroke(_SLEEVES, _EDGE, 4)
    canvas.fill("M112 640 L126 520 L168 482 L240 606 L312 482 L354 520 L368 640Z", cloth)
    canvas.stroke("M168 482 L240 606 L312 482", mixed(cloth, _WHITE, 0.25), 6)
    if person.sex == "MALE":
        canvas.fill(
            "M240 510 L226 534 L235 546 L230 592 L240 606 L250 592 L245 546 L254 534Z",
            person.outfit.accent,
        )
    _collar(canvas, _WHITE)


def _tracksuit(canvas: Canvas, person: Person) -> None:
    cloth, light = person.outfit.cloth, person.outfit.accent
    stripe = mixed(light, (120, 130, 140), 0.25)
    canvas.fill(_ROUND, light)
    canvas.fill("M8 640 C16 548 60 512 122 492 L150 480 L120 640Z", cloth)
    canvas.fill("M472 640 C464 548 420 512 358 492 L330 480 L360 640Z", cloth)
    canvas.fill("M150 480 L120 640 L134 640 L162 475Z", stripe)
    canvas.fill("M330 480 L360 640 L346 640 L318 475Z", stripe)
    canvas.fill("M184 450 L166 470 L214 556 L240 520Z", cloth)
    canvas.fill("M296 450 L314 470 L266 556 L240 520Z", cloth)
    canvas.stroke("M240 522 L240 640", mixed(light, (90, 100, 110), 0.4), 5)


def _polo(canvas: Canvas, person: Person) -> None:
    cloth = person.outfit.cloth
    canvas.fill(_OPEN, cloth)
    canvas.stroke(_SLEEVES, mixed(cloth, (0, 0, 0), 0.2), 4)
    canvas.fill("M228 536 L252 536 L252 616 L228 616Z", mixed(cloth, (0, 0, 0), 0.12))
    canvas.ellipse((240, 578), (4, 4), person.outfit.accent)
    canvas.ellipse((240, 602), (4, 4), person.outfit.accent)
    _collar(canvas, mixed(cloth, _WHITE, 0.14))


def _hoodie(canvas: Canvas, person: Person) -> None:
    cloth = person.outfit.cloth
    hood = mixed(cloth, (0, 0, 0), 0.16)
    canvas.fill(
        "M120 500 C126 448 160 430 186 446 L240 520 L294 446 C320 430 354 448 360 500 L300 540 L180 540Z",
        hood,
    )
    canvas.fill(_ROUND, cloth)
    canvas.stroke("M160 470 Q180 520 240 536 Q300 520 320 470", hood, 16)
    canvas.stroke("M214 534 L208 604 M266 534 L272 598", person.outfit.accent, 5)
    canvas.stroke(_SLEEVES, hood, 4)


def _tee(canvas: Canvas, person: Person) -> None:
    cloth = person.outfit.cloth
    canvas.fill(_ROUND, cloth)
    canvas.stroke("M184 464 Q240 526 296 464", mixed(cloth, _WHITE, 0.2), 9)
    canvas.stroke(_SLEEVES, mixed(cloth, (0, 0, 0), 0.2), 4)


def _sweater(canvas: Canvas, person: Person) -> None:
    cloth = mixed(person.outfit.cloth, (235, 225, 210), 0.3)
    canvas.fill(_ROUND, cloth)
    canvas.stroke("M182 464 Q240 532 298 464", mixed(cloth, (0, 0, 0), 0.15), 13)
    canvas.stroke("M30 600 Q240 640 450 600 M24 622 Q240 662 456 622", person.outfit.accent, 5)
    canvas.stroke(_SLEEVES, mixed(cloth, (0, 0, 0), 0.2), 4)


_CLOTHES: dict[str, Callable[[Canvas, Person], None]] = {
    "suit_open": _suit_open,
    "suit_tie": _suit_tie,
    "shirt_tie": _shirt_tie,
    "blouse": _blouse,
    "vest": _vest,
    "tracksuit": _tracksuit,
    "polo": _polo,
    "hoodie": _hoodie,
    "tee": _tee,
    "sweater": _sweater,
}
