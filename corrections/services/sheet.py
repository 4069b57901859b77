"""The class feedback sheet on its way out of the house: rendered, and noted who took it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from accounts.models import User
from common import audit
from common.errors import NotAllowedError
from corrections.documents.pdf import render_sheet_pdf
from corrections.documents.sheet import ClassSheet
from corrections.documents.xlsx import render_sheet_xlsx
from corrections.selectors import sheet_view
from enrollment.models import ClassGroup
from imaging.models import Campaign

SheetFormat = Literal["pdf", "xlsx"]

_TYPES: dict[SheetFormat, str] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFile:
    """A sheet ready to be sent."""

    name: str
    content_type: str
    data: bytes


def export_sheet(
    *,
    campaign: Campaign,
    class_group: ClassGroup,
    file_format: SheetFormat,
    actor: User,
    now: datetime,
) -> SheetFile:
    """The class's sheet at `now` as a file; the export is audited with its reader and its version.

    It holds what the form holds: no document number, no reason, no right value, whoever exports it.
    The event is the only write, so drawing the pages keeps no transaction open.
    """
    view = sheet_view(campaign=campaign, class_group=class_group, viewer=actor, now=now)
    if view is None:
        raise NotAllowedError("这不是你的班级")
    render = render_sheet_pdf if file_format == "pdf" else render_sheet_xlsx
    data = render(view.sheet)
    audit.record(
        "sheet.exported",
        actor=actor,
        now=now,
        obj=class_group,
        details={
            "campaign": campaign.pk,
            "format": file_format,
            "version": view.sheet.version_label,
            "rows": len(view.sheet.rows),
        },
    )
    return SheetFile(
        name=f"{_file_stem(view.sheet)}.{file_format}",
        content_type=_TYPES[file_format],
        data=data,
    )


def _file_stem(sheet: ClassSheet) -> str:
    """2026届图像信息校对反馈表-2022级汉语言文学2201班."""
    name = "".join(sheet.class_fill).replace(" ", "").replace("/", "-")
    return f"{sheet.title_year}届图像信息校对反馈表-{name}"
