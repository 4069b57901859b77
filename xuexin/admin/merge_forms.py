"""What merging two accounts asks for: which two, and then one choice per value that differs."""

from collections.abc import Iterator
from typing import Any

from django import forms

from accounts.models import IdentityNumber, User
from accounts.selectors import identity_of
from accounts.services import PersonChoice
from accounts.states import MergeSide
from common.admin import DeedForm, ReasonForm
from common.masking import MaskKind, mask
from common.wording import date_cn
from enrollment.models import PersonMerge, StudentRecord
from enrollment.selectors.merge import differences, numbers_in_use, record_pairs
from enrollment.services.merge import MergePlan, RecordChoice

__all__ = ["OpenForm", "PlanForm"]

_BOTH = "both"
_ACCOUNT_HELP = "整个邮箱、手机号、证件号码或学号，或者 # 加账号编号。按证件号码查找会记入审计。"
Choices = list[tuple[str, str]]


class OpenForm(DeedForm):
    """The two accounts, and how it was seen that they are one person's."""

    stays = forms.CharField(
        label="保留哪个账号",
        max_length=150,
        help_text=_ACCOUNT_HELP,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    goes = forms.CharField(
        label="停用哪个账号",
        max_length=150,
        help_text="它的学籍和证件号码转到保留的账号，记录都留着。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label="怎样看出是同一个人",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="例如：本人带身份证来，两个账号都能登录。写进审计记录。",
    )


class PlanForm(ReasonForm):
    """One choice for every value in which the two accounts and their records differ; none is preselected."""

    def __init__(self, *args: Any, obj: PersonMerge, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        reason = self.fields.pop("reason")
        self.pairs = record_pairs(obj.stays, obj.goes)
        self._ask_person(obj.stays, obj.goes)
        self._ask_contacts(obj.stays, obj.goes)
        self._ask_numbers(obj.stays, obj.goes)
        for place, (theirs, mine) in enumerate(self.pairs):
            self._ask_pair(f"pair_{place}", theirs, mine)
        self.fields["reason"] = reason

    def _ask(self, name: str, label: str, choices: Choices, **more: Any) -> None:
        self.fields[name] = forms.ChoiceField(
            label=label, choices=choices, widget=forms.RadioSelect, **more
        )

    def _ask_person(self, stays: User, goes: User) -> None:
        mine, theirs = identity_of(stays), identity_of(goes)
        if mine is None or theirs is None:
            return
        for name, label in (("name", "姓名"), ("sex", "性别")):
            self._ask_side(name, label, getattr(mine, name), getattr(theirs, name))
        born = [date_cn(side.birth_date) if side.birth_date else "" for side in (mine, theirs)]
        self._ask_side("birth_date", "出生日期", *born)

    def _ask_side(self, name: str, label: str, mine: str, theirs: str) -> None:
        if mine != theirs and theirs:
            choices = [
                (MergeSide.STAYS.value, f"保留的账号：{mine or '（空）'}"),
                (MergeSide.GOES.value, f"停用的账号：{theirs}"),
            ]
            self._ask(name, label, choices)

    def _ask_contacts(self, stays: User, goes: User) -> None:
        lines = (
            ("email", "登录用的邮箱", MaskKind.EMAIL),
            ("phone", "登录用的手机号", MaskKind.PHONE),
        )
        for name, label, kind in lines:
            theirs = getattr(goes, name)
            if theirs:
                mine = getattr(stays, name) or ""
                choices = [
                    (MergeSide.STAYS.value, f"保留的账号：{mask(mine, kind) or '没有'}"),
                    (MergeSide.GOES.value, f"停用的账号：{mask(theirs, kind)}"),
                ]
                self._ask(name, label, choices, help_text="没选的那个留在停用的账号上。")

    def _ask_numbers(self, stays: User, goes: User) -> None:
        numbers = dict(_numbers(stays, goes))
        choices = [(str(pk), label) for pk, label in numbers.items()]
        only = choices[0][0] if len(choices) == 1 else None
        self._ask("primary", "主号码", choices, initial=only)
        if len(choices) > 1:
            self.fields["former"] = forms.MultipleChoiceField(
                label="以后算旧号码的",
                choices=choices,
                required=False,
                widget=forms.CheckboxSelectMultiple,
                help_text="勾上的不能再用来登录，只说明以前的学籍。不勾的都在用。",
            )

    def _ask_pair(self, name: str, theirs: StudentRecord, mine: StudentRecord) -> None:
        school = mine.school.name
        choices = [
            (_BOTH, "两条都保留：是两次不同的录取"),
            (str(theirs.pk), f"是同一次录取：注销 {theirs.student_no}，保留 {mine.student_no}"),
            (str(mine.pk), f"是同一次录取：注销 {mine.student_no}，保留 {theirs.student_no}"),
        ]
        self._ask(name, f"{school} 学号 {mine.student_no} 和 {theirs.student_no}", choices)
        for each in differences(theirs, mine):
            sides = [
                (str(mine.pk), f"{mine.student_no}：{each.stays or '（空）'}"),
                (str(theirs.pk), f"{theirs.student_no}：{each.goes or '（空）'}"),
            ]
            self._ask(
                f"{name}_{each.name}",
                f"保留的那条：{each.label}",
                sides,
                required=False,
                help_text="上面选了注销其中一条才要选。",
            )

    def clean(self) -> dict[str, Any]:
        """The choices as the service takes them."""
        given = super().clean() or {}
        records = [
            choice
            for place, pair in enumerate(self.pairs)
            if (choice := self._pair_choice(f"pair_{place}", *pair)) is not None
        ]
        if not self.errors:
            sides = {
                name: MergeSide(given[name])
                for name in ("name", "sex", "birth_date", "email", "phone")
                if given.get(name)
            }
            former = tuple(int(pk) for pk in given.get("former", ()))
            person = PersonChoice(**sides, primary=int(given["primary"]), former=former)
            given["plan"] = MergePlan(person=person, records=tuple(records))
        return given

    def _pair_choice(
        self, name: str, theirs: StudentRecord, mine: StudentRecord
    ) -> RecordChoice | None:
        given = self.cleaned_data
        chosen = given.get(name, _BOTH)
        if chosen == _BOTH:
            return None
        cancelled = int(chosen)
        taken = []
        for each in differences(theirs, mine):
            side = given.get(f"{name}_{each.name}")
            if not side:
                self.add_error(f"{name}_{each.name}", "两条不一样，选一个。")
            elif int(side) == cancelled:
                taken.append(each.name)
        kept = mine.pk if cancelled == theirs.pk else theirs.pk
        return RecordChoice(cancelled=cancelled, kept=kept, values=tuple(taken))


def _numbers(stays: User, goes: User) -> Iterator[tuple[int, str]]:
    """One line per number in use on either side, masked; a number on both sides once."""
    seen: set[bytes] = set()
    for user, side in ((stays, MergeSide.STAYS), (goes, MergeSide.GOES)):
        for row in numbers_in_use(user):
            index = bytes(row.number_index)
            if index not in seen:
                seen.add(index)
                yield row.pk, f"{side.label}：{_number(row)}"


def _number(row: IdentityNumber) -> str:
    shown = mask(row.number, MaskKind.DOCUMENT_NO)
    until = f"，有效期到{date_cn(row.valid_to)}" if row.valid_to else ""
    return f"{row.get_id_type_display()} {shown}（{row.get_source_display()}{until}）"
