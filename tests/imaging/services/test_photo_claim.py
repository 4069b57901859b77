"""没照片，找找看: nearly equal data only, limits, claims decided by somebody who is no party."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import OfficeRole, User
from accounts.states import Role
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, FileView, OutboxMessage
from common.ratelimit import TooManyError
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, CaptureEntry, PhotoClaim, PhotoHint, PhotoVersion
from imaging.selectors.finding import captures_near
from imaging.services import photo_claim as services
from imaging.services.capture import attach_entry
from imaging.services.photo_claim import (
    accept_photo_claim,
    find_photos,
    lapse_photo_claims,
    look_at_photo,
    open_face,
    refuse_photo_claim,
    submit_photo_claim,
    withdraw_photo_claim,
)
from imaging.states import HintKind, HintState, MatchState, PhotoClaimState
from tests.factories import enrolment, imaging, people
from tests.factories.finding import make_capture, make_photo_claim, slipped
from tests.factories.imaging import ATTACHED

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DAY = timedelta(days=1)


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice takes part and has no photo."""
    return imaging.make_member(record)


@pytest.fixture
def mine(member: CampaignMember) -> CaptureEntry:
    """Her photo, under a student number with one slip."""
    return make_capture(name=member.record.name, student_no=slipped(member.record.student_no))


def twin_of(record: StudentRecord) -> tuple[User, StudentRecord]:
    """A namesake in the class without a photo, whose number is one slip from the photo's as well."""
    other = enrolment.make_record(
        class_group=record.class_group,
        student_no=f"{record.student_no[:-1]}{(int(record.student_no[-1]) + 3) % 10}",
        name=record.name,
    )
    user = people.make_user("twin@example.test")
    enrolment.bind(other, people.make_identity(user, name=other.name, number=other.id_number))
    imaging.make_member(other)
    return user, other


def make_registrar(user: User) -> None:
    OfficeRole.objects.create(
        user=user, role=Role.REGISTRAR, granted_at=ATTACHED, granted_by="测试"
    )


def messages(template: str) -> list[tuple[str, int | None]]:
    rows = OutboxMessage.objects.filter(template=template).order_by("pk")
    return [(row.channel, row.user_id) for row in rows]


@pytest.mark.parametrize(
    ("said", "is_found", "shows_face"),
    [
        ({"name": "沈若溪", "student_no": "2022040129"}, True, True),
        ({"name": "沈若溪", "student_no": "2022040199"}, False, False),  # two digits
        (
            {"name": "沈若希", "student_no": "2022040127"},
            True,
            True,
        ),  # name one sign off, same number
        ({"name": "周野", "student_no": "2022040129"}, False, False),
        ({"name": "周野", "student_no": "2022040127"}, False, False),
        ({"name": "沈若溪"}, True, False),  # the only one of that name without a photo
        ({"student_no": "2022040129"}, True, False),
        ({"student_no": "2022049999"}, False, False),
        ({}, False, False),
    ],
)
def test_only_nearly_equal_data_are_found_and_faces_by_name_and_number(
    said: dict[str, Any],
    is_found: bool,
    shows_face: bool,
    alice: User,
    member: CampaignMember,
    now: datetime,
) -> None:
    entry = make_capture(**said)

    found = find_photos(record=member.record, actor=alice, now=now)

    assert [(each.entry, each.shows_face) for each in found] == (
        [(entry, shows_face)] if is_found else []
    )


