"""What the desk does with a person's document numbers and name."""

from collections.abc import Sequence
from typing import cast

from django import forms

from accounts.identity import DocumentType, canonical_number
from accounts.models import DeclaredIdentity, IdentityNumber, User
from accounts.services import add_number, correct_name, retire_number
from common.admin import Act, Deed, Panel, ReasonForm, facts
from common.masking import MaskKind, mask

__all__ = ["IDENTITY_DEEDS", "NUMBER_DEEDS"]

_USES = [("now", "在用：可以登录，也用来找学籍"), ("former", "旧号码：只说明以前的学籍")]


def _desk(act: Act) -> User:
    return cast("User", act.actor)


class NumberForm(ReasonForm):
    """A further number, as the document says."""

    field_order = ["id_type", "number", "use", "valid_from", "valid_to", "reason"]
    id_type = forms.ChoiceField(label="证件类型", choices=DocumentType.choices)
    number = forms.CharField(
        label="证件号码",
        max_length=60,
        help_text="照证件原样填写。校验位不对的也收，以证件为准。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    use = forms.ChoiceField(label="怎样算", choices=_USES, widget=forms.RadioSelect)
    valid_from = forms.DateField(label="有效期起", required=False)
    valid_to = forms.DateField(label="有效期止", required=False)


def _add(identity: DeclaredIdentity, act: Act) -> str:
    add_number(
        identity=identity,
        id_type=DocumentType(act.given["id_type"]),
        number=act.given["number"],
        is_former=act.given["use"] == "former",
        valid=(act.given["valid_from"], act.given["valid_to"]),
        reason=act.reason,
        actor=_desk(act),
        now=act.now,
    )
    return "已补登。已绑定的学籍继续用登记时的号码"


def _preview_add(identity: DeclaredIdentity, act: Act) -> Sequence[Panel]:
    kind = DocumentType(act.given["id_type"])
    return [
        facts(
            "会补登",
            [
                ("姓名", mask(identity.name, MaskKind.NAME)),
                ("证件类型", kind.label),
                # Just typed by the reader, shown in the form that is compared.
                ("证件号码", canonical_number(act.given["number"], kind)),
                ("怎样算", dict(_USES)[act.given["use"]]),
                ("理由", act.reason),
            ],
        )
    ]


class NameForm(ReasonForm):
    """The name as the document says."""

    field_order = ["name", "reason"]
    name = forms.CharField(
        label="姓名",
        max_length=100,
        help_text="照证件原样填写，间隔点写成“·”。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _correct_name(identity: DeclaredIdentity, act: Act) -> str:
    correct_name(
        identity=identity,
        name=act.given["name"],
        reason=act.reason,
        actor=_desk(act),
        now=act.now,
    )
    return "已更正姓名"


class RetireForm(ReasonForm):
    """Until when the number was valid."""

    field_order = ["valid_to", "reason"]
    valid_to = forms.DateField(label="有效期止", required=False)


def _retire(number: IdentityNumber, act: Act) -> str:
    retire_number(
        number=number,
        valid_to=act.given["valid_to"],
        reason=act.reason,
        actor=_desk(act),
        now=act.now,
    )
    return "已停用，留作旧号码"


IDENTITY_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="add-number",
        label="补登证件号码",
        lead="同一个人先后或同时有两个号码时用。先看过证件再登记；登记人、时间和理由会记入审计。",
        form=NumberForm,
        asks_first=True,
        preview=_preview_add,
        run=_add,
    ),
    Deed(
        name="correct-name",
        label="更正姓名",
        lead="本人带证件来更正登记时写错的姓名。已绑定的学籍不受影响。",
        form=NameForm,
        run=_correct_name,
    ),
)

NUMBER_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="retire",
        label="停用这个号码",
        lead="换了证件、登记时写错时用。停用后不能再用它登录，学籍上的号码保持原样。",
        form=RetireForm,
        is_offered=lambda number, _act: number.superseded_at is None,
        run=_retire,
        is_danger=True,
    ),
)
