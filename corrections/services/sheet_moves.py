"""How a sheet moves: held, compare-and-swap, its signature, audit event and messages in one transaction."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.selectors import has_second_factor
from common import audit
from common.errors import StaleStateError
from corrections.models import ClassSheet, SheetRemark, SheetSignature
from corrections.policies import check_can_move_sheet, sheet_roles
from corrections.selectors.signers import Standpoint, standpoint
from corrections.states import (
    CURRENT_SHEETS,
    SHEET,
    SIGNED_STEPS,
    SheetAction,
    SheetState,
    SignerRole,
)
from enrollment.models import ClassGroup
from imaging.models import Campaign

_MOVED = "这张反馈表刚刚有了变化，请刷新后再看"
_AUDIT: dict[SheetAction, str] = {
    SheetAction.FREEZE: "sheet.frozen",
    SheetAction.SIGN: "sheet.signed",
    SheetAction.SEAL: "sheet.sealed",
    SheetAction.SUBMIT: "sheet.submitted",
    SheetAction.ACCEPT: "sheet.accepted",
    SheetAction.RETURN: "sheet.returned",
    SheetAction.TAKE_BACK: "sheet.taken_back",
    SheetAction.RENEW: "sheet.renewed",
}


def hold(sheet: ClassSheet) -> None:
    """Lock the version until the transaction ends; StaleStateError when it is not as it was read."""
    found = ClassSheet.objects.select_for_update().filter(pk=sheet.pk)
    if found.values_list("state", flat=True).first() != sheet.state:
        raise StaleStateError(_MOVED)


def move_sheet(
    sheet: ClassSheet,
    action: SheetAction,
    *,
    actor: User,
    now: datetime,
    reason: str = "",
    note: str = "",
    **changes: Any,
) -> SheetSignature | None:
    """Take one step, once, or say why not; a step that is signed leaves its signature.

    The caller runs in a transaction. `changes` are further columns of the row.
    """
    hold(sheet)
    check_can_move_sheet(actor, sheet, action, now=now)
    source = SheetState(sheet.state)
    target = SHEET.target(action, source=source)
    if target not in CURRENT_SHEETS:
        changes |= {"ended_at": now, "ended_by": actor.actor_label, "end_reason": reason or None}
    columns = {"state": target, **changes}
    if ClassSheet.objects.filter(pk=sheet.pk, state=source).update(**columns) != 1:
        raise StaleStateError(_MOVED)
    for column, value in columns.items():
        setattr(sheet, column, value)
    signs_as = _standpoint(sheet, action, source, actor, now=now)
    _write_down(sheet, action, source, signs_as, reason=reason, actor=actor, now=now)
    if action not in SIGNED_STEPS:
        return None
    return SheetSignature.objects.create(
        sheet=sheet,
        step=action,
        signer=actor,
        signer_name=signs_as.name,
        role=signs_as.role,
        is_deputy=signs_as.is_deputy,
        deputy_for=signs_as.deputy_for,
        content_hash=sheet.content_hash,
        has_second_factor=has_second_factor(actor),
        note=note or None,
        signed_at=now,
        signed_by=actor.actor_label,
    )


def _write_down(
    sheet: ClassSheet,
    action: SheetAction,
    source: SheetState,
    signs_as: Standpoint,
    *,
    reason: str,
    actor: User,
    now: datetime,
) -> None:
    audit.record(
        _AUDIT[action],
        actor=actor,
        now=now,
        obj=sheet,
        reason=reason,
        details={
            "sheet_from": source.value,
            "sheet_to": str(sheet.state),
            "campaign": sheet.campaign_id,
            "class_group": sheet.class_group_id,
            "version": sheet.version_no,
            "signer_role": signs_as.role.value,
            "deputy": signs_as.is_deputy,
        },
    )


def _standpoint(
    sheet: ClassSheet, action: SheetAction, source: SheetState, actor: User, *, now: datetime
) -> Standpoint:
    """In which role; a counsellor who compiles for a class without a monitor does so as counsellor."""
    roles = sheet_roles(ClassSheet(state=source, class_group=sheet.class_group), action)
    if action in {SheetAction.FREEZE, SheetAction.TAKE_BACK}:
        roles |= {SignerRole.COUNSELLOR}
    return standpoint(actor, sheet.class_group, roles, now=now)


def begin_version(
    campaign: Campaign,
    class_group: ClassGroup,
    *,
    actor: User,
    now: datetime,
    after: ClassSheet | None = None,
) -> ClassSheet:
    """A new draft, the first or the one after a version that has ended, with that one's remarks."""
    try:
        with transaction.atomic():
            draft = ClassSheet.objects.create(
                campaign=campaign,
                class_group=class_group,
                version_no=after.version_no + 1 if after else 1,
                created_at=now,
                created_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise StaleStateError(_MOVED) from error
    if after is not None:
        SheetRemark.objects.bulk_create(
            SheetRemark(
                sheet=draft,
                member_id=row.member_id,
                text=row.text,
                written_at=row.written_at,
                written_by=row.written_by,
            )
            for row in after.remarks.order_by("pk")
        )
    audit.record(
        "sheet.begun",
        actor=actor,
        now=now,
        obj=draft,
        details={
            "campaign": campaign.pk,
            "class_group": class_group.pk,
            "version": draft.version_no,
        },
    )
    return draft
