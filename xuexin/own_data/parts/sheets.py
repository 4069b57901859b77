"""What a class sheet says beside the own name: remarks, and that somebody signed for one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from accounts.models import User
from corrections.models import ProxySignature, SheetRemark
from enrollment.models import Binding
from xuexin.own_data.items import Item

__all__ = ["sheet_items"]


def sheet_items(user: User, now: datetime) -> Iterator[Item]:  # noqa: ARG001 -- one signature for all parts
    """Record by record, where there is anything; who signed and who wrote it down stay out."""
    bindings = Binding.objects.filter(identity__user=user).select_related("record")
    for binding in bindings.order_by("pk"):
        data = {"remarks": _remarks(binding), "proxies": _proxies(binding)}
        if any(data.values()):
            path = f"学籍 {binding.record.student_no}/班级反馈表.json"
            yield Item(path=path, label="反馈表上关于你的备注和代签", data=data)


def _remarks(binding: Binding) -> list[dict[str, Any]]:
    rows = SheetRemark.objects.filter(
        member__record=binding.record, written_at__gte=binding.bound_at
    ).select_related("member__campaign", "sheet")
    return [
        {
            "campaign": row.member.campaign.title,
            "version": row.sheet.version_no,
            "text": row.text,
            "written_at": row.written_at,
        }
        for row in rows.order_by("pk")
    ]


def _proxies(binding: Binding) -> list[dict[str, Any]]:
    rows = ProxySignature.objects.filter(
        member__record=binding.record, entered_at__gte=binding.bound_at
    ).select_related("member__campaign", "sheet")
    return [
        {
            "campaign": row.member.campaign.title,
            "version": row.sheet.version_no,
            "way": row.get_way_display(),
            "agreed_at": row.agreed_at,
            "reason": row.reason,
            "entered_at": row.entered_at,
        }
        for row in rows.order_by("pk")
    ]
