"""Admin pages whose rows are moved by services: buttons, confirmation with preview, messages."""

from collections.abc import Sequence
from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from common.admin.deeds import Act, Deed, DeedForm, Download
from common.admin.panels import Panel
from common.admin.readonly import ReadonlyAdmin, actor_of
from common.components import ActionButton
from common.errors import DomainError, InvalidInputError

__all__ = ["WorkflowAdmin"]


def download(file: Download) -> HttpResponse:
    """The file as an attachment that no cache keeps."""
    response = HttpResponse(file.data, content_type=file.content_type)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=file.name) or "attachment"
    )
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    return response


class WorkflowAdmin(ReadonlyAdmin):
    """Every field is read-only; what may be done stands in `deeds` and calls services."""

    deeds: Sequence[Deed] = ()
    create: Deed | None = None

    def get_urls(self) -> list[URLPattern]:
        """The deeds' addresses before the stock ones."""
        info = (self.opts.app_label, self.opts.model_name)
        deed = path(
            "<path:object_id>/do/<slug:name>/",
            self.admin_site.admin_view(self.deed_view),
            name="{}_{}_do".format(*info),
        )
        return [deed, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Where a service creates rows, for those who may act."""
        return self.create is not None and self.may_act(request)

    def change_url(self, obj: Any) -> str:
        """The page of one row."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[quote(obj.pk)])

    def deed_url(self, obj: Any, deed: Deed) -> str:
        """The confirmation page of a deed."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_do"
        return reverse(name, args=[quote(obj.pk), deed.name])

    def offered(self, request: HttpRequest, obj: Any) -> list[Deed]:
        """The deeds that this person may do with this row now."""
        if not self.may_act(request):
            return []
        act = Act(actor=actor_of(request), now=timezone.now())
        return [deed for deed in self.deeds if deed.is_offered(obj, act)]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the buttons to the page of a row."""
        obj = kwargs.get("obj")
        if obj is not None:
            context["buttons"] = [
                ActionButton(
                    label=deed.label,
                    url=self.deed_url(obj, deed),
                    tone="danger" if deed.is_danger else "outline",
                )
                for deed in self.offered(request, obj)
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Creating is a deed without an object."""
        if self.create is None or not self.has_add_permission(request):
            raise PermissionDenied
        return self.perform(request, None, self.create)

    def deed_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Form, preview and confirmation of one deed."""
        deed = next((deed for deed in self.deeds if deed.name == name), None)
        if deed is None:
            raise Http404
        if not self.may_act(request):
            raise PermissionDenied
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not deed.is_offered(obj, Act(actor=actor_of(request), now=timezone.now())):
            messages.error(request, f"现在不能“{deed.label}”：状态已经变了，请看最新内容")
            return HttpResponseRedirect(self.change_url(obj))
        return self.perform(request, obj, deed)

    def perform(self, request: HttpRequest, obj: Any, deed: Deed) -> HttpResponse:
        """Draw the page on GET; on POST preview, or call the service once."""
        if deed.proves_again:
            raise_if_reauthentication_required(request, app="account")
        is_post = request.method == "POST"
        form = (
            deed.form(request.POST, request.FILES, obj=obj)
            if is_post
            else deed.form(obj=obj, initial=request.GET.dict())
        )
        try:
            if is_post and form.is_valid():
                act = Act(actor=actor_of(request), now=timezone.now(), given=form.cleaned_data)
                if not deed.asks_first or "_confirmed" in request.POST:
                    return self.answer(request, obj, deed, deed.run(obj, act))
                return self.draw(request, obj, deed, form, deed.preview(obj, act))
            act = Act(actor=actor_of(request), now=timezone.now())
            panels = () if deed.asks_first else deed.preview(obj, act)
        except InvalidInputError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
            panels = ()
        except DomainError as error:
            if obj is not None:
                messages.error(request, str(error))
                return HttpResponseRedirect(self.after_url(obj))
            form.add_error(None, str(error))  # what was typed for a new row stays in the form
            panels = ()
        return self.draw(request, obj, deed, form, panels, is_filled=False)

    def after_url(self, obj: Any) -> str:
        """Where the desk goes when nothing was created or changed."""
        if obj is not None:
            return self.change_url(obj)
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def answer(
        self, request: HttpRequest, obj: Any, deed: Deed, outcome: str | Sequence[Panel] | Any
    ) -> HttpResponse:
        """Say what was done and go back; panels are shown once, a created row is opened, a file sent."""
        if isinstance(outcome, Download):
            return download(outcome)
        if isinstance(outcome, self.model):
            messages.success(request, f"已{deed.label}")
            return HttpResponseRedirect(self.change_url(outcome))
        if isinstance(outcome, str):
            messages.success(request, outcome)
            return HttpResponseRedirect(self.after_url(obj))
        context = {**self.frame(request, obj, deed), "panels": outcome}
        return TemplateResponse(request, "admin/desk_shown.html", context)

    def frame(self, request: HttpRequest, obj: Any, deed: Deed) -> dict[str, Any]:
        """What every page of a deed needs."""
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "title": f"{deed.label}：{obj}" if obj is not None else deed.label,
            "deed": deed,
            "back_url": self.after_url(obj),
            "media": self.media,
        }

    def draw(
        self,
        request: HttpRequest,
        obj: Any,
        deed: Deed,
        form: DeedForm,
        panels: Sequence[Panel],
        *,
        is_filled: bool = True,
    ) -> HttpResponse:
        """The page that asks: with the form, or, when it is filled in, with what would happen."""
        is_last = is_filled or not deed.asks_first
        context = {
            **self.frame(request, obj, deed),
            "form": form,
            "panels": panels,
            "is_filled": is_filled,
            "open_fields": [each for each in form if is_filled and each.name in deed.asks_last],
            "submit_label": deed.label if is_last else "看看会怎样",
            "is_final": is_last and deed.is_danger,
        }
        return TemplateResponse(request, "admin/desk_deed.html", context)
