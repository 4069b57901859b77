"""Tickets: one valid each, renewed by whom it is about, and leading photos to their record."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.errors import NotAllowedError
from common.models import AuditEvent
from common.ratelimit import TooManyError
from enrollment.models import ClassGroup, StudentRecord
from imaging.identity import new_ticket_code
from imaging.importers import parse_manifest
from imaging.matching import MatchReason
from imaging.models import CampaignMember, CaptureEntry, CaptureTicket
from imaging.selectors.captures import preview_rematch
from imaging.services.rematch import rematch_unmatched
from imaging.services.tickets import issue_tickets, renew_ticket
from imaging.states import CampaignKind, MatchState
from tests.factories import capture, enrolment, imaging
from tests.factories.imaging import portrait
from tests.imaging.services.deliveries import deliver

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice's record in the campaign of her school."""
    return imaging.make_member(record)


def test_everybody_gets_one_and_nobody_two(
    li: User, member: CampaignMember, class_group: ClassGroup, now: datetime
) -> None:
    others = [imaging.make_member(enrolment.make_record(class_group=class_group)) for _ in range(3)]

    assert issue_tickets(campaign=member.campaign, actor=li, now=now) == 4
    assert issue_tickets(campaign=member.campaign, actor=li, now=now) == 0

    codes = set(CaptureTicket.objects.values_list("code", flat=True))
    assert len(codes) == 4
    assert set(CaptureTicket.objects.values_list("record", flat=True)) == {
        each.record_id for each in (member, *others)
    }
    (event,) = AuditEvent.objects.filter(action="ticket.issued")
    assert event.details == {"count": 4}


def test_who_takes_no_part_gets_none(
    li: User, member: CampaignMember, class_group: ClassGroup, now: datetime
) -> None:
    imaging.make_member(
        enrolment.make_record(class_group=class_group), removed_at=now, removed_by="测试"
    )
    for fields in (
        {"enrollment_status": "WITHDRAWN"},
        {"enrollment_status": "DECEASED"},
        {"hidden_at": now, "hidden_by": "测试", "hidden_reason": "核实"},
    ):
        imaging.make_member(enrolment.make_record(class_group=class_group, **fields))

    assert issue_tickets(campaign=member.campaign, actor=li, now=now) == 1


def test_campaign_without_photos_needs_none(li: User, now: datetime) -> None:
    campaign = imaging.make_campaign(kind=CampaignKind.FRESHMAN)

    with pytest.raises(NotAllowedError, match="不要照片"):
        issue_tickets(campaign=campaign, actor=li, now=now)


def test_only_the_office_issues(alice: User, member: CampaignMember, now: datetime) -> None:
    with pytest.raises(NotAllowedError, match="教务处"):
        issue_tickets(campaign=member.campaign, actor=alice, now=now)

    assert not CaptureTicket.objects.exists()


def test_new_ticket_voids_the_old(alice: User, member: CampaignMember, now: datetime) -> None:
    first = renew_ticket(member=member, actor=alice, now=now)
    second = renew_ticket(member=member, actor=alice, now=now + timedelta(minutes=1))

    first.refresh_from_db()
    assert (first.voided_at, first.voided_by) == (now + timedelta(minutes=1), alice.actor_label)
    assert second.voided_at is None
    assert second.code != first.code
    events = AuditEvent.objects.filter(action="ticket.renewed").order_by("pk")
    assert [event.details for event in events] == [{"first": True}, {"first": False}]
    assert {event.subject_id for event in events} == {str(member.record_id)}
    assert not any(code in str(event.__dict__) for event in events for code in (first.code,))


