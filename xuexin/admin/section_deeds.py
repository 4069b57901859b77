"""Registering a certificate, and the check of a prior diploma."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from common.admin import Act, Deed, DeedForm, Panel, facts
from common.masking import MaskKind, mask
from common.wording import date_cn
from enrollment.importers.certificates import certificate_warnings, plain_certificate_no
from enrollment.models import StudentRecord
from enrollment.selectors import graduation_of, sections_of
from enrollment.services.graduation import NewGraduation, register_graduation
from enrollment.services.sections import set_upgrade_state
from enrollment.states import GraduationOutcome, UpgradeState

__all__ = ["SECTION_DEEDS", "section_panels"]


class GraduationForm(DeedForm):
    """What the certificate says."""

    outcome = forms.ChoiceField(label="结论", choices=GraduationOutcome.choices)
    conferred_date = forms.DateField(
        label="毕（结、肄）业日期", widget=forms.DateInput(attrs={"type": "date"})
    )
    certificate_no = forms.CharField(
        label="证书编号",
        max_length=40,
        help_text="一般 18 位数字；空格、横线不算。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, obj: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        if graduation_of(obj) is not None:
            self.fields["approval"] = forms.CharField(
                label="批文文号",
                required=False,
                max_length=100,
                help_text="已经登记过。结业换毕业不用填；别的更改要有省级批文。",
            )


def _new(act: Act) -> NewGraduation:
    day: date = act.given["conferred_date"]
    return NewGraduation(
        outcome=GraduationOutcome(act.given["outcome"]),
        conferred_date=day,
        certificate_no=act.given["certificate_no"],
        approval=act.given.get("approval", ""),
    )


def _preview(record: StudentRecord, act: Act) -> Sequence[Panel]:
    new = _new(act)
    warnings = certificate_warnings(
        new.certificate_no,
        school_code=record.school.code,
        conferred_date=new.conferred_date,
        level=record.level,
    )
    return [
        facts(
            "会登记",
            [
                ("姓名", record.name),
                ("结论", new.outcome.label),
                ("日期", date_cn(new.conferred_date)),
                ("证书编号", plain_certificate_no(new.certificate_no)),
            ],
            note="登记以后，证书上有的信息锁定，只能凭省级批文更正；学籍状态同时改为离校。",
        ),
        Panel.of("请核对", ("提醒",), [[text] for text in warnings], empty="编号的结构没有问题"),
    ]


def _register(record: StudentRecord, act: Act) -> str:
    register_graduation(record=record, new=_new(act), actor=act.actor, now=act.now)
    return "已登记学历"


class UpgradeForm(DeedForm):
    """How far the check is."""

    state = forms.ChoiceField(label="核查结果", choices=UpgradeState.choices)
    note = forms.CharField(
        label="说明", required=False, max_length=200, help_text="学生会看到，写清楚还差什么。"
    )


def _check_upgrade(record: StudentRecord, act: Act) -> str:
    state = UpgradeState(act.given["state"])
    set_upgrade_state(
        record=record, state=state, note=act.given["note"], actor=act.actor, now=act.now
    )
    return f"已记为：{state.label}"


def section_panels(record: StudentRecord) -> list[Panel]:
    """The further sections that are there, with the certificate number masked."""
    return [
        facts(
            section.title,
            [
                (row.label, mask(row.value, MaskKind.DOCUMENT_NO))
                if row.label == "证书编号"
                else (row.label, row.value)
                for row in section.rows
            ],
        )
        for section in sections_of(record)
    ]


SECTION_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="graduate",
        label="登记学历",
        form=GraduationForm,
        asks_first=True,
        preview=_preview,
        is_offered=lambda record, _act: record.duplicate_of_id is None and not record.next_status,
        run=_register,
    ),
    Deed(
        name="upgrade",
        label="登记前置学历核查",
        lead="用于专升本的学生。核查通过以前，学生会在学籍页看到还在核查。",
        form=UpgradeForm,
        is_offered=lambda record, _act: record.duplicate_of_id is None,
        run=_check_upgrade,
    ),
)
