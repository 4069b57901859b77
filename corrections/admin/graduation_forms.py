"""What the office is asked for in a graduation audit."""

from typing import Any

from django import forms

from accounts.models import User
from common.admin import DeedForm
from corrections.models import AuditedStudent, AuditItem, GraduationAudit
from corrections.states.graduation import (
    SECOND_ROUND,
    AuditOutcome,
    ItemSource,
    ItemState,
    ObjectionAction,
    SanctionKind,
    TakerKind,
)
from enrollment.admin.lookup import account_with
from enrollment.models import College, School, StudentRecord
from imaging.admin.campaign_forms import moment_field
from imaging.models import Campaign
from imaging.states import CampaignKind

__all__ = [
    "AnswerForm",
    "AuditForm",
    "DeadlineForm",
    "FetchForm",
    "HandlerForm",
    "ItemForm",
    "LiftForm",
    "MarkForm",
    "NextRoundForm",
    "NoteForm",
    "NoticeForm",
    "NoticeObjectionForm",
    "NumberForm",
    "OutcomeForm",
    "ProposalForm",
    "ReceiptForm",
    "ReceiptRightForm",
    "RemoveItemForm",
    "ResultsForm",
    "SanctionForm",
    "SanctionsForm",
]

_DAY = {"type": "date"}
_TABLES = {"accept": ".xlsx,.csv,.txt"}


def _text(label: str, help_text: str = "", **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=help_text,
        **options,
    )


def _school() -> Any:
    return forms.ModelChoiceField(label="学校", queryset=School.objects.order_by("code"))


class AuditForm(DeedForm):
    """A new round."""

    school = _school()
    graduating_class = forms.IntegerField(label="届", min_value=1990, max_value=2100)
    title = forms.CharField(
        label="名称", max_length=100, help_text="学生和公示都看得到，如“2026 届毕业资格审核”。"
    )
    campaign = forms.ModelChoiceField(
        label="校对批次",
        queryset=Campaign.objects.filter(kind=CampaignKind.GRADUATION).order_by("-opens_at"),
        required=False,
        help_text="照片和信息的核对结论从这个批次来。",
    )
    confirm_until = moment_field("学生核对截止", "到这一分钟为止，学生可以确认、提异议。")


class ItemForm(DeedForm):
    """One more line of the checklist."""

    title = forms.CharField(label="项目", max_length=50)
    source = forms.ChoiceField(label="来自", choices=ItemSource.choices)
    is_required = forms.BooleanField(label="毕业必须达到", required=False, initial=True)
    otherwise = forms.ChoiceField(
        label="没达到时",
        choices=[(each.value, each.label) for each in AuditOutcome if each in SECOND_ROUND],
    )
    ask_whom = forms.CharField(label="有疑问问谁", max_length=100, help_text="学生会看到。")


