"""Who may remind a class with one click."""

from datetime import datetime

from accounts.models import User
from accounts.policies import is_registrar
from common.errors import NotAllowedError
from enrollment.models import ClassGroup
from enrollment.selectors import classes_with_role
from enrollment.states import AssignmentRole
from imaging.models import Campaign, ReminderRules
from imaging.selectors.timetables import has_begun

__all__ = ["check_can_remind", "may_remind"]

_ROLES = (
    AssignmentRole.COUNSELLOR,
    AssignmentRole.COLLEGE_SECRETARY,
    AssignmentRole.COLLEGE_LEADER,
)


def may_remind(user: User, class_group: ClassGroup, *, rules: ReminderRules, now: datetime) -> bool:
    """Counsellor, college and office; the monitor where the school allows it."""
    roles = (*_ROLES, *([AssignmentRole.MONITOR] if rules.monitor_reminds else []))
    if is_registrar(user):
        return True
    held = classes_with_role(user, roles, now=now)
    return user.is_active and held.filter(pk=class_group.pk).exists()


def check_can_remind(
    user: User,
    campaign: Campaign,
    class_group: ClassGroup,
    *,
    rules: ReminderRules,
    now: datetime,
) -> None:
    """Whoever may remind the class, while the time of anybody in it runs.

    The school may open before the campaign, and a class may have more time than the campaign.
    """
    if not may_remind(user, class_group, rules=rules, now=now):
        raise NotAllowedError("只有辅导员、学院和教务处能一键提醒；班长能不能，由学校定。")
    if campaign.is_rehearsal:
        raise NotAllowedError("演练批次不发提醒。")
    members = campaign.members.filter(class_group=class_group, removed_at=None)
    if now < campaign.opens_at and not members.filter(has_begun(now)).exists():
        raise NotAllowedError("核对还没开始，不用提醒。")
    if campaign.is_over_at(now) and not members.filter(closes_at__gt=now).exists():
        raise NotAllowedError("这个批次已经结束，不能再提醒。")
