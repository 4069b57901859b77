"""毕业资格审核: rounds, items, results, objections, certificates and sanctions.

The portal counts no credits and no marks. It takes in what the school's own systems have worked out,
adds what it knows itself, and lets people decide.
"""

from typing import Final

from django.db import models

from common.workflow import Transition, Workflow, sources

__all__ = [
    "ANSWERING",
    "AUDIT",
    "CERTIFICATE",
    "CERTIFIED",
    "OBJECTION",
    "OUT",
    "OWN_SOURCES",
    "RESULT",
    "SECOND_ROUND",
    "AuditAction",
    "AuditOutcome",
    "AuditState",
    "CertificateAction",
    "CertificateState",
    "ItemSource",
    "ItemState",
    "ObjectionAction",
    "ObjectionKind",
    "ObjectionState",
    "ResultAction",
    "ResultState",
    "SanctionKind",
    "TakerKind",
]


class AuditState(models.TextChoices):
    """毕业资格审核 of one school, one cohort, one round."""

    DRAFT = "DRAFT", "准备中"
    CHECKING = "CHECKING", "审核中"
    NOTICE = "NOTICE", "公示"
    CLOSED = "CLOSED", "已归档"


class AuditAction(models.TextChoices):
    """Moves of a round."""

    OPEN = "OPEN", "开始审核"
    PUBLISH = "PUBLISH", "发布公示"
    RETRACT = "RETRACT", "撤回公示"
    CLOSE = "CLOSE", "归档"


AUDIT = Workflow[AuditState, AuditAction](
    name="graduation_audit",
    initial=AuditState.DRAFT,
    transitions={
        AuditAction.OPEN: Transition(sources(AuditState.DRAFT), AuditState.CHECKING),
        AuditAction.PUBLISH: Transition(sources(AuditState.CHECKING), AuditState.NOTICE),
        AuditAction.RETRACT: Transition(sources(AuditState.NOTICE), AuditState.CHECKING),
        AuditAction.CLOSE: Transition(sources(AuditState.NOTICE), AuditState.CLOSED),
    },
)


class ItemSource(models.TextChoices):
    """Where the state of an item comes from."""

    IMPORT = "IMPORT", "导入的结果"
    PHOTO = "PHOTO", "照片核对"
    DATA = "DATA", "信息核对"
    REGISTRATION = "REGISTRATION", "学历登记"
    SANCTIONS = "SANCTIONS", "处分记录"


# What the portal knows itself: asked when it is shown, stored nowhere.
OWN_SOURCES: Final = sources(
    ItemSource.PHOTO, ItemSource.DATA, ItemSource.REGISTRATION, ItemSource.SANCTIONS
)


class ItemState(models.TextChoices):
    """How one student stands with one item."""

    MET = "MET", "达到"
    NOT_MET = "NOT_MET", "没达到"
    OPEN = "OPEN", "待定"


class AuditOutcome(models.TextChoices):
    """What the audit ends with for one student."""

    GRADUATE = "GRADUATE", "准予毕业"
    COMPLETE = "COMPLETE", "准予结业"
    DEFER = "DEFER", "暂缓毕业"


# Who comes into the next round: those who failed, and those who were put off.
SECOND_ROUND: Final = sources(AuditOutcome.COMPLETE, AuditOutcome.DEFER)
# Who gets a certificate.
CERTIFIED: Final = sources(AuditOutcome.GRADUATE, AuditOutcome.COMPLETE)


class ResultState(models.TextChoices):
    """审核结果 of one student: the college proposes, the office decides."""

    PENDING = "PENDING", "等学院提出"
    PROPOSED = "PROPOSED", "等教务处审定"
    DECIDED = "DECIDED", "已审定"
    DROPPED = "DROPPED", "不在这次审核"


class ResultAction(models.TextChoices):
    """Moves of one student's result."""

    PROPOSE = "PROPOSE", "提出结果"
    RETURN = "RETURN", "退回学院"
    DECIDE = "DECIDE", "审定"
    REOPEN = "REOPEN", "重新审核"
    DROP = "DROP", "移出审核"


