"""A batch from upload to import: stages, a second worker, interruptions, leftovers."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.files import open_sealed
from common.models import AuditEvent
from enrollment.models import StudentRecord
from enrollment.states import ImportState
from imaging.inspection import GRADUATION_RULES
from imaging.models import CaptureEntry, PhotoBatch
from imaging.services.batch import (
    apply_batch,
    check_batch,
    discard_batch,
    stage_batch,
    start_batch,
)
from imaging.services.batch_inspect import Received, inspectors
from imaging.services.batch_lease import STALE_AFTER, BatchLease
from imaging.services.batch_queue import erase_old_archives, resume_batches, run_apply, run_check
from imaging.states import PhotoKind
from tests.factories import enrolment
from tests.factories.imaging import portrait
from tests.imaging.importers.archives import zip_of
from tests.imaging.services.deliveries import counts, deliver, marked

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


class InterruptedByTestError(Exception):
    """Raised in the middle, as a crash would."""


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        },
    }


@pytest.fixture
def staged(li: User, now: datetime) -> Callable[..., PhotoBatch]:
    """Batches handed in at the desk."""

    def stage(files: dict[str, bytes]) -> PhotoBatch:
        return stage_batch(
            file=zip_of(files),
            file_name="照片.zip",
            kind=PhotoKind.GRADUATION,
            actor=li,
            now=now,
        )

    return stage


def many(count: int) -> dict[str, bytes]:
    """Photos of students with consecutive numbers."""
    return {f"照片/20220402{serial:03d}.jpg": marked(serial) for serial in range(count)}


def breaking_after(done: int) -> Callable[[int, int], None]:
    def on_progress(seen: int, total: int) -> None:
        if seen > done:
            raise InterruptedByTestError

    return on_progress


def blob_count() -> int:
    return sum(
        len(default_storage.listdir(f"{kind}/{folder}")[1])
        for kind in ("original", "photo")
        if default_storage.exists(kind)
        for folder in default_storage.listdir(kind)[0]
    )


def test_batch_is_checked_started_and_applied(
    staged, record: StudentRecord, li: User, now: datetime
) -> None:
    batch = staged({f"{record.student_no}.jpg": portrait(1), "x.txt": b""})

    checked = check_batch(batch=batch, now=now)

    assert counts(checked) == {"files": 2, "ignored": 1, "accepted": 1, "matched": 1}
    assert (batch.state, batch.file_count, batch.report["applied"]) == ("STAGED", 2, False)
    assert CaptureEntry.objects.count() == 0

    start_batch(batch=batch, actor=li, now=now)
    applied = apply_batch(batch=batch, actor=li, now=now)

    assert (batch.state, batch.applied_by) == (ImportState.APPLIED, li.actor_label)
    assert {**checked.as_json(), "applied": True} == applied.as_json()
    assert batch.report == applied.as_stored()
    assert record.photos.count() == 1
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "photobatch.staged",
        "photobatch.started",
        "photobatch.applied",
    ]


def test_uploaded_archive_is_encrypted_at_rest(staged) -> None:
    batch = staged({"1.jpg": portrait(1)})

    with default_storage.open(batch.file.key) as stored:
        assert b"PK\x03\x04" not in stored.read()
    with open_sealed(batch.file) as clear:
        assert clear.read(4) == b"PK\x03\x04"
    assert batch.file.retain_until is not None


def test_unreadable_archive_is_refused_with_its_reason(li: User, now: datetime) -> None:
    batch = stage_batch(
        file=BytesIO(b"Rar!" + bytes(100)),
        file_name="照片.zip",
        kind=PhotoKind.GRADUATION,
        actor=li,
        now=now,
    )

    check_batch(batch=batch, now=now)

    assert batch.state == ImportState.REFUSED
    assert "不是 ZIP" in batch.failure


def test_tasks_do_what_is_due_and_nothing_twice(
    staged, record: StudentRecord, li: User, now: datetime
) -> None:
    batch = staged({f"{record.student_no}.jpg": portrait(1)})
    run_check(batch_id=batch.pk, now=now)
    run_check(batch_id=batch.pk, now=now)
    batch.refresh_from_db()
    start_batch(batch=batch, actor=li, now=now)

    run_apply(batch_id=batch.pk, actor_id=li.pk, now=now)
    run_apply(batch_id=batch.pk, actor_id=li.pk, now=now)

    batch.refresh_from_db()
    assert (batch.state, batch.applied_by) == (ImportState.APPLIED, li.actor_label)
    assert record.photos.count() == 1


def test_batch_is_not_started_before_it_was_checked(staged, li: User, now: datetime) -> None:
    with pytest.raises(StaleStateError):
        start_batch(batch=staged({}), actor=li, now=now)


def test_discarded_batch_stays_discarded(staged, li: User, now: datetime) -> None:
    batch = staged({})
    with pytest.raises(InvalidInputError):
        discard_batch(batch=batch, actor=li, now=now, reason=" ")

    discard_batch(batch=batch, actor=li, now=now, reason="传错了")

    assert batch.state == ImportState.DISCARDED
    with pytest.raises(StaleStateError):
        check_batch(batch=batch, now=now)


def test_batches_are_the_registrars(chen: User, now: datetime) -> None:
    with pytest.raises(NotAllowedError):
        stage_batch(
            file=zip_of({}), file_name="x.zip", kind=PhotoKind.GRADUATION, actor=chen, now=now
        )


def test_interrupted_import_keeps_whole_chunks_and_continues(now: datetime) -> None:
    files = zip_of(many(230))

    with pytest.raises(InterruptedByTestError):
        deliver(files, now=now, on_progress=breaking_after(220))

    assert CaptureEntry.objects.count() == 200
    assert blob_count() == 400
    batch = PhotoBatch.objects.get()
    assert (batch.state, batch.progress) == (ImportState.APPLYING, 200)
    assert "InterruptedByTestError" in batch.failure

    report = deliver(files, now=now + timedelta(seconds=5))

    assert counts(report) == {"files": 230, "accepted": 230, "unmatched": 230}
    assert CaptureEntry.objects.count() == 230
    assert blob_count() == 460
    assert PhotoBatch.objects.get().state == ImportState.APPLIED


def test_abandoned_batch_is_taken_up_by_the_sweep(staged, li: User, now: datetime) -> None:
    batch = staged(many(3))
    assert resume_batches(now=now) == 0

    later = now + STALE_AFTER
    assert resume_batches(now=later) == 1
    batch.refresh_from_db()
    assert batch.state == ImportState.STAGED

    start_batch(batch=batch, actor=li, now=later)
    BatchLease(batch, ImportState.APPLYING, now=later)  # a worker that dies at once
    assert resume_batches(now=later + timedelta(minutes=1)) == 0
    assert resume_batches(now=later + STALE_AFTER) == 1
    batch.refresh_from_db()
    assert batch.state == ImportState.APPLIED
    assert CaptureEntry.objects.count() == 3


def test_second_worker_waits_for_the_lease(staged, li: User, now: datetime) -> None:
    batch = staged(many(2))
    check_batch(batch=batch, now=now)
    start_batch(batch=batch, actor=li, now=now)
    BatchLease(batch, ImportState.APPLYING, now=now)

    with pytest.raises(StaleStateError):
        apply_batch(batch=batch, actor=li, now=now + timedelta(seconds=10))


def test_worker_that_lost_its_lease_writes_nothing_more(now: datetime) -> None:
    files = many(110)

    def usurp(done: int, total: int) -> None:
        if done == 90:
            BatchLease(PhotoBatch.objects.get(), ImportState.APPLYING, now=now, takes_over=True)

    with pytest.raises(StaleStateError):
        deliver(files, now=now, on_progress=usurp)

    assert CaptureEntry.objects.count() == 0
    assert blob_count() == 0


def test_failed_batch_waits_for_a_person(staged, li: User, now: datetime) -> None:
    batch = staged(many(2))
    check_batch(batch=batch, now=now)
    start_batch(batch=batch, actor=li, now=now)
    with pytest.raises(InterruptedByTestError):
        apply_batch(batch=batch, actor=li, now=now, on_progress=breaking_after(0))
    assert resume_batches(now=now + timedelta(days=1)) == 0

    batch.refresh_from_db()
    start_batch(batch=batch, actor=li, now=now)
    apply_batch(batch=batch, actor=li, now=now)

    assert (batch.state, batch.failure) == (ImportState.APPLIED, "")


def test_archive_is_erased_when_its_retention_is_over(staged, li: User, now: datetime) -> None:
    applied, forgotten = staged(many(1)), staged({"1.jpg": portrait(9)})
    check_batch(batch=applied, now=now)
    start_batch(batch=applied, actor=li, now=now)
    apply_batch(batch=applied, actor=li, now=now)
    assert erase_old_archives(now=now + timedelta(days=29)) == 0

    assert erase_old_archives(now=now + timedelta(days=30)) == 2

    applied.refresh_from_db()
    forgotten.refresh_from_db()
    assert (applied.state, forgotten.state) == (ImportState.APPLIED, ImportState.DISCARDED)
    assert not default_storage.exists(applied.file.key)
    assert blob_count() == 2
    assert erase_old_archives(now=now + timedelta(days=31)) == 0


def test_two_processes_find_what_one_finds() -> None:
    photos = [Received(serial, marked(serial)) for serial in range(60)]
    photos[3] = Received(3, b"no photo")

    with inspectors(len(photos), 1) as eyes:
        alone = list(eyes.inspect(photos, GRADUATION_RULES))
    with inspectors(len(photos), 2) as eyes:
        together = list(eyes.inspect(photos, GRADUATION_RULES))

    assert together == alone
    assert [received.subject for received, found in together if not found.ok] == [3]


def test_record_that_gets_several_photos_at_once_keeps_one_current(now: datetime) -> None:
    record = enrolment.make_record(student_no="2022040101")
    deliver({"2022040101.jpg": portrait(1)}, now=now)
    deliver({"2022040101.jpg": portrait(2)}, now=now)
    deliver({"2022040101.jpg": portrait(3)}, now=now)

    assert list(record.photos.order_by("version_no").values_list("version_no", "is_current")) == [
        (1, False),
        (2, False),
        (3, True),
    ]
