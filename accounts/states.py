"""Choices and machines of accounts: roles, numbers, the privacy notice, exports, closing."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models

from common.workflow import Transition, Workflow, sources


@dataclass(frozen=True, slots=True)
class NoticeVersion:
    """One version of the privacy notice: from when, and what it changed."""

    version: str
    from_date: date
    changes: str


# Every version of the privacy notice, newest last; add one with every change of its text. Whoever
# agreed to an older one is asked again.
NOTICE_VERSIONS = (
    NoticeVersion("2026-1", date(2026, 5, 18), "第一版。"),
    NoticeVersion(
        "2026-2",
        date(2026, 11, 22),
        "写明了各种材料保留多久、到期怎样销毁；新增导出自己的全部数据、查看谁看过我的资料、"
        "注销账号的办法；写明不满 14 周岁的要监护人同意；写明登录记录和认出设备的 Cookie。",
    ),
)
CONSENT_VERSION = NOTICE_VERSIONS[-1].version

# Below this age a guardian agrees (Personal Information Protection Law, article 31).
GUARDIAN_BELOW_AGE = 14

# How long the owner may download an export before it is erased.
EXPORT_LIVES = timedelta(days=7)

# Between the wish to close an account and its end; logging in meanwhile takes the wish back.
COOLING_OFF = timedelta(days=7)

# How long a contact may stay unproved before the account is dropped.
UNPROVED_FOR = timedelta(days=2)

# For how long a phone that was proved surely still has the same holder: the operators keep a number
# that was given up for 90 days before they hand it to somebody new.
PHONE_TRUSTED_FOR = timedelta(days=90)

# How many sessions of one account live at a time.
LIVE_SESSIONS = 8


class Role(models.TextChoices):
    """Roles that hold for the whole office; roles in classes and colleges are dated assignments."""

    REGISTRAR = "REGISTRAR", "教务处"
    AUDITOR = "AUDITOR", "审计"


class NumberSource(models.TextChoices):
    """Who said that a number belongs to a person."""

    DECLARED = "DECLARED", "本人申报"
    ROSTER = "ROSTER", "名册"
    STAFF = "STAFF", "教务处登记"


class MergeSide(models.TextChoices):
    """Which of two accounts of one person a value is taken from."""

    STAYS = "STAYS", "保留的账号"
    GOES = "GOES", "停用的账号"


class ExportState(models.TextChoices):
    """A copy of everything held about one person, on its way."""

    REQUESTED = "REQUESTED", "正在准备"
    READY = "READY", "可以下载"
    FAILED = "FAILED", "没有做成"
    EXPIRED = "EXPIRED", "已到期销毁"


class ExportAction(models.TextChoices):
    """Moves of such a copy."""

    FINISH = "FINISH", "准备好"
    FAIL = "FAIL", "放弃"
    EXPIRE = "EXPIRE", "销毁"


EXPORT = Workflow[ExportState, ExportAction](
    name="data_export",
    initial=ExportState.REQUESTED,
    transitions={
        ExportAction.FINISH: Transition(sources(ExportState.REQUESTED), ExportState.READY),
        ExportAction.FAIL: Transition(sources(ExportState.REQUESTED), ExportState.FAILED),
        ExportAction.EXPIRE: Transition(sources(ExportState.READY), ExportState.EXPIRED),
    },
)


class ClosureState(models.TextChoices):
    """The wish of a person to close the account."""

    PENDING = "PENDING", "冷静期内"
    CANCELLED = "CANCELLED", "已取消注销"
    CLOSED = "CLOSED", "已注销"


class ClosureAction(models.TextChoices):
    """Moves of such a wish."""

    CANCEL = "CANCEL", "取消注销"
    CLOSE = "CLOSE", "注销"


CLOSURE = Workflow[ClosureState, ClosureAction](
    name="account_closure",
    initial=ClosureState.PENDING,
    transitions={
        ClosureAction.CANCEL: Transition(sources(ClosureState.PENDING), ClosureState.CANCELLED),
        ClosureAction.CLOSE: Transition(sources(ClosureState.PENDING), ClosureState.CLOSED),
    },
)


class CounterState(models.TextChoices):
    """柜台找回账号: a person without any working contact, helped by two members of staff."""

    ENTERED = "ENTERED", "等第二人确认"
    CONFIRMED = "CONFIRMED", "等本人验证"
    DONE = "DONE", "已找回"
    STOPPED = "STOPPED", "不予办理"


class CounterAction(models.TextChoices):
    """Moves of a recovery at the counter."""

    CONFIRM = "CONFIRM", "确认并发链接"
    RESEND = "RESEND", "重发链接"
    FINISH = "FINISH", "本人完成"
    STOP = "STOP", "终止"


OPEN_RECOVERIES = sources(CounterState.ENTERED, CounterState.CONFIRMED)

COUNTER = Workflow[CounterState, CounterAction](
    name="counter_recovery",
    initial=CounterState.ENTERED,
    transitions={
        CounterAction.CONFIRM: Transition(sources(CounterState.ENTERED), CounterState.CONFIRMED),
        CounterAction.RESEND: Transition(sources(CounterState.CONFIRMED), CounterState.CONFIRMED),
        CounterAction.FINISH: Transition(sources(CounterState.CONFIRMED), CounterState.DONE),
        CounterAction.STOP: Transition(OPEN_RECOVERIES, CounterState.STOPPED),
    },
)


class LoginWay(models.TextChoices):
    """How somebody showed who they are when logging in."""

    PASSWORD = "PASSWORD", "密码"
    CODE = "CODE", "验证码"
    LINK = "LINK", "邮件或短信里的链接"
    PASSKEY = "PASSKEY", "通行密钥"
    SSO = "SSO", "单点登录"
    SECOND_FACTOR = "SECOND_FACTOR", "两步验证"
