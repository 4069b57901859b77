"""照片更正 and 照片线索: the stages of moving photos by two people, and of what the portal noticed."""

from django.db import models

from common.workflow import Transition, Workflow, sources


class RepairKind(models.TextChoices):
    """What two people do to photos together."""

    SWAP = "SWAP", "两人互换"
    SHIFT = "SHIFT", "整段错位"
    REPLACE = "REPLACE", "换掉已锁定的照片"
    DETACH = "DETACH", "解除关联"
    VOID = "VOID", "作废"


class RepairState(models.TextChoices):
    """照片更正: proposed by one member of staff, carried out by another, undone by two."""

    PROPOSED = "PROPOSED", "等第二人确认"
    DONE = "DONE", "已办"
    DROPPED = "DROPPED", "不办"
    EXPIRED = "EXPIRED", "过期没有确认"
    UNDOING = "UNDOING", "撤销等第二人确认"
    UNDONE = "UNDONE", "办了又撤销"


class RepairAction(models.TextChoices):
    """Moves of such a case."""

    CONFIRM = "CONFIRM", "确认办理"
    DROP = "DROP", "不办"
    EXPIRE = "EXPIRE", "过期"
    ASK_UNDO = "ASK_UNDO", "提出撤销"
    UNDO = "UNDO", "确认撤销"
    KEEP = "KEEP", "不撤销"


REPAIR = Workflow[RepairState, RepairAction](
    name="photo_repair",
    initial=RepairState.PROPOSED,
    transitions={
        RepairAction.CONFIRM: Transition(sources(RepairState.PROPOSED), RepairState.DONE),
        RepairAction.DROP: Transition(sources(RepairState.PROPOSED), RepairState.DROPPED),
        RepairAction.EXPIRE: Transition(sources(RepairState.PROPOSED), RepairState.EXPIRED),
        RepairAction.ASK_UNDO: Transition(sources(RepairState.DONE), RepairState.UNDOING),
        RepairAction.UNDO: Transition(sources(RepairState.UNDOING), RepairState.UNDONE),
        RepairAction.KEEP: Transition(sources(RepairState.UNDOING), RepairState.DONE),
    },
)


class HintKind(models.TextChoices):
    """What the portal noticed about photos."""

    NEAR = "NEAR", "没对上的照片可能是谁的"
    SWAP = "SWAP", "两人的照片可能弄混"
    SHIFT = "SHIFT", "一段照片可能错了一位"


class HintState(models.TextChoices):
    """照片线索: noticed by the portal, judged by people; a no is remembered."""

    OPEN = "OPEN", "等人来看"
    TAKEN = "TAKEN", "已采纳"
    REFUSED = "REFUSED", "不是"


class HintAction(models.TextChoices):
    """Moves of a hint."""

    TAKE = "TAKE", "采纳"
    REFUSE = "REFUSE", "不是"
    REOPEN = "REOPEN", "再看一次"


HINT = Workflow[HintState, HintAction](
    name="photo_hint",
    initial=HintState.OPEN,
    transitions={
        HintAction.TAKE: Transition(sources(HintState.OPEN), HintState.TAKEN),
        HintAction.REFUSE: Transition(sources(HintState.OPEN, HintState.TAKEN), HintState.REFUSED),
        HintAction.REOPEN: Transition(sources(HintState.TAKEN, HintState.REFUSED), HintState.OPEN),
    },
)
