"""What holds until a school writes rules of its own, as schools do it in practice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from corrections.states.request import EvidenceFormat, EvidenceNeed

__all__ = [
    "DEFAULT_FINAL_DAYS",
    "DEFAULT_LEAD",
    "DEFAULT_MONTHS",
    "DEFAULT_PROOFS",
    "PHOTO",
    "Barriers",
    "Proof",
]

PHOTO: Final = "photo"
DEFAULT_MONTHS: Final = (3, 9)
DEFAULT_FINAL_DAYS: Final = 150
DEFAULT_LEAD: Final = (
    "填写前请看清：姓名、证件号码、出生日期等关键信息要报省里审批，每年 3 月、9 月受理，"
    "毕业前的最后一个学期不受理，姓名和证件号码不能同时改；其他信息随时可以申请。"
    "更正以后，请你再核对一次。"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One proof that a field asks for."""

    title: str
    need: EvidenceNeed = EvidenceNeed.ALWAYS
    form: EvidenceFormat = EvidenceFormat.EITHER
    megabytes: int = 5
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barriers:
    """When key fields are taken, and what may not go together."""

    months: tuple[int, ...] = DEFAULT_MONTHS
    final_days: int = DEFAULT_FINAL_DAYS
    bars_name_with_number: bool = True


_CARD = Proof(title="身份证", hint="人像面和国徽面")
_BOOK = Proof(title="户口本", hint="本人页；改过名的要有曾用名")
_POLICE = Proof(title="公安机关证明", need=EvidenceNeed.IF_ANY, hint="改名、改号的证明，加盖公章")
_BIRTH = Proof(title="出生医学证明", need=EvidenceNeed.IF_ANY)
_TRANSFER = Proof(title="学籍异动批件", hint="转专业、转层次的批准文件")

DEFAULT_PROOFS: Final[Mapping[str, tuple[Proof, ...]]] = {
    "name": (_CARD, _BOOK, _POLICE),
    "id_number": (_CARD, _BOOK, Proof(title="公安机关证明", hint="县级以上，加盖公章"), _BIRTH),
    "id_type": (Proof(title="现在的证件"),),
    "sex": (_CARD, _BOOK),
    "birth_date": (_CARD, _BOOK, _BIRTH),
    "ethnicity": (_CARD, _BOOK, Proof(title="民族成份批件", need=EvidenceNeed.IF_ANY)),
    "major_name": (_TRANSFER,),
    "level": (_TRANSFER,),
    "duration_years": (_TRANSFER,),
    PHOTO: (Proof(title="身份证", need=EvidenceNeed.IF_ANY, hint="人像面，核对是不是本人"),),
}
