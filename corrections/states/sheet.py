"""Choices and machine of the class feedback sheet (C-61 … C-72)."""

from django.db import models

from common.workflow import Transition, Workflow, sources


class SheetState(models.TextChoices):
    """反馈表的一版: from the draft to the office. That its rows have changed since is derived, no state."""

    DRAFT = "DRAFT", "整理中"
    FROZEN = "FROZEN", "已定稿"
    COUNSELLOR_SIGNED = "COUNSELLOR_SIGNED", "辅导员已签"
    COLLEGE_SEALED = "COLLEGE_SEALED", "学院已盖章"
    SUBMITTED = "SUBMITTED", "已上交"
    ACCEPTED = "ACCEPTED", "教务处已接收"
    RETURNED = "RETURNED", "已退回"
    STALE = "STALE", "已失效"
    WITHDRAWN = "WITHDRAWN", "已收回"


class SheetAction(models.TextChoices):
    """Moves of a sheet."""

    FREEZE = "FREEZE", "定稿"
    SIGN = "SIGN", "辅导员签名"
    SEAL = "SEAL", "学院审核盖章"
    SUBMIT = "SUBMIT", "上交教务处"
    ACCEPT = "ACCEPT", "接收"
    RETURN = "RETURN", "退回"
    TAKE_BACK = "TAKE_BACK", "收回定稿"
    RENEW = "RENEW", "另起一版"


class SignerRole(models.TextChoices):
    """As what somebody signs a step of a sheet."""

    MONITOR = "MONITOR", "班长"
    COUNSELLOR = "COUNSELLOR", "辅导员"
    COLLEGE_SECRETARY = "COLLEGE_SECRETARY", "教学秘书"
    COLLEGE_LEADER = "COLLEGE_LEADER", "学院领导"
    REGISTRAR = "REGISTRAR", "教务处"


class SheetNumbers(models.TextChoices):
    """How student numbers are compared where a sheet is put in order."""

    AUTO = "AUTO", "自动：全是数字时按数值"
    NUMBER = "NUMBER", "按数值"
    TEXT = "TEXT", "按文本"


# Each of these froze rows, and the rows may have changed since.
FROZEN_SHEETS = sources(
    SheetState.FROZEN,
    SheetState.COUNSELLOR_SIGNED,
    SheetState.COLLEGE_SEALED,
    SheetState.SUBMITTED,
    SheetState.ACCEPTED,
)
# What the college has in hand; of a class without a college the office.
AT_COLLEGE = sources(SheetState.COUNSELLOR_SIGNED, SheetState.COLLEGE_SEALED)
# A class has one of these in a campaign; the others are past.
CURRENT_SHEETS = FROZEN_SHEETS | {SheetState.DRAFT}
# The steps that somebody puts a name to.
SIGNED_STEPS = (
    SheetAction.FREEZE,
    SheetAction.SIGN,
    SheetAction.SEAL,
    SheetAction.SUBMIT,
    SheetAction.ACCEPT,
)

SHEET = Workflow[SheetState, SheetAction](
    name="class_sheet",
    initial=SheetState.DRAFT,
    transitions={
        SheetAction.FREEZE: Transition(sources(SheetState.DRAFT), SheetState.FROZEN),
        SheetAction.SIGN: Transition(sources(SheetState.FROZEN), SheetState.COUNSELLOR_SIGNED),
        SheetAction.SEAL: Transition(
            sources(SheetState.COUNSELLOR_SIGNED), SheetState.COLLEGE_SEALED
        ),
        SheetAction.SUBMIT: Transition(sources(SheetState.COLLEGE_SEALED), SheetState.SUBMITTED),
        SheetAction.ACCEPT: Transition(sources(SheetState.SUBMITTED), SheetState.ACCEPTED),
        SheetAction.RETURN: Transition(FROZEN_SHEETS, SheetState.RETURNED),
        SheetAction.TAKE_BACK: Transition(sources(SheetState.FROZEN), SheetState.WITHDRAWN),
        SheetAction.RENEW: Transition(FROZEN_SHEETS, SheetState.STALE),
    },
)
