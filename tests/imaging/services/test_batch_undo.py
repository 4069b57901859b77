"""Taking an imported batch of photos back: whole or refused, by a second person, after a kill, and again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from accounts.states import Role
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, OutboxMessage
from enrollment.models import StudentRecord
from enrollment.states import ImportState, UndoState
from imaging.matching import MatchReason
from imaging.models import CaptureEntry, PhotoBatch, PhotoVersion
from imaging.services.batch import apply_batch, check_batch, stage_batch, start_batch
from imaging.services.batch_lease import STALE_AFTER, BatchLease
from imaging.services.batch_queue import resume_batches, run_undo
from imaging.services.batch_undo import start_batch_undo, undo_batch
from imaging.services.capture import detach_entry
from imaging.services.rematch import rematch_unmatched
from imaging.services.repair import confirm_repair, propose_void
from imaging.states import Conclusion, ConclusionKind, MatchState, PhotoKind
from tests.factories import enrolment, imaging, people, repairing
from tests.factories.finding import make_photo_claim
from tests.factories.imaging import portrait
from tests.factories.repairing import DAY, Student
from tests.imaging.importers.archives import zip_of
from tests.imaging.services.deliveries import deliver, entry_named, marked

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


@pytest.fixture
def brought(li: User, now: datetime) -> Callable[[dict[str, bytes]], PhotoBatch]:
    """Batches that li has imported."""

    def bring(files: dict[str, bytes]) -> PhotoBatch:
        batch = stage_batch(
            file=zip_of(files), file_name="照片.zip", kind=PhotoKind.GRADUATION, actor=li, now=now
        )
        check_batch(batch=batch, now=now, workers=1)
        start_batch(batch=batch, actor=li, now=now)
        apply_batch(batch=batch, actor=li, now=now, workers=1)
        return batch

    return bring


@pytest.fixture
def student(now: datetime) -> Student:
    """A student with a photo that nobody has judged, in a running campaign."""
    imaging.make_campaign(
        opens_at=now - 20 * DAY, closes_at=now + 5 * DAY, sheet_freeze_at=now + 6 * DAY
    )
    return repairing.make_student("2022040111", "沈若溪", at=now, state=None)


def begun(batch: PhotoBatch, actor: User, now: datetime, *, keeps: bool = False) -> PhotoBatch:
    return start_batch_undo(
        batch=batch, reason="传错了文件", keeps_later_work=keeps, actor=actor, now=now
    )


def undone(batch: PhotoBatch, actor: User, now: datetime, *, keeps: bool = False) -> PhotoBatch:
    begun(batch, actor, now, keeps=keeps)
    return undo_batch(batch=batch, actor=actor, now=now)


def test_undo_gives_every_record_back_what_it_showed(
    brought, student: Student, wang: User, now: datetime
) -> None:
    new = enrolment.make_record(student_no="2022040112")
    before = student.shown
    batch = brought(
        {"2022040111.jpg": marked(1), "2022040112.jpg": marked(2), "2022049999.jpg": marked(3)}
    )
    assert student.shown != before

    undone(batch, wang, now + timedelta(hours=1))

    assert student.shown == before
    assert not new.photos.filter(is_current=True).exists()
    entries = CaptureEntry.objects.filter(batch=batch)
    assert {(entry.state, entry.reason, entry.record) for entry in entries} == {
        (str(MatchState.VOIDED), str(MatchReason.BATCH_UNDONE), None)
    }
    assert student.record.photos.count() == 3
    assert (batch.undo_state, batch.undone_by) == (UndoState.UNDONE, wang.actor_label)
    assert (batch.state, batch.kept_count) == (ImportState.APPLIED, 0)
    assert AuditEvent.objects.filter(action="photobatch.undone").count() == 1
    assert OutboxMessage.objects.filter(template="photo_repaired", user_id=student.user.pk).exists()


def test_photo_that_a_student_claims_is_not_taken_away_under_the_claim(
    brought, alice: User, record: StudentRecord, wang: User, now: datetime
) -> None:
    batch = brought({"2022049999.jpg": marked(3)})
    entry = CaptureEntry.objects.get(batch=batch)
    claim = make_photo_claim(alice, record, entry=entry, at=now)

    with pytest.raises(NotAllowedError, match="有学生认领，还没答复 1 张"):
        begun(batch, wang, now)
    undone(batch, wang, now, keeps=True)

    entry.refresh_from_db()
    assert (entry.state, claim.entry_id, batch.kept_count) == (
        MatchState.UNMATCHED,
        entry.pk,
        1,
    )


def test_who_imported_does_not_undo_and_nobody_twice(
    brought, li: User, wang: User, chen: User, now: datetime
) -> None:
    batch = brought({"2022040112.jpg": marked(2)})
    with pytest.raises(NotAllowedError, match="另一位"):
        begun(batch, li, now)
    with pytest.raises(NotAllowedError):
        begun(batch, chen, now)
    with pytest.raises(InvalidInputError):
        start_batch_undo(batch=batch, reason=" ", keeps_later_work=False, actor=wang, now=now)

    undone(batch, wang, now)

    with pytest.raises(NotAllowedError):
        begun(batch, wang, now)
    with pytest.raises(StaleStateError):
        undo_batch(batch=batch, actor=wang, now=now)


def test_undo_is_refused_when_a_student_has_judged_the_photo(
    brought, student: Student, wang: User, now: datetime
) -> None:
    other = enrolment.make_record(student_no="2022040112")
    batch = brought({"2022040111.jpg": marked(1), "2022040112.jpg": marked(2)})
    shown = student.shown
    imaging.make_conclusion(student.member, ConclusionKind.PHOTO, Conclusion.CORRECT, at=now)

    with pytest.raises(NotAllowedError, match="学生已经核对过这张照片 1 张"):
        begun(batch, wang, now)
    assert PhotoBatch.objects.get(pk=batch.pk).undo_state == UndoState.NONE
    assert student.shown == shown

    undone(batch, wang, now, keeps=True)

    assert student.shown == shown
    assert not other.photos.filter(is_current=True).exists()
    assert batch.kept_count == 1


def test_undo_is_refused_when_a_repair_or_a_person_was_at_it(
    brought, li: User, wang: User, now: datetime
) -> None:
    for serial in (1, 2, 3):
        enrolment.make_record(student_no=f"202204010{serial}")
    batch = brought({f"202204010{serial}.jpg": marked(serial) for serial in (1, 2, 3)})
    voided, detached, plain = (
        CaptureEntry.objects.select_related("record", "batch").get(record__student_no=number)
        for number in ("2022040101", "2022040102", "2022040103")
    )
    repair = propose_void(entries=[voided], keep=None, reason="试拍", actor=li, now=now)
    detach_entry(entry=detached, actor=li, now=now, reason="不是本人")

    with pytest.raises(NotAllowedError) as refused:
        begun(batch, wang, now)
    assert "在照片更正里，没办结或者办了 1 张" in str(refused.value)
    assert "老师处理过（关联、解除、改信息、作废） 1 张" in str(refused.value)
    confirm_repair(repair=repair, reason="看过", actor=wang, now=now)

    undone(batch, wang, now, keeps=True)

    plain.refresh_from_db()
    assert (plain.state, batch.kept_count) == (MatchState.VOIDED, 2)
    detached.refresh_from_db()
    assert detached.reason == MatchReason.DETACHED


def test_batch_can_be_sent_again_after_its_undo(brought, wang: User, now: datetime) -> None:
    record = enrolment.make_record(student_no="2022040101")
    files = {"2022040101.jpg": marked(1)}
    undone(brought(files), wang, now)

    again = brought(files)

    assert again.report["matched"] == 1
    assert again.report["duplicate"] == 0
    assert record.photos.get(is_current=True).entry.batch == again


def test_older_photo_that_the_batch_led_to_its_record_waits_again(
    brought, wang: User, now: datetime
) -> None:
    record = enrolment.make_record(student_no="2022040101")
    deliver({"没有号码.jpg": marked(1)}, now=now)
    batch = brought({"2022040101.jpg": marked(1)})
    entry = entry_named("没有号码.jpg")
    assert (entry.record, entry.found_in) == (record, batch)

    undone(batch, wang, now)

    entry.refresh_from_db()
    assert (entry.state, entry.reason, entry.found_in) == (
        MatchState.UNMATCHED,
        MatchReason.BATCH_UNDONE,
        None,
    )
    assert not record.photos.filter(is_current=True).exists()
    assert rematch_unmatched(now=now + DAY) == 0
    brought({"2022040101.jpg": marked(1)})
    entry.refresh_from_db()
    assert entry.record == record


def test_newer_delivery_stays_when_the_older_one_is_undone(
    brought, wang: User, now: datetime
) -> None:
    record = enrolment.make_record(student_no="2022040101")
    older, newer = brought({"2022040101.jpg": marked(1)}), brought({"2022040101.jpg": marked(2)})

    undone(older, wang, now)

    assert record.photos.get(is_current=True).entry.batch == newer
    undone(newer, wang, now)
    assert not record.photos.filter(is_current=True).exists()


def test_killed_undo_is_taken_up_by_the_sweep(
    brought, wang: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imaging.services.batch_undo._CHUNK", 2)
    batch = brought({f"20220402{serial:02d}.jpg": marked(serial) for serial in range(5)})
    begun(batch, wang, now)
    lease = BatchLease(batch, ImportState.APPLIED, now=now, undo_state=UndoState.UNDOING)
    renewed = iter([None])

    def die(self: BatchLease, **changes: object) -> None:
        next(renewed)
        BatchLease._write(self, **changes)

    with monkeypatch.context() as patched:
        patched.setattr(BatchLease, "renew", die)
        with pytest.raises(StopIteration):
            undo_batch(batch=batch, actor=wang, now=now + STALE_AFTER)
    assert CaptureEntry.objects.filter(state=MatchState.VOIDED).count() == 2
    with pytest.raises(StaleStateError):
        lease.renew(progress=1)

    assert resume_batches(now=now + 3 * STALE_AFTER) == 1

    batch.refresh_from_db()
    assert batch.undo_state == UndoState.UNDONE
    assert CaptureEntry.objects.filter(state=MatchState.VOIDED).count() == 5
    assert resume_batches(now=now + 4 * STALE_AFTER) == 0


def test_task_undoes_once(brought, wang: User, now: datetime) -> None:
    record = enrolment.make_record(student_no="2022040101")
    batch = brought({"2022040101.jpg": portrait(1)})
    begun(batch, wang, now)

    run_undo(batch_id=batch.pk, actor_id=wang.pk, now=now)
    run_undo(batch_id=batch.pk, actor_id=wang.pk, now=now)

    batch.refresh_from_db()
    assert batch.undo_state == UndoState.UNDONE
    assert PhotoVersion.objects.filter(record=record).count() == 1
