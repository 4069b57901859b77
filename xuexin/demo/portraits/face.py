"""Head, neck and features."""

from xuexin.demo.portraits.canvas import Canvas, Colour, Point, Warp, mixed
from xuexin.demo.portraits.person import Person

__all__ = ["draw_features", "draw_head", "draw_neck"]

_EYE_Y = 261.0
_EYE_X = 50.0
_WHITE_OF_EYE: Colour = (253, 250, 246)
_IRIS: Colour = (42, 33, 29)
_FRAME: Colour = (51, 48, 45)

# Around (0, 0), for the eye on the viewer's right; the other one is mirrored.
_EYES: dict[str, tuple[str, str]] = {
    "almond": ("M-25 3 Q0 -15 25 3 Q0 14 -25 3Z", "M-27 4 Q0 -18 27 3"),
    "round": ("M-23 3 Q0 -22 23 3 Q0 18 -23 3Z", "M-25 3 Q0 -25 25 2"),
    "narrow": ("M-26 2 Q0 -11 26 2 Q0 11 -26 2Z", "M-28 3 Q0 -14 28 1"),
    "upturned": ("M-25 5 Q2 -16 26 -2 Q2 14 -25 5Z", "M-26 6 Q2 -19 30 -4"),
}
_BROWS: dict[str, str] = {
    "arched": "M-30 -34 Q2 -49 32 -32",
    "straight": "M-30 -37 Q2 -42 32 -34",
    "soft": "M-28 -35 Q6 -46 30 -31",
    "slanted": "M-30 -36 Q10 -47 33 -29",
}
_NOSES: dict[str, str] = {
    "side": "M244 276 Q252 308 247 318 Q240 325 229 320",
    "wings": "M226 314 Q228 324 236 321 Q240 325 244 321 Q252 324 254 314",
    "button": "M228 317 Q240 329 252 317",
    "long": "M236 268 Q229 306 226 318 Q236 328 250 319",
}
# Lips as a filled shape and the line between them.
_MOUTHS: dict[str, tuple[str, str]] = {
    "smile": ("M-26 0 Q-12 -3 0 0 Q12 -3 26 0 Q14 12 0 12 Q-14 12 -26 0Z", "M-29 -2 Q0 8 29 -2"),
    "full": ("M-25 1 Q-12 -8 0 -3 Q12 -8 25 1 Q14 15 0 15 Q-14 15 -25 1Z", "M-28 -1 Q0 9 28 -1"),
    "thin": ("M-26 -1 Q0 -2 26 -1 Q0 12 -26 -1Z", "M-29 -3 Q0 8 29 -3"),
    "bow": (
        "M-23 1 Q-14 -8 0 -2 Q14 -8 23 1 Q10 13 0 13 Q-10 13 -23 1Z",
        "M-27 -2 Q-10 6 0 3 Q10 6 27 -2",
    ),
}
_FACE = (
    "M138 236 C136 150 178 118 240 118 C302 118 344 150 342 236 C342 300 330 344 300 376"
    " C280 397 260 406 240 406 C220 406 200 397 180 376 C150 344 138 300 138 236Z"
)
_FACE_SHADE = (
    "M342 236 C342 300 330 344 300 376 C280 397 260 406 240 406 C262 398 286 372 300 336"
    " C314 300 318 250 312 190 C330 204 342 220 342 236Z"
)
_BLUSH: Colour = (229, 143, 125)


def draw_neck(canvas: Canvas, person: Person) -> None:
    """Draw neck and chest, which the clothes then cover."""
    canvas.fill("M192 350 L192 452 Q240 500 288 452 L288 350Z", person.shade)
    canvas.fill(
        "M190 452 L150 482 L200 600 L280 600 L330 482 L290 452 Q240 492 190 452Z", person.skin
    )


