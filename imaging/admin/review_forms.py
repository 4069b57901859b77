"""What the handlers of identity reviews are asked for."""

from typing import Any

from django import forms

from accounts.models import User
from common.admin import DeedForm
from enrollment.admin.lookup import account_with
from enrollment.models import School
from imaging.admin.campaign_forms import moment_field
from imaging.models import IdentityReview, ReviewDocument, ReviewDocumentRule, ReviewSeat
from imaging.selectors.reviews import checklist_of
from imaging.services.review import paper_lines
from imaging.states.review import (
    DEFAULT_FILE_RULE,
    DEFAULT_FOLDER_RULE,
    DEFAULT_HIDES,
    DEFAULT_PAPERS,
    REVIEWED_RESULTS,
    ComparisonResult,
    ReviewEndKind,
    SeatRole,
)

__all__ = [
    "EndForm",
    "EndSeatForm",
    "ExportForm",
    "FilingForm",
    "HandlerForm",
    "PaperForm",
    "RemovePaperForm",
    "ResultsForm",
    "RulesForm",
    "SeatForm",
]


class _SeatField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's class takes none at run time
    """Named people, by name and role."""

    def label_from_instance(self, obj: Any) -> str:
        """The name as the handler wrote it."""
        return f"{obj.name}（{obj.get_role_display()}）"


class _PaperField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's class takes none at run time
    """Files, by document and number as on the page of the case."""

    def label_from_instance(self, obj: Any) -> str:
        """The document's title."""
        return f"{obj.rule.title}（编号 {obj.pk}）"


class AccountForm(DeedForm):
    """An account by its log-in name, and the person's name."""

    login = forms.CharField(
        label="账号",
        max_length=150,
        help_text="对方登录用的邮箱或手机号。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(label="姓名", max_length=50, help_text="写进案卷。")

    def clean_login(self) -> User:
        """The account that logs in so."""
        user = account_with(self.cleaned_data["login"])
        if user is None:
            raise forms.ValidationError("没有这个账号。请对方先注册，再来指定。")
        return user


class HandlerForm(AccountForm):
    """Another one of the office."""


class SeatForm(AccountForm):
    """Somebody for one case."""

    role = forms.ChoiceField(label="角色", choices=SeatRole.choices, widget=forms.RadioSelect)

    field_order = ("role", "login", "name")


class EndSeatForm(DeedForm):
    """Who does not take part any more."""

    seat = _SeatField(label="谁", queryset=ReviewSeat.objects.none())

    def __init__(self, *args: Any, obj: IdentityReview, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        field = self.fields["seat"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = obj.seats.filter(ended_at=None).order_by("pk")


class ResultsForm(DeedForm):
    """The delivered list."""

    school = forms.ModelChoiceField(label="学校", queryset=School.objects.order_by("code"))
    file = forms.FileField(
        label="比对结果",
        help_text=(
            "XLSX 或 CSV，一行一个学生：学号、比对结果（未通过、不确定、异常，重新比对的写通过），"
            "可以有姓名。只导入平台给的结果，这里不比对人脸。"
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )
    due_at = moment_field("材料交齐的期限", "学生会看到这个时间。")


class RulesForm(DeedForm):
    """A new edition of the rules of a school."""

    school = forms.ModelChoiceField(label="学校", queryset=School.objects.order_by("code"))
    papers = forms.CharField(
        label="材料清单",
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text="一行一项：材料 | 必交、专家组核查时必交、有就交 | 最多几份 | 说明。",
    )
    hides = forms.MultipleChoiceField(
        label="这些结果暂不显示学籍",
        choices=[(each.value, each.label) for each in ComparisonResult if each in REVIEWED_RESULTS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    folder_rule = forms.CharField(
        label="文件夹命名",
        max_length=80,
        help_text="可以用 {院校代码} {学号} {姓名} {证件号码} {考生号} {案号}。",
    )
    file_rule = forms.CharField(
        label="文件命名",
        max_length=80,
        help_text="另外可以用 {序号} {材料}；{序号} 一定要有，文件才不重名。",
    )
    basis = forms.CharField(
        label="依据", max_length=200, required=False, help_text="比如省里通知的文号。"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "papers": paper_lines(DEFAULT_PAPERS),
            "hides": list(DEFAULT_HIDES),
            "folder_rule": DEFAULT_FOLDER_RULE,
            "file_rule": DEFAULT_FILE_RULE,
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)


class PaperForm(DeedForm):
    """One file under one line of the checklist."""

    rule = forms.ModelChoiceField(label="材料", queryset=ReviewDocumentRule.objects.none())
    evidence = forms.FileField(
        label="文件",
        help_text="照片（JPG、PNG、WebP）或 PDF，最大 5 MB。加密保存。",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
    )

    def __init__(self, *args: Any, obj: IdentityReview, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        field = self.fields["rule"]
        if isinstance(field, forms.ModelChoiceField):
            room = [line.rule.pk for line in checklist_of(obj).lines if line.has_room]
            rules = ReviewDocumentRule.objects.filter(pk__in=room)
            field.queryset = rules.order_by("position")


class RemovePaperForm(DeedForm):
    """Which file, and why."""

    document = _PaperField(label="哪一份", queryset=ReviewDocument.objects.none())
    reason = forms.CharField(label="理由", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, obj: IdentityReview, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        field = self.fields["document"]
        if isinstance(field, forms.ModelChoiceField):
            there = obj.documents.filter(removed_at=None).select_related("rule")
            field.queryset = there.order_by("rule__position", "pk")


class FilingForm(DeedForm):
    """The province's answer."""

    filing_no = forms.CharField(label="备案号", max_length=50)
    filing_date = forms.DateField(label="备案日期", widget=forms.DateInput(attrs={"type": "date"}))


class EndForm(DeedForm):
    """How the case should end."""

    kind = forms.ChoiceField(
        label="怎样办结", choices=ReviewEndKind.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="理由",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="另一位经办人会看，写进案卷；学生看不到。",
    )


class ExportForm(DeedForm):
    """What the file is taken out for."""

    is_marked = forms.TypedChoiceField(
        label="用途",
        choices=[("yes", "校内查阅，图片加你的名字和时间"), ("no", "报送省级，图片原样")],
        coerce=lambda said: said == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="理由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="写进审计记录。导出的每份文件都记入查看记录，学生查得到。",
    )
