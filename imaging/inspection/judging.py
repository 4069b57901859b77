"""Hold measured values against the rules: pure, one result per rule, always in the same order."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import atan2, degrees
from typing import Final

from imaging.inspection.look import Look
from imaging.inspection.measure import Background
from imaging.inspection.results import RULE_NAMES, RuleCode, RuleResult, Verdict
from imaging.inspection.rules import CompositionRules, PhotoRules, Range

__all__ = ["Measures", "colour_name", "judge", "judge_look"]

_KILOBYTE: Final = 1024
_MODES: Final = {"RGB": "24 位真彩色", "L": "灰度", "CMYK": "CMYK 印刷色", "P": "索引色"}
_COLOURS: Final = {(100, 197, 255): "浅蓝", (255, 255, 255): "白色", (240, 240, 240): "浅灰"}
_NOT_ASKED: Final = "这张照片没有做人脸检查。"
_NO_SINGLE_FACE: Final = "程序没有认出恰好一张脸，这一项量不了。"
_NO_EYES: Final = "程序没有认出一双眼睛，这一项量不了：眼镜反光、头发或阴影都可能是原因，请看图。"
_NO_EDGE: Final = "头顶和背景分不清，这一项量不了，请看图。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What was measured on one photo; width and height are those of the upright picture."""

    kind: str = "JPEG"
    width: int
    height: int
    byte_count: int
    mode: str
    dpi: int | None = None
    quality: int | None = None
    background: Background | None = None
    sharpness: float | None = None
    look: Look | None = None


def judge(measures: Measures, rules: PhotoRules) -> tuple[RuleResult, ...]:
    """One result for each rule that the measures allow to be asked.

    FAIL is what an import refuses (no JPEG; another size where the profile demands the exact one);
    WARN advises a person and refuses nothing; UNKNOWN says why a value could not be measured.
    """
    results = {result.code: result for result in _judged(measures, rules)}
    return tuple(results[code] for code in RuleCode if code in results)


def _judged(measures: Measures, rules: PhotoRules) -> Iterator[RuleResult]:
    yield from _file(measures, rules)
    yield from _encoding(measures, rules)
    yield from _backdrop(measures, rules)
    if measures.look is not None and rules.composition is not None:
        yield from judge_look(measures.look, rules.composition)


def judge_look(look: Look, rules: CompositionRules) -> Iterator[RuleResult]:
    """What is in the picture: border, face and light."""
    yield _result(
        RuleCode.BORDER,
        is_met=look.border == 0,
        measured=f"约 {look.border} 像素" if look.border else "没有",
        allowed="没有",
        advice="照片四周不能有边框。",
    )
    yield from _faces(look, rules)
    burnt = f"面部过亮 {look.burnt:.0f}%，最亮处亮度 {look.brightest}"
    allowed = f"过亮不超过 {rules.max_burnt}%，最亮处不低于 {rules.min_brightest}"
    is_burnt = look.burnt > rules.max_burnt
    yield _result(
        RuleCode.EXPOSURE,
        is_met=not is_burnt and look.brightest >= rules.min_brightest,
        measured=burnt,
        allowed=allowed,
        advice="光线偏强，面部有的地方没有层次了。" if is_burnt else "整张偏暗，请看灯光和曝光。",
    )


def _result(
    code: RuleCode,
    *,
    is_met: bool,
    measured: str,
    allowed: str,
    advice: str,
    missed: Verdict = Verdict.WARN,
) -> RuleResult:
    if is_met:
        return RuleResult(code, Verdict.PASS, measured, allowed, "符合要求。")
    said = f"{RULE_NAMES[code]}：量到{_spaced(measured)}，要求{_spaced(allowed)}。{advice}"
    return RuleResult(code, missed, measured, allowed, said)


def _spaced(value: str) -> str:
    """A Latin letter or digit stands off from the Chinese before it."""
    return f" {value}" if value[:1].isascii() else value


