"""Who stands behind the counter."""

from accounts.models import User
from accounts.policies import is_registrar
from common.errors import NotAllowedError
from enrollment.models import StudentRecord
from enrollment.selectors import is_bound_to

__all__ = ["check_can_serve"]


def check_can_serve(actor: User, record: StudentRecord) -> None:
    """The registrar, and never for the own record: nobody confirms that they were there themselves."""
    if not is_registrar(actor):
        raise NotAllowedError("柜台由教务处办理")
    if is_bound_to(actor, record):
        raise NotAllowedError("这是你自己的学籍，请另一位老师在柜台办理")
