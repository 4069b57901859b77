"""Addresses for prints: given and taken back by the student, handed to the capture unit by the office."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from accounts.identity.phone import normal_phone
from accounts.models import User
from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.ratelimit import Limit, hit
from common.spreadsheets import taken_mark
from common.wording import local
from enrollment.models import Binding, StudentRecord
from imaging.documents.lists import Table, table_xlsx
from imaging.models import Campaign, CaptureTicket, PrintAddress
from imaging.policies import check_can_run_capture
from imaging.policies.prints import check_can_give_address
from imaging.selectors.capture_plan import plan_of
from imaging.selectors.print_addresses import PrintStanding, addresses_of, print_standing
from imaging.services.capture_packs import PACKS, PackFile

__all__ = ["AddressTerms", "checked_terms", "export_addresses", "give_address", "withdraw_address"]

WRITES: Final = Limit("print-address", 20, 3600)
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST_NAME: Final = 40
_LONGEST_ADDRESS: Final = 200
_SHORTEST_ADDRESS: Final = 8
_COLUMNS: Final = ("采集号", "学校代码", "收件人", "收件电话", "收件地址")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressTerms:
    """Whom and where to: as they will be printed on the parcel."""

    receiver: str
    phone: str
    address: str


def checked_terms(*, receiver: str, phone: str, address: str) -> AddressTerms:
    """The values as they are kept; InvalidInputError, naming the field, where a parcel would get lost."""
    name, place = _plain(receiver), _plain(address)
    if not name or len(name) > _LONGEST_NAME:
        raise InvalidInputError(f"请写收件人，最多 {_LONGEST_NAME} 个字。", field="receiver")
    number = normal_phone(phone)
    if number is None:
        raise InvalidInputError("请填收得到快递电话的手机号，大陆手机号是 11 位。", field="phone")
    if not _SHORTEST_ADDRESS <= len(place) <= _LONGEST_ADDRESS:
        raise InvalidInputError(
            "请把地址写全：省、市、区（县）、街道和门牌，学校的话写到宿舍楼。", field="address"
        )
    return AddressTerms(receiver=name, phone=number, address=place)


@transaction.atomic
def give_address(
    *, record: StudentRecord, terms: AddressTerms, actor: User, now: datetime
) -> PrintAddress:
    """Keep the student's address, or another one in its place, until the capture unit has got it."""
    standing = _standing(record, actor=actor, now=now)
    hit(WRITES, str(actor.pk), now=now)
    values = {
        "receiver": terms.receiver,
        "phone": terms.phone,
        "address": terms.address,
        "given_at": now,
        "given_by": actor.actor_label,
    }
    given = standing.given
    if given is None:
        # What a former holder of the record gave is nobody's any more.
        PrintAddress.objects.filter(member=standing.member, given_at__lt=_bound_at(record)).delete()
    if given is None:
        try:
            with transaction.atomic():
                given = PrintAddress.objects.create(member=standing.member, **values)
        except IntegrityError as error:
            raise StaleStateError("地址刚刚在另一个窗口里填过，请看最新的内容。") from error
    elif PrintAddress.objects.filter(pk=given.pk, taken_at=None).update(**values) != 1:
        raise StaleStateError("地址刚刚交给了采集单位，这里不能再改。")
    given.refresh_from_db()
    audit.record("printaddress.given", actor=actor, now=now, obj=given, subject=record)
    return given


@transaction.atomic
def withdraw_address(*, record: StudentRecord, actor: User, now: datetime) -> None:
    """Delete the student's address: no prints are sent."""
    given = _standing(record, actor=actor, now=now).given
    if given is None:
        raise StaleStateError("没有填过地址，或者已经撤回了。")
    # Written before the row goes: afterwards it has no number.
    audit.record("printaddress.withdrawn", actor=actor, now=now, obj=given, subject=record)
    deleted, _ = PrintAddress.objects.filter(pk=given.pk, taken_at=None).delete()
    if deleted != 1:
        raise StaleStateError("地址刚刚交给了采集单位，这里不能撤回。")


@transaction.atomic
def export_addresses(*, campaign: Campaign, actor: Actor, now: datetime, reason: str) -> PackFile:
    """The addresses of a campaign as XLSX for the capture unit, by ticket; each student reads it in the ledger.

    From now on the students cannot change them here. Without student numbers and document numbers.
    """
    check_can_run_capture(actor)
    if not reason.strip():
        raise InvalidInputError("请写明导出的用途。", field="reason")
    hit(PACKS, str(actor.actor_id), now=now)
    rows = list(
        addresses_of(campaign)
        .select_for_update(of=("self",))
        .select_related("member__record__school")
    )
    if not rows:
        raise NotAllowedError("还没有人填邮寄地址。")
    PrintAddress.objects.filter(pk__in=[row.pk for row in rows], taken_at=None).update(
        taken_at=now, taken_by=actor.actor_label
    )
    audit.record_many(
        audit.event(
            "printaddress.revealed",
            actor=actor,
            now=now,
            obj=row,
            subject=row.member.record,
            reason=reason.strip(),
        )
        for row in rows
    )
    stamp = local(now).strftime("%Y%m%d-%H%M")
    data = table_xlsx(_table(campaign, rows, mark=taken_mark(actor, now)), at=now)
    return PackFile(name=f"照片邮寄地址-{stamp}.xlsx", content_type=_XLSX, data=data)


def _bound_at(record: StudentRecord) -> datetime:
    """Since when the record is the present holder's."""
    return Binding.objects.values_list("bound_at", flat=True).get(record=record)


def _table(campaign: Campaign, rows: Sequence[PrintAddress], *, mark: str) -> Table:
    """By ticket, which is how the capture unit knows people; the last line says who took it."""
    tickets = CaptureTicket.objects.filter(campaign=campaign, voided_at=None)
    codes = dict(tickets.values_list("record", "code"))
    lines = []
    for row in rows:
        record = row.member.record
        ticket = codes.get(record.pk, "")
        lines.append((ticket, record.school.code, row.receiver, row.phone, row.address))
    lines.append((mark, "", "", "", ""))
    return Table(title="照片邮寄地址", columns=_COLUMNS, rows=lines)


def _standing(record: StudentRecord, *, actor: User, now: datetime) -> PrintStanding:
    plan = plan_of(record, now=now)
    if plan is None:
        raise NotAllowedError("现在不用填邮寄地址。")
    standing = print_standing(plan, actor)
    check_can_give_address(actor, standing)
    return standing


def _plain(text: str) -> str:
    """One line, full-width digits and letters as plain ones, no doubled blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).split())
