"""省里审批: packs of cases for the province, and what it answered."""

from datetime import timedelta
from typing import Final

from django.db import models

from common.workflow import Transition, Workflow, sources

__all__ = [
    "ANSWERS_UNDO_WITHIN",
    "ANSWER_COLUMNS",
    "MOST_CASES",
    "MOST_PACK_BYTES",
    "PROVINCE_PACK",
    "PROVINCE_PACK_LIVES",
    "LineOutcome",
    "ProvincePackAction",
    "ProvincePackState",
    "Verdict",
]

# It holds document numbers and proofs: long enough to hand it over, no longer.
PROVINCE_PACK_LIVES: Final = timedelta(days=7)
MOST_CASES: Final = 100
# Of proofs in one pack: what a mail gate of a province or a stick of the office still takes.
MOST_PACK_BYTES: Final = 200 * 1024 * 1024
# A wrong table is noticed when the right one comes.
ANSWERS_UNDO_WITHIN: Final = timedelta(days=7)
# Of the table that the province fills in and that is read again.
ANSWER_COLUMNS: Final = (
    "单号",
    "学号",
    "姓名",
    "更正后内容",
    "结论",
    "批复文号",
    "同意的字段",
    "说明",
)


class ProvincePackState(models.TextChoices):
    """报省数据包: cases on key fields that are handed to the province together."""

    OPEN = "OPEN", "等省里答复"
    DONE = "DONE", "都有结果"
    DROPPED = "DROPPED", "作废"


class ProvincePackAction(models.TextChoices):
    """Moves of a pack for the province."""

    FINISH = "FINISH", "收齐结果"
    DROP = "DROP", "作废数据包"
    REOPEN = "REOPEN", "重新等答复"


PROVINCE_PACK = Workflow[ProvincePackState, ProvincePackAction](
    name="province_pack",
    initial=ProvincePackState.OPEN,
    transitions={
        ProvincePackAction.FINISH: Transition(
            sources(ProvincePackState.OPEN), ProvincePackState.DONE
        ),
        ProvincePackAction.DROP: Transition(
            sources(ProvincePackState.OPEN), ProvincePackState.DROPPED
        ),
        ProvincePackAction.REOPEN: Transition(
            sources(ProvincePackState.DONE), ProvincePackState.OPEN
        ),
    },
)


class Verdict(models.TextChoices):
    """What the province says of a case."""

    APPROVED = "APPROVED", "同意"
    PARTLY = "PARTLY", "部分同意"
    REFUSED = "REFUSED", "不同意"


class LineOutcome(models.TextChoices):
    """What applying a line of the province's answers does, or has done."""

    TAKE = "TAKE", "会登记"
    SAME = "SAME", "已登记过"
    EMPTY = "EMPTY", "还没有答复"
    BLOCKED = "BLOCKED", "不能登记"
    DONE = "DONE", "已登记"
    UNDONE = "UNDONE", "已撤销"