def _unknown(code: RuleCode, allowed: str, why: str) -> RuleResult:
    return RuleResult(code, Verdict.UNKNOWN, "–", allowed, why)


def _file(measures: Measures, rules: PhotoRules) -> Iterator[RuleResult]:
    size, wanted = (measures.width, measures.height), (rules.width, rules.height)
    is_turned = size == wanted[::-1] and size != wanted
    yield _result(
        RuleCode.FORMAT,
        is_met=measures.kind == "JPEG",
        measured=measures.kind,
        allowed="JPEG",
        advice="只改扩展名无效，要另存为 JPEG。",
        missed=Verdict.FAIL,
    )
    yield _result(
        RuleCode.SIZE,
        is_met=size == wanted,
        measured=f"{size[0]}×{size[1]}",
        allowed=f"{wanted[0]}×{wanted[1]}",
        advice="宽和高颠倒了。" if is_turned else "宽在前，高在后，单位是像素。",
        missed=Verdict.FAIL if rules.exact_size_required else Verdict.WARN,
    )
    yield _result(
        RuleCode.RESOLUTION,
        is_met=measures.dpi == rules.dpi,
        measured=f"{measures.dpi} dpi" if measures.dpi else "没有标注",
        allowed=f"{rules.dpi} dpi",
        advice="这只是文件里的标注，不影响清晰度。",
    )
    yield _result(
        RuleCode.BYTES,
        is_met=rules.min_bytes <= measures.byte_count <= rules.max_bytes,
        measured=f"{measures.byte_count / _KILOBYTE:.1f} KB",
        allowed=f"{rules.min_bytes / _KILOBYTE:g}–{rules.max_bytes / _KILOBYTE:g} KB",
        advice="偏小多半压缩过度，偏大多半没有按规格导出。",
    )


def _encoding(measures: Measures, rules: PhotoRules) -> Iterator[RuleResult]:
    allowed = f"不低于 {rules.min_quality}"
    if measures.quality is None:
        yield _unknown(RuleCode.QUALITY, allowed, f"{measures.kind} 文件没有这个数值。")
    else:
        yield _result(
            RuleCode.QUALITY,
            is_met=measures.quality >= rules.min_quality,
            measured=f"约 {measures.quality}",
            allowed=allowed,
            advice="压缩过度会有方块和毛边。",
        )
    yield _result(
        RuleCode.COLOUR,
        is_met=measures.mode == "RGB",
        measured=_MODES.get(measures.mode, measures.mode),
        allowed=_MODES["RGB"],
        advice="要彩色照片，按 RGB 保存。",
    )


def _backdrop(measures: Measures, rules: PhotoRules) -> Iterator[RuleResult]:
    background = measures.background
    if background is not None and rules.backgrounds:
        nearest = min(rules.backgrounds, key=background.distance_to)
        distance = background.distance_to(nearest)
        names = "、".join(colour_name(colour) for colour in rules.backgrounds)
        yield _result(
            RuleCode.BACKGROUND_COLOUR,
            is_met=distance <= rules.background_tolerance,
            measured=f"RGB{background.rgb}，与{colour_name(nearest)}相差 {distance:.0f}",
            allowed=f"{names}，相差不超过 {rules.background_tolerance}",
            advice="请看背景布和灯光。",
        )
    if background is not None:
        yield _result(
            RuleCode.BACKGROUND_UNEVEN,
            is_met=background.deviation <= rules.max_background_deviation,
            measured=f"起伏 {background.deviation:.1f}",
            allowed=f"不超过 {rules.max_background_deviation:g}",
            advice="请看有没有阴影、渐变或杂物。",
        )
    if measures.sharpness is not None:
        yield _result(
            RuleCode.BLURRED,
            is_met=measures.sharpness >= rules.min_sharpness,
            measured=f"{measures.sharpness:.0f}",
            allowed=f"不低于 {rules.min_sharpness:g}",
            advice="数值越低越模糊，请看有没有失焦、抖动。",
        )


