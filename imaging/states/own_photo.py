"""自己交照片: how a student's own photo comes in, and what becomes of it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.db import models

from common.workflow import Transition, Workflow, sources

__all__ = [
    "DRAFT_LIVES",
    "OWN_PHOTO",
    "RETURN_HINTS",
    "WAITING_OWN_PHOTOS",
    "OwnPhotoAction",
    "OwnPhotoState",
    "PhotoChannel",
    "ReturnReason",
]


# A photo that was measured and not sent is somebody's face for nothing: it goes after a day.
DRAFT_LIVES: Final = timedelta(days=1)


class PhotoChannel(models.TextChoices):
    """How a single photo comes to the school, beside being taken on site."""

    CAMERA = "CAMERA", "现拍"
    UPLOAD = "UPLOAD", "选文件"
    STAFF = "STAFF", "教务处代传"


class OwnPhotoState(models.TextChoices):
    """Where a student's own photo is."""

    DRAFT = "DRAFT", "还没交"
    SENT = "SENT", "已交，等着看"
    IN_REVIEW = "IN_REVIEW", "老师在看"
    ACCEPTED = "ACCEPTED", "收下了"
    RETURNED = "RETURNED", "请重拍一张"
    WITHDRAWN = "WITHDRAWN", "自己撤回"
    DISCARDED = "DISCARDED", "没交，放弃了"


class OwnPhotoAction(models.TextChoices):
    """Moves of a student's own photo."""

    SEND = "SEND", "交给学校"
    DISCARD = "DISCARD", "不用这张"
    CLAIM = "CLAIM", "我来看"
    TAKE_OVER = "TAKE_OVER", "接过来看"
    RELEASE = "RELEASE", "放回去"
    ACCEPT = "ACCEPT", "收下"
    RETURN = "RETURN", "请学生重拍"
    WITHDRAW = "WITHDRAW", "撤回"


WAITING_OWN_PHOTOS = sources(OwnPhotoState.SENT, OwnPhotoState.IN_REVIEW)

OWN_PHOTO = Workflow[OwnPhotoState, OwnPhotoAction](
    name="own_photo",
    initial=OwnPhotoState.DRAFT,
    transitions={
        OwnPhotoAction.SEND: Transition(sources(OwnPhotoState.DRAFT), OwnPhotoState.SENT),
        OwnPhotoAction.DISCARD: Transition(sources(OwnPhotoState.DRAFT), OwnPhotoState.DISCARDED),
        OwnPhotoAction.CLAIM: Transition(sources(OwnPhotoState.SENT), OwnPhotoState.IN_REVIEW),
        OwnPhotoAction.TAKE_OVER: Transition(
            sources(OwnPhotoState.IN_REVIEW), OwnPhotoState.IN_REVIEW
        ),
        OwnPhotoAction.RELEASE: Transition(sources(OwnPhotoState.IN_REVIEW), OwnPhotoState.SENT),
        OwnPhotoAction.ACCEPT: Transition(sources(OwnPhotoState.IN_REVIEW), OwnPhotoState.ACCEPTED),
        OwnPhotoAction.RETURN: Transition(sources(OwnPhotoState.IN_REVIEW), OwnPhotoState.RETURNED),
        OwnPhotoAction.WITHDRAW: Transition(WAITING_OWN_PHOTOS, OwnPhotoState.WITHDRAWN),
    },
)


class ReturnReason(models.TextChoices):
    """What should be otherwise in the next photo: about the picture, never about the person."""

    BACKGROUND = "BACKGROUND", "背景要换"
    LIGHT = "LIGHT", "光线要调"
    BLUR = "BLUR", "画面不够清楚"
    FRAMING = "FRAMING", "位置和大小要调"
    POSE = "POSE", "要正面端正"
    COVERED = "COVERED", "脸没有全露出来"
    EDITED = "EDITED", "要没有修过的照片"
    IN_PERSON = "IN_PERSON", "请到现场拍"
    OTHER = "OTHER", "别的原因，见老师的话"


# What the student can do about it; stands beside the reason.
RETURN_HINTS: Mapping[str, str] = {
    ReturnReason.BACKGROUND: "站在浅蓝、白色或浅灰的墙或布前面，离开半步，不留影子。",
    ReturnReason.LIGHT: "面向窗户或灯，脸上两边一样亮，不背光。",
    ReturnReason.BLUR: "擦一下镜头，手机放稳，站定再拍。",
    ReturnReason.FRAMING: "头顶上面留一点空，眼睛在画面中间偏上，两边肩膀都在画面里。",
    ReturnReason.POSE: "正对镜头，头不歪，不戴帽子。",
    ReturnReason.COVERED: "头发拨到耳后，眼镜不反光，眉毛和耳朵露出来。因宗教、伤病等做不到的，请告诉老师。",
    ReturnReason.EDITED: "用相机直接拍的原图，不开美颜，不换底色。",
    ReturnReason.IN_PERSON: "从照片上定不下来，请带身份证件到拍照点，由老师当面办。",
    ReturnReason.OTHER: "",
}
