"""What the registrar may do with a record: amend, bind, unbind, see the whole number."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.identity import canonical_number
from accounts.models import DeclaredIdentity, IdentityNumber
from common import audit
from common.admin import Act, Deed, Panel, ReasonForm, facts, rehearsal
from common.masking import MaskKind, mask
from enrollment.admin.belonging import shown_value
from enrollment.admin.lookup import account_with
from enrollment.models import StudentRecord
from enrollment.selectors import AMENDABLE_FIELDS, record_value
from enrollment.services.binding import attach_record, detach_record
from enrollment.services.record import amend_record

_LINES = ("1", "2", "3")


class AmendForm(ReasonForm):
    """Up to three fields with the value they should have."""

    field_order = [
        *(f"{part}_{line}" for line in _LINES for part in ("field", "value")),
        "case",
        "approval",
        "reason",
    ]
    case = forms.CharField(
        label="依据",
        required=False,
        max_length=100,
        help_text="批文文号、勘误单号等，没有可以不填。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, obj: StudentRecord, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        choices = [("", "（不改）")]
        for name, label in AMENDABLE_FIELDS.items():
            choices.append((name, f"{label}：{record_value(obj, name) or '（空）'}"))
        for line in _LINES:
            self.fields[f"field_{line}"] = forms.ChoiceField(
                label=f"第 {line} 处：哪个字段",
                choices=choices,
                required=line == "1",
                help_text="冒号后面是现在的值。" if line == "1" else "",
            )
            self.fields[f"value_{line}"] = forms.CharField(
                label="改为",
                required=False,
                max_length=200,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
                help_text="日期写 2026-06-30；留空表示清空。" if line == "1" else "",
            )
        if obj.has_sections:
            self.fields["approval"] = forms.CharField(
                label="省级批文文号",
                required=False,
                max_length=100,
                help_text="学历登记以后，证书上有的信息只能凭批文更正。",
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """The changes as the service takes them."""
        given = super().clean() or {}
        changes: dict[str, str] = {}
        for line in _LINES:
            name = given.get(f"field_{line}")
            if name and name in changes:
                self.add_error(f"field_{line}", "同一个字段写了两次")
            elif name:
                changes[name] = given.get(f"value_{line}", "")
        given["changes"] = changes
        return given


def _amend(record: StudentRecord, act: Act) -> str:
    made = amend_record(
        record=record,
        changes=act.given["changes"],
        reason=act.reason,
        case=act.given["case"],
        approval=act.given.get("approval", ""),
        actor=act.actor,
        now=act.now,
    )
    return f"已更正 {len(made)} 处"


def _preview_amend(record: StudentRecord, act: Act) -> Sequence[Panel]:
    """What would change, as the service itself does it."""
    with rehearsal():
        made = amend_record(
            record=StudentRecord.objects.select_related(
                "school", "college", "class_group", "major"
            ).get(pk=record.pk),
            changes=act.given["changes"],
            reason=act.reason,
            approval=act.given.get("approval", ""),
            actor=act.actor,
            now=act.now,
        )
    is_key = {row.field for row in made} & set(record.school.key_fields)
    return [
        Panel.of(
            "会改的地方",
            ("字段", "现在", "改为"),
            (
                (
                    AMENDABLE_FIELDS[row.field],
                    shown_value(row.field, row.old_value),
                    row.new_value or "（空）",  # just typed by the reader
                )
                for row in made
            ),
            note="改了关键信息，学生已有的学籍信息结论失效，要再核对一次。" if is_key else "",
        ),
        facts("理由", [("理由", act.reason)]),
    ]


class BindForm(ReasonForm):
    """Whom the record belongs to: by document number or log-in name."""

    field_order = ["who", "reason"]
    who = forms.CharField(
        label="谁的学籍",
        max_length=150,
        help_text="对方实名时填的证件号码（写法不限），或登录用的邮箱、手机号。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_who(self) -> DeclaredIdentity:
        """The declared identity found so."""
        term = self.cleaned_data["who"]
        number = IdentityNumber.objects.of_number(canonical_number(term)).filter(superseded_at=None)
        found = DeclaredIdentity.objects.filter(numbers__in=number).first()
        if found is None:
            user = account_with(term)
            found = DeclaredIdentity.objects.filter(user=user).first() if user else None
        if found is None:
            raise forms.ValidationError("没有找到。对方要先注册并确认实名信息。")
        return found


def _preview_bind(record: StudentRecord, act: Act) -> Sequence[Panel]:
    identity: DeclaredIdentity = act.given["who"]
    numbers = identity.numbers.filter(superseded_at=None)
    return [
        Panel.of(
            "会绑定",
            ("项目", "学籍", "实名账号"),
            (
                ("姓名", record.name, identity.name),
                (
                    "证件号码",
                    mask(record.id_number, MaskKind.DOCUMENT_NO),
                    "、".join(mask(row.number, MaskKind.DOCUMENT_NO) for row in numbers),
                ),
                ("学号 / 账号", record.student_no, identity.user.contact_label),
            ),
            note="绑定后对方能看到这份学籍和照片。先核对证件再绑定。",
        )
    ]


def _bind(record: StudentRecord, act: Act) -> str:
    attach_record(
        record=record,
        identity=act.given["who"],
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return "已绑定"


def _unbind(record: StudentRecord, act: Act) -> str:
    detach_record(record=record, reason=act.reason, actor=act.actor, now=act.now)
    return "已解除绑定，对方不再看得到这份学籍"


def _reveal(record: StudentRecord, act: Act) -> Sequence[Panel]:
    audit.record(
        "record.revealed",
        actor=act.actor,
        now=act.now,
        obj=record,
        subject=record,
        reason=act.reason,
    )
    return [
        facts(
            "完整证件号码",
            [
                ("姓名", record.name),
                (record.get_id_type_display(), record.id_number),
                ("考生号", record.candidate_no),
            ],
            note="只显示这一次，查看已记入审计，本人可以查到。",
        )
    ]


RECORD_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="amend",
        label="更正学籍",
        form=AmendForm,
        asks_first=True,
        preview=_preview_amend,
        run=_amend,
    ),
    Deed(
        name="bind",
        label="绑定账号",
        form=BindForm,
        asks_first=True,
        preview=_preview_bind,
        is_offered=lambda record, _act: not hasattr(record, "binding"),
        run=_bind,
    ),
    Deed(
        name="unbind",
        label="解除绑定",
        lead="用于绑错人。校对结论留在学籍上，对方不再看得到这份学籍。",
        is_offered=lambda record, _act: hasattr(record, "binding"),
        run=_unbind,
        is_danger=True,
    ),
    Deed(
        name="reveal",
        label="看完整证件号码",
        lead="只显示一次。查看人、时间和理由会记入审计，本人可以查到。",
        run=_reveal,
    ),
)
