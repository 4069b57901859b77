"""A checked batch file by file: outcomes, findings, small pictures; and locked photos that stay."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from PIL import Image
from python_calamine import CalamineWorkbook

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.files import read
from common.models import AuditEvent, PurgeProof, StoredFile
from enrollment.states import ImportState, Severity
from imaging.importers import parse_manifest
from imaging.matching import MatchReason
from imaging.models import BatchFinding, BatchItem, CaptureEntry, PhotoBatch
from imaging.services.batch import apply_batch, check_batch, stage_batch, start_batch
from imaging.services.batch_book import findings_book
from imaging.services.batch_items import read_small
from imaging.services.batch_lease import STALE_AFTER, BatchLease
from imaging.services.batch_queue import erase_old_archives, resume_batches
from imaging.services.rematch import rematch_unmatched
from imaging.states import Conclusion, MatchState, PhotoKind, PhotoOutcome
from tests.factories import enrolment, imaging, people, repairing
from tests.factories.imaging import portrait
from tests.factories.repairing import DAY, Student
from tests.imaging.importers.archives import zip_of
from tests.imaging.photos import jpeg, picture
from tests.imaging.services.deliveries import counts, deliver, entry_named, marked
from tests.security.hostile import read as hostile

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

Stage = Callable[..., PhotoBatch]


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path: Path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        },
    }


@pytest.fixture
def checked(li: User, now: datetime) -> Stage:
    """Batches handed in at the desk and looked through."""

    def stage(files: dict[str, bytes], *, at: datetime | None = None) -> PhotoBatch:
        batch = stage_batch(
            file=zip_of(files),
            file_name="照片.zip",
            kind=PhotoKind.GRADUATION,
            actor=li,
            now=at or now,
        )
        check_batch(batch=batch, now=at or now, workers=1)
        return batch

    return stage


@pytest.fixture
def locked(now: datetime) -> Student:
    """A student whose photo is locked: concluded three days ago, with a window of one."""
    imaging.make_campaign(
        opens_at=now - 20 * DAY, closes_at=now + 5 * DAY, sheet_freeze_at=now + 6 * DAY
    )
    return repairing.make_student("2022040111", "沈若溪", at=now)


def imported(batch: PhotoBatch, actor: User, now: datetime) -> PhotoBatch:
    start_batch(batch=batch, actor=actor, now=now)
    apply_batch(batch=batch, actor=actor, now=now, workers=1)
    return batch


def outcomes(batch: PhotoBatch) -> dict[str, str]:
    return {item.file_name: item.outcome for item in BatchItem.objects.filter(batch=batch)}


def codes(batch: PhotoBatch) -> dict[str, int]:
    return dict(Counter(BatchFinding.objects.filter(batch=batch).values_list("code", flat=True)))


# --- checking


def test_check_says_of_every_file_what_would_become_of_it(checked: Stage, now: datetime) -> None:
    new = enrolment.make_record(student_no="2022040101")
    shown = enrolment.make_record(student_no="2022040102")
    imaging.make_photo(shown)
    deliver({"2022040103.jpg": marked(3)}, now=now)
    batch = checked(
        {
            "2022040101.jpg": marked(1),
            "2022040102.jpg": marked(2),
            "2022040103.jpg": marked(3),
            "2022040104.jpg": marked(4),
            "复制/2022040101.jpg": marked(1),
            "2022040105.jpg": jpeg(picture((640, 480))),
            "说明.txt": b"x",
            "Thumbs.db": b"x",
        }
    )

    assert outcomes(batch) == {
        "2022040101.jpg": PhotoOutcome.CREATE,
        "2022040102.jpg": PhotoOutcome.REPLACE,
        "2022040103.jpg": PhotoOutcome.KNOWN,
        "2022040104.jpg": PhotoOutcome.WAIT,
        "复制/2022040101.jpg": PhotoOutcome.KNOWN,
        "2022040105.jpg": PhotoOutcome.REFUSE,
        "说明.txt": PhotoOutcome.LEFT,
    }
    by_code = codes(batch)
    assert {code: by_code[code] for code in ("known", "unknown_number", "same_content")} == {
        "known": 1,
        "unknown_number": 1,
        "same_content": 1,
    }
    refused = BatchFinding.objects.get(batch=batch, code="wrong_size")
    assert refused.severity == Severity.ERROR
    assert refused.item is not None
    assert refused.item.file_name == "2022040105.jpg"
    item = BatchItem.objects.get(batch=batch, record=new, outcome=PhotoOutcome.CREATE)
    assert item.entry is None
    assert CaptureEntry.objects.filter(batch=batch).count() == 0


def test_small_pictures_are_sealed_together_and_read_one_by_one(checked: Stage) -> None:
    batch = checked({f"20220402{serial:02d}.jpg": marked(serial) for serial in range(35)})

    sheets = StoredFile.objects.filter(kind="contact")
    assert sheets.count() == 2
    with default_storage.open(sheets[0].key) as stored:
        assert b"JFIF" not in stored.read()
    for item in BatchItem.objects.filter(batch=batch)[:3]:
        small = Image.open(BytesIO(read_small(item)))
        assert small.size == (180, 240)


def test_rows_of_the_list_without_a_file_are_named(checked: Stage) -> None:
    table = "文件名,学号\n1.jpg,2022040101\n990101188603125558.jpg,2022040102\n"
    batch = checked({"1.jpg": portrait(1), "2.jpg": portrait(2), "清单.csv": table.encode()})

    assert outcomes(batch)["990101188603125558.jpg"] == PhotoOutcome.ABSENT
    assert {"file_missing", "not_listed"} <= set(codes(batch))
    told = BatchFinding.objects.get(batch=batch, code="file_missing").message
    assert "990101188603125558" not in told


def test_remarks_on_the_whole_list_belong_to_no_file(checked: Stage) -> None:
    table = "文件名,学号\n1.jpg,2022040101\n,2022040102\n"
    batch = checked({"1.jpg": portrait(1), "清单.csv": table.encode()})

    assert BatchFinding.objects.get(batch=batch, code="no_file_name").item is None
    assert parse_manifest(table.encode(), "清单.csv").findings


@pytest.mark.parametrize(
    "name", ["traversal.zip", "nested.zip", "some_encrypted.zip", "squeezed.zip"]
)
def test_hostile_members_are_findings_like_others(name: str, li: User, now: datetime) -> None:
    batch = stage_batch(
        file=BytesIO(hostile(name)),
        file_name=name,
        kind=PhotoKind.GRADUATION,
        actor=li,
        now=now,
    )

    check_batch(batch=batch, now=now, workers=1)

    assert batch.state == "STAGED"
    items = BatchItem.objects.filter(batch=batch)
    assert items.exists()
    assert not any(".." in item.file_name or item.file_name.startswith("/") for item in items)
    stopped = items.filter(outcome__in=[PhotoOutcome.REFUSE, PhotoOutcome.LEFT])
    assert all(item.findings.exists() for item in stopped)


def test_check_that_was_broken_off_leaves_nothing_double(
    li: User, now: datetime, tmp_path: Path
) -> None:
    files = {f"20220402{serial:02d}.jpg": marked(serial) for serial in range(70)}
    batch = stage_batch(
        file=zip_of(files), file_name="照片.zip", kind=PhotoKind.GRADUATION, actor=li, now=now
    )

    def die(done: int, total: int) -> None:
        if done > 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_batch(batch=batch, now=now, workers=1, on_progress=die)
    assert BatchItem.objects.filter(batch=batch).count() == 32

    assert resume_batches(now=now + STALE_AFTER + timedelta(minutes=1)) == 1

    batch.refresh_from_db()
    assert batch.state == "STAGED"
    assert BatchItem.objects.filter(batch=batch).count() == 70
    assert StoredFile.objects.filter(kind="contact").count() == 3
    assert len([path for path in tmp_path.glob("contact/*/*") if path.is_file()]) == 3


def test_checker_that_lost_its_lease_writes_nothing_more(li: User, now: datetime) -> None:
    files = {f"20220402{serial:02d}.jpg": marked(serial) for serial in range(40)}
    batch = stage_batch(
        file=zip_of(files), file_name="照片.zip", kind=PhotoKind.GRADUATION, actor=li, now=now
    )

    def usurp(done: int, total: int) -> None:
        if done == 20:
            BatchLease(batch, ImportState.UPLOADED, now=now, takes_over=True)

    with pytest.raises(StaleStateError):
        check_batch(batch=batch, now=now, workers=1, on_progress=usurp)

    assert BatchItem.objects.count() == StoredFile.objects.filter(kind="contact").count() == 0


# --- the import


def test_import_says_of_every_file_what_became_of_it(
    checked: Stage, li: User, now: datetime
) -> None:
    shown = enrolment.make_record(student_no="2022040102")
    imaging.make_photo(shown)
    batch = checked(
        {
            "2022040101.jpg": marked(1),
            "2022040102.jpg": marked(2),
            "2022040103.jpg": marked(3),
            "x.jpg": b"no",
        }
    )
    late = enrolment.make_record(student_no="2022040101")

    imported(batch, li, now)

    assert outcomes(batch) == {
        "2022040101.jpg": PhotoOutcome.CREATE,
        "2022040102.jpg": PhotoOutcome.REPLACE,
        "2022040103.jpg": PhotoOutcome.WAIT,
        "x.jpg": PhotoOutcome.REFUSE,
    }
    entry = CaptureEntry.objects.get(record=late)
    assert BatchItem.objects.get(batch=batch, record=late).entry == entry


def test_corrected_batch_sent_twice_does_not_double(
    checked: Stage, li: User, now: datetime
) -> None:
    record = enrolment.make_record(student_no="2022040101")
    imported(checked({"2022040101.jpg": marked(1), "2022049999.jpg": marked(2)}), li, now)
    later = now + DAY
    other = enrolment.make_record(student_no="2022040102")

    again = checked({"2022040101.jpg": marked(1), "2022040102.jpg": marked(2)}, at=later)
    assert outcomes(again) == {
        "2022040101.jpg": PhotoOutcome.KNOWN,
        "2022040102.jpg": PhotoOutcome.CREATE,
    }
    assert codes(again) == {"known": 1, "matched_now": 1}
    imported(again, li, later)

    assert CaptureEntry.objects.count() == 2
    assert record.photos.count() == other.photos.count() == 1
    third = checked({"2022040101.jpg": marked(1), "2022040102.jpg": marked(2)}, at=later)
    assert set(outcomes(third).values()) == {PhotoOutcome.KNOWN}
    assert third.report["accepted"] == 0


def test_enrolment_photos_are_a_kind_of_their_own(li: User, now: datetime) -> None:
    record = enrolment.make_record(student_no="2022040101")
    deliver({"2022040101.jpg": portrait(1)}, now=now)
    deliver({"2022040101.jpg": portrait(1)}, now=now, kind=PhotoKind.ENROLMENT)

    assert sorted(record.photos.filter(is_current=True).values_list("kind", flat=True)) == [
        PhotoKind.ENROLMENT,
        PhotoKind.GRADUATION,
    ]


# --- locked photos


def test_newer_delivery_does_not_replace_a_locked_photo(
    checked: Stage, li: User, locked: Student, now: datetime
) -> None:
    before = locked.shown
    batch = checked({f"{locked.record.student_no}.jpg": portrait(41)})
    assert outcomes(batch) == {f"{locked.record.student_no}.jpg": PhotoOutcome.WAIT}
    assert codes(batch)[MatchReason.LOCKED_PHOTO] == 1

    imported(batch, li, now)

    assert locked.shown == before
    entry = CaptureEntry.objects.get(batch=batch)
    assert (entry.state, entry.reason) == (MatchState.AMBIGUOUS, MatchReason.LOCKED_PHOTO)
    assert batch.report["ambiguous"] == 1
    assert "locked_photo" in {each["code"] for each in batch.report["warnings"]}


def test_command_says_so_as_well_and_dry_run_says_the_same(locked: Student, now: datetime) -> None:
    files = {f"{locked.record.student_no}.jpg": portrait(41)}

    dry = deliver(files, now=now, apply=False)
    real = deliver(files, now=now)

    assert counts(real) == {"files": 1, "accepted": 1, "ambiguous": 1}
    assert {**dry.as_json(), "applied": True} == real.as_json()


def test_photo_that_locks_between_check_and_import_stays(
    checked: Stage, li: User, now: datetime
) -> None:
    imaging.make_campaign(
        opens_at=now - 20 * DAY, closes_at=now + 5 * DAY, sheet_freeze_at=now + 6 * DAY
    )
    student = repairing.make_student("2022040111", "沈若溪", at=now, concluded=timedelta(hours=23))
    before = student.shown
    batch = checked({"2022040111.jpg": portrait(41)})
    assert outcomes(batch) == {"2022040111.jpg": PhotoOutcome.REPLACE}

    imported(batch, li, now + timedelta(hours=2))

    assert student.shown == before
    assert outcomes(batch) == {"2022040111.jpg": PhotoOutcome.WAIT}


def test_unlocked_photo_is_replaced_as_before(now: datetime) -> None:
    imaging.make_campaign(
        opens_at=now - 20 * DAY, closes_at=now + 5 * DAY, sheet_freeze_at=now + 6 * DAY
    )
    student = repairing.make_student("2022040111", "沈若溪", at=now, concluded=timedelta(hours=1))

    deliver({"新的/2022040111.jpg": portrait(41)}, now=now)

    assert student.shown == entry_named("新的/2022040111.jpg")


def test_same_bytes_as_the_locked_photo_are_nothing_new(checked: Stage, locked: Student) -> None:
    batch = checked({f"{locked.record.student_no}.jpg": read(locked.entry.original)})

    assert set(outcomes(batch).values()) == {PhotoOutcome.KNOWN}


def test_waiting_photo_named_for_a_locked_record_waits_for_two(
    locked: Student, now: datetime
) -> None:
    deliver({"没有号码.jpg": portrait(41)}, now=now)
    before = locked.shown

    report = deliver({f"{locked.record.student_no}.jpg": portrait(41)}, now=now + DAY)

    entry = entry_named("没有号码.jpg")
    assert (entry.state, entry.reason) == (MatchState.AMBIGUOUS, MatchReason.LOCKED_PHOTO)
    assert locked.shown == before
    assert "锁定" in report.warnings[0].message


def test_rematch_leaves_a_locked_photo_alone(now: datetime) -> None:
    deliver({"22990101018888.jpg": portrait(41)}, now=now)
    imaging.make_campaign(
        opens_at=now - 20 * DAY, closes_at=now + 5 * DAY, sheet_freeze_at=now + 6 * DAY
    )
    student = repairing.make_student("2022040111", "沈若溪", at=now)
    before = student.shown
    student.record.candidate_no = "22990101018888"
    student.record.save(update_fields=["candidate_no"])

    assert rematch_unmatched(now=now + timedelta(hours=1)) == 0

    entry = entry_named("22990101018888.jpg")
    assert (entry.state, entry.reason) == (MatchState.AMBIGUOUS, MatchReason.LOCKED_PHOTO)
    assert student.shown == before


def test_rematch_replaces_a_photo_that_nobody_has_judged(now: datetime) -> None:
    imaging.make_campaign(
        opens_at=now - 20 * DAY, closes_at=now + 5 * DAY, sheet_freeze_at=now + 6 * DAY
    )
    student = repairing.make_student("2022040111", "沈若溪", at=now, state=None)
    deliver({"22990101018888.jpg": portrait(41)}, now=now)
    student.record.candidate_no = "22990101018888"
    student.record.save(update_fields=["candidate_no"])

    assert rematch_unmatched(now=now + timedelta(hours=1)) == 1

    assert student.shown == entry_named("22990101018888.jpg")
    assert student.conclusion.state == Conclusion.PENDING


# --- bounds, workbook, retention


def test_archive_over_the_bound_is_refused_with_what_to_do(
    li: User, now: datetime, settings
) -> None:
    settings.MAX_PHOTO_ZIP_BYTES = 1024

    with pytest.raises(InvalidInputError, match="分成几个压缩包") as refused:
        stage_batch(
            file=zip_of({"1.jpg": portrait(1)}),
            file_name="照片.zip",
            kind=PhotoKind.GRADUATION,
            actor=li,
            now=now,
        )

    assert refused.value.field == "file"
    assert PhotoBatch.objects.count() == StoredFile.objects.count() == 0


def test_workbook_names_file_finding_and_what_to_do(
    checked: Stage, li: User, auditor: User, now: datetime
) -> None:
    record = enrolment.make_record(student_no="2022040101")
    imported(checked({"2022040101.jpg": marked(1)}), li, now)
    number = people.make_number(7, birth="18990101")
    batch = checked(
        {"2022040101.jpg": marked(1), f"{number}.jpg": marked(2), "=1+1.jpg": b"", "a.txt": b"x"}
    )

    book = findings_book(batch=batch, actor=li, now=now)

    sheet = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0)
    rows = [[str(cell) for cell in row] for row in sheet.to_python()]
    assert rows[0] == ["文件", "结果", "程度", "问题", "说明", "怎么办"]
    assert rows[1][:4] == ["=1+1.jpg", "不收的照片", "错误", "空文件"]
    by_file = {row[0]: row for row in rows[1:-1]}
    assert set(by_file) == {"=1+1.jpg", "2022040101.jpg", f"{number}.jpg", "a.txt"}
    assert all(row[5] for row in by_file.values())
    assert li.actor_label in rows[-1][0]
    assert AuditEvent.objects.filter(
        action="record.exported", subject_id=str(record.pk), object_id=str(batch.pk)
    ).exists()
    with pytest.raises(NotAllowedError):
        findings_book(batch=batch, actor=auditor, now=now)


def test_rows_and_small_pictures_go_with_the_archive(
    checked: Stage, now: datetime, tmp_path: Path
) -> None:
    batch = checked({"2022040101.jpg": marked(1), "x.jpg": b""})

    assert erase_old_archives(now=now + timedelta(days=30)) == 1

    assert BatchItem.objects.count() == BatchFinding.objects.count() == 0
    assert [path for path in tmp_path.glob("contact/*/*") if path.is_file()] == []
    assert PurgeProof.objects.filter(kind="上传的照片压缩包的小图").count() == 1
    batch.refresh_from_db()
    assert batch.state == "DISCARDED"
