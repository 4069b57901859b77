"""Class sheets in any state, as if everybody had done their step."""

from datetime import datetime
from typing import Any

from corrections.models import ClassSheet
from corrections.selectors.lines import class_sheet
from corrections.selectors.versions import frozen_content, live_lines, sheet_order
from corrections.states import CURRENT_SHEETS, SheetState
from enrollment.models import ClassGroup
from imaging.models import Campaign
from tests.conftest import NOW

_HANDED_IN = {SheetState.SUBMITTED, SheetState.ACCEPTED}


def make_sheet(
    campaign: Campaign,
    class_group: ClassGroup,
    state: SheetState = SheetState.DRAFT,
    *,
    at: datetime = NOW,
    **fields: Any,
) -> ClassSheet:
    """The version in that state; whatever is frozen froze the rows as they stand at `at`."""
    sheet = ClassSheet(
        campaign=campaign, class_group=class_group, state=state, created_at=at, created_by="测试"
    )
    if state != SheetState.DRAFT:
        lines, order = live_lines(sheet, now=at), sheet_order(sheet)
        document = class_sheet(
            campaign=campaign, class_group=class_group, lines=lines, order=order, now=at
        )
        sheet.content = frozen_content(lines, document, order)
        sheet.content_hash = document.version_hash
        sheet.row_count = len(lines)
        sheet.frozen_at, sheet.frozen_by = at, "测试"
    if state in _HANDED_IN:
        sheet.submitted_at, sheet.submitted_by = at, "测试"
    if state == SheetState.ACCEPTED:
        sheet.accepted_at, sheet.accepted_by = at, "测试"
    if state not in CURRENT_SHEETS:
        sheet.ended_at, sheet.ended_by = at, "测试"
    if state == SheetState.RETURNED:
        sheet.end_reason = "缺签名"
    for name, value in fields.items():
        setattr(sheet, name, value)
    sheet.save()
    return sheet
