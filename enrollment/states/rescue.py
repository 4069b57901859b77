"""证件号码找回: its stages, moves and proofs."""

from django.db import models

from common.workflow import Transition, Workflow, sources


class RescueState(models.TextChoices):
    """证件号码找回: a person says that a number is theirs, whoever holds it."""

    OPEN = "OPEN", "待核实"
    COUNTER = "COUNTER", "须当面核对"
    AWAITING_SECOND = "AWAITING_SECOND", "待第二人确认"
    APPROVED = "APPROVED", "已通过"
    REFUSED = "REFUSED", "未通过"
    WITHDRAWN = "WITHDRAWN", "已撤回"
    UNDOING = "UNDOING", "待第二人确认撤销"
    UNDONE = "UNDONE", "通过后又撤销"


class RescueAction(models.TextChoices):
    """Moves of a rescue case."""

    OBJECT = "OBJECT", "提出反对"
    CALL_IN = "CALL_IN", "请来当面核对"
    MEET = "MEET", "已当面核对"
    RESTART = "RESTART", "重新告知并等待"
    PROPOSE = "PROPOSE", "提出处理意见"
    SEND_BACK = "SEND_BACK", "退回再核"
    APPROVE = "APPROVE", "确认通过"
    REFUSE = "REFUSE", "确认不通过"
    WITHDRAW = "WITHDRAW", "撤回"
    ASK_UNDO = "ASK_UNDO", "提出撤销通过"
    KEEP = "KEEP", "不撤销，维持通过"
    UNDO = "UNDO", "确认撤销通过"


class RescueProof(models.TextChoices):
    """How a claimant shows who they are."""

    FACTS = "FACTS", "填写学籍信息"
    PHOTO = "PHOTO", "手持证件照片"
    COUNTER = "COUNTER", "带证件到柜台"


class RescueOpinion(models.TextChoices):
    """What the first of the two members of staff proposes."""

    APPROVE = "APPROVE", "归申请人"
    REFUSE = "REFUSE", "不通过"


OPEN_RESCUES = sources(RescueState.OPEN, RescueState.COUNTER, RescueState.AWAITING_SECOND)
# Handed over, and not taken back: whoever asks for that changes nothing yet.
APPROVED_RESCUES = sources(RescueState.APPROVED, RescueState.UNDOING)

RESCUE = Workflow[RescueState, RescueAction](
    name="rescue_case",
    initial=RescueState.OPEN,
    transitions={
        RescueAction.OBJECT: Transition(OPEN_RESCUES, RescueState.COUNTER),
        RescueAction.CALL_IN: Transition(sources(RescueState.OPEN), RescueState.COUNTER),
        RescueAction.MEET: Transition(
            sources(RescueState.OPEN, RescueState.COUNTER), RescueState.OPEN
        ),
        RescueAction.RESTART: Transition(OPEN_RESCUES, RescueState.OPEN),
        RescueAction.PROPOSE: Transition(
            sources(RescueState.OPEN, RescueState.COUNTER), RescueState.AWAITING_SECOND
        ),
        RescueAction.SEND_BACK: Transition(sources(RescueState.AWAITING_SECOND), RescueState.OPEN),
        RescueAction.APPROVE: Transition(
            sources(RescueState.AWAITING_SECOND), RescueState.APPROVED
        ),
        RescueAction.REFUSE: Transition(sources(RescueState.AWAITING_SECOND), RescueState.REFUSED),
        RescueAction.WITHDRAW: Transition(OPEN_RESCUES, RescueState.WITHDRAWN),
        RescueAction.ASK_UNDO: Transition(sources(RescueState.APPROVED), RescueState.UNDOING),
        RescueAction.KEEP: Transition(sources(RescueState.UNDOING), RescueState.APPROVED),
        RescueAction.UNDO: Transition(sources(RescueState.UNDOING), RescueState.UNDONE),
    },
)

# Roster fields that no class list prints: what a claimant may be asked for.
RESCUE_FACTS = (
    "candidate_no",
    "entry_date",
    "expected_graduation_date",
    "ethnicity",
    "political_status",
)
RESCUE_FACT_COUNT = 3
