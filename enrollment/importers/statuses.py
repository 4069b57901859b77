"""What files call the enrolment statuses."""

import re
import unicodedata
from functools import lru_cache

from enrollment.states import EnrollmentStatus

__all__ = ["parse_status"]

_NOISE = re.compile(r"[\s()\[\]【】<>:、,，。·-]+")
_PREFIX = re.compile(r"^(?:不在籍|在籍|在校|不在校|离校)")

_WORDS: dict[str, EnrollmentStatus] = {
    "注册学籍": EnrollmentStatus.REGISTERED,
    "注册": EnrollmentStatus.REGISTERED,
    "已注册": EnrollmentStatus.REGISTERED,
    "正常": EnrollmentStatus.REGISTERED,
    "在读": EnrollmentStatus.REGISTERED,
    "复学": EnrollmentStatus.REGISTERED,
    "有学籍": EnrollmentStatus.REGISTERED,
    "延长修业": EnrollmentStatus.REGISTERED,
    "未注册": EnrollmentStatus.UNREGISTERED,
    "未注册学籍": EnrollmentStatus.UNREGISTERED,
    "暂缓注册": EnrollmentStatus.UNREGISTERED,
    "暂缓注册学籍": EnrollmentStatus.UNREGISTERED,
    "休学": EnrollmentStatus.SUSPENDED,
    "停学": EnrollmentStatus.SUSPENDED,
    "保留学籍": EnrollmentStatus.RETAINED,
    "保留学籍参军": EnrollmentStatus.RETAINED,
    "参军": EnrollmentStatus.RETAINED,
    "入伍": EnrollmentStatus.RETAINED,
    "保留入学资格": EnrollmentStatus.ADMISSION_RETAINED,
    "毕业": EnrollmentStatus.GRADUATED,
    "已毕业": EnrollmentStatus.GRADUATED,
    "结业": EnrollmentStatus.COMPLETED,
    "肄业": EnrollmentStatus.INCOMPLETE,
    "退学": EnrollmentStatus.WITHDRAWN,
    "自动退学": EnrollmentStatus.WITHDRAWN,
    "转学": EnrollmentStatus.TRANSFERRED_OUT,
    "转出": EnrollmentStatus.TRANSFERRED_OUT,
    "转学转出": EnrollmentStatus.TRANSFERRED_OUT,
    "开除": EnrollmentStatus.EXPELLED,
    "开除学籍": EnrollmentStatus.EXPELLED,
    "死亡": EnrollmentStatus.DECEASED,
    "取消学籍": EnrollmentStatus.CANCELLED,
    "取消入学资格": EnrollmentStatus.CANCELLED,
    "放弃入学资格": EnrollmentStatus.CANCELLED,
    "公派出国": EnrollmentStatus.OTHER,
    "下落不明": EnrollmentStatus.OTHER,
    "流失": EnrollmentStatus.OTHER,
    "其他": EnrollmentStatus.OTHER,
    "其它": EnrollmentStatus.OTHER,
}
_ALONE: dict[str, EnrollmentStatus] = {
    "在籍": EnrollmentStatus.REGISTERED,
    "在校": EnrollmentStatus.REGISTERED,
    "不在籍": EnrollmentStatus.OTHER,
    "不在校": EnrollmentStatus.OTHER,
}


@lru_cache(maxsize=1024)
def parse_status(text: str) -> EnrollmentStatus | None:
    """Return the status that a cell names, in either bracket style; None when it is not known."""
    if text in EnrollmentStatus.values:
        return EnrollmentStatus(text)
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", text))
    return _ALONE.get(plain) or _WORDS.get(plain) or _WORDS.get(_PREFIX.sub("", plain))
