"""The registrar's desk: our admin site."""

from collections.abc import Callable, Iterable
from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.db.models import Model
from django.db.models.base import ModelBase
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import now as clock

from accounts.policies import is_registrar
from xuexin.pages.desk.board import recent_events, work_board
from xuexin.pages.desk.order import GROUPS, OUR_APPS

View = Callable[..., HttpResponseBase]


class XuexinAdminSite(AdminSite):
    """Django admin under our name, in the order of the registrar's work, behind our own log-in."""

    site_header = "毕业核对 · 教务处工作台"
    site_title = "教务处工作台"
    index_title = "工作台"
    index_template = "admin/desk_index.html"
    enable_nav_sidebar = True

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: "type[ModelAdmin[Any]] | None" = None,
        **options: Any,
    ) -> None:
        """Only our own models: rows of Django and allauth are reached through ours or not at all."""
        models = (
            [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        )
        for model in models:
            if model._meta.app_label in OUR_APPS:  # noqa: SLF001 -- _meta is Django's open secret
                super().register([model], admin_class, **options)

    def admin_view(  # type: ignore[override]  # the stubs name a private type variable
        self,
        view: View,
        cacheable: bool = False,  # noqa: FBT001, FBT002
    ) -> View:
        """A logged-in person without an office role finds nothing here, not a log-in page."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return inner(request, *args, **kwargs)

        return update_wrapper(guarded, inner)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Our own log-in page, which knows phones, limits and second factors."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    login.login_required = False  # type: ignore[attr-defined]

    def logout(  # type: ignore[override]  # a redirect instead of a page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """End the session and show the home page."""
        return LogoutView.as_view(next_page="/")(request)

    def password_change(  # type: ignore[override]  # a redirect instead of a page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseRedirect:
        """Our own page, with our password rule."""
        return redirect("account_change_password")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Models in the order of the registrar's work instead of by app and alphabet."""
        apps = self._build_app_dict(request, app_label)
        if app_label is not None:
            return list(apps.values())
        known = {
            f"{label}.{model['object_name']}": model
            for label, app in apps.items()
            for model in app["models"]
        }
        return [
            {
                "name": group.title,
                "app_label": group.slug,
                "app_url": f"{reverse('admin:index')}#{group.slug}",
                "has_module_perms": True,
                "models": [known[name] for name in group.models if name in known],
            }
            for group in GROUPS
            if any(name in known for name in group.models)
        ]

    def get_log_entries(self, request: HttpRequest) -> Any:
        """None: the audit trail is the one log."""
        return ()

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The work-board: what waits, how much of it, and where."""
        now = clock()
        return super().index(
            request,
            {
                "board": work_board(now=now),
                "recent": recent_events(),
                "has_counter": request.user.is_authenticated and is_registrar(request.user),
                **(extra_context or {}),
            },
        )
