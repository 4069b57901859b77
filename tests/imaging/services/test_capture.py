"""Settling capture entries by hand: each act once, on record, and told to whom it concerns."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import User
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, OutboxMessage
from enrollment.models import StudentRecord
from imaging import selectors
from imaging.matching import MatchReason
from imaging.models import CaptureEntry, PhotoVersion
from imaging.services.capture import (
    attach_entry,
    detach_entry,
    edit_capture_data,
    edit_matched_data,
    preview_rematch,
)
from imaging.states import CAPTURE, MatchAction, MatchState, PhotoKind
from tests.factories import enrolment, imaging
from tests.factories.imaging import portrait
from tests.imaging.services.deliveries import deliver, entry_named

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

GRADUATION = PhotoKind.GRADUATION


@pytest.fixture
def stray(db: None, now: datetime) -> CaptureEntry:
    """A photo that found nobody."""
    deliver({"2022049999.jpg": portrait(5)}, now=now)
    return entry_named("2022049999.jpg")


def test_attached_photo_becomes_current_and_the_former_one_ends(
    stray: CaptureEntry, record: StudentRecord, li: User, now: datetime
) -> None:
    former = imaging.make_photo(record)

    version = attach_entry(entry=stray, record=record, actor=li, now=now, reason="本人来认过")

    former.refresh_from_db()
    assert (former.is_current, former.ended_by) == (False, li.actor_label)
    assert (version.is_current, version.version_no, version.entry) == (True, 2, stray)
    assert (stray.state, stray.record, stray.settled_by) == (
        MatchState.MATCHED,
        record,
        li.actor_label,
    )
    event = AuditEvent.objects.get(action="entry.attached")
    assert (event.subject_id, event.reason) == (str(record.pk), "本人来认过")
    assert selectors.photo_of(record, GRADUATION) == version


def test_student_is_told_of_an_attached_photo(
    alice: User, stray: CaptureEntry, record: StudentRecord, li: User, now: datetime
) -> None:
    imaging.make_member(record)

    attach_entry(entry=stray, record=record, actor=li, now=now, reason="补拍")

    assert OutboxMessage.objects.get(template="photo_arrived", channel="NOTICE").user == alice


def test_detached_photo_leaves_the_earlier_one_as_a_new_version(
    record: StudentRecord, li: User, now: datetime
) -> None:
    first, second = imaging.make_photo(record), imaging.make_photo(record)

    back = detach_entry(entry=second.entry, actor=li, now=now, reason="不是本人")

    second.refresh_from_db()
    assert (second.is_current, second.end_reason) == (False, "不是本人")
    assert (second.entry.state, second.entry.reason) == (
        MatchState.UNMATCHED,
        MatchReason.DETACHED,
    )
    assert back is not None
    assert (back.entry, back.version_no, back.is_current) == (first.entry, 3, True)


def test_detached_only_photo_leaves_none(record: StudentRecord, li: User, now: datetime) -> None:
    version = imaging.make_photo(record)

    assert detach_entry(entry=version.entry, actor=li, now=now, reason="不是本人") is None
    assert selectors.photo_of(record, GRADUATION) is None
    assert list(selectors.captures_without_record()) == [version.entry]


def test_detached_photo_of_the_past_changes_nothing_now(
    record: StudentRecord, li: User, now: datetime
) -> None:
    former, current = imaging.make_photo(record), imaging.make_photo(record)

    detach_entry(entry=former.entry, actor=li, now=now, reason="不是本人")

    assert selectors.photo_of(record, GRADUATION) == current


def test_edited_number_finds_the_record(
    stray: CaptureEntry, record: StudentRecord, li: User, now: datetime
) -> None:
    changes = {"student_no": record.student_no}
    assert preview_rematch(stray, changes).record == record
    assert CaptureEntry.objects.get().state == MatchState.UNMATCHED

    edit_capture_data(entry=stray, changes=changes, actor=li, now=now, reason="学号写错")

    assert (stray.state, stray.student_no) == (MatchState.MATCHED, record.student_no)
    assert record.photos.get().entry == stray
    event = AuditEvent.objects.get(action="entry.rematched")
    assert event.details["before"] == {"student_no": "2022049999"}


def test_edited_number_that_finds_nobody_waits_on(
    stray: CaptureEntry, li: User, now: datetime
) -> None:
    edit_capture_data(
        entry=stray, changes={"student_no": "2022048888"}, actor=li, now=now, reason="改"
    )

    assert (stray.state, stray.reason) == (MatchState.UNMATCHED, MatchReason.UNKNOWN_NUMBER)
    assert stray.settled_at is None


def test_edited_document_number_is_encrypted_with_its_index_and_masked(
    stray: CaptureEntry, record: StudentRecord, li: User, now: datetime
) -> None:
    changes = {"student_no": "", "document_no": record.id_number}

    edit_capture_data(entry=stray, changes=changes, actor=li, now=now, reason="改")

    assert (stray.state, stray.document_no) == (MatchState.MATCHED, record.id_number)
    assert bytes(stray.document_no_index) == bytes(record.id_number_index)
    assert record.id_number not in str(AuditEvent.objects.get(action="entry.rematched").details)


def test_name_that_disagrees_is_cleared_by_staff(
    record: StudentRecord, li: User, now: datetime
) -> None:
    deliver({f"{record.student_no}沈若曦.jpg": portrait(1)}, now=now)
    entry = CaptureEntry.objects.get()
    assert entry.reason == MatchReason.NAME_MISMATCH
    assert selectors.candidates_of(entry) == [record]

    edit_capture_data(entry=entry, changes={"name": ""}, actor=li, now=now, reason="错字")

    assert entry.record == record


@pytest.mark.parametrize(
    "changes",
    [{"file_name": "x"}, {"captured_date": "31.3.2026"}, {"student_no": "1" * 33}],
)
def test_edit_refuses_what_cannot_be(
    stray: CaptureEntry, li: User, now: datetime, changes: dict[str, str]
) -> None:
    with pytest.raises(InvalidInputError) as raised:
        edit_capture_data(entry=stray, changes=changes, actor=li, now=now, reason="改")

    assert raised.value.field in changes


def test_edited_data_of_a_matched_photo_leave_the_photo(
    record: StudentRecord, li: User, now: datetime
) -> None:
    version = imaging.make_photo(record)
    changes = {"name": "沈若溪", "candidate_no": record.candidate_no}

    edit_matched_data(entry=version.entry, changes=changes, actor=li, now=now, reason="补全")

    entry = CaptureEntry.objects.get()
    assert (entry.name, entry.state, entry.record) == ("沈若溪", MatchState.MATCHED, record)
    assert selectors.photo_of(record, GRADUATION) == version
    assert AuditEvent.objects.get(action="entry.edited").subject_id == str(record.pk)


def test_data_of_somebody_else_are_not_written_to_a_matched_photo(
    record: StudentRecord, li: User, now: datetime
) -> None:
    version, other = imaging.make_photo(record), enrolment.make_record()

    with pytest.raises(NotAllowedError, match="另一个人"):
        edit_matched_data(
            entry=version.entry,
            changes={"student_no": other.student_no},
            actor=li,
            now=now,
            reason="改",
        )


ACTS: dict[MatchAction, Callable[..., object]] = {
    MatchAction.ATTACH: lambda entry, record, **by: attach_entry(entry=entry, record=record, **by),
    MatchAction.DETACH: lambda entry, _record, **by: detach_entry(entry=entry, **by),
    MatchAction.REMATCH: lambda entry, _record, **by: edit_capture_data(
        entry=entry, changes={"name": "某某"}, **by
    ),
    MatchAction.EDIT: lambda entry, _record, **by: edit_matched_data(
        entry=entry, changes={"name": ""}, **by
    ),
}
# Tried in test_repair: they take two people.
BY_TWO = {MatchAction.VOID, MatchAction.MOVE, MatchAction.RESTORE}


def test_every_act_of_the_table_is_tried() -> None:
    assert set(ACTS) | BY_TWO == set(MatchAction)


def entry_in(state: MatchState, record: StudentRecord) -> CaptureEntry:
    entry = imaging.make_photo(record).entry
    if state != MatchState.MATCHED:
        PhotoVersion.objects.filter(entry=entry).delete()
        CaptureEntry.objects.filter(pk=entry.pk).update(state=state, record=None)
    entry.refresh_from_db()
    return entry


@pytest.mark.parametrize("action", ACTS)
@pytest.mark.parametrize("state", MatchState)
def test_act_follows_the_table(
    record: StudentRecord, li: User, now: datetime, state: MatchState, action: MatchAction
) -> None:
    entry = entry_in(state, record)
    by = {"actor": li, "now": now, "reason": "试"}

    if CAPTURE.allows(action, source=state):
        ACTS[action](entry, record, **by)
        assert AuditEvent.objects.filter(action__startswith="entry.").count() == 1
    else:
        with pytest.raises(StaleStateError):
            ACTS[action](entry, record, **by)
        assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize("action", ACTS)
@pytest.mark.parametrize("person", ["alice", "monitor", "chen", "secretary", "leader", "auditor"])
def test_act_is_the_registrars(
    request, record: StudentRecord, now: datetime, person: str, action: MatchAction
) -> None:
    entry = entry_in(MatchState.UNMATCHED, record)
    user = request.getfixturevalue(person)

    with pytest.raises(NotAllowedError):
        ACTS[action](entry, record, actor=user, now=now, reason="试")


@pytest.mark.parametrize("action", ACTS)
def test_act_needs_a_reason(
    record: StudentRecord, li: User, now: datetime, action: MatchAction
) -> None:
    entry = entry_in(MatchState.MATCHED, record)

    with pytest.raises(InvalidInputError):
        ACTS[action](entry, record, actor=li, now=now, reason="  ")


def test_second_look_at_an_old_page_is_told(
    stray: CaptureEntry, record: StudentRecord, li: User, now: datetime
) -> None:
    seen_by_other = CaptureEntry.objects.get(pk=stray.pk)
    edit_capture_data(
        entry=stray, changes={"student_no": "2022048888"}, actor=li, now=now, reason="改"
    )

    with pytest.raises(StaleStateError):
        edit_capture_data(
            entry=seen_by_other, changes={"student_no": "1"}, actor=li, now=now, reason="改"
        )


@pytest.mark.django_db(transaction=True)
def test_two_clerks_attach_one_photo_and_one_wins(
    stray: CaptureEntry, record: StudentRecord, li: User, now: datetime
) -> None:
    other = enrolment.make_record()
    acts = [(CaptureEntry.objects.get(pk=stray.pk), each) for each in (record, other)]

    told = _together(acts, li, now)

    assert sorted(map(bool, told)) == [False, True]
    assert PhotoVersion.objects.filter(entry=stray).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clerks_give_one_record_two_photos_and_one_is_current(
    record: StudentRecord, li: User, now: datetime
) -> None:
    for turn in range(6):
        names = [f"20220488{turn}{side}.jpg" for side in range(2)]
        deliver({name: portrait(turn * 2 + side) for side, name in enumerate(names)}, now=now)
        moment = now + timedelta(minutes=turn)

        told = _together([(entry_named(name), record) for name in names], li, moment)

        assert told.count("") in {1, 2}
        assert record.photos.filter(is_current=True).count() == 1
        current = record.photos.get(is_current=True).entry
        assert (current.state, current.record) == (MatchState.MATCHED, record)


def _together(
    acts: list[tuple[CaptureEntry, StudentRecord]], actor: User, now: datetime
) -> list[str]:
    """Attach at one moment, each on a connection of its own; "" for a winner, else what it was told."""
    barrier = Barrier(len(acts))

    def run(act: tuple[CaptureEntry, StudentRecord]) -> str:
        barrier.wait()
        try:
            attach_entry(entry=act[0], record=act[1], actor=actor, now=now, reason="试")
        except DomainError as error:
            return str(error)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