def test_document_number_with_a_slip_is_found(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    number = member.record.id_number
    entry = make_capture(
        name=member.record.name, document_no=f"{number[:10]}{number[11]}{number[10]}{number[12:]}"
    )

    (found,) = captures_near(member.record, now=now)

    assert found.entry == entry
    assert found.shows_face


@pytest.mark.parametrize("why", ["matched", "voided", "erased", "said no", "refused", "was shown"])
def test_what_is_settled_is_not_found(
    why: str, alice: User, li: User, member: CampaignMember, mine: CaptureEntry, now: datetime
) -> None:
    record, entries = member.record, CaptureEntry.objects.filter(pk=mine.pk)
    if why == "matched":
        other = enrolment.make_record(class_group=member.class_group)
        attach_entry(entry=mine, record=other, actor=li, now=now, reason="是他")
    if why == "voided":
        entries.update(state=MatchState.VOIDED)
    if why == "erased":
        mine.published.purged_at = now
        mine.published.save()
    if why == "said no":
        PhotoHint.objects.create(
            kind=HintKind.NEAR,
            entry=mine,
            record=record,
            state=HintState.REFUSED,
            found_at=now,
            decided_at=now,
            decided_by="李老师",
        )
    if why == "refused":
        claim = make_photo_claim(alice, record, mine, at=now)
        refuse_photo_claim(claim=claim, answer="不是你", actor=li, now=now)
    if why == "was shown":
        PhotoVersion.objects.create(
            record=record,
            kind=mine.kind,
            version_no=1,
            entry=mine,
            is_current=False,
            attached_at=now,
            attached_by="测试",
            ended_at=now,
            ended_by="测试",
        )

    assert captures_near(record, now=now) == []


def test_at_most_three_and_the_likeliest_first(member: CampaignMember, now: datetime) -> None:
    make_capture(student_no=slipped(member.record.student_no))
    best = make_capture(name=member.record.name, student_no=slipped(member.record.student_no))
    for _ in range(4):
        make_capture(name=member.record.name, student_no="2022040120")

    found = captures_near(member.record, now=now)

    assert found[0].entry == best
    assert len(found) == 3


def test_every_search_is_counted_and_written_down(
    alice: User, member: CampaignMember, mine: CaptureEntry, now: datetime
) -> None:
    for _ in range(services.SEARCHES.amount):
        find_photos(record=member.record, actor=alice, now=now)

    with pytest.raises(TooManyError):
        find_photos(record=member.record, actor=alice, now=now)

    events = AuditEvent.objects.filter(action="photoclaim.searched")
    assert events.count() == services.SEARCHES.amount
    assert events[0].details == {"found": 1, "entries": [mine.pk]}
    find_photos(record=member.record, actor=alice, now=now + DAY)


def test_face_is_small_counted_and_in_the_ledger(
    alice: User, member: CampaignMember, mine: CaptureEntry, now: datetime
) -> None:
    file = open_face(record=member.record, entry_id=mine.pk, actor=alice, now=now)
    for _ in range(services.FACES.amount - 1):
        open_face(record=member.record, entry_id=mine.pk, actor=alice, now=now)
    with pytest.raises(TooManyError):
        open_face(record=member.record, entry_id=mine.pk, actor=alice, now=now)

    assert file.kind == "thumb"
    views = FileView.objects.filter(file=mine.published, viewer_id=str(alice.pk))
    assert views.count() == services.FACES.amount


def test_face_is_kept_back_where_the_data_do_not_say_enough(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    entry = make_capture(name=member.record.name)
    assert look_at_photo(record=member.record, entry_id=entry.pk, actor=alice, now=now)

    with pytest.raises(StaleStateError):
        open_face(record=member.record, entry_id=entry.pk, actor=alice, now=now)

    assert not FileView.objects.exists()


@pytest.mark.parametrize("act", ["find", "look", "face", "claim"])
@pytest.mark.parametrize("why", ["stranger", "has photo", "no campaign", "not hers"])
def test_who_may_not_look(
    act: str,
    why: str,
    alice: User,
    eve: User,
    member: CampaignMember,
    mine: CaptureEntry,
    now: datetime,
) -> None:
    actor, entry_id = alice, mine.pk
    if why == "stranger":
        actor = eve
    if why == "has photo":
        imaging.make_photo(member.record)
    if why == "no campaign":
        CampaignMember.objects.filter(pk=member.pk).update(sheet_freeze_at=now, closes_at=now)
    if why == "not hers":
        if act == "find":
            pytest.skip("a search names no photo")
        entry_id = make_capture(name="周野", student_no="2022049901").pk
    acts = {
        "find": lambda: find_photos(record=member.record, actor=actor, now=now),
        "look": lambda: look_at_photo(
            record=member.record, entry_id=entry_id, actor=actor, now=now
        ),
        "face": lambda: open_face(record=member.record, entry_id=entry_id, actor=actor, now=now),
        "claim": lambda: submit_photo_claim(
            record=member.record, entry_id=entry_id, note="", actor=actor, now=now
        ),
    }

    with pytest.raises((NotAllowedError, StaleStateError)):
        acts[act]()

    assert not PhotoClaim.objects.exists()
    assert not FileView.objects.exists()


def test_claim_waits_three_working_days_and_only_one_at_a_time(
    alice: User, member: CampaignMember, mine: CaptureEntry, now: datetime
) -> None:
    other = make_capture(name=member.record.name)

    claim = submit_photo_claim(
        record=member.record, entry_id=mine.pk, note="六月二日在图书馆", actor=alice, now=now
    )
    with pytest.raises(StaleStateError, match="已经认领了一张"):
        submit_photo_claim(record=member.record, entry_id=other.pk, note="", actor=alice, now=now)

    assert claim.state == PhotoClaimState.OPEN
    assert claim.due_at > now + 3 * DAY  # a weekend lies between
    assert (claim.likeness, claim.has_seen) == (["student_no:one_sign", "name:same"], True)
    event = AuditEvent.objects.get(action="photoclaim.submitted")
    assert (event.subject_id, event.details) == (str(member.record_id), {"entry": mine.pk})


def test_accepted_photo_is_attached_and_told_and_verified_as_usual(
    alice: User, li: User, member: CampaignMember, mine: CaptureEntry, now: datetime
) -> None:
    claim = make_photo_claim(alice, member.record, mine, at=now)

    version = accept_photo_claim(claim=claim, reason="当面核对过证件", actor=li, now=now)

    claim.refresh_from_db()
    mine.refresh_from_db()
    assert (claim.state, claim.closed_at) == (PhotoClaimState.ACCEPTED, now)
    assert (mine.state, mine.record) == (MatchState.MATCHED, member.record)
    assert version.is_current
    assert messages("photo_claim_accepted") == [("NOTICE", alice.pk)]
    assert messages("photo_arrived") == [("NOTICE", alice.pk), ("EMAIL", alice.pk)]
    attached = AuditEvent.objects.get(action="entry.attached")
    assert attached.reason == f"照片认领 {claim.pk}：当面核对过证件"
    with pytest.raises(StaleStateError):
        accept_photo_claim(
            claim=PhotoClaim.objects.get(pk=claim.pk), reason="再来", actor=li, now=now
        )


def test_refused_student_reads_why_and_is_not_shown_it_again(
    alice: User, li: User, member: CampaignMember, mine: CaptureEntry, now: datetime
) -> None:
    claim = make_photo_claim(alice, member.record, mine, at=now)

    with pytest.raises(InvalidInputError):
        refuse_photo_claim(claim=claim, answer=" ", actor=li, now=now)
    refuse_photo_claim(claim=claim, answer="照片里不是你，请约补拍", actor=li, now=now)

    claim.refresh_from_db()
    mine.refresh_from_db()
    assert (claim.state, claim.answer) == (PhotoClaimState.REFUSED, "照片里不是你，请约补拍")
    assert mine.state == MatchState.UNMATCHED
    assert messages("photo_claim_refused") == [("NOTICE", alice.pk), ("EMAIL", alice.pk)]
    assert "补拍" not in str(OutboxMessage.objects.values_list("params", flat=True))


def test_two_claim_one_photo_and_the_other_is_told_without_a_name(
    alice: User, li: User, member: CampaignMember, mine: CaptureEntry, now: datetime
) -> None:
    twin, other = twin_of(member.record)
    first = submit_photo_claim(
        record=member.record, entry_id=mine.pk, note="", actor=alice, now=now
    )
    second = submit_photo_claim(record=other, entry_id=mine.pk, note="", actor=twin, now=now)

    accept_photo_claim(claim=second, reason="证件对得上", actor=li, now=now)

    first.refresh_from_db()
    assert first.state == PhotoClaimState.LAPSED
    assert messages("photo_claim_lapsed") == [("NOTICE", alice.pk), ("EMAIL", alice.pk)]
    told = OutboxMessage.objects.filter(template="photo_claim_lapsed").earliest("pk")
    assert told.params == {"has_photo": False}


@pytest.mark.parametrize("what", ["matched to her", "matched to another", "voided", "newer photo"])
def test_what_staff_do_meanwhile_ends_the_claim(
    what: str, alice: User, li: User, member: CampaignMember, mine: CaptureEntry, now: datetime
) -> None:
    claim = make_photo_claim(alice, member.record, mine, at=now)
    if what == "matched to her":
        attach_entry(entry=mine, record=member.record, actor=li, now=now, reason="是她")
    if what == "matched to another":
        other = enrolment.make_record(class_group=member.class_group)
        attach_entry(entry=mine, record=other, actor=li, now=now, reason="是他")
    if what == "voided":
        CaptureEntry.objects.filter(pk=mine.pk).update(state=MatchState.VOIDED)
    if what == "newer photo":
        imaging.make_photo(member.record)

    with pytest.raises((StaleStateError, NotAllowedError)):
        accept_photo_claim(claim=claim, reason="是本人", actor=li, now=now)
    claim.refresh_from_db()
    assert claim.state == PhotoClaimState.OPEN

    assert lapse_photo_claims(now=now) == 1
    assert lapse_photo_claims(now=now) == 0
    claim.refresh_from_db()
    assert claim.state == PhotoClaimState.LAPSED
    told = OutboxMessage.objects.filter(template="photo_claim_lapsed").earliest("pk")
    assert told.params["has_photo"] is (what in {"matched to her", "newer photo"})


def test_claim_that_still_waits_is_left_alone(
    alice: User, member: CampaignMember, mine: CaptureEntry, now: datetime
) -> None:
    make_photo_claim(alice, member.record, mine, at=now)

    assert lapse_photo_claims(now=now + 90 * DAY) == 0


def test_withdrawn_claim_can_be_made_again(
    alice: User, eve: User, member: CampaignMember, mine: CaptureEntry, now: datetime
) -> None:
    claim = make_photo_claim(alice, member.record, mine, at=now)
    with pytest.raises(NotAllowedError):
        withdraw_photo_claim(claim=claim, actor=eve, now=now)

    withdraw_photo_claim(claim=claim, actor=alice, now=now)

    submit_photo_claim(record=member.record, entry_id=mine.pk, note="", actor=alice, now=now)
    assert PhotoClaim.objects.filter(state=PhotoClaimState.OPEN).count() == 1


@pytest.mark.parametrize("who", ["alice", "chen", "auditor", "owner", "rival"])
def test_nobody_decides_who_is_party_or_not_the_registrar(
    who: str, request, alice: User, member: CampaignMember, mine: CaptureEntry, now: datetime
) -> None:
    claim = make_photo_claim(alice, member.record, mine, at=now)
    if who == "owner":
        # The account that the record is bound to, though another one made the claim.
        PhotoClaim.objects.filter(pk=claim.pk).update(claimant=people.make_user("old@example.test"))
        actor = alice
        make_registrar(alice)
    elif who == "rival":
        actor, other = twin_of(member.record)
        make_registrar(actor)
        make_photo_claim(actor, other, mine, at=now)
    else:
        actor = request.getfixturevalue(who)
    claim = PhotoClaim.objects.select_related("record", "entry").get(pk=claim.pk)

    with pytest.raises(NotAllowedError):
        accept_photo_claim(claim=claim, reason="是本人", actor=actor, now=now)
    with pytest.raises(NotAllowedError):
        refuse_photo_claim(claim=claim, answer="不是", actor=actor, now=now)

    assert not PhotoVersion.objects.exists()


def test_claims_are_limited_per_day(
    alice: User, member: CampaignMember, mine: CaptureEntry, now: datetime
) -> None:
    for _ in range(services.CLAIMS.amount):
        claim = submit_photo_claim(
            record=member.record, entry_id=mine.pk, note="", actor=alice, now=now
        )
        withdraw_photo_claim(claim=claim, actor=alice, now=now)

    with pytest.raises(TooManyError):
        submit_photo_claim(record=member.record, entry_id=mine.pk, note="", actor=alice, now=now)
