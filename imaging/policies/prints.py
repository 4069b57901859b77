"""Who may say where prints are sent, and until when."""

from accounts.models import User
from common.errors import NotAllowedError
from imaging.policies import check_own_capture
from imaging.selectors.print_addresses import PrintStanding

__all__ = ["check_can_give_address"]


def check_can_give_address(user: User, standing: PrintStanding) -> None:
    """The student's own, while the campaign asks for addresses and the capture unit has not got this one."""
    check_own_capture(user, standing.member, now=standing.plan.now)
    if not standing.is_asked:
        raise NotAllowedError("这次不收邮寄地址，照片洗印出来会通知怎么领。")
    if standing.given is not None and standing.given.taken_at is not None:
        raise NotAllowedError("地址已经交给采集单位，这里不能再改。要改请打教务处学籍科的电话。")
    if not standing.is_open:
        raise NotAllowedError("现在不在填邮寄地址的时间里。")
