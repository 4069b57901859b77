"""Paying for a photo is written down once, put right by compare-and-swap, and never taken here."""

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, CaptureSession, CaptureVisit
from imaging.services.arrivals import check_in, void_visit
from imaging.services.capture_fees import Payment, note_payment
from tests.factories import capture, imaging

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice's record in the campaign of her school."""
    return imaging.make_member(record)


@pytest.fixture
def session(member: CampaignMember, now: datetime) -> CaptureSession:
    """A session that costs something."""
    return capture.make_session(
        member.campaign,
        starts_at=now,
        classes=[member.class_group],
        has_fee=True,
        fee_text="20 元，现场交",
    )


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (Payment(), (False, "")),
        (Payment(is_paid=True), (True, "")),
        (Payment(receipt_no=" （2026）００１２ 3 "), (True, "(2026)00123")),
        (Payment(is_paid=True, receipt_no="云财No.00-12/3#"), (True, "云财No.00-12/3#")),
        (Payment(receipt_no="9" * 30), (True, "9" * 30)),
    ],
)
def test_counter_keeps_what_is_on_the_receipt(
    typed: Payment,
    kept: tuple[bool, str],
    session: CaptureSession,
    member: CampaignMember,
    li: User,
    now: datetime,
) -> None:
    visit, _ = check_in(
        session=session, typed=member.record.student_no, payment=typed, actor=li, now=now
    )

    assert (visit.is_paid, visit.receipt_no) == kept
    details = AuditEvent.objects.get(action="capturevisit.made").details
    assert (details["is_paid"], details["receipt_no"]) == kept


@pytest.mark.parametrize("number", ["=1+1", "-12", "@a", "1;2", "9" * 31, "a<b>"])
def test_what_is_no_receipt_number_checks_nobody_in(
    number: str, session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_in(
            session=session,
            typed=member.record.student_no,
            payment=Payment(receipt_no=number),
            actor=li,
            now=now,
        )

    assert caught.value.field == "receipt_no"
    assert not CaptureVisit.objects.exists()


@pytest.mark.parametrize("has_fee", [False, None])
def test_session_that_costs_nothing_takes_no_payment(
    has_fee: bool | None, session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    CaptureSession.objects.update(has_fee=has_fee, fee_text="")
    session.refresh_from_db()
    visit = capture.make_visit(session, member, at=now)

    with pytest.raises(InvalidInputError, match="不用记"):
        note_payment(visit=visit, payment=Payment(is_paid=True), actor=li, now=now, reason="收据")


def test_second_check_in_keeps_the_first_payment(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    typed = member.record.student_no
    check_in(session=session, typed=typed, payment=Payment(receipt_no="12"), actor=li, now=now)

    visit, is_new = check_in(session=session, typed=typed, actor=li, now=now)

    assert (is_new, visit.receipt_no) == (False, "12")


def test_payment_is_noted_afterwards_with_both_values_in_the_trail(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    visit = capture.make_visit(session, member, at=now)

    note_payment(
        visit=visit, payment=Payment(receipt_no="12"), actor=li, now=now, reason="补交收据"
    )

    assert (visit.is_paid, visit.receipt_no) == (True, "12")
    event = AuditEvent.objects.get(action="capturevisit.payment_noted")
    assert event.details == {
        "before": {"is_paid": False, "receipt_no": ""},
        "after": {"is_paid": True, "receipt_no": "12"},
    }
    assert (event.subject_id, event.reason) == (str(member.record_id), "补交收据")


def test_second_of_two_clerks_is_told(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    visit = capture.make_visit(session, member, at=now)
    stale = CaptureVisit.objects.get(pk=visit.pk)
    note_payment(visit=visit, payment=Payment(is_paid=True), actor=li, now=now, reason="收据")

    with pytest.raises(StaleStateError, match="刚刚"):
        note_payment(
            visit=stale, payment=Payment(receipt_no="12"), actor=li, now=now, reason="收据"
        )


def test_nobody_but_the_office_with_a_reason_and_a_standing_visit(
    session: CaptureSession, member: CampaignMember, alice: User, li: User, now: datetime
) -> None:
    visit = capture.make_visit(session, member, at=now)
    given: dict[str, Any] = {"visit": visit, "payment": Payment(is_paid=True), "now": now}

    with pytest.raises(NotAllowedError, match="教务处"):
        note_payment(actor=alice, reason="收据", **given)
    with pytest.raises(InvalidInputError, match="理由"):
        note_payment(actor=li, reason=" ", **given)
    void_visit(visit=visit, actor=li, now=now, reason="报错人")
    with pytest.raises(NotAllowedError, match="作废"):
        note_payment(actor=li, reason="收据", **given)


@pytest.mark.parametrize(("has_fee", "fee_text"), [(True, ""), (False, "20 元"), (None, "20 元")])
def test_database_keeps_the_word_and_the_sentence_together(
    has_fee: bool | None, fee_text: str, session: CaptureSession
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CaptureSession.objects.filter(pk=session.pk).update(has_fee=has_fee, fee_text=fee_text)


def test_database_keeps_no_receipt_of_who_did_not_pay(
    session: CaptureSession, member: CampaignMember, now: datetime
) -> None:
    visit = capture.make_visit(session, member, at=now)

    with pytest.raises(IntegrityError), transaction.atomic():
        CaptureVisit.objects.filter(pk=visit.pk).update(receipt_no="12")


@pytest.mark.parametrize(
    ("has_fee", "fee_text", "words"),
    [(None, "", ""), (False, "", "免费"), (True, "20 元", "20 元")],
)
def test_cost_in_words(has_fee: bool | None, fee_text: str, words: str) -> None:
    assert CaptureSession(has_fee=has_fee, fee_text=fee_text).fee_words == words
