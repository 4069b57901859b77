"""What may be corrected when, and with which proof: editions, written by the office, never changed."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User
from common.admin import Act, Deed, DeedForm, Panel, ReadonlyAdmin, WorkflowAdmin, moment
from corrections.models import CorrectionRules, EvidenceRule
from corrections.services.rules import change_rules, proof_lines, read_proofs
from corrections.states.rules import (
    DEFAULT_FINAL_DAYS,
    DEFAULT_LEAD,
    DEFAULT_MONTHS,
    DEFAULT_PROOFS,
    Barriers,
)
from enrollment.models import School
from enrollment.models.organisation import default_key_fields
from enrollment.selectors import DISPUTABLE_FIELDS, FIELD_LABELS

__all__ = ["CorrectionRulesAdmin", "EvidenceRuleAdmin"]


def field_label(name: str) -> str:
    """The field's name, or the photo."""
    return "照片" if name == "photo" else FIELD_LABELS.get(name, name)


class RulesForm(DeedForm):
    """A new edition of the rules of a school."""

    school = forms.ModelChoiceField(label="学校", queryset=School.objects.order_by("code"))
    lead = forms.CharField(
        label="学生填写前看到的话", max_length=2_000, widget=forms.Textarea(attrs={"rows": 5})
    )
    key_fields = forms.MultipleChoiceField(
        label="要报省里审批的字段",
        choices=list(DISPUTABLE_FIELDS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    months = forms.MultipleChoiceField(
        label="受理关键信息的月份",
        choices=[(str(month), f"{month} 月") for month in range(1, 13)],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="都不选，全年受理。",
    )
    final_days = forms.IntegerField(
        label="预计毕业前多少天起不受理关键信息",
        min_value=0,
        max_value=730,
        help_text="0 是不限。一个学期大约 150 天。",
    )
    bars_name_with_number = forms.BooleanField(label="姓名和证件号码不能同时改", required=False)
    proofs = forms.CharField(
        label="证明材料",
        required=False,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text="一行一项：字段 | 材料 | 必交、有就交 | 图片、PDF、图片或PDF | 最多几 MB | 说明。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "lead": DEFAULT_LEAD,
            "key_fields": default_key_fields(),
            "months": [str(month) for month in DEFAULT_MONTHS],
            "final_days": DEFAULT_FINAL_DAYS,
            "bars_name_with_number": True,
            "proofs": proof_lines(DEFAULT_PROOFS),
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)


def _change(_obj: None, act: Act) -> CorrectionRules:
    return change_rules(
        school=act.given["school"],
        lead=act.given["lead"],
        key_fields=act.given["key_fields"],
        barriers=Barriers(
            months=tuple(int(month) for month in act.given["months"]),
            final_days=act.given["final_days"],
            bars_name_with_number=act.given["bars_name_with_number"],
        ),
        proofs=read_proofs(act.given["proofs"]),
        actor=cast("User", act.actor),
        now=act.now,
    )


@admin.register(CorrectionRules)
class CorrectionRulesAdmin(WorkflowAdmin):
    """Editions of a school's rules."""

    list_display = ("__str__", "school", "number", moment("created_at", "建立时间"), "created_by")
    list_filter = ("school",)
    list_select_related = ("school",)
    ordering = ("school", "-number")
    fields = (
        "school",
        "number",
        "lead",
        "keys_shown",
        "months",
        "final_days",
        "bars_name_with_number",
        "created_at",
        "created_by",
    )
    create = Deed(
        name="change",
        label="写新的一版规则",
        lead="以后开始填写的用新的一版；已经在填、在办的不变。",
        form=RulesForm,
        run=_change,
    )

    @admin.display(description="要报省里审批的字段")
    def keys_shown(self, row: CorrectionRules) -> str:
        """The key fields in words."""
        return "、".join(field_label(name) for name in row.key_fields) or "没有"

    def panels(self, request: HttpRequest, obj: CorrectionRules) -> Sequence[Panel]:
        """The proofs."""
        return [
            Panel.of(
                "证明材料",
                ("字段", "材料", "要求", "格式", "最多几 MB", "说明"),
                (
                    (
                        field_label(each.field),
                        each.title,
                        each.get_need_display(),
                        each.get_form_display(),
                        each.megabytes,
                        each.hint,
                    )
                    for each in obj.proofs.order_by("position")
                ),
                empty="没有要求",
            )
        ]


@admin.register(EvidenceRule)
class EvidenceRuleAdmin(ReadonlyAdmin):
    """Which proof for which field."""

    list_display = ("rules", "field_shown", "title", "need", "form", "megabytes")
    list_filter = ("need", "form")
    list_select_related = ("rules__school",)
    ordering = ("-rules", "position")
    fields = ("rules", "position", "field_shown", "title", "need", "form", "megabytes", "hint")

    @admin.display(description="字段")
    def field_shown(self, row: EvidenceRule) -> str:
        """Which field it belongs to."""
        return field_label(row.field)
