"""Bindings and amendments: read-only."""

from django.contrib import admin

from common.admin import ReadonlyAdmin, masked, moment
from common.masking import MaskKind, mask
from enrollment.models import Amendment, Binding
from enrollment.selectors import FIELD_LABELS

_LISTED = {"id_number": MaskKind.DOCUMENT_NO, "name": MaskKind.NAME}


@admin.register(Binding)
class BindingAdmin(ReadonlyAdmin):
    """Which record belongs to whom; made and undone on the page of the record."""

    list_display = (
        masked("record.name", MaskKind.NAME, "姓名"),
        "student_no",
        "account",
        "source",
        moment("bound_at", "绑定时间"),
        "bound_by",
    )
    list_filter = ("source",)
    list_select_related = ("record", "identity__user")
    search_fields = ("^record__student_no",)
    search_help_text = "学号开头"
    ordering = ("-id",)
    fields = ("record", "account", "source", "bound_at", "bound_by")

    @admin.display(description="学号")
    def student_no(self, binding: Binding) -> str:
        """The student number."""
        return binding.record.student_no

    @admin.display(description="账号")
    def account(self, binding: Binding) -> str:
        """The masked log-in name."""
        return binding.identity.user.contact_label


@admin.register(Amendment)
class AmendmentAdmin(ReadonlyAdmin):
    """What staff changed in records, with the former values (masked where they are private)."""

    list_display = (
        "student_no",
        "field_label",
        "former",
        "latter",
        "reason",
        moment("amended_at", "更正时间"),
        "amended_by",
    )
    list_filter = ("field", ("amended_at", admin.DateFieldListFilter))
    list_select_related = ("record",)
    search_fields = ("^record__student_no",)
    search_help_text = "学号开头"
    ordering = ("-id",)
    fields = (
        "record",
        "field_label",
        "former",
        "latter",
        "reason",
        "amended_at",
        "amended_by",
    )

    @admin.display(description="学号")
    def student_no(self, amendment: Amendment) -> str:
        """The student number."""
        return amendment.record.student_no

    @admin.display(description="字段")
    def field_label(self, amendment: Amendment) -> str:
        """The field's name."""
        return FIELD_LABELS.get(amendment.field, amendment.field)

    @admin.display(description="原值")
    def former(self, amendment: Amendment) -> str:
        """The value before."""
        return _listed_value(amendment.field, amendment.old_value)

    @admin.display(description="新值")
    def latter(self, amendment: Amendment) -> str:
        """The value after."""
        return _listed_value(amendment.field, amendment.new_value)


def _listed_value(field: str, value: str | None) -> str:
    """A value in a list of many people: names are masked too."""
    if not value:
        return "（空）"
    kind = _LISTED.get(field)
    return mask(value, kind) if kind else value


def shown_value(field: str, value: str | None) -> str:
    """A value on the page of its own record: only the document number is masked."""
    if not value:
        return "（空）"
    return mask(value, MaskKind.DOCUMENT_NO) if field == "id_number" else value