def _faces(look: Look, rules: CompositionRules) -> Iterator[RuleResult]:
    reading = look.reading
    if reading is None:
        yield _unknown(RuleCode.FACE_COUNT, "1 张", _NOT_ASKED)
        return
    count = len(reading.faces)
    yield _result(
        RuleCode.FACE_COUNT,
        is_met=count == 1,
        measured=f"{count} 张" if count else "没有认出",
        allowed="1 张",
        advice="程序只认轮廓，头发、眼镜、头巾、光线都可能让它认不出，以人看的为准。"
        if not count
        else "画面里只能有一个人，也请看背景里有没有像人脸的图案。",
    )
    yield _between(RuleCode.HAIR_TOP, look.hair_top, rules.hair_top, _why(look, _NO_EDGE))
    eyes = look.eyes
    height = None if eyes is None else round((eyes[0].y + eyes[1].y) / 2)
    yield _between(RuleCode.EYES, height, rules.eyes, _why(look, _NO_EYES))
    face = look.face
    width = None if face is None else round(face.width)
    yield _between(RuleCode.FACE_WIDTH, width, rules.face_width, _NO_SINGLE_FACE)
    yield _centring(look, rules)
    yield _tilt(look, rules)


def _why(look: Look, otherwise: str) -> str:
    return _NO_SINGLE_FACE if look.face is None else otherwise


_ADVICE: Final = {
    RuleCode.HAIR_TOP: ("头在画面里偏高，上方留白少了。", "头在画面里偏低，上方留白多了。"),
    RuleCode.EYES: ("头在画面里偏高。", "头在画面里偏低。"),
    RuleCode.FACE_WIDTH: ("离镜头远了，或者裁得太松。", "离镜头近了，或者裁得太紧。"),
}


def _between(code: RuleCode, value: int | None, allowed: Range, why: str) -> RuleResult:
    least, most = allowed
    shown = f"{least}–{most} 像素"
    if value is None:
        return _unknown(code, shown, why)
    return _result(
        code,
        is_met=least <= value <= most,
        measured=f"{value} 像素",
        allowed=shown,
        advice=_ADVICE[code][value > most],
    )


def _centring(look: Look, rules: CompositionRules) -> RuleResult:
    allowed = f"偏左、偏右不超过 {rules.max_off_centre} 像素"
    if look.face is None:
        return _unknown(RuleCode.CENTRING, allowed, _NO_SINGLE_FACE)
    off = round(look.face.centre.x - look.width / 2)
    side = "右" if off > 0 else "左"
    return _result(
        RuleCode.CENTRING,
        is_met=abs(off) <= rules.max_off_centre,
        measured=f"偏{side} {abs(off)} 像素" if off else "正中",
        allowed=allowed,
        advice=f"头在画面里偏{side}。",
    )


def _tilt(look: Look, rules: CompositionRules) -> RuleResult:
    allowed = f"两眼连线倾斜不超过 {rules.max_tilt}°"
    if look.face is None:
        return _unknown(RuleCode.TILT, allowed, _NO_SINGLE_FACE)
    is_frontal = look.reading is not None and look.reading.is_frontal
    if not is_frontal:
        return RuleResult(
            RuleCode.TILT,
            Verdict.WARN,
            "没有认出正面、端正的脸",
            allowed,
            f"{RULE_NAMES[RuleCode.TILT]}：程序没有认出正面、端正的脸，头可能偏了、侧了，或者一部分在画面外，请看图。",
        )
    if look.eyes is None:
        return _unknown(RuleCode.TILT, allowed, _NO_EYES)
    left, right = look.eyes
    angle = abs(degrees(atan2(right.y - left.y, right.x - left.x)))
    return _result(
        RuleCode.TILT,
        is_met=angle <= rules.max_tilt,
        measured=f"{angle:.0f}°",
        allowed=allowed,
        advice="头或相机斜了。",
    )


def colour_name(rgb: tuple[int, int, int]) -> str:
    """A colour of the standard by its name, any other by its numbers."""
    return _COLOURS.get(rgb) or f"RGB{rgb}"
