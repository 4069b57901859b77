"""What findings about delivered files are called, and what to do about each."""

from collections.abc import Mapping
from typing import Final

from imaging.states import PhotoOutcome

__all__ = ["advice_on", "finding_name"]

_NAMES: Final[Mapping[str, str]] = {
    "empty": "空文件",
    "unreadable": "打不开",
    "not_jpeg": "不是 JPG",
    "too_many_bytes": "文件太大",
    "too_many_pixels": "像素太多",
    "wrong_size": "尺寸不对",
    "encrypted": "设有密码",
    "damaged": "文件损坏",
    "suspicious_ratio": "压缩比异常",
    "other_size": "尺寸和标准不同",
    "resolution": "分辨率",
    "few_bytes": "文件偏小",
    "many_bytes": "文件偏大",
    "low_quality": "压缩太厉害",
    "colour_mode": "颜色模式",
    "colour_profile": "颜色配置",
    "progressive": "渐进式 JPG",
    "rotated": "按方向标记转正",
    "trailing_bytes": "文件末尾有多余内容",
    "background_colour": "背景颜色",
    "background_uneven": "背景不均匀",
    "blurred": "不清晰",
    "border": "有边框",
    "face_count": "人脸",
    "hair_top": "头顶位置",
    "eyes": "眼睛位置",
    "face_width": "脸部宽度",
    "centring": "没有居中",
    "tilt": "头部歪斜",
    "exposure": "曝光",
    "no_number": "文件名没有号码",
    "unknown_number": "名册里没有这个号码",
    "other_school": "不是所选学校",
    "name_mismatch": "姓名不一致",
    "keys_disagree": "几个号码对不上同一人",
    "two_schools": "几所学校都有",
    "several_records": "对应几份学籍",
    "several_photos": "同一人有几张",
    "same_file": "几个人用同一张",
    "detached": "解除过关联",
    "locked_photo": "照片已锁定，不换",
    "void_ticket": "采集号已作废",
    "batch_undone": "那一批撤销了",
    "same_content": "内容相同",
    "matched_now": "以前没对上，这次对上",
    "known": "以前收过",
    "nested_archive": "压缩包里的压缩包",
    "not_a_photo": "不是照片",
    "long_name": "文件名太长",
    "not_listed": "清单里没有",
    "file_missing": "清单里有、没有文件",
    "duplicate_file": "清单里重复",
    "no_file_name": "清单缺文件名",
    "lost_digits": "清单号码丢了位数",
    "unreadable_date": "清单日期不对",
    "second_list": "多一份清单",
    "more_lists": "表格太多",
    "no_file_column": "清单缺文件名列",
    "no_number_column": "清单缺号码列",
    "unreadable_table": "清单打不开",
}
_OTHER: Final = "其他"

_RENUMBER: Final = "补全或改正文件名、清单里的号码再传一次；或者在“采集信息”里改号码、关联学籍。"
_CHOOSE: Final = "在“采集信息”里看着照片选定学籍。"
_LIST: Final = "改好照片清单，和照片一起再传一次。"
_ADVICE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("no_number", "name_mismatch", "keys_disagree", "other_school"), _RENUMBER),
    **dict.fromkeys(
        ("several_records", "several_photos", "same_file", "detached", "void_ticket"), _CHOOSE
    ),
    **dict.fromkeys(
        (
            "duplicate_file",
            "no_file_name",
            "lost_digits",
            "unreadable_date",
            "no_file_column",
            "no_number_column",
            "unreadable_table",
        ),
        _LIST,
    ),
    "unknown_number": "等名册导入，会自动再比对；号码写错的，改正后再传一次。",
    "two_schools": "上传时选定学校，再传一次；或者在“采集信息”里关联学籍。",
    "locked_photo": "确实要换的，在“采集信息”里提出更换，另一位老师确认。",
    "file_missing": "请采集单位补上这个文件，再传一次。",
    "not_listed": "按文件名比对了；号码不对的，补进清单再传一次。",
    "nested_archive": "解压后把里面的照片放进来，再传一次。",
    "not_a_photo": "不用处理；是照片的，存成 JPG 再传一次。",
    "long_name": "把文件名和文件夹名改短，再传一次。",
    "known": "不用处理。",
    "same_content": "不用处理；其实是两个人的，请采集单位查是不是复制错了。",
    "matched_now": "不用处理。",
    "second_list": "只留一份照片清单，再传一次。",
    "more_lists": "只留一份照片清单，再传一次。",
}
_BY_OUTCOME: Final[Mapping[str, str]] = {
    PhotoOutcome.REFUSE: "请采集单位改好这张，再传一次；已经收下的不会重复。",
    PhotoOutcome.LEFT: "不用处理；要收的，改好再传一次。",
}
_LOOK: Final = "照片收下了。看一眼照片，不能用的请采集单位重拍。"


def finding_name(code: str) -> str:
    """The kind of finding in a few words."""
    return _NAMES.get(code, _OTHER)


def advice_on(code: str, outcome: str) -> str:
    """What whoever reads it does next; by the kind of finding, else by what became of the file."""
    if outcome == PhotoOutcome.REFUSE:
        return _BY_OUTCOME[PhotoOutcome.REFUSE]
    return _ADVICE.get(code) or _BY_OUTCOME.get(outcome) or _LOOK
