"""The class feedback sheet on its way out of the house: rendered, and noted who took it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from accounts.models import User
from common import audit
from common.errors import NotAllowedError
from common.ratelimit import Limit, hit
from corrections.documents.pdf import render_sheet_pdf
from corrections.documents.sheet import ClassSheet
from corrections.documents.xlsx import render_sheet_xlsx
from corrections.selectors import sight_of
from corrections.selectors.papers import printed_document
from corrections.states import Layout
from enrollment.models import ClassGroup
from imaging.models import Campaign

SheetFormat = Literal["pdf", "xlsx"]
# A counsellor prints the papers of all own classes at one sitting.
EXPORTS: Final = Limit("class-sheets", 240, 3600)

FILE_TYPES: dict[SheetFormat, str] = {
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
    layout: Layout = Layout.FORM,
    actor: User,
    now: datetime,
) -> SheetFile:
    """The class's sheet as a file in one of its layouts: what was frozen, else the rows at `now` as a draft.

    The export is audited with its reader and its version.

    It holds what the form holds: no document number, no reason, no right value, whoever exports it.
    The event is the only write, so drawing the pages keeps no transaction open.
    """
    if sight_of(actor, class_group, now=now) is None:
        raise NotAllowedError("这不是你的班级")
    hit(EXPORTS, str(actor.pk), now=now)
    render = render_sheet_pdf if file_format == "pdf" else render_sheet_xlsx
    sheet = printed_document(campaign=campaign, class_group=class_group, now=now)
    data = render(sheet, layout=layout)
    audit.record(
        "sheet.exported",
        actor=actor,
        now=now,
        obj=class_group,
        details={
            "campaign": campaign.pk,
            "format": file_format,
            "layout": layout.value,
            "version": sheet.version_label,
            "rows": len(sheet.rows),
        },
    )
    return SheetFile(
        name=f"{_file_stem(sheet, layout)}.{file_format}",
        content_type=FILE_TYPES[file_format],
        data=data,
    )


def _file_stem(sheet: ClassSheet, layout: Layout) -> str:
    """2026届图像信息校对反馈表-2022级汉语言文学2201班."""
    paper = "图像信息校对反馈表" if layout == Layout.FORM else layout.label
    name = "".join(sheet.class_fill).replace(" ", "").replace("/", "-")
    return f"{sheet.title_year}届{paper}-{name}"