class RemoveItemForm(DeedForm):
    """Which line goes."""

    item = forms.ModelChoiceField(label="项目", queryset=AuditItem.objects.none())

    def __init__(self, *args: Any, obj: GraduationAudit, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        field = self.fields["item"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = obj.items.order_by("position", "pk")


class DeadlineForm(DeedForm):
    """Another moment, and why."""

    confirm_until = moment_field("学生核对截止")
    reason = _text("理由", "写进审计记录。")


class NextRoundForm(DeedForm):
    """Until when the students of the next round may answer."""

    confirm_until = moment_field("学生核对截止")


class NoticeForm(DeedForm):
    """From when to when the notice is up."""

    opens_at = moment_field("公示开始")
    closes_at = moment_field("公示结束", "到这一分钟结束，以后公示页打不开，也不能再提异议。")
    text = _text("公示说明", "写上受理部门、电话。", required=False)


class NoteForm(DeedForm):
    """A reason that is kept in the case."""

    note = _text("说明", "保存在这名学生的审核里。")


class OutcomeForm(DeedForm):
    """The office's result."""

    outcome = forms.ChoiceField(
        label="审定结果", choices=AuditOutcome.choices, widget=forms.RadioSelect
    )
    note = _text("说明", "和学院提出的、或各项目得出的不一样时要写。学生会看到。", required=False)


class ProposalForm(OutcomeForm):
    """What the office proposes for who has no college."""

    outcome = forms.ChoiceField(
        label="提出的结果", choices=AuditOutcome.choices, widget=forms.RadioSelect
    )
    note = _text("说明", "和各项目得出的不一样时要写。", required=False)


class MarkForm(DeedForm):
    """One item by hand."""

    item = forms.ModelChoiceField(label="项目", queryset=AuditItem.objects.none())
    state = forms.ChoiceField(label="情况", choices=ItemState.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label="说明", max_length=100, required=False, help_text="如“152/150 学分”。学生会看到。"
    )
    reason = _text("理由", "写进审计记录。")

    def __init__(self, *args: Any, obj: AuditedStudent, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        field = self.fields["item"]
        if isinstance(field, forms.ModelChoiceField):
            found = AuditItem.objects.filter(audit=obj.audit_id, source=ItemSource.IMPORT)
            field.queryset = found.order_by("position", "pk")


class ResultsForm(DeedForm):
    """A list of results."""

    audit = forms.ModelChoiceField(
        label="毕业资格审核",
        queryset=GraduationAudit.objects.order_by("-graduating_class", "-round_no"),
    )
    file = forms.FileField(
        label="结果名单",
        help_text=(
            "XLSX 或 CSV，一行一个学生：学号，和审核项目的列，列名照项目写。"
            "格子里写：达到、没达到或待定，后面可以加括号说明，如“没达到（148/150 学分）”。空格子不改。"
        ),
        widget=forms.FileInput(attrs=_TABLES),
    )


class SanctionsForm(DeedForm):
    """A list of sanctions."""

    school = _school()
    file = forms.FileField(
        label="处分名单",
        help_text="XLSX 或 CSV：学号、处分、文号、处分日期；可以有解除日期、事由、姓名。",
        widget=forms.FileInput(attrs=_TABLES),
    )


class SanctionForm(DeedForm):
    """One sanction by hand."""

    school = _school()
    student_no = forms.CharField(label="学号", max_length=32)
    kind = forms.ChoiceField(label="处分", choices=SanctionKind.choices)
    document_no = forms.CharField(label="文号", max_length=60)
    imposed_date = forms.DateField(label="处分日期", widget=forms.DateInput(attrs=_DAY))
    reason = _text("事由", required=False)

    def clean(self) -> dict[str, Any]:
        """The record with this number."""
        given = super().clean() or {}
        record = StudentRecord.objects.filter(
            school=given.get("school"), student_no=str(given.get("student_no", "")).strip()
        ).first()
        if record is None:
            self.add_error("student_no", "这所学校没有这个学号。")
        given["record"] = record
        return given


class LiftForm(DeedForm):
    """From which day on a sanction counts no more."""

    lifted_date = forms.DateField(
        label="解除日期",
        widget=forms.DateInput(attrs=_DAY),
        help_text="从这一天起不再算。可以是以后的日子。",
    )


class HandlerForm(DeedForm):
    """Another one of the office."""

    login = forms.CharField(
        label="账号",
        max_length=150,
        help_text="对方登录用的邮箱或手机号。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(label="姓名", max_length=50)

    def clean_login(self) -> User:
        """The account that logs in so."""
        user = account_with(self.cleaned_data["login"])
        if user is None:
            raise forms.ValidationError("没有这个账号。请对方先注册，再来指定。")
        return user


class AnswerForm(DeedForm):
    """What becomes of an objection."""

    action = forms.ChoiceField(
        label="认定",
        choices=[
            (each.value, each.label) for each in (ObjectionAction.UPHOLD, ObjectionAction.REJECT)
        ],
        widget=forms.RadioSelect,
    )
    answer = _text("答复", "提出的人会看到。异议成立的，另外改正项目或重新审核。")


class NoticeObjectionForm(DeedForm):
    """An objection that came by phone or on paper."""

    name = forms.CharField(label="提出人姓名", max_length=50)
    contact = forms.CharField(label="联系方式", max_length=100)
    reason = _text("异议内容")


class NumberForm(DeedForm):
    """The number of a printed certificate."""

    number = forms.CharField(label="证书编号", max_length=40)


class FetchForm(DeedForm):
    """Which college takes its certificates, and who."""

    college = forms.ModelChoiceField(label="学院", queryset=College.objects.none())
    fetcher = forms.CharField(label="学院领取人", max_length=50)

    def __init__(self, *args: Any, obj: GraduationAudit, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        field = self.fields["college"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = College.objects.filter(school=obj.school_id).order_by("name")


class ReceiptForm(DeedForm):
    """Into whose hands."""

    taker = forms.ChoiceField(label="领取方式", choices=TakerKind.choices, widget=forms.RadioSelect)
    taker_name = forms.CharField(
        label="代领人姓名", max_length=50, required=False, help_text="本人领取的不用填。"
    )
    proxy_reason = _text("代领的原因", "凭什么代领，如委托书。", required=False)


class ReceiptRightForm(ReceiptForm):
    """The receipt as it should be, and why."""

    reason = _text("更正的理由")
