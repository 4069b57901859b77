"""清除演练: what becomes of a rehearsal that is over."""

from django.db import models

from common.workflow import Transition, Workflow, sources

__all__ = ["WIPE", "WipeAction", "WipeState"]


class WipeState(models.TextChoices):
    """清除演练: everything that hangs on a rehearsal goes, in bounded steps."""

    WIPING = "WIPING", "正在清除"
    DONE = "DONE", "已清除干净"


class WipeAction(models.TextChoices):
    """The one move: nobody stops it, and nothing comes back."""

    FINISH = "FINISH", "清除完毕"


WIPE = Workflow[WipeState, WipeAction](
    name="rehearsal_wipe",
    initial=WipeState.WIPING,
    transitions={WipeAction.FINISH: Transition(sources(WipeState.WIPING), WipeState.DONE)},
)
