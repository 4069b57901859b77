"""Declared identities and their numbers: read-only, masked, revealed with a reason."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from accounts.admin.numbers import IDENTITY_DEEDS, NUMBER_DEEDS
from accounts.admin.search import NumberSearch
from accounts.models import DeclaredIdentity, IdentityNumber
from common import audit
from common.admin import (
    Act,
    Cell,
    Deed,
    Panel,
    Phase,
    WorkflowAdmin,
    facts,
    masked,
    moment,
    moment_text,
    phase_filter,
)
from common.masking import MaskKind, mask


def reveal_identity(identity: DeclaredIdentity, act: Act) -> Sequence[Panel]:
    """The whole name and numbers, once, with an audit event that the person can see."""
    numbers = list(identity.numbers.order_by("pk"))
    audit.record(
        "identity.revealed",
        actor=act.actor,
        now=act.now,
        obj=identity,
        reason=act.reason,
        details={"号码": "、".join(mask(row.number, MaskKind.DOCUMENT_NO) for row in numbers)},
    )
    pairs = [("姓名", identity.name)]
    pairs += [(row.get_id_type_display(), row.number) for row in numbers]
    return [facts("完整实名信息", pairs, note="只显示这一次，查看已记入审计。")]


@admin.register(DeclaredIdentity)
class DeclaredIdentityAdmin(NumberSearch, WorkflowAdmin):
    """Who people say they are; found by number, masked until revealed."""

    number_path = "numbers__number_index"
    name_path = "name_key"
    list_display = (
        masked("name", MaskKind.NAME, "姓名"),
        "sex",
        "account",
        moment("declared_at", "确认时间"),
    )
    list_filter = (
        phase_filter(
            "学籍",
            "bound",
            Phase("no", "没找到学籍", lambda rows, _now: rows.filter(bindings=None)),
            Phase(
                "yes", "已绑定", lambda rows, _now: rows.filter(bindings__isnull=False).distinct()
            ),
        ),
    )
    list_select_related = ("user",)
    ordering = ("-id",)
    viewed_action = "identity.viewed"
    search_help_text = "证件号码（整个，写法不限）或姓名开头。按证件号码查找会记入审计。"
    fields = ("name_masked", "sex", "account", "declared_at")
    deeds = (
        Deed(
            name="reveal",
            label="看完整姓名和证件号码",
            lead="只显示一次。查看人、时间和理由会记入审计，本人可以查到。",
            run=reveal_identity,
        ),
        *IDENTITY_DEEDS,
    )

    @admin.display(description="姓名")
    def name_masked(self, identity: DeclaredIdentity) -> str:
        """The masked name."""
        return mask(identity.name, MaskKind.NAME)

    @admin.display(description="账号")
    def account(self, identity: DeclaredIdentity) -> str:
        """The masked log-in name."""
        return identity.user.contact_label

    def panels(self, request: HttpRequest, obj: DeclaredIdentity) -> Sequence[Panel]:
        """The numbers, masked."""
        return [
            Panel.of(
                "证件号码",
                ("类型", "号码", "来源", "登记时间", "停用时间", "有效期"),
                (
                    (
                        Cell(
                            text=row.get_id_type_display(),
                            url=reverse("admin:accounts_identitynumber_change", args=[row.pk]),
                        ),
                        mask(row.number, MaskKind.DOCUMENT_NO),
                        row.get_source_display(),
                        moment_text(row.added_at),
                        moment_text(row.superseded_at),
                        f"{row.valid_from or ''} – {row.valid_to or ''}".strip(" –"),
                    )
                    for row in obj.numbers.order_by("pk")
                ),
            )
        ]


@admin.register(IdentityNumber)
class IdentityNumberAdmin(NumberSearch, WorkflowAdmin):
    """Numbers of all people, masked; added on the page of the person, retired here."""

    number_path = "number_index"
    name_path = "identity__name_key"
    list_display = (
        "id_type",
        masked("number", MaskKind.DOCUMENT_NO, "证件号码"),
        masked("identity.name", MaskKind.NAME, "姓名"),
        "source",
        moment("added_at", "登记时间"),
        moment("superseded_at", "被取代时间"),
    )
    list_filter = ("id_type", "source")
    list_select_related = ("identity",)
    ordering = ("-id",)
    search_help_text = "证件号码（整个，写法不限）或姓名开头。按证件号码查找会记入审计。"
    fields = (
        "identity",
        "id_type",
        "number_masked",
        "source",
        "added_at",
        "added_by",
        "valid_from",
        "valid_to",
        "superseded_at",
    )
    deeds = NUMBER_DEEDS

    @admin.display(description="证件号码")
    def number_masked(self, row: IdentityNumber) -> str:
        """The masked number."""
        return mask(row.number, MaskKind.DOCUMENT_NO)
