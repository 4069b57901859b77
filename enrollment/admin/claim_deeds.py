"""What the desk does with a claim, and what it sees beside it."""

from collections.abc import Callable, Sequence
from typing import cast

from django import forms

from accounts.models import User
from accounts.selectors import declared_number_of
from common import audit
from common.admin import Act, Deed, DeedForm, Panel, ReasonForm, facts
from common.masking import MaskKind, mask
from enrollment.admin.lookup import records_with_student_no
from enrollment.models import RecordClaim, StudentRecord
from enrollment.policies import claim_actions
from enrollment.selectors.claims import numbers_said
from enrollment.services.claim import approve_claim, mark_not_same, refuse_claim
from enrollment.states import ClaimAction, NumberUse

__all__ = ["CLAIM_DEEDS", "side_by_side"]


def _desk(act: Act) -> User:
    return cast("User", act.actor)


def _can(action: ClaimAction) -> Callable[[RecordClaim, Act], bool]:
    return lambda claim, act: action in claim_actions(_desk(act), claim)


class RecordField(forms.CharField):
    """A record of the claim's school, named by its student number."""

    def __init__(self) -> None:
        super().__init__(
            label="学籍（学号）",
            max_length=32,
            help_text="那条学籍的学号。下面“可能是这些学籍”里点一条就会填好。",
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )


class _RecordForm(DeedForm):
    record = RecordField()

    def clean_record(self) -> StudentRecord:
        """The record with that student number at the claim's school."""
        found = records_with_student_no(self.cleaned_data["record"], school=self.obj.school)
        if not found:
            raise forms.ValidationError("这个学校没有这个学号的学籍。")
        return found[0]


class ApproveForm(_RecordForm):
    """Which record, how its document number stands beside the person's, and the answer."""

    field_order = ["record", "number_use", "valid_from", "valid_to", "answer"]
    number_use = forms.ChoiceField(
        label="学籍上的证件号码和现在的不一样时",
        choices=NumberUse.choices,
        initial=NumberUse.FORMER,
        widget=forms.RadioSelect,
        help_text="一样的不用管。名册写错的，先到学籍页更正，再来通过。",
    )
    valid_from = forms.DateField(
        label="那个号码有效期起", required=False, help_text="知道就填，例如 2018-06-01。"
    )
    valid_to = forms.DateField(
        label="那个号码有效期止", required=False, help_text="换号的填换号那天，例如 2024-03-15。"
    )
    answer = forms.CharField(
        label="给学生的答复",
        max_length=2_000,
        initial="核实无误，这条学籍已经绑定到你的账号。",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="学生会看到这段话。",
    )


class RefuseForm(DeedForm):
    """Why not, and what would help."""

    answer = forms.CharField(
        label="给学生的答复",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="学生会看到这段话。写清楚为什么、怎么补。不要写名册里的内容。",
    )


class PairForm(_RecordForm, ReasonForm):
    """Which record is looked at beside the person, and why."""

    field_order = ["record", "reason"]


def _approve(claim: RecordClaim, act: Act) -> str:
    approve_claim(
        claim=claim,
        record=act.given["record"],
        answer=act.given["answer"],
        number_use=NumberUse(act.given["number_use"]),
        valid=(act.given["valid_from"], act.given["valid_to"]),
        actor=_desk(act),
        now=act.now,
    )
    return "已绑定，学生会收到通知"


def _preview_approve(claim: RecordClaim, act: Act) -> Sequence[Panel]:
    record: StudentRecord = act.given["record"]
    use = NumberUse(act.given["number_use"])
    return [
        side_by_side(claim, record),
        facts(
            "会发生的事",
            [
                ("绑定", f"{record.school.name} {record.student_no}"),
                (
                    "学籍上的证件号码",
                    f"不改；登记到本人名下时：{use.label}（本来就有的不重复登记）",
                ),
                ("给学生的答复", act.given["answer"]),
            ],
        ),
    ]


