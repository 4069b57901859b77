"""What each rule says about a photo: the measured value beside what is allowed."""

from enum import StrEnum
from typing import NamedTuple

__all__ = ["RULE_NAMES", "RuleCode", "RuleResult", "Verdict"]


class Verdict(StrEnum):
    """How a measured value lies to its range. Only FAIL refuses a file; a person judges a WARN."""

    PASS = "pass"  # noqa: S105 -- no password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


class RuleCode(StrEnum):
    """The rules, in the order in which they are shown."""

    FORMAT = "format"
    SIZE = "size"
    RESOLUTION = "resolution"
    BYTES = "bytes"
    QUALITY = "quality"
    COLOUR = "colour"
    BACKGROUND_COLOUR = "background_colour"
    BACKGROUND_UNEVEN = "background_uneven"
    BORDER = "border"
    FACE_COUNT = "face_count"
    HAIR_TOP = "hair_top"
    EYES = "eyes"
    FACE_WIDTH = "face_width"
    CENTRING = "centring"
    TILT = "tilt"
    BLURRED = "blurred"
    EXPOSURE = "exposure"


RULE_NAMES: dict[RuleCode, str] = {
    RuleCode.FORMAT: "文件格式",
    RuleCode.SIZE: "像素尺寸",
    RuleCode.RESOLUTION: "分辨率",
    RuleCode.BYTES: "文件大小",
    RuleCode.QUALITY: "压缩品质",
    RuleCode.COLOUR: "颜色",
    RuleCode.BACKGROUND_COLOUR: "背景颜色",
    RuleCode.BACKGROUND_UNEVEN: "背景均匀",
    RuleCode.BORDER: "边框",
    RuleCode.FACE_COUNT: "人脸",
    RuleCode.HAIR_TOP: "头顶到上边",
    RuleCode.EYES: "眼睛到上边",
    RuleCode.FACE_WIDTH: "脸部宽度",
    RuleCode.CENTRING: "左右居中",
    RuleCode.TILT: "头部端正",
    RuleCode.BLURRED: "清晰度",
    RuleCode.EXPOSURE: "曝光",
}


class RuleResult(NamedTuple):
    """One rule's answer; the sentence says what the picture measures, never what a person looks like."""

    code: RuleCode
    verdict: Verdict
    measured: str
    allowed: str
    sentence: str

    @property
    def name(self) -> str:
        """What the rule is called."""
        return RULE_NAMES[self.code]

    @property
    def is_remark(self) -> bool:
        """Whether somebody should look."""
        return self.verdict in {Verdict.WARN, Verdict.FAIL}
