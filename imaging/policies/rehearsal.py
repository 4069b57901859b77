"""Who may wipe a rehearsal, and which campaign is one."""

from datetime import datetime

from accounts.models import User
from accounts.policies import is_registrar
from common.actors import Actor
from common.errors import NotAllowedError
from imaging.models import Campaign

__all__ = ["check_can_wipe", "check_is_rehearsal"]


def check_is_rehearsal(campaign: Campaign) -> None:
    """A rehearsal over demo schools alone; asked before every step, so that nothing real ever goes."""
    if not campaign.is_rehearsal or campaign.schools.filter(is_demo=False).exists():
        raise NotAllowedError("只有演示学校的演练批次能清除，别的批次永远不能。")


def check_can_wipe(actor: Actor, campaign: Campaign, *, now: datetime) -> None:
    """The registrar, with a rehearsal that is over: nobody is at work in it any more."""
    if not isinstance(actor, User) or not is_registrar(actor):
        raise NotAllowedError("只有教务处能清除演练。")
    check_is_rehearsal(campaign)
    if now < campaign.closes_at:
        raise NotAllowedError(
            "这个演练还没到学生截止时间，可能有人正在用，不能清除。"
            "请先在批次页“提前结束批次”（还没开始的，先“移动时间”），再来清除。"
        )
