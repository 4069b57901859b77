"""What the monitor writes beside the rows: remarks for who has no conclusion, and proxy signatures (代签)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from corrections.models import ClassSheet, ProxySignature, SheetRemark
from corrections.policies import check_can_write_sheet
from corrections.selectors.standing import class_standings
from corrections.services.sheet_moves import hold
from imaging.models import CampaignMember
from imaging.states import ProxyWay

__all__ = ["LONGEST_REMARK", "Proxy", "record_proxy", "remove_proxy", "write_remark"]

LONGEST_REMARK: Final = 60
LONGEST_REASON: Final = 300


@transaction.atomic
def write_remark(
    *, sheet: ClassSheet, member: CampaignMember, text: str, actor: User, now: datetime
) -> SheetRemark | None:
    """Put a remark beside a student without a conclusion, or with an empty text take it away."""
    hold(sheet)
    check_can_write_sheet(actor, sheet, now=now)
    _check_on_sheet(sheet, member)
    wanted = " ".join(text.split())
    if len(wanted) > LONGEST_REMARK:
        raise InvalidInputError(f"请写在 {LONGEST_REMARK} 字以内", field="text")
    audit.record(
        "sheet.remarked" if wanted else "sheet.remark_removed",
        actor=actor,
        now=now,
        obj=sheet,
        subject=member.record,
    )
    if not wanted:
        SheetRemark.objects.filter(sheet=sheet, member=member).delete()
        return None
    _check_pending(sheet, member, now=now)
    row, _ = SheetRemark.objects.update_or_create(
        sheet=sheet,
        member=member,
        defaults={"text": wanted, "written_at": now, "written_by": actor.actor_label},
    )
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """What is written down of one proxy signature."""

    signer_name: str
    way: ProxyWay
    agreed_at: datetime
    agreed_by: str
    reason: str


@transaction.atomic
def record_proxy(
    *, sheet: ClassSheet, member: CampaignMember, proxy: Proxy, actor: User, now: datetime
) -> ProxySignature:
    """Somebody signed for a student: who, how the student was reached, when, and why."""
    hold(sheet)
    check_can_write_sheet(actor, sheet, now=now, after_freeze=True)
    _check_on_sheet(sheet, member)
    if proxy.agreed_at > now:
        raise InvalidInputError("本人同意的时间不能晚于现在", field="agreed_at")
    try:
        with transaction.atomic():
            row = ProxySignature.objects.create(
                sheet=sheet,
                member=member,
                signer_name=_words(
                    proxy.signer_name, "signer_name", "写上代签人的姓名", longest=50
                ),
                way=proxy.way,
                agreed_at=proxy.agreed_at,
                agreed_by=_words(proxy.agreed_by, "agreed_by", "写上是谁联系的本人", longest=50),
                reason=_words(
                    proxy.reason, "reason", "写清楚为什么不能本人签名", longest=LONGEST_REASON
                ),
                entered_at=now,
                entered_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise StaleStateError("这名学生的代签刚刚登记过，请刷新后再看") from error
    audit.record(
        "sheet.proxy_recorded",
        actor=actor,
        now=now,
        obj=sheet,
        subject=member.record,
        details={"way": proxy.way.value},
    )
    return row


@transaction.atomic
def remove_proxy(*, proxy: ProxySignature, actor: User, now: datetime) -> None:
    """Entered by mistake, or the student signs after all."""
    sheet = proxy.sheet
    hold(sheet)
    check_can_write_sheet(actor, sheet, now=now, after_freeze=True)
    if not ProxySignature.objects.filter(pk=proxy.pk).delete()[0]:
        raise StaleStateError("这条代签已经删掉了")
    audit.record(
        "sheet.proxy_removed", actor=actor, now=now, obj=sheet, subject=proxy.member.record
    )


def _check_on_sheet(sheet: ClassSheet, member: CampaignMember) -> None:
    is_on = (
        member.campaign_id == sheet.campaign_id
        and member.class_group_id == sheet.class_group_id
        and member.removed_at is None
    )
    if not is_on:
        raise NotAllowedError("这名学生不在这张表上")


def _check_pending(sheet: ClassSheet, member: CampaignMember, *, now: datetime) -> None:
    people = class_standings(campaign=sheet.campaign, class_group=sheet.class_group, now=now)
    found = next((each for each in people if each.found.member_id == member.pk), None)
    if found is None or not found.pending_parts:
        raise NotAllowedError("这名学生已经核对完，不用备注")


def _words(typed: str, field: str, wanted: str, *, longest: int) -> str:
    text = " ".join(typed.split())
    if not text:
        raise InvalidInputError(wanted, field=field)
    if len(text) > longest:
        raise InvalidInputError(f"请写在 {longest} 字以内", field=field)
    return text