def test_student_renews_five_times_a_day(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    for _ in range(5):
        renew_ticket(member=member, actor=alice, now=now)

    with pytest.raises(TooManyError):
        renew_ticket(member=member, actor=alice, now=now)


def test_stranger_renews_nobodys(eve: User, member: CampaignMember, now: datetime) -> None:
    with pytest.raises(NotAllowedError):
        renew_ticket(member=member, actor=eve, now=now)

    assert not CaptureTicket.objects.exists()


def test_photo_named_by_its_ticket_finds_its_record(member: CampaignMember, now: datetime) -> None:
    ticket = capture.make_ticket(member)

    deliver({f"{ticket.code}.jpg": portrait(1)}, now=now)

    entry = CaptureEntry.objects.get()
    assert (entry.state, entry.record_id) == (MatchState.MATCHED, member.record_id)
    assert (entry.ticket, entry.student_no, entry.document_no) == (ticket.code, "", None)
    assert member.record.photos.get(is_current=True).entry == entry


def test_photo_in_a_list_finds_its_record_however_the_ticket_is_typed(
    member: CampaignMember, now: datetime
) -> None:
    ticket = capture.make_ticket(member)
    typed = f"{ticket.code[:4]}-{ticket.code[4:8]}-{ticket.code[8:]}".lower()
    listed = parse_manifest(f"文件名,采集号\nDSC_0001.jpg,{typed}\n".encode(), "清单.csv")

    deliver({"DSC_0001.jpg": portrait(1)}, now=now, manifest=listed)

    entry = CaptureEntry.objects.get()
    assert (entry.state, entry.record_id) == (MatchState.MATCHED, member.record_id)
    assert entry.ticket == ticket.code


def test_unknown_ticket_waits_and_is_kept_as_a_ticket(
    member: CampaignMember, now: datetime
) -> None:
    code = new_ticket_code()

    deliver({f"{code}.jpg": portrait(1)}, now=now)

    entry = CaptureEntry.objects.get()
    assert (entry.state, entry.reason) == (MatchState.UNMATCHED, MatchReason.UNKNOWN_NUMBER)
    assert (entry.ticket, entry.student_no) == (code, "")
    # Whoever gives it out later (moved from another system) finds the photo waiting.
    capture.make_ticket(member, code=code)
    assert rematch_unmatched(now=now) == 1


def test_voided_ticket_waits_for_a_person_with_the_record_proposed(
    member: CampaignMember, now: datetime
) -> None:
    ticket = capture.make_ticket(member, voided_at=now, voided_by="本人")

    deliver({f"{ticket.code}.jpg": portrait(1)}, now=now)

    entry = CaptureEntry.objects.get()
    assert (entry.state, entry.reason) == (MatchState.UNMATCHED, MatchReason.VOID_TICKET)
    assert preview_rematch(entry, {}).candidates == (member.record,)
    assert rematch_unmatched(now=now) == 0


def test_ticket_voided_after_its_holder_was_seen_still_leads(
    member: CampaignMember, now: datetime
) -> None:
    session = capture.make_session(member.campaign, starts_at=now, classes=[member.class_group])
    ticket = capture.make_ticket(member)
    capture.make_visit(session, member, at=now)
    CaptureTicket.objects.filter(pk=ticket.pk).update(voided_at=now, voided_by="本人")

    deliver({f"{ticket.code}.jpg": portrait(1)}, now=now)

    assert CaptureEntry.objects.get().record_id == member.record_id


def test_voided_visit_lets_a_voided_ticket_lead_nowhere(
    member: CampaignMember, now: datetime
) -> None:
    session = capture.make_session(member.campaign, starts_at=now, classes=[member.class_group])
    ticket = capture.make_ticket(member)
    capture.make_visit(session, member, at=now, voided_at=now, voided_by="测试")
    CaptureTicket.objects.filter(pk=ticket.pk).update(voided_at=now, voided_by="本人")

    deliver({f"{ticket.code}.jpg": portrait(1)}, now=now)

    assert CaptureEntry.objects.get().reason == MatchReason.VOID_TICKET


def test_voided_ticket_with_a_number_that_agrees_leads(
    member: CampaignMember, now: datetime
) -> None:
    ticket = capture.make_ticket(member, voided_at=now, voided_by="本人")

    deliver({f"{ticket.code}_{member.record.student_no}.jpg": portrait(1)}, now=now)

    assert CaptureEntry.objects.get().record_id == member.record_id


def test_ticket_and_another_persons_number_are_matched_to_nobody(
    member: CampaignMember, class_group: ClassGroup, now: datetime
) -> None:
    ticket = capture.make_ticket(member)
    other = enrolment.make_record(class_group=class_group)

    deliver({f"{ticket.code}_{other.student_no}.jpg": portrait(1)}, now=now)

    entry = CaptureEntry.objects.get()
    assert (entry.state, entry.reason) == (MatchState.AMBIGUOUS, MatchReason.KEYS_DISAGREE)


def test_two_records_of_a_person_have_a_ticket_each(
    alice: User, member: CampaignMember, class_group: ClassGroup, now: datetime
) -> None:
    second = enrolment.make_record(class_group=class_group, name=member.record.name)
    enrolment.bind(second, alice.identity)
    other = imaging.make_member(second, member.campaign)

    one = renew_ticket(member=member, actor=alice, now=now)
    two = renew_ticket(member=other, actor=alice, now=now)

    assert {one.voided_at, two.voided_at} == {None}
    deliver({f"{one.code}.jpg": portrait(1), f"{two.code}.jpg": portrait(2)}, now=now)
    assert {entry.ticket: entry.record_id for entry in CaptureEntry.objects.all()} == {
        one.code: member.record_id,
        two.code: second.pk,
    }
