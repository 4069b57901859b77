"""Checks raise with a reason; `allowed` turns any check into a boolean for buttons."""

from collections.abc import Callable
from typing import ParamSpec

from common.errors import DomainError

P = ParamSpec("P")


def allowed(check: Callable[P, None], /, *args: P.args, **kwargs: P.kwargs) -> bool:
    """Whether `check` passes; the check itself stays the only place that knows the rule."""
    try:
        check(*args, **kwargs)
    except DomainError:
        return False
    return True
