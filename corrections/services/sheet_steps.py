"""The steps of a sheet from draft to the office, one function each."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from common import audit
from common.errors import InvalidInputError
from corrections.models import ClassSheet, HandInReopening
from corrections.policies import (
    check_can_move_sheet,
    check_can_reopen_hand_in,
    check_can_write_sheet,
)
from corrections.selectors.lines import class_sheet
from corrections.selectors.versions import (
    current_sheet,
    frozen_content,
    hand_in_moments,
    live_lines,
    reopening_in_force,
    sheet_order,
)
from corrections.services import sheet_telling as telling
from corrections.services.moves import limited_text, required_text
from corrections.services.sheet_moves import begin_version, hold, move_sheet
from corrections.states import SheetAction
from enrollment.models import ClassGroup
from imaging.models import Campaign

__all__ = [
    "accept_sheet",
    "draft_sheet",
    "freeze_sheet",
    "renew_sheet",
    "reopen_hand_in",
    "return_sheet",
    "seal_sheet",
    "sign_sheet",
    "submit_sheet",
    "take_back_sheet",
]

_SEALED = "同意上交。"


@transaction.atomic
def draft_sheet(
    *, campaign: Campaign, class_group: ClassGroup, actor: User, now: datetime
) -> ClassSheet:
    """The version in hand; the first draft is begun by whoever compiles the sheet."""
    found = current_sheet(campaign, class_group)
    if found is not None:
        return found
    check_can_write_sheet(actor, ClassSheet(campaign=campaign, class_group=class_group), now=now)
    return begin_version(campaign, class_group, actor=actor, now=now)


@transaction.atomic
def freeze_sheet(*, sheet: ClassSheet, actor: User, now: datetime) -> ClassSheet:
    """Keep the rows as they stand and are printed; from here on the version changes no more."""
    hold(sheet)
    check_can_move_sheet(actor, sheet, SheetAction.FREEZE, now=now)
    order = sheet_order(sheet)
    lines = live_lines(sheet, now=now, order=order)
    document = class_sheet(
        campaign=sheet.campaign, class_group=sheet.class_group, lines=lines, order=order, now=now
    )
    move_sheet(
        sheet,
        SheetAction.FREEZE,
        actor=actor,
        now=now,
        content=frozen_content(lines, document, order),
        content_hash=document.version_hash,
        row_count=len(lines),
        frozen_at=now,
        frozen_by=actor.actor_label,
        hand_in_at=_deadline(sheet, now=now),
    )
    telling.tell_counsellors(sheet, now=now)
    return sheet


@transaction.atomic
def sign_sheet(*, sheet: ClassSheet, note: str = "", actor: User, now: datetime) -> ClassSheet:
    """The counsellor has looked through it."""
    move_sheet(sheet, SheetAction.SIGN, actor=actor, now=now, note=limited_text(note, field="note"))
    telling.tell_college(sheet, now=now)
    return sheet


@transaction.atomic
def seal_sheet(*, sheet: ClassSheet, note: str = "", actor: User, now: datetime) -> ClassSheet:
    """The college approves with its opinion, and the paper got its seal."""
    opinion = limited_text(note, field="note") or _SEALED
    move_sheet(sheet, SheetAction.SEAL, actor=actor, now=now, note=opinion)
    return sheet


@transaction.atomic
def submit_sheet(*, sheet: ClassSheet, actor: User, now: datetime) -> ClassSheet:
    """Handed in to the office, before the deadline of the class."""
    move_sheet(
        sheet,
        SheetAction.SUBMIT,
        actor=actor,
        now=now,
        submitted_at=now,
        submitted_by=actor.actor_label,
        hand_in_at=_deadline(sheet, now=now),
    )
    return sheet


@transaction.atomic
def accept_sheet(*, sheet: ClassSheet, note: str = "", actor: User, now: datetime) -> ClassSheet:
    """The office has it, and it says what the data say."""
    move_sheet(
        sheet,
        SheetAction.ACCEPT,
        actor=actor,
        now=now,
        note=limited_text(note, field="note"),
        accepted_at=now,
        accepted_by=actor.actor_label,
    )
    telling.tell_accepted(sheet, now=now)
    return sheet


@transaction.atomic
def return_sheet(
    *,
    sheet: ClassSheet,
    reason: str,
    open_until: datetime | None = None,
    actor: User,
    now: datetime,
) -> ClassSheet:
    """Back to the class with a reason; returns the next version, a draft with the same remarks.

    With `open_until` the office lets the class hand in again although the deadline is over.
    """
    why = required_text(reason, field="reason", message="写清楚为什么退回、要改什么")
    source = sheet.state
    move_sheet(sheet, SheetAction.RETURN, actor=actor, now=now, reason=why)
    draft = begin_version(sheet.campaign, sheet.class_group, actor=actor, now=now, after=sheet)
    telling.tell_returned(sheet, source=source, now=now)
    if open_until is not None:
        reopen_hand_in(
            campaign=sheet.campaign,
            class_group=sheet.class_group,
            open_until=open_until,
            reason=f"退回第 {sheet.version_no} 版：{why}"[:300],
            actor=actor,
            now=now,
        )
    return draft


@transaction.atomic
def take_back_sheet(*, sheet: ClassSheet, actor: User, now: datetime) -> ClassSheet:
    """The monitor froze too early: nobody has signed yet. Returns the next version, a draft."""
    move_sheet(sheet, SheetAction.TAKE_BACK, actor=actor, now=now)
    return begin_version(sheet.campaign, sheet.class_group, actor=actor, now=now, after=sheet)


@transaction.atomic
def renew_sheet(*, sheet: ClassSheet, actor: User, now: datetime) -> ClassSheet:
    """What it printed is not so any more: the version ends; returns the next one, a draft."""
    move_sheet(sheet, SheetAction.RENEW, actor=actor, now=now)
    draft = begin_version(sheet.campaign, sheet.class_group, actor=actor, now=now, after=sheet)
    telling.tell_renewed(draft, now=now)
    return draft


@transaction.atomic
def reopen_hand_in(
    *,
    campaign: Campaign,
    class_group: ClassGroup,
    open_until: datetime,
    reason: str,
    actor: User,
    now: datetime,
) -> HandInReopening:
    """Let one class hand in after the deadline, until a moment, with a reason."""
    check_can_reopen_hand_in(actor, campaign, class_group)
    why = required_text(reason, field="reason", message="写清楚为什么允许补交")
    if open_until <= now:
        raise InvalidInputError("补交截止要晚于现在", field="open_until")
    made = HandInReopening.objects.create(
        campaign=campaign,
        class_group=class_group,
        open_until=open_until,
        reason=why,
        granted_at=now,
        granted_by=actor.actor_label,
    )
    audit.record(
        "sheet.hand_in_reopened",
        actor=actor,
        now=now,
        obj=class_group,
        reason=why,
        details={"campaign": campaign.pk, "until": open_until.isoformat()},
    )
    telling.tell_reopened(made, now=now)
    return made


def _deadline(sheet: ClassSheet, *, now: datetime) -> datetime | None:
    """The hand-in that is in force for the class: the office's grant, where there is one."""
    granted = reopening_in_force(sheet, now=now)
    return granted.open_until if granted else hand_in_moments(sheet).hand_in_at
