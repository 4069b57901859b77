"""Forms of reports: the student's draft, the confirmed spelling, and the stranger's check."""

from datetime import datetime
from typing import Any

from django import forms

from common.errors import InvalidInputError
from common.wording import count_cn
from enrollment.models import StudentRecord
from reports.documents.pinyin import LONGEST, propose
from reports.matching import canonical_check_number, canonical_code, grouped
from reports.selectors import choosable_fields, needs_free_latin, photo_for
from reports.services.report import Draft, check_latin_name, check_pin
from reports.states import (
    MONTHS,
    PIN_LONGEST,
    PURPOSE_LONGEST,
    RECEIVER_LONGEST,
    REQUIRED_FIELDS,
    SUGGESTED_FIELDS,
    ReportLanguage,
    ReportPurpose,
)

_MONTH_CHOICES = [(str(number), count_cn(number, "个月")) for number in MONTHS]
_DEFAULT_MONTHS = "3"
_TYPED_LONGEST = 60


class DraftForm(forms.Form):
    """What the report is for, whom it is for, what it shows, how long it lasts."""

    receiver = forms.CharField(
        label="交给谁",
        max_length=RECEIVER_LONGEST,
        help_text="写单位或学校的名称。查验的人会看到，别人拿去也知道不是给他的。",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    purpose = forms.ChoiceField(label="做什么用", choices=[("", "请选择"), *ReportPurpose.choices])
    purpose_text = forms.CharField(
        label="用途说明",
        required=False,
        max_length=PURPOSE_LONGEST,
        help_text="选“其他”时要写。查验的人会看到，不要写证件号码和电话。",
    )
    fields_shown = forms.MultipleChoiceField(
        label="除了姓名、学校和学籍状态，还公开哪些",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="只勾对方需要的。姓名、学校和学籍状态一定会显示。",
    )
    with_photo = forms.BooleanField(label="公开我的照片", required=False)
    language = forms.ChoiceField(
        label="用什么语言",
        choices=[
            (ReportLanguage.ZH, "中文版"),
            (ReportLanguage.EN, "英文版|项目名称和通用的内容译成英文，姓名拼写由你确认"),
        ],
        initial=ReportLanguage.ZH,
        widget=forms.RadioSelect,
    )
    months = forms.ChoiceField(
        label="有效多久",
        choices=_MONTH_CHOICES,
        initial=_DEFAULT_MONTHS,
        help_text="到期前一个月起可以延期，用不着了随时可以关闭。",
    )
    pin = forms.CharField(
        label="PIN",
        required=False,
        max_length=PIN_LONGEST,
        help_text="4 到 8 位数字。设了以后，光有验证码打不开，要另外把 PIN 告诉对方。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, record: StudentRecord, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        optional = [each for each in choosable_fields(record) if each.name not in REQUIRED_FIELDS]
        shown = self.fields["fields_shown"]
        if isinstance(shown, forms.MultipleChoiceField):
            shown.choices = [(each.name, f"{each.label}|{each.value}") for each in optional]
            shown.initial = [each.name for each in optional if each.name in SUGGESTED_FIELDS]
        photo = photo_for(record, now=now)
        if photo is None:
            del self.fields["with_photo"]
        else:
            self.fields["with_photo"].label = f"公开我的{photo.get_kind_display()}"

    def clean_pin(self) -> str:
        """Digits, or nothing."""
        pin: str = self.cleaned_data["pin"].strip()
        try:
            check_pin(pin)
        except InvalidInputError as error:
            raise forms.ValidationError(str(error)) from error
        return pin

    def clean(self) -> dict[str, Any]:
        """Other purposes are named."""
        given = super().clean() or {}
        if (
            given.get("purpose") == ReportPurpose.OTHER
            and not given.get("purpose_text", "").strip()
        ):
            self.add_error("purpose_text", "选了“其他”，写一句做什么用")
        return given

    @property
    def draft(self) -> Draft:
        """The cleaned choices as the service takes them."""
        given = self.cleaned_data
        return Draft(
            purpose=ReportPurpose(given["purpose"]),
            purpose_text=given["purpose_text"].strip(),
            receiver=given["receiver"].strip(),
            fields=(*REQUIRED_FIELDS, *given["fields_shown"]),
            with_photo=given.get("with_photo", False),
            language=ReportLanguage(given["language"]),
            months=int(given["months"]),
            pin=given["pin"],
        )


class LatinNameForm(forms.Form):
    """The spelling of the name, proposed by rule and confirmed by its bearer."""

    latin_name = forms.CharField(
        label="姓名拼写",
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    is_confirmed = forms.BooleanField(
        label="我看过了，这就是我护照或证件上的拼写，或者以后会用的拼写"
    )

    def __init__(self, *args: Any, record: StudentRecord, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._record = record
        free = needs_free_latin(record)
        self.fields["latin_name"].initial = propose(record.name)
        self.fields["latin_name"].help_text = (
            "照着护照或证件上的拼写填。"
            if free
            else "姓在前、大写，名在后。多音字要自己看对；ü 写作 YU，比如“吕”是 LYU。"
        )

    def clean_latin_name(self) -> str:
        """A spelling that reads the name."""
        latin = " ".join(self.cleaned_data["latin_name"].split())
        try:
            check_latin_name(latin, self._record)
        except InvalidInputError as error:
            raise forms.ValidationError(str(error)) from error
        return latin


class ExtendForm(forms.Form):
    """How long from now."""

    months = forms.TypedChoiceField(
        label="从今天起，再用多久", choices=_MONTH_CHOICES, initial=_DEFAULT_MONTHS, coerce=int
    )


class CheckForm(forms.Form):
    """The code as anybody may type it, and the PIN where there is one."""

    code = forms.CharField(
        label="16 位验证码",
        max_length=_TYPED_LONGEST,
        help_text="大小写、空格、短横都可以。字母 O 和数字 0、字母 I、L 和数字 1 不区分。",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    pin = forms.CharField(
        label="PIN",
        required=False,
        max_length=PIN_LONGEST,
        help_text="对方另外告诉过你 PIN，才要填。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_code(self) -> str:
        """The canonical code; what cannot be one is said at once, it tells nothing about reports."""
        code = canonical_code(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError("验证码是 16 位字母和数字，对一遍有没有漏掉或多出的")
        return code

    @staticmethod
    def filled(code: str) -> dict[str, str]:
        """What the address of a QR code fills in; whatever is no code is left out."""
        found = canonical_code(code)
        return {"code": grouped(found)} if found else {}


class ReceiptForm(forms.Form):
    """The number of a check."""

    number = forms.CharField(
        label="查验号",
        max_length=_TYPED_LONGEST,
        help_text="12 位数字，印在查验记录上。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_number(self) -> str:
        """The twelve digits."""
        number = canonical_check_number(self.cleaned_data["number"])
        if number is None:
            raise forms.ValidationError("查验号是 12 位数字")
        return number
