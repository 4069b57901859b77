"""The parts of class feedback sheets as lists of their own, and the schools' order of rows."""

from django.contrib import admin

from common.admin import ConfigurationAdmin, ReadonlyAdmin, masked, moment
from common.masking import MaskKind
from corrections.models import ProxySignature, SheetOrder, SheetRemark, SheetSignature


@admin.register(SheetSignature)
class SheetSignatureAdmin(ReadonlyAdmin):
    """Who signed what."""

    list_display = (
        "sheet",
        "step",
        "signer_name",
        "role",
        "is_deputy",
        "has_second_factor",
        moment("signed_at", "签名时间"),
        "signed_by",
    )
    list_filter = ("step", "role", "is_deputy", "has_second_factor")
    list_select_related = ("sheet__class_group",)
    ordering = ("-id",)
    fields = (
        "sheet",
        "step",
        "signer_name",
        "role",
        "is_deputy",
        "deputy_for",
        "content_hash",
        "has_second_factor",
        "note",
        "signed_at",
        "signed_by",
    )


@admin.register(SheetRemark)
class SheetRemarkAdmin(ReadonlyAdmin):
    """Remarks beside students without a conclusion."""

    list_display = (
        "sheet",
        masked("member.record.name", MaskKind.NAME, "姓名"),
        "text",
        moment("written_at", "填写时间"),
        "written_by",
    )
    list_select_related = ("sheet__class_group", "member__record")
    ordering = ("-id",)
    fields = ("sheet", "text", "written_at", "written_by")


@admin.register(ProxySignature)
class ProxySignatureAdmin(ReadonlyAdmin):
    """Who signed for whom."""

    list_display = (
        "sheet",
        masked("member.record.name", MaskKind.NAME, "学生"),
        masked("signer_name", MaskKind.NAME, "代签人"),
        "way",
        moment("agreed_at", "本人同意的时间"),
        moment("entered_at", "登记时间"),
        "entered_by",
    )
    list_filter = ("way",)
    list_select_related = ("sheet__class_group", "member__record")
    ordering = ("-id",)
    fields = ("sheet", "way", "agreed_at", "agreed_by", "reason", "entered_at", "entered_by")


@admin.register(SheetOrder)
class SheetOrderAdmin(ConfigurationAdmin):
    """In which order a school's sheets stand; a sheet that is frozen keeps its own."""

    list_display = ("school", "is_descending", "numbers")
    list_select_related = ("school",)
    ordering = ("school__code",)
    fields = ("school", "is_descending", "numbers")
