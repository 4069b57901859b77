"""Remarks and proxy signatures: who writes them, when, beside whom."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent
from corrections.models import ClassSheet, ProxySignature, SheetRemark
from corrections.services.sheet_notes import (
    LONGEST_REMARK,
    Proxy,
    record_proxy,
    remove_proxy,
    write_remark,
)
from corrections.states import SheetState
from enrollment.models import StudentRecord
from imaging.models import CampaignMember
from imaging.states import ConclusionKind, ProxyWay
from tests.factories import enrolment
from tests.factories.imaging import FREEZE, make_conclusion, make_member, make_photo
from tests.factories.sheets import make_sheet

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

BEFORE = FREEZE - timedelta(hours=1)


@pytest.fixture
def member(record: StudentRecord) -> CampaignMember:
    """Alice, who has concluded nothing."""
    make_photo(record)
    return make_member(record)


def sheet_of(member: CampaignMember, state: SheetState = SheetState.DRAFT) -> ClassSheet:
    assert member.class_group is not None
    return make_sheet(member.campaign, member.class_group, state, at=BEFORE)


def proxy(**fields: object) -> Proxy:
    values: dict[str, object] = {
        "signer_name": "苏恺",
        "way": ProxyWay.PHONE,
        "agreed_at": BEFORE,
        "agreed_by": "班长",
        "reason": "在外地实习",
        **fields,
    }
    return Proxy(**values)  # type: ignore[arg-type]  # one dictionary for all fields


def test_remark_is_written_changed_and_taken_away(member: CampaignMember, monitor: User) -> None:
    sheet = sheet_of(member)

    write_remark(sheet=sheet, member=member, text="当兵", actor=monitor, now=BEFORE)
    write_remark(sheet=sheet, member=member, text=" 在  外地 ", actor=monitor, now=BEFORE)

    assert [row.text for row in SheetRemark.objects.all()] == ["在 外地"]
    write_remark(sheet=sheet, member=member, text="  ", actor=monitor, now=BEFORE)
    assert SheetRemark.objects.count() == 0
    actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["sheet.remarked", "sheet.remarked", "sheet.remark_removed"]


@pytest.mark.parametrize("who", ["alice", "eve", "auditor"])
def test_nobody_else_writes_beside_the_rows(
    who: str, member: CampaignMember, request: pytest.FixtureRequest
) -> None:
    sheet, actor = sheet_of(member), request.getfixturevalue(who)

    with pytest.raises(NotAllowedError):
        write_remark(sheet=sheet, member=member, text="当兵", actor=actor, now=BEFORE)
    with pytest.raises(NotAllowedError):
        record_proxy(sheet=sheet, member=member, proxy=proxy(), actor=actor, now=BEFORE)

    assert (SheetRemark.objects.count(), ProxySignature.objects.count()) == (0, 0)


def test_whoever_has_concluded_gets_no_remark(member: CampaignMember, monitor: User) -> None:
    for kind in ConclusionKind:
        make_conclusion(member, kind, at=BEFORE - timedelta(days=2))

    with pytest.raises(NotAllowedError, match="已经核对完"):
        write_remark(sheet=sheet_of(member), member=member, text="当兵", actor=monitor, now=BEFORE)


@pytest.mark.parametrize(("length", "fits"), [(LONGEST_REMARK, True), (LONGEST_REMARK + 1, False)])
def test_remark_fits_into_its_cell(
    member: CampaignMember, monitor: User, length: int, *, fits: bool
) -> None:
    sheet = sheet_of(member)

    with suppress(InvalidInputError):
        write_remark(sheet=sheet, member=member, text="长" * length, actor=monitor, now=BEFORE)

    assert SheetRemark.objects.exists() == fits


def test_remark_ends_with_the_freeze_and_proxy_with_the_signature(
    member: CampaignMember, monitor: User
) -> None:
    frozen = sheet_of(member, SheetState.FROZEN)

    with pytest.raises(StaleStateError, match="先收回定稿"):
        write_remark(sheet=frozen, member=member, text="当兵", actor=monitor, now=BEFORE)
    record_proxy(sheet=frozen, member=member, proxy=proxy(), actor=monitor, now=BEFORE)
    ClassSheet.objects.filter(pk=frozen.pk).update(state=SheetState.COUNSELLOR_SIGNED)
    frozen.refresh_from_db()
    with pytest.raises(StaleStateError, match="已经签名"):
        remove_proxy(proxy=ProxySignature.objects.get(), actor=monitor, now=BEFORE)

    assert ProxySignature.objects.count() == 1


def test_student_of_another_class_is_not_on_the_sheet(
    member: CampaignMember, monitor: User
) -> None:
    other = make_member(
        enrolment.make_record(class_group=enrolment.make_class("别的班")), member.campaign
    )

    with pytest.raises(NotAllowedError, match="不在这张表上"):
        record_proxy(sheet=sheet_of(member), member=other, proxy=proxy(), actor=monitor, now=BEFORE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agreed_at", BEFORE + timedelta(seconds=1)),
        ("signer_name", " "),
        ("agreed_by", ""),
        ("reason", "长" * 301),
    ],
)
def test_half_a_proxy_is_refused(
    member: CampaignMember, monitor: User, field: str, value: datetime | str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        record_proxy(
            sheet=sheet_of(member),
            member=member,
            proxy=proxy(**{field: value}),
            actor=monitor,
            now=BEFORE,
        )

    assert refused.value.field == field


def test_second_proxy_of_one_student_is_told_apart(member: CampaignMember, monitor: User) -> None:
    sheet = sheet_of(member)
    row = record_proxy(sheet=sheet, member=member, proxy=proxy(), actor=monitor, now=BEFORE)

    with pytest.raises(StaleStateError, match="刚刚登记过"):
        record_proxy(sheet=sheet, member=member, proxy=proxy(), actor=monitor, now=BEFORE)
    remove_proxy(proxy=row, actor=monitor, now=BEFORE)
    with pytest.raises(DomainError, match="已经删掉"):
        remove_proxy(proxy=row, actor=monitor, now=BEFORE)

    assert ProxySignature.objects.count() == 0
