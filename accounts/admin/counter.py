"""柜台找回账号 at the desk: one enters, another confirms."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.identity import DocumentType
from accounts.models import CounterRecovery, User
from accounts.policies import available_counter_actions
from accounts.selectors import identity_of
from accounts.services.counter import (
    Visit,
    account_for_visit,
    confirm_recovery,
    enter_recovery,
    resend_link,
    stop_recovery,
)
from accounts.states import CounterAction
from common.admin import (
    Act,
    Deed,
    DeedForm,
    NothingForm,
    Panel,
    WorkflowAdmin,
    facts,
    moment,
    moment_text,
)
from common.masking import MaskKind, mask
from common.models import Channel


class VisitForm(DeedForm):
    """Who stands at the counter, with which document, and where to reach the person."""

    number = forms.CharField(
        label="证件号码",
        max_length=60,
        help_text="照证件原件填。查找会记入审计。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    document_kind = forms.ChoiceField(label="看的是哪种证件", choices=DocumentType.choices)
    is_checked = forms.BooleanField(label="看过证件原件，照片和来的人一致")
    contact = forms.CharField(
        label="新的邮箱或手机号",
        max_length=254,
        help_text="当面问本人。办完以后它是唯一的登录名，原来的都解除。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    note = forms.CharField(
        label="原来的联系方式为什么都不能用",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    name = forms.CharField(
        label="第一经办人姓名", max_length=50, help_text="你的姓名，印在回执上。"
    )


class ConfirmForm(DeedForm):
    """The second person has looked too."""

    is_checked = forms.BooleanField(label="我也看过证件原件和本人")
    name = forms.CharField(
        label="第二经办人姓名", max_length=50, help_text="你的姓名，印在回执上。"
    )


class StopForm(DeedForm):
    """Why it goes no further."""

    reason = forms.CharField(label="理由", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


def _desk(act: Act) -> User:
    return cast("User", act.actor)


def _can(action: CounterAction) -> Callable[[CounterRecovery, Act], bool]:
    return lambda case, act: action in available_counter_actions(_desk(act), case, now=act.now)


def _enter(_obj: None, act: Act) -> CounterRecovery:
    visit = Visit(
        number=act.given["number"],
        document_kind=DocumentType(act.given["document_kind"]),
        contact=act.given["contact"],
        note=act.given["note"],
        name=act.given["name"],
    )
    return enter_recovery(visit=visit, actor=_desk(act), now=act.now)


def _found(_obj: None, act: Act) -> Sequence[Panel]:
    """The account that the number leads to, masked, to compare with the document."""
    user = account_for_visit(number=act.given["number"], actor=_desk(act), now=act.now)
    return [account_panel(user)]


def account_panel(user: User) -> Panel:
    """The account as it is, masked."""
    identity = identity_of(user)
    return facts(
        "找到的账号",
        [
            ("姓名", mask(identity.name, MaskKind.NAME) if identity else ""),
            ("邮箱", mask(user.email or "", MaskKind.EMAIL)),
            ("手机号", mask(user.phone or "", MaskKind.PHONE)),
            ("注册时间", moment_text(user.date_joined)),
            ("最近登录", moment_text(user.last_login)),
        ],
        note="姓名和证件对不上，不要往下办。",
    )


def _confirm(case: CounterRecovery, act: Act) -> str:
    confirm_recovery(case=case, name=act.given["name"], actor=_desk(act), now=act.now)
    return "已确认。链接发到了新的联系方式，24 小时内有效；原来的联系方式也收到了通知"


def _resend(case: CounterRecovery, act: Act) -> str:
    resend_link(case=case, actor=_desk(act), now=act.now)
    return "已重发，前一个链接作废"


def _stop(case: CounterRecovery, act: Act) -> str:
    stop_recovery(case=case, reason=act.reason, actor=_desk(act), now=act.now)
    return "已终止，账号没有变化"


@admin.register(CounterRecovery)
class CounterRecoveryAdmin(WorkflowAdmin):
    """Visits of people without any working contact."""

    list_display = (
        "__str__",
        "account",
        "state",
        "document_kind",
        moment("entered_at", "登记时间"),
        "entered_by",
        "confirmed_by",
    )
    list_filter = ("state",)
    list_select_related = ("user",)
    ordering = ("-id",)
    fields = (
        "account",
        "state",
        "document_kind",
        "contact_masked",
        "note_shown",
        "entered_at",
        "entered_by",
        "enterer_name",
        "confirmed_at",
        "confirmed_by",
        "confirmer_name",
        "expires_at",
        "closed_at",
        "receipt_link",
    )
    create = Deed(
        name="enter",
        label="登记柜台找回",
        form=VisitForm,
        lead="本人带证件原件来，原来的邮箱、手机都不能用了。你登记，另一位老师确认。",
        asks_first=True,
        preview=_found,
        run=_enter,
    )
    deeds = (
        Deed(
            name="confirm",
            label="确认并发链接",
            form=ConfirmForm,
            lead="你是第二经办人。链接只发到新的联系方式，本人打开、设了新密码才生效。",
            is_offered=_can(CounterAction.CONFIRM),
            preview=lambda case, _act: [account_panel(case.user)],
            run=_confirm,
        ),
        Deed(
            name="resend",
            label="重发链接",
            form=NothingForm,
            lead="没收到，或者过期了。",
            is_offered=_can(CounterAction.RESEND),
            run=_resend,
        ),
        Deed(
            name="stop",
            label="终止",
            form=StopForm,
            lead="有疑问就终止，账号不会有变化。",
            is_offered=_can(CounterAction.STOP),
            run=_stop,
            is_danger=True,
        ),
    )

    @admin.display(description="账号")
    def account(self, case: CounterRecovery) -> str:
        """The masked log-in name."""
        return case.user.contact_label

    @admin.display(description="新的联系方式")
    def contact_masked(self, case: CounterRecovery) -> str:
        """Masked."""
        kind = MaskKind.EMAIL if case.channel == Channel.EMAIL else MaskKind.PHONE
        return mask(case.contact, kind)

    @admin.display(description="说明")
    def note_shown(self, case: CounterRecovery) -> str:
        """Why the former contacts do not work."""
        return case.note or "–"

    @admin.display(description="回执")
    def receipt_link(self, case: CounterRecovery) -> str:
        """The page to print for both sides."""
        return format_html(
            '<a href="{}">打印回执，一式两份</a>',
            reverse("accounts:counter_receipt", args=[case.pk]),
        )

    def panels(self, request: HttpRequest, obj: Any) -> Sequence[Panel]:
        """The account as it is."""
        return [account_panel(obj.user)]
