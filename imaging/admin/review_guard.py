"""Confidential pages of the desk: for the named handlers alone, everybody else finds nothing, each look counts."""

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, cast

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern

from accounts.models import User
from common.admin import WorkflowAdmin
from imaging.selectors.reviews import is_handler

__all__ = ["HandlersOnly", "desk_user", "is_handlers"]

if TYPE_CHECKING:
    _Base = WorkflowAdmin
else:
    _Base = object

View = Callable[..., HttpResponseBase]


def desk_user(request: HttpRequest) -> User:
    """The person at the desk."""
    return cast("User", request.user)


def is_handlers(request: HttpRequest) -> bool:
    """Whether a handler asks; looked up once for a request, whose menu has every table.

    What is done asks anew: the policies do not know of this.
    """
    known: bool | None = getattr(request, "_is_handlers", None)
    if known is None:
        known = isinstance(request.user, User) and is_handler(request.user)
        request._is_handlers = known  # type: ignore[attr-defined]  # noqa: SLF001 -- our own mark
    return known


class HandlersOnly(_Base):
    """Mixed into an admin: no office role opens it by itself, and the answer is that of an empty address."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Named, and still of the office."""
        return is_handlers(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """It does not stand on the desk of others."""
        return self.has_view_permission(request)

    def may_act(self, request: HttpRequest) -> bool:
        """Who sees it works on it; the policies say what."""
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        """Every address of the table, the stock ones too, is nothing for others."""
        found = super().get_urls()
        for pattern in found:
            pattern.callback = self._guarded(cast("View", pattern.callback))
        return found

    def _guarded(self, inner: View) -> View:
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            # Whoever has not logged in is sent to the log-in by the desk itself.
            if request.user.is_authenticated and not self.has_view_permission(request):
                raise Http404
            return inner(request, *args, **kwargs)

        return update_wrapper(guarded, inner)