def _refuse(claim: RecordClaim, act: Act) -> str:
    refuse_claim(claim=claim, answer=act.given["answer"], actor=_desk(act), now=act.now)
    return "没有通过，学生会看到答复"


def _not_same(claim: RecordClaim, act: Act) -> str:
    mark_not_same(
        identity=claim.identity,
        record=act.given["record"],
        reason=act.reason,
        actor=_desk(act),
        now=act.now,
    )
    return "记下了，这条学籍不再推荐给这个人"


def _reveal(claim: RecordClaim, act: Act) -> Sequence[Panel]:
    """Person and record in full: both find in their ledgers that it was shown."""
    record: StudentRecord = act.given["record"]
    audit.record(
        "claim.revealed", actor=act.actor, now=act.now, obj=claim.identity, reason=act.reason
    )
    audit.record(
        "record.revealed",
        actor=act.actor,
        now=act.now,
        obj=record,
        subject=record,
        reason=act.reason,
    )
    numbers = "、".join(numbers_said(claim))
    return [
        Panel.of(
            "本人和名册，完整",
            ("项目", "本人", "名册"),
            (
                ("姓名", claim.identity.name, record.name),
                ("认领时填的姓名", claim.given_name, ""),
                ("证件号码", numbers, record.id_number),
                ("学号或考生号", claim.given_no, f"{record.student_no} {record.candidate_no}"),
            ),
            note="只显示这一次，查看已记入审计，本人可以查到。",
        )
    ]


def side_by_side(claim: RecordClaim, record: StudentRecord | None) -> Panel:
    """What the person says beside what the roster says, numbers masked."""
    declared = declared_number_of(claim.identity)
    number = mask(declared.number, MaskKind.DOCUMENT_NO) if declared else ""
    former = mask(claim.former_number or "", MaskKind.DOCUMENT_NO)
    kinds = declared.get_id_type_display() if declared else ""
    return Panel.of(
        "本人和名册",
        ("项目", "本人", "名册"),
        (
            ("姓名", _names(claim), record and mask(record.name, MaskKind.NAME)),
            ("证件类型", kinds, record and record.get_id_type_display()),
            ("证件号码", number, record and mask(record.id_number, MaskKind.DOCUMENT_NO)),
            ("入学时的证件", f"{claim.get_former_type_display()} {former}".strip(), ""),
            ("性别", claim.identity.sex, record and record.sex),
            ("出生日期", claim.identity.birth_date, record and record.birth_date),
            (
                "学号或考生号",
                claim.given_no,
                record and f"{record.student_no} {record.candidate_no}",
            ),
            ("学校", claim.school, record and record.school),
        ),
        note="" if record else "名册里没有相近的、还没绑定的学籍",
    )


def _names(claim: RecordClaim) -> str:
    declared, given = claim.identity.name, claim.given_name
    shown = mask(declared, MaskKind.NAME)
    return shown if given == declared else f"{shown}，认领时填 {mask(given, MaskKind.NAME)}"


CLAIM_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="approve",
        label=ClaimAction.APPROVE.label,
        form=ApproveForm,
        asks_first=True,
        preview=_preview_approve,
        is_offered=_can(ClaimAction.APPROVE),
        run=_approve,
    ),
    Deed(
        name="refuse",
        label=ClaimAction.REFUSE.label,
        form=RefuseForm,
        is_offered=_can(ClaimAction.REFUSE),
        run=_refuse,
        is_danger=True,
    ),
    Deed(
        name="not-same",
        label="认定不是同一人",
        lead="这条学籍以后不再推荐给这个人。认领本身不变，还要另外通过或不通过。",
        form=PairForm,
        is_offered=_can(ClaimAction.REFUSE),
        run=_not_same,
    ),
    Deed(
        name="reveal",
        label="看完整姓名和号码",
        lead="只显示一次，只看要比的那一条学籍。查看人、时间和理由会记入审计，本人可以查到。",
        form=PairForm,
        is_offered=_can(ClaimAction.REFUSE),
        run=_reveal,
    ),
)
