"""Where prints are sent: given by the student, handed over once, erased in time."""

from contextlib import suppress
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from python_calamine import CalamineWorkbook

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError
from common.models import AuditEvent, PurgeProof
from common.spreadsheets import taken_mark
from enrollment.models import Binding, StudentRecord
from imaging.models import CampaignMember, PrintAddress
from imaging.services.print_addresses import (
    AddressTerms,
    checked_terms,
    export_addresses,
    give_address,
    withdraw_address,
)
from imaging.services.print_retention import PRINT_ADDRESS_RULE
from tests.factories.enrolment import bind
from tests.factories.imaging import make_campaign, make_member
from tests.factories.own_photo import make_channels
from tests.factories.people import make_identity

TERMS = AddressTerms(
    receiver="沈青禾", phone="+8613900000001", address="远山省远山市东区书院路 1 号南门"
)


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice in a campaign; her record is bound to her."""
    return make_member(record, make_campaign())


@pytest.fixture
def asked(member: CampaignMember) -> CampaignMember:
    """Alice's campaign takes addresses."""
    make_channels(member.campaign, takes_addresses=True)
    return member


def test_address_is_kept_sealed_and_can_be_changed(
    asked: CampaignMember, alice: User, now: datetime
) -> None:
    give_address(record=asked.record, terms=TERMS, actor=alice, now=now)
    other = checked_terms(receiver="沈 母", phone="139 0000 0002", address=TERMS.address)

    given = give_address(record=asked.record, terms=other, actor=alice, now=now)

    assert (given.receiver, given.phone, given.address) == (
        "沈 母",
        "+8613900000002",
        TERMS.address,
    )
    assert PrintAddress.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM imaging_printaddress")
        assert "书院路" not in str(bytes(cursor.fetchone()[0]))


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("receiver", {"receiver": "  "}),
        ("phone", {"phone": "12345"}),
        ("address", {"address": "远山市"}),
        ("address", {"address": "远" * 201}),
    ],
)
def test_address_that_would_get_lost_is_refused(field: str, changed: dict[str, str]) -> None:
    values = {"receiver": "沈青禾", "phone": "13900000001", "address": TERMS.address, **changed}

    with pytest.raises(InvalidInputError) as refused:
        checked_terms(**values)

    assert refused.value.field == field


def test_nothing_is_taken_where_the_campaign_does_not_ask(
    member: CampaignMember, alice: User, now: datetime
) -> None:
    make_channels(member.campaign)

    with pytest.raises(NotAllowedError, match="不收邮寄地址"):
        give_address(record=member.record, terms=TERMS, actor=alice, now=now)


def test_nobody_gives_an_address_for_another_person(
    asked: CampaignMember, eve: User, now: datetime
) -> None:
    with pytest.raises(NotAllowedError):
        give_address(record=asked.record, terms=TERMS, actor=eve, now=now)

    assert PrintAddress.objects.count() == 0


@pytest.mark.parametrize(("seconds", "is_open"), [(-1, True), (0, False), (1, False)])
def test_window_closes_to_the_second(
    asked: CampaignMember, alice: User, now: datetime, seconds: int, *, is_open: bool
) -> None:
    closes_at = asked.campaign.channels.closes_at
    asked.campaign.channels.closes_at = now - timedelta(seconds=seconds)
    asked.campaign.channels.save()
    assert closes_at > now

    with suppress(NotAllowedError):
        give_address(record=asked.record, terms=TERMS, actor=alice, now=now)

    assert PrintAddress.objects.exists() == is_open


def test_withdrawing_deletes_the_row(asked: CampaignMember, alice: User, now: datetime) -> None:
    give_address(record=asked.record, terms=TERMS, actor=alice, now=now)

    withdraw_address(record=asked.record, actor=alice, now=now)

    assert PrintAddress.objects.count() == 0
    assert AuditEvent.objects.filter(action="printaddress.withdrawn").count() == 1


def test_export_bears_no_numbers_and_ends_the_students_changes(
    asked: CampaignMember, alice: User, li: User, now: datetime
) -> None:
    give_address(record=asked.record, terms=TERMS, actor=alice, now=now)

    file = export_addresses(campaign=asked.campaign, actor=li, now=now, reason="交采集单位寄照片")

    rows = CalamineWorkbook.from_filelike(BytesIO(file.data)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["采集号", "学校代码", "收件人", "收件电话", "收件地址"]
    assert rows[1][2:] == [TERMS.receiver, TERMS.phone, TERMS.address]
    assert rows[2][0] == taken_mark(li, now)
    assert asked.record.student_no not in str(rows)
    revealed = AuditEvent.objects.get(action="printaddress.revealed")
    assert (revealed.subject_id, revealed.reason) == (str(asked.record.pk), "交采集单位寄照片")
    with pytest.raises(NotAllowedError, match="已经交给采集单位"):
        withdraw_address(record=asked.record, actor=alice, now=now)


def test_export_is_the_registrars_and_wants_a_reason(
    asked: CampaignMember, alice: User, chen: User, li: User, now: datetime
) -> None:
    give_address(record=asked.record, terms=TERMS, actor=alice, now=now)

    with pytest.raises(NotAllowedError):
        export_addresses(campaign=asked.campaign, actor=chen, now=now, reason="看看")
    with pytest.raises(InvalidInputError):
        export_addresses(campaign=asked.campaign, actor=li, now=now, reason=" ")

    assert PrintAddress.objects.get().taken_at is None


@pytest.mark.parametrize(("days", "left"), [(89, 1), (90, 0)])
def test_address_is_erased_ninety_days_after_it_was_handed_over(
    asked: CampaignMember, alice: User, li: User, now: datetime, days: int, left: int
) -> None:
    give_address(record=asked.record, terms=TERMS, actor=alice, now=now)
    export_addresses(campaign=asked.campaign, actor=li, now=now, reason="寄照片")

    PRINT_ADDRESS_RULE.erase(now + timedelta(days=days), 10)

    assert PrintAddress.objects.count() == left
    assert PurgeProof.objects.filter(kind="照片邮寄地址").count() == 1 - left


def test_address_that_nobody_took_is_erased_after_the_campaign(
    asked: CampaignMember, alice: User, now: datetime
) -> None:
    give_address(record=asked.record, terms=TERMS, actor=alice, now=now)
    ends_at = asked.campaign.closes_at + timedelta(days=90)

    assert PRINT_ADDRESS_RULE.count(ends_at - timedelta(seconds=1)) == 0
    assert PRINT_ADDRESS_RULE.count(ends_at) == 1


def test_address_of_a_former_holder_is_not_handed_out(
    asked: CampaignMember, alice: User, eve: User, li: User, now: datetime
) -> None:
    give_address(record=asked.record, terms=TERMS, actor=alice, now=now)
    Binding.objects.filter(record=asked.record).delete()
    with pytest.raises(NotAllowedError, match="还没有人填"):
        export_addresses(campaign=asked.campaign, actor=li, now=now, reason="寄照片")
    bind(asked.record, make_identity(eve))
    Binding.objects.filter(record=asked.record).update(bound_at=now + timedelta(hours=1))

    other = checked_terms(receiver="别人", phone="13900000003", address=TERMS.address)
    record = StudentRecord.objects.get(pk=asked.record_id)
    given = give_address(record=record, terms=other, actor=eve, now=now + timedelta(hours=2))

    assert [row.receiver for row in PrintAddress.objects.all()] == [given.receiver] == ["别人"]