def draw_head(canvas: Canvas, person: Person) -> None:
    """Draw ears and face, with light from the viewer's left."""
    canvas.ellipse((137, 268), (15, 30), person.shade)
    canvas.ellipse((343, 268), (15, 30), person.shade)
    canvas.fill(_FACE, person.skin)
    canvas.fill(_FACE_SHADE, person.shade, opacity=0.45)
    strength = 0.12 if person.sex == "MALE" else 0.2
    for x in (178, 302):
        canvas.ellipse((x, 318), (24, 15), _BLUSH, opacity=strength)


def draw_features(canvas: Canvas, person: Person) -> None:
    """Draw eyes, brows, nose, mouth, a mole and glasses."""
    head = canvas.warp
    eye_y = _EYE_Y + person.eye_drop
    for side in (-1, 1):
        centre = (240 + side * (_EYE_X + person.eye_gap) * person.face_width, eye_y)
        _draw_eye(canvas, person, _around(centre, side * person.eye_size, person.eye_size))
        canvas.warp = _around(centre, side * 1.0, 1.0)
        canvas.stroke(
            _BROWS[person.brow_kind],
            mixed(person.hair_colour, (70, 56, 48), 0.3),
            person.brow_weight,
        )
    canvas.warp = _shifted(head, person.eye_drop * 0.6)
    canvas.stroke(_NOSES[person.nose_kind], mixed(person.shade, (120, 70, 50), 0.12), 4.6)
    lips, between = _MOUTHS[person.mouth_kind]
    mouth = head(240, 350)
    canvas.warp = _around((mouth[0], mouth[1] + person.chin_drop * 0.3), person.mouth_width, 1.0)
    canvas.fill(lips, person.lips)
    canvas.stroke(between, mixed(person.lips, (110, 50, 45), 0.55), 2.6)
    canvas.warp = head
    if person.has_mole:
        canvas.ellipse((284, 330), (3.4, 3.4), mixed(person.shade, (60, 40, 32), 0.7))
    if person.glasses:
        _draw_glasses(canvas, person, eye_y)


def _draw_eye(canvas: Canvas, person: Person, warp: Warp) -> None:
    white, lid = _EYES[person.eye_kind]
    size = person.eye_size
    canvas.warp = warp
    canvas.fill(white, _WHITE_OF_EYE)
    canvas.ellipse((0, 0), (10.5 * size, 10.5 * size), _IRIS)
    x, y = warp(0, 0)
    canvas.warp = _around((x, y), 1.0, 1.0)
    canvas.ellipse((-3, -4), (2.8, 2.8), (255, 255, 255))
    canvas.warp = warp
    canvas.stroke(lid, _IRIS, 4.4 if person.sex == "MALE" else 5.0)


def _draw_glasses(canvas: Canvas, person: Person, eye_y: float) -> None:
    centre = (_EYE_X + person.eye_gap) * person.face_width
    half = {"square": 38, "round": 34, "half": 37}[person.glasses]
    rise, fall, radius = {
        "square": (27, 31, 20),
        "round": (33, 35, 34),
        "half": (24, 26, 14),
    }[person.glasses]
    width = 3.0 if person.glasses == "half" else 4.5
    for side in (-1, 1):
        x = 240 + side * centre
        canvas.lens((x - half, eye_y - rise, x + half, eye_y + fall), radius, _FRAME, width)
        inner, outer = 240 + side * (centre - half), 240 + side * (centre + half)
        ear = 240 + side * 106 * person.face_width
        canvas.warp = _around((0, 0), 1.0, 1.0)
        canvas.stroke(f"M{outer:.1f} {eye_y - 9:.1f} L{ear:.1f} {eye_y - 15:.1f}", _FRAME, width)
        canvas.stroke(
            f"M{inner:.1f} {eye_y - 7:.1f} Q{240 + side * 4} {eye_y - 14:.1f} 240 {eye_y - 13:.1f}",
            _FRAME,
            width,
        )


def _around(centre: Point, horizontal: float, vertical: float) -> Warp:
    def warp(x: float, y: float) -> Point:
        return centre[0] + x * horizontal, centre[1] + y * vertical

    return warp


def _shifted(head: Warp, drop: float) -> Warp:
    def warp(x: float, y: float) -> Point:
        placed = head(x, y)
        return placed[0], placed[1] + drop

    return warp