RESULT = Workflow[ResultState, ResultAction](
    name="graduation_result",
    initial=ResultState.PENDING,
    transitions={
        ResultAction.PROPOSE: Transition(sources(ResultState.PENDING), ResultState.PROPOSED),
        ResultAction.RETURN: Transition(sources(ResultState.PROPOSED), ResultState.PENDING),
        ResultAction.DECIDE: Transition(sources(ResultState.PROPOSED), ResultState.DECIDED),
        ResultAction.REOPEN: Transition(sources(ResultState.DECIDED), ResultState.PENDING),
        ResultAction.DROP: Transition(
            sources(ResultState.PENDING, ResultState.PROPOSED), ResultState.DROPPED
        ),
    },
)
OUT: Final = sources(ResultState.DROPPED)


class ObjectionKind(models.TextChoices):
    """What an objection is about."""

    ITEM = "ITEM", "对项目的异议"
    NOTICE = "NOTICE", "对公示的异议"


class ObjectionState(models.TextChoices):
    """毕业审核异议: by the student about an item, or by anybody about the public notice."""

    OPEN = "OPEN", "等答复"
    UPHELD = "UPHELD", "异议成立"
    REJECTED = "REJECTED", "异议不成立"
    WITHDRAWN = "WITHDRAWN", "本人撤回"


class ObjectionAction(models.TextChoices):
    """Moves of an objection."""

    UPHOLD = "UPHOLD", "认定异议成立"
    REJECT = "REJECT", "认定异议不成立"
    WITHDRAW = "WITHDRAW", "撤回异议"


OBJECTION = Workflow[ObjectionState, ObjectionAction](
    name="graduation_objection",
    initial=ObjectionState.OPEN,
    transitions={
        ObjectionAction.UPHOLD: Transition(sources(ObjectionState.OPEN), ObjectionState.UPHELD),
        ObjectionAction.REJECT: Transition(sources(ObjectionState.OPEN), ObjectionState.REJECTED),
        ObjectionAction.WITHDRAW: Transition(
            sources(ObjectionState.OPEN), ObjectionState.WITHDRAWN
        ),
    },
)
ANSWERING: Final = frozenset({ObjectionAction.UPHOLD, ObjectionAction.REJECT})


class CertificateState(models.TextChoices):
    """证书发放: printed by the office, fetched by the college, handed to the student against receipt."""

    PRINTED = "PRINTED", "已印制"
    AT_COLLEGE = "AT_COLLEGE", "学院已领"
    HANDED = "HANDED", "已发给学生"
    VOID = "VOID", "证书作废"


class CertificateAction(models.TextChoices):
    """Moves of a certificate; 更正 leaves it handed out and keeps what stood there."""

    FETCH = "FETCH", "学院领取"
    HAND = "HAND", "发证"
    CORRECT = "CORRECT", "更正领取记录"
    VOID = "VOID", "作废"


CERTIFICATE = Workflow[CertificateState, CertificateAction](
    name="graduation_certificate",
    initial=CertificateState.PRINTED,
    transitions={
        CertificateAction.FETCH: Transition(
            sources(CertificateState.PRINTED), CertificateState.AT_COLLEGE
        ),
        CertificateAction.HAND: Transition(
            sources(CertificateState.PRINTED, CertificateState.AT_COLLEGE), CertificateState.HANDED
        ),
        CertificateAction.CORRECT: Transition(
            sources(CertificateState.HANDED), CertificateState.HANDED
        ),
        CertificateAction.VOID: Transition(
            sources(CertificateState.PRINTED, CertificateState.AT_COLLEGE), CertificateState.VOID
        ),
    },
)


class TakerKind(models.TextChoices):
    """Who took a certificate."""

    SELF = "SELF", "本人领取"
    PROXY = "PROXY", "他人代领"


class SanctionKind(models.TextChoices):
    """处分 by weight (普通高等学校学生管理规定 第五十一条)."""

    WARNING = "WARNING", "警告"
    SERIOUS_WARNING = "SERIOUS_WARNING", "严重警告"
    DEMERIT = "DEMERIT", "记过"
    PROBATION = "PROBATION", "留校察看"
    EXPULSION = "EXPULSION", "开除学籍"
