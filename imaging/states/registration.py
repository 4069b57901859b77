"""学历登记: packs for the national platform, and what stands in the way of a student."""

from datetime import timedelta
from enum import StrEnum

from django.db import models

from common.workflow import Transition, Workflow, sources

__all__ = [
    "NEXT_STEPS",
    "PACK",
    "PACK_LIVES",
    "REGISTERING",
    "Blocker",
    "PackAction",
    "PackState",
    "PlatformFinding",
]

# A pack holds document numbers: long enough to hand it over, no longer.
PACK_LIVES = timedelta(days=7)


class PackState(models.TextChoices):
    """登记数据包: locked records and photos for the staff of the national platform."""

    DRAFT = "DRAFT", "没生成"
    BUILDING = "BUILDING", "正在生成"
    READY = "READY", "备好，可以下载"
    FAILED = "FAILED", "没有生成"
    ERASED = "ERASED", "数据包已销毁"
    DROPPED = "DROPPED", "放弃，不生成"


class PackAction(models.TextChoices):
    """Moves of a pack."""

    START = "START", "生成数据包"
    FINISH = "FINISH", "生成完毕"
    FAIL = "FAIL", "生成失败"
    ERASE = "ERASE", "销毁数据包"
    DROP = "DROP", "放弃数据包"


PACK = Workflow[PackState, PackAction](
    name="registration_pack",
    initial=PackState.DRAFT,
    transitions={
        PackAction.START: Transition(
            sources(PackState.DRAFT, PackState.FAILED), PackState.BUILDING
        ),
        PackAction.FINISH: Transition(sources(PackState.BUILDING), PackState.READY),
        PackAction.FAIL: Transition(sources(PackState.BUILDING), PackState.FAILED),
        PackAction.ERASE: Transition(sources(PackState.READY), PackState.ERASED),
        PackAction.DROP: Transition(sources(PackState.DRAFT, PackState.FAILED), PackState.DROPPED),
    },
)


class Blocker(StrEnum):
    """Why a member is not handed to the platform: what it is called; `NEXT_STEPS` says what helps."""

    DUPLICATE = "重复的学籍"
    HIDDEN = "学籍暂不显示"
    REVIEW = "按规定暂缓登记"  # an identity review, which is confidential: it does not say so
    STATUS = "学籍状态不是“注册学籍”"
    MISSING = "不在最新名册"
    UNBOUND = "还没有人绑定"
    NO_PHOTO = "没有照片"
    PHOTO_WAIVED = "免交照片"
    PHOTO_SIZE = "照片像素不合规定"
    PHOTO_LOST = "照片文件读不出来"
    REPAIR = "照片更正在办"
    NOT_CHECKED = "还没有核对"
    AGAIN = "变了，要重新核对"
    OPEN = "已提交，还没锁定"
    WRONG = "核对为有误"
    CORRECTION = "勘误在办"
    REOPEN = "重新开放在办"
    FIELD = "信息不合平台的表"


NEXT_STEPS: dict[Blocker, str] = {
    Blocker.DUPLICATE: "把这一份移出批次，用保留的那一份。",
    Blocker.HIDDEN: "查清以后，在学籍页恢复显示。",
    Blocker.REVIEW: "由指定的老师办理，办结后这里不再列出。",
    Blocker.STATUS: "核实异动；今年不毕业的，移出批次。",
    Blocker.MISSING: "核实这份学籍，再导入最新名册。",
    Blocker.UNBOUND: "请学生注册、绑定；绑不上的，带证件到教务处。",
    Blocker.NO_PHOTO: "先在“采集信息”里找；没拍过的，安排补拍。",
    Blocker.PHOTO_WAIVED: "数据包里没有照片，在平台上单独登记这个人；交了照片的，在批次成员里恢复。",
    Blocker.PHOTO_SIZE: "请采集单位按这个尺寸重交；手里有更大的原图，可以“代传一张照片”，会自动裁好。",
    Blocker.PHOTO_LOST: "重新导入这张照片。",
    Blocker.REPAIR: "请第二位老师办结这件照片更正。",
    Blocker.NOT_CHECKED: "催学生核对；本人确实不能的，代录。",
    Blocker.AGAIN: "催学生重新核对。",
    Blocker.OPEN: "等到锁定时间，再生成。",
    Blocker.WRONG: "受理有误的内容，改好后请学生重新核对。",
    Blocker.CORRECTION: "办结这件勘误。",
    Blocker.REOPEN: "办结这份重新开放申请。",
    Blocker.FIELD: "更正这一项；没有错的，在平台上单独登记这个人。",
}


# What is no reason to keep anybody back: "normally" is the standard's own word for the bytes.
BYTES_ADVICE = "照样进包。平台不收的，请采集单位重交这一张。"


class PlatformFinding(models.TextChoices):
    """What a row of the platform's list means beside our own state."""

    REGISTER = "REGISTER", "可以登记"
    EARLY = "EARLY", "平台已登记，本校没核对完"
    SAME = "SAME", "两边一致"
    DIFFERENT = "DIFFERENT", "两边不一致"
    INCOMPLETE = "INCOMPLETE", "缺证书编号或日期"
    UNKNOWN = "UNKNOWN", "没有这名学生"
    MISMATCH = "MISMATCH", "号码和姓名对不上"
    REPEATED = "REPEATED", "名单里重复"
    UNREADABLE = "UNREADABLE", "状态看不懂"
    ABSENT = "ABSENT", "平台名单里没有"


# What registering is about; EARLY only when the registrar says so.
REGISTERING = frozenset({PlatformFinding.REGISTER, PlatformFinding.EARLY})
