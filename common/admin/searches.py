"""Above every list of the desk: the searches that somebody kept, and the way to keep this one."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone

from common.actors import Actor
from common.errors import DomainError
from common.searches import forget_search, kept_searches, save_search, searches_for

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

__all__ = ["SearchKeeper"]


class SearchKeeper(_ModelAdmin):
    """A list whose filters and search can be kept under a name, by whoever may see the list."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Keep, drop or open a search; else the list with what is kept."""
        if self.has_view_permission(request):
            if request.method == "POST" and "_keep_search" in request.POST:
                return self._keep(request)
            if request.method == "POST" and "_drop_search" in request.POST:
                return self._drop(request)
            if "_saved" in request.GET:
                return self._open(request)
            found = kept_searches(self.opts.label_lower, user_id=_user_id(request))
            extra_context = {"saved_searches": found, **(extra_context or {})}
        return super().changelist_view(request, extra_context)

    def _keep(self, request: HttpRequest) -> HttpResponse:
        conditions = QueryDict(request.META.get("QUERY_STRING", ""))
        try:
            search = save_search(
                listed=self.opts.label_lower,
                name=request.POST.get("search_name", ""),
                conditions=conditions,
                is_shared="is_shared" in request.POST,
                owner_id=_user_id(request),
                actor=cast("Actor", request.user),
                now=timezone.now(),
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"已存为“{search.name}”")
        return HttpResponseRedirect(request.get_full_path())

    def _drop(self, request: HttpRequest) -> HttpResponse:
        search = self._chosen(request, request.POST.get("_drop_search", ""))
        try:
            forget_search(
                search=search,
                owner_id=_user_id(request),
                actor=cast("Actor", request.user),
                now=timezone.now(),
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"已删掉“{search.name}”")
        return HttpResponseRedirect(request.get_full_path())

    def _open(self, request: HttpRequest) -> HttpResponse:
        search = self._chosen(request, request.GET.get("_saved", ""))
        return HttpResponseRedirect(f"{request.path}?{search.query}")

    def _chosen(self, request: HttpRequest, number: str) -> Any:
        allowed = searches_for(self.opts.label_lower, user_id=_user_id(request))
        return get_object_or_404(allowed, pk=int(number) if number.isdecimal() else 0)


def _user_id(request: HttpRequest) -> int:
    return cast("int", request.user.pk)
