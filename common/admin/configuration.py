"""Plain configuration rows (schools, photo profiles): the only ones that the desk edits directly."""

from typing import Any

from django import forms
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from common import audit
from common.admin.readonly import actor_of
from common.admin.workflow import WorkflowAdmin

__all__ = ["ConfigurationAdmin"]


class ConfigurationAdmin(WorkflowAdmin):
    """Rows without a life of their own are added and changed in a form; every save is audited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Those who may act."""
        return self.may_act(request)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """By a service where there is one, else Django's own form."""
        if self.create is not None:
            return super().add_view(request, form_url, extra_context)
        return self.changeform_view(request, None, form_url, extra_context)

    def formfield_for_dbfield(
        self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> "forms.Field | None":
        """A word for nothing chosen, where Django has a row of dashes."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        word = "请选择" if field is not None and field.required else "不选"
        if isinstance(field, forms.ModelChoiceField):
            if field.empty_label:
                field.empty_label = word
        elif isinstance(field, forms.ChoiceField):
            pairs: Any = field.choices
            field.choices = [(key, word if key in {"", None} else label) for key, label in pairs]
        return field

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who may act."""
        return self.may_act(request)

    def save_model(
        self,
        request: HttpRequest,
        obj: Any,
        form: "forms.ModelForm[Any]",
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        """Save and write the audit event in one transaction."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            audit.record(
                f"{self.opts.model_name}.{'changed' if change else 'created'}",
                actor=actor_of(request),
                now=timezone.now(),
                obj=obj,
                details={
                    str(form.fields[name].label or name): str(form.cleaned_data[name])
                    for name in form.changed_data
                },
            )

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """Nothing: the audit trail is the one log."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """Nothing: the audit trail is the one log."""
