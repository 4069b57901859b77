"""Addresses for prints at the desk: masked in lists, handed to the capture unit with a reason."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin import Act, Deed, Download, ReadonlyAdmin, ReasonForm, masked, moment
from common.masking import MaskKind, mask
from enrollment.models import StudentRecord
from imaging.models import Campaign, PrintAddress
from imaging.selectors.own_photo import channels_of
from imaging.selectors.print_addresses import addresses_of
from imaging.services.print_addresses import export_addresses

__all__ = ["PRINT_DEEDS", "PrintAddressAdmin"]


def _export(campaign: Campaign, act: Act) -> Download:
    file = export_addresses(campaign=campaign, actor=act.actor, now=act.now, reason=act.reason)
    return Download(name=file.name, content_type=file.content_type, data=file.data)


def _is_asked(campaign: Campaign, _act: Act) -> bool:
    channels = channels_of(campaign)
    asks = channels is not None and channels.takes_addresses
    return asks or addresses_of(campaign).exists()


PRINT_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="print_addresses",
        label="导出照片邮寄地址",
        lead="XLSX：采集号、学校代码、收件人、电话、地址，没有学号和证件号码。导出以后学生不能再改；"
        "每个人在“谁看过我的信息”里都看得到这一次和理由。",
        form=ReasonForm,
        is_offered=_is_asked,
        run=_export,
    ),
)


@admin.register(PrintAddress)
class PrintAddressAdmin(ReadonlyAdmin):
    """Who wants prints sent; receiver, phone and address leave the house by the export only."""

    list_display = (
        masked("member.record.name", MaskKind.NAME, "姓名"),
        "campaign",
        moment("given_at", "填写"),
        moment("taken_at", "交给采集单位"),
        "taken_by",
    )
    list_filter = (("member__campaign", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("member__record", "member__campaign")
    ordering = ("-id",)
    viewed_action = "printaddress.viewed"
    fields = ("member", "receiver_masked", "phone_masked", "given_at", "taken_at", "taken_by")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PrintAddress]":
        """Without the encrypted values, which only the page of one row reads."""
        rows: QuerySet[PrintAddress] = super().get_queryset(request)
        return rows.defer("receiver", "phone", "address")

    def subject_of(self, obj: PrintAddress) -> StudentRecord:
        """The student's record."""
        return obj.member.record

    @admin.display(description="校对批次")
    def campaign(self, obj: PrintAddress) -> str:
        """Which campaign it is for."""
        return str(obj.member.campaign)

    @admin.display(description="收件人")
    def receiver_masked(self, obj: PrintAddress) -> str:
        """Enough to tell two apart."""
        return mask(obj.receiver, MaskKind.NAME)

    @admin.display(description="收件电话")
    def phone_masked(self, obj: PrintAddress) -> str:
        """Enough to tell two apart."""
        return mask(obj.phone, MaskKind.PHONE)
