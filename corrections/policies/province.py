"""What stands against taking registered answers of the province back."""

from datetime import datetime

from accounts.models import User
from accounts.policies import is_registrar
from common.errors import NotAllowedError, StaleStateError
from corrections.models import AnswerLine, ProvinceAnswer
from corrections.policies.batch import check_can_take_back
from corrections.states import RequestState
from corrections.states.province import ANSWERS_UNDO_WITHIN, LineOutcome
from enrollment.states import ImportState

__all__ = ["check_can_take_answer_back", "check_can_undo_answers"]


_ANSWERED = [RequestState.APPROVED, RequestState.REFUSED]
_OWN = "登记是你做的，撤销要由另一位教务老师来做"


def check_can_undo_answers(answer: ProvinceAnswer, *, actor: User, now: datetime) -> None:
    """Registered, within the term, and a second person asks.

    An approval lets a name or a number be changed, so whoever registered it does not take it back
    (two-person rule, as with rosters and photo batches). A run that broke off may have been ended by
    somebody else, so the rule holds line by line: registering makes the actor the case's handler.
    """
    if not is_registrar(actor):
        raise NotAllowedError("报省审批由教务处办理")
    if answer.state != ImportState.APPLIED:
        raise NotAllowedError("这份答复还没有登记，没有什么可以撤销")
    if not answer.is_undoable_at(now):
        raise NotAllowedError("登记满 7 天了，不能再撤销")
    registered = answer.lines.filter(outcome=LineOutcome.DONE)
    if not registered.exists():
        raise NotAllowedError("没有还能撤销的：没有登记成的，或者都撤销过了")
    own = {"packed__request__handler": actor, "packed__request__state__in": _ANSWERED}
    if not registered.exclude(**own).exists():
        raise NotAllowedError(_OWN)


def check_can_take_answer_back(line: AnswerLine, *, actor: User, now: datetime) -> None:
    """This line moved its case, and nothing has happened to the case since."""
    if line.outcome != LineOutcome.DONE or line.packed is None:
        raise StaleStateError("这一行没有登记，或者已经撤销过")
    if line.step is None:
        raise NotAllowedError("以前登记的，没有记下是哪一步，不能撤销")
    check_can_take_back(line.packed.request, line.step, actor=actor, now=now)
    if line.step.acted_at <= now - ANSWERS_UNDO_WITHIN:
        raise NotAllowedError("登记满 7 天了，不能再撤销")
    if line.packed.request.handler_id == actor.pk:
        raise NotAllowedError(_OWN)
