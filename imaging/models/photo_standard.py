"""What may stand in a photo standard: its colours, and where the head is."""

from typing import Any

from django.core.exceptions import ValidationError


def default_backgrounds() -> list[list[int]]:
    """Reference colours of the capture standard: light blue, white, light grey."""
    return [[100, 197, 255], [255, 255, 255], [240, 240, 240]]


def default_geometry() -> dict[str, list[int]]:
    """Bounds of the capture standard in pixels: hair top, eyes, face width."""
    return {"hair_top": [50, 110], "eyes": [200, 300], "face_width": [180, 300]}


GEOMETRY_RANGES = ("hair_top", "eyes", "face_width")
GEOMETRY_LIMITS = ("max_off_centre", "max_tilt", "max_burnt", "min_brightest")


def check_geometry(geometry: Any) -> None:
    """Pairs of whole numbers for the ranges, whole numbers for the limits, and no other name."""
    if not isinstance(geometry, dict):
        raise ValidationError('构图范围要写成 {"eyes": [200, 300]} 的样子。')
    for name, value in geometry.items():
        is_range = (
            name in GEOMETRY_RANGES
            and isinstance(value, list)
            and [type(bound) for bound in value] == [int, int]
            and 0 <= value[0] <= value[1]
        )
        is_limit = name in GEOMETRY_LIMITS and type(value) is int and value >= 0
        if not (is_range or is_limit):
            known = "、".join((*GEOMETRY_RANGES, *GEOMETRY_LIMITS))
            raise ValidationError(
                f"构图范围里的“{name}”写得不对：范围写成 [最小, 最大]，其他写一个整数；可用的名字：{known}。"
            )


_BRIGHTEST = 255


def check_backgrounds(backgrounds: Any) -> None:
    """A list of colours, each three whole numbers from 0 to 255."""
    colours = backgrounds if isinstance(backgrounds, list) else [backgrounds]
    for colour in colours:
        is_colour = (
            isinstance(colour, list)
            and [type(part) for part in colour] == [int, int, int]
            and all(0 <= part <= _BRIGHTEST for part in colour)
        )
        if not is_colour or colours is not backgrounds:
            raise ValidationError(
                "底色要写成 [[100, 197, 255], [255, 255, 255]] 的样子：每种颜色是红、绿、蓝三个"
                "0–255 的整数，放在一对方括号里；只有一种颜色，外面也要再套一对方括号。"
            )


# No photo of a usable size is smaller; whoever means kilobytes writes less.
LEAST_BYTES = 1024
