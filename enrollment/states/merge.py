"""Two accounts that turn out to be one person's: the stages of making them one, and of parting them."""

from django.db import models

from common.workflow import Transition, Workflow, sources


class MergeState(models.TextChoices):
    """合并两个账号: proposed value by value, confirmed by a second person, undone by two."""

    OPEN = "OPEN", "等着逐项选"
    PROPOSED = "PROPOSED", "方案待第二人确认"
    MERGED = "MERGED", "已合并"
    DROPPED = "DROPPED", "不合并"
    UNDOING = "UNDOING", "拆开待第二人确认"
    UNDONE = "UNDONE", "合并后又拆开"


class MergeAction(models.TextChoices):
    """Moves of such a case."""

    PROPOSE = "PROPOSE", "逐项选，提出方案"
    CONFIRM = "CONFIRM", "确认合并"
    SEND_BACK = "SEND_BACK", "退回重选"
    DROP = "DROP", "不是同一个人，不合并"
    ASK_UNDO = "ASK_UNDO", "提出拆开"
    UNDO = "UNDO", "确认拆开"
    KEEP = "KEEP", "不拆开，维持合并"


OPEN_MERGES = sources(MergeState.OPEN, MergeState.PROPOSED)

MERGE = Workflow[MergeState, MergeAction](
    name="person_merge",
    initial=MergeState.OPEN,
    transitions={
        MergeAction.PROPOSE: Transition(sources(MergeState.OPEN), MergeState.PROPOSED),
        MergeAction.CONFIRM: Transition(sources(MergeState.PROPOSED), MergeState.MERGED),
        MergeAction.SEND_BACK: Transition(sources(MergeState.PROPOSED), MergeState.OPEN),
        MergeAction.DROP: Transition(OPEN_MERGES, MergeState.DROPPED),
        MergeAction.ASK_UNDO: Transition(sources(MergeState.MERGED), MergeState.UNDOING),
        MergeAction.UNDO: Transition(sources(MergeState.UNDOING), MergeState.UNDONE),
        MergeAction.KEEP: Transition(sources(MergeState.UNDOING), MergeState.MERGED),
    },
)
