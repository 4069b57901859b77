"""What goes into a pack for the province: the oldest cases first, within a number and a size."""

from dataclasses import dataclass, field
from typing import Final

from common.errors import NotAllowedError
from common.wording import file_size
from corrections.documents.province import PackedRow
from corrections.models import CorrectionRequest
from corrections.selectors.province import packable_cases, packed_row
from corrections.states.province import MOST_CASES, MOST_PACK_BYTES
from enrollment.models import School

__all__ = ["Filling", "filled"]

# How many are looked at to find those that fit.
_LOOKED_AT: Final = 3 * MOST_CASES


@dataclass(slots=True)
class Filling:
    """The cases of a pack as they go out, and in sentences which ones do not."""

    cases: list[CorrectionRequest] = field(default_factory=list)
    rows: list[PackedRow] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def filled(school: School) -> Filling:
    """The cases that fit into the next pack; NotAllowedError with every reason when none does.

    Each proof is read once before, so that a lost one leaves out its case and not the pack.
    """
    filling, used = Filling(), 0
    waiting = packable_cases(school)
    for case in waiting[:_LOOKED_AT]:
        row = packed_row(case)
        size = sum(paper.size for paper in row.papers)
        if why := _hindrance(row, size):
            filling.left_out.append(f"勘误单 {case.pk}：{why}")
            continue
        if len(filling.cases) == MOST_CASES or used + size > MOST_PACK_BYTES:
            break
        filling.cases.append(case)
        filling.rows.append(row)
        used += size
    if not filling.cases:
        nothing = "现在没有要报省里的勘误单，或者都已经在等答复的数据包里。"
        raise NotAllowedError("；".join(filling.left_out) or nothing)
    more = waiting.count() - len(filling.cases) - len(filling.left_out)
    if more > 0:
        filling.left_out.append(f"这一包装满了，还有 {more} 张，请再备一包")
    return filling


def _hindrance(row: PackedRow, size: int) -> str:
    """Why the case fits into no pack at all; empty where it does."""
    if size > MOST_PACK_BYTES:
        most = file_size(MOST_PACK_BYTES)
        return f"证明材料共 {file_size(size)}，超过一包的 {most}，请单独报送"
    lost = [paper.number for paper in row.papers if not paper.is_whole()]
    if lost:
        names = "、".join(f"证明 {number}" for number in lost)
        return f"{names} 的文件丢失或损坏，请收回核实，再退回让学生重新上传"
    return ""
