"""Sentences about measured values: each names the value, what is allowed, and what to do."""

from collections.abc import Iterator

from imaging.inspection.findings import Finding, FindingCode
from imaging.inspection.judging import judge_look
from imaging.inspection.look import Look
from imaging.inspection.measure import Background
from imaging.inspection.rules import CompositionRules, PhotoRules

__all__ = [
    "byte_findings",
    "encoding_findings",
    "look_findings",
    "picture_findings",
    "size_finding",
    "trailing_finding",
]

_KILOBYTE = 1024
_MODE_NAMES = {"L": "灰度", "CMYK": "CMYK 印刷色"}
_COLOUR_NAMES = {(100, 197, 255): "浅蓝", (255, 255, 255): "白色", (240, 240, 240): "浅灰"}


def size_finding(size: tuple[int, int], rules: PhotoRules) -> Finding | None:
    """Return the finding on a pixel size other than the wanted one, naming a swapped one."""
    wanted = (rules.width, rules.height)
    if size == wanted:
        return None
    code = FindingCode.WRONG_SIZE if rules.exact_size_required else FindingCode.OTHER_SIZE
    hint = "宽和高颠倒了，" if size == wanted[::-1] else ""
    return Finding(
        code,
        f"{hint}照片为 {size[0]}×{size[1]} 像素，规范为宽 {rules.width} × 高 {rules.height} 像素。",
    )


def byte_findings(
    byte_count: int, rules: PhotoRules, *, is_compressed: bool = False
) -> Iterator[Finding]:
    """Yield findings on the length of the copy that is published, and on its compression."""
    seen = f"{byte_count / _KILOBYTE:.1f} KB"
    allowed = f"一般为 {rules.min_bytes / _KILOBYTE:g}–{rules.max_bytes / _KILOBYTE:g} KB"
    if byte_count < rules.min_bytes:
        yield Finding(FindingCode.FEW_BYTES, f"发布的照片为 {seen}，偏小；{allowed}。")
    if byte_count > rules.max_bytes:
        tried = f"，压缩到品质 {rules.min_quality} 还是偏大" if is_compressed else "，偏大"
        yield Finding(FindingCode.MANY_BYTES, f"发布的照片为 {seen}{tried}；{allowed}。")
    elif is_compressed:
        yield Finding(
            FindingCode.COMPRESSED,
            f"为了不超过 {rules.max_bytes / _KILOBYTE:g} KB，发布的照片压缩得多一些，现在是 {seen}；"
            "收到的文件照原样保存。",
        )


def trailing_finding(trailing: int) -> Finding:
    """Return the finding on bytes behind the picture."""
    return Finding(
        FindingCode.TRAILING_BYTES,
        f"图像数据之后另有 {trailing} 字节的内容，发布的照片里已去掉。",
    )


def encoding_findings(
    *, dpi: int | None, quality: int, mode: str, is_progressive: bool, rules: PhotoRules
) -> Iterator[Finding]:
    """Yield findings on how the picture was encoded."""
    if dpi != rules.dpi:
        seen = f"分辨率标为 {dpi} dpi" if dpi else "没有标注分辨率"
        yield Finding(
            FindingCode.RESOLUTION, f"{seen}，规范为 {rules.dpi} dpi；发布的照片里已改标。"
        )
    if quality < rules.min_quality:
        yield Finding(
            FindingCode.LOW_QUALITY,
            f"JPEG 压缩品质约为 {quality}，规范为不低于 {rules.min_quality}。",
        )
    if mode != "RGB":
        yield Finding(
            FindingCode.COLOUR_MODE,
            f"颜色模式为{_MODE_NAMES.get(mode, mode)}，规范为 24 位真彩色；发布的照片已转换。",
        )
    if is_progressive:
        yield Finding(FindingCode.PROGRESSIVE, "照片是渐进式 JPEG，发布的照片已改为普通 JPEG。")


def picture_findings(
    background: Background, sharpness: float, rules: PhotoRules
) -> Iterator[Finding]:
    """Yield findings on the backdrop and on blur; they advise people and refuse nothing."""
    if rules.backgrounds:
        nearest = min(rules.backgrounds, key=background.distance_to)
        distance = background.distance_to(nearest)
        if distance > rules.background_tolerance:
            allowed = "、".join(map(_colour_name, rules.backgrounds))
            yield Finding(
                FindingCode.BACKGROUND_COLOUR,
                f"背景平均色为 RGB{background.rgb}，与{_colour_name(nearest)}相差 {distance:.0f}，"
                f"应不超过 {rules.background_tolerance}；允许的背景：{allowed}。",
            )
    if background.deviation > rules.max_background_deviation:
        yield Finding(
            FindingCode.BACKGROUND_UNEVEN,
            f"背景不均匀（标准差 {background.deviation:.1f}，应不超过 {rules.max_background_deviation:g}），"
            "请检查是否有阴影、渐变或杂物。",
        )
    if sharpness < rules.min_sharpness:
        yield Finding(
            FindingCode.BLURRED,
            f"面部偏模糊（清晰度 {sharpness:.0f}，应不低于 {rules.min_sharpness:g}），请查看是否失焦。",
        )


def look_findings(look: Look, rules: CompositionRules) -> Iterator[Finding]:
    """Yield a finding for each rule on head, light and border that wants somebody to look."""
    for result in judge_look(look, rules):
        if result.is_remark:
            yield Finding(FindingCode(result.code), result.sentence)


def _colour_name(rgb: tuple[int, int, int]) -> str:
    return f"{_COLOUR_NAMES.get(rgb, '')}RGB{rgb}"
