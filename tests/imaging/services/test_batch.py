"""Importing photos: what is counted, matched, refused, kept."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Model

from accounts.models import User
from common.actors import SYSTEM
from common.errors import InvalidInputError, NotAllowedError
from common.files import read
from common.models import AuditEvent, OutboxMessage, StoredFile
from enrollment.models import StudentRecord
from enrollment.states import ImportState
from imaging.importers import UnreadableArchiveError, parse_manifest
from imaging.matching import MatchReason
from imaging.models import CaptureEntry, PhotoBatch, PhotoVersion
from imaging.services.batch_report import BatchReport
from imaging.services.batch_rows import ENTRY_COLUMNS, FILE_COLUMNS
from imaging.states import MatchState, PhotoKind
from tests.factories import enrolment, imaging, people
from tests.factories.imaging import portrait
from tests.imaging.importers.archives import raw_zip, zip_of
from tests.imaging.photos import encoded, jpeg, picture
from tests.imaging.services.deliveries import counts, deliver, entry_named, marked

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def numbered() -> Callable[[int], StudentRecord]:
    """Records with known student numbers."""

    def make(serial: int, **fields: object) -> StudentRecord:
        return enrolment.make_record(student_no=f"20220401{serial:02d}", **fields)

    return make


def stored_blobs() -> set[str]:
    """The keys of all photos in the storage."""
    found = set()
    for kind in ("original", "photo"):
        if default_storage.exists(kind):
            for folder in default_storage.listdir(kind)[0]:
                names = default_storage.listdir(f"{kind}/{folder}")[1]
                found |= {f"{kind}/{folder}/{name}" for name in names}
    return found


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        },
    }


def test_import_reports_every_file_once(numbered, now: datetime) -> None:
    one, two = numbered(1), numbered(2)
    files = {
        "照片/2022040101.jpg": portrait(1),
        f"照片/深/一层/{two.id_number}.jpg": portrait(2),
        "照片/2022040199.jpg": portrait(3),
        "照片/复制/2022040101.jpg": portrait(1),
        "照片/2022040103.jpg": jpeg(picture((640, 480))),
        "照片/2022040104.jpg": encoded("PNG"),
        "照片/2022040105.jpg": b"",
        "照片/Thumbs.db": b"x",
        "__MACOSX/照片/._2022040101.jpg": b"x",
        "说明.txt": b"x",
    }

    report = deliver(files, now=now)

    assert counts(report) == {
        "files": 10,
        "ignored": 3,
        "accepted": 3,
        "matched": 2,
        "unmatched": 1,
        "duplicate": 1,
        "rejected": 3,
    }
    assert {(refused.file, refused.code) for refused in report.rejected} == {
        ("照片/2022040103.jpg", "wrong_size"),
        ("照片/2022040104.jpg", "not_jpeg"),
        ("照片/2022040105.jpg", "empty"),
    }
    assert report.applied is True
    assert {version.record for version in PhotoVersion.objects.filter(is_current=True)} == {
        one,
        two,
    }


def test_report_has_exactly_the_promised_keys(numbered, now: datetime) -> None:
    numbered(1)

    shown = deliver({"2022040101.jpg": portrait(1), "x.jpg": b"no"}, now=now).as_json()

    assert list(shown) == [
        *("file", "files", "ignored", "accepted", "matched", "unmatched", "ambiguous"),
        *("duplicate", "rejected", "warnings", "applied"),
    ]
    assert shown["file"] == "照片.zip"
    assert [set(entry) for entry in shown["rejected"]] == [{"file", "code", "message"}]


def test_dry_run_says_the_same_and_writes_nothing(numbered, now: datetime) -> None:
    numbered(1)
    files = {
        "2022040101.jpg": portrait(1),
        "2022040102.jpg": portrait(2),
        "b/2022040101.jpg": portrait(1),
        "2022040103.jpg": b"no photo",
    }

    dry = deliver(files, now=now, apply=False)

    assert dry.applied is False
    assert PhotoBatch.objects.count() == StoredFile.objects.count() == 0
    assert stored_blobs() == set()
    real = deliver(files, now=now)
    assert {**dry.as_json(), "applied": True} == real.as_json()


def test_original_is_kept_apart_from_the_clean_copy(numbered, now: datetime) -> None:
    record = numbered(1)
    delivered = marked(7)

    deliver({"2022040101.jpg": delivered}, now=now)

    entry = CaptureEntry.objects.get(record=record)
    assert read(entry.original) == delivered
    assert b"\xff\xfe\x00\x06" not in read(entry.published)[:40]
    assert entry.measures["width"] == 480
    assert stored_blobs() == {entry.original.key, entry.published.key}


def test_second_run_of_the_same_file_stores_nothing(numbered, now: datetime) -> None:
    numbered(1)
    files = {"2022040101.jpg": portrait(1), "2022040102.jpg": portrait(2)}
    deliver(files, now=now)

    again = deliver(files, now=now + timedelta(hours=1))

    assert counts(again) == {"files": 2, "duplicate": 2}
    assert again.warnings == []
    assert CaptureEntry.objects.count() == 2
    assert PhotoVersion.objects.count() == 1


def test_photos_that_another_delivery_stored_meanwhile_are_known(
    numbered: Callable[[int], StudentRecord], now: datetime
) -> None:
    """Between the look for known photos and the chunk that writes them."""
    records = [numbered(1), numbered(2)]
    files = {f"{record.student_no}.jpg": portrait(place) for place, record in enumerate(records)}
    others: list[BatchReport] = []

    def meanwhile(_done: int, _total: int) -> None:
        if not others:
            others.append(deliver(dict(reversed(files.items())), now=now))

    report = deliver(files, now=now, on_progress=meanwhile)

    assert counts(others[0]) == {"files": 2, "accepted": 2, "matched": 2}
    assert counts(report) == {"files": 2, "duplicate": 2}
    assert PhotoVersion.objects.count() == CaptureEntry.objects.count() == 2
    assert len(stored_blobs()) == 4


def test_names_in_gbk_are_read(numbered, now: datetime) -> None:
    record = numbered(1, name="沈若溪")
    archive = raw_zip([("毕业照片/2022040101沈若溪.jpg".encode("gb18030"), portrait(1))])

    report = deliver(archive, now=now)

    assert counts(report) == {"files": 1, "accepted": 1, "matched": 1}
    entry = CaptureEntry.objects.get(record=record)
    assert entry.file_name == "毕业照片/2022040101沈若溪.jpg"
    assert entry.name == "沈若溪"


def test_number_in_two_schools_is_ambiguous_until_the_school_is_said(now: datetime) -> None:
    enrolment.make_record(student_no="2022040101")
    branch = enrolment.make_school("99998", "远山大学云岭学院")
    theirs = enrolment.make_record(student_no="2022040101", school=branch)
    files = {"2022040101.jpg": portrait(1)}

    without = deliver(files, now=now)

    assert counts(without) == {"files": 1, "accepted": 1, "ambiguous": 1}
    assert CaptureEntry.objects.get().reason == MatchReason.TWO_SCHOOLS

    said = deliver(files, now=now, school=branch)

    assert counts(said) == {"files": 1, "duplicate": 1}
    assert [remark.code for remark in said.warnings] == ["matched_now"]
    entry = CaptureEntry.objects.get()
    assert (entry.state, entry.record, entry.school_code) == (MatchState.MATCHED, theirs, "99998")
    assert PhotoVersion.objects.get(is_current=True).record == theirs


def test_number_of_another_school_is_not_matched(numbered, now: datetime) -> None:
    numbered(1)
    branch = enrolment.make_school("99998", "远山大学云岭学院")

    report = deliver({"2022040101.jpg": portrait(1)}, now=now, school=branch)

    assert counts(report) == {"files": 1, "accepted": 1, "unmatched": 1}
    assert CaptureEntry.objects.get().reason == MatchReason.OTHER_SCHOOL


def test_same_file_for_two_students_waits_for_a_person(numbered, now: datetime) -> None:
    one, two = numbered(1), numbered(2)
    files = {"2022040101.jpg": portrait(1), f"{two.id_number}.jpg": portrait(1)}

    report = deliver(files, now=now)

    assert counts(report) == {"files": 2, "accepted": 1, "ambiguous": 1, "duplicate": 1}
    (warning,) = [each for each in report.warnings if each.code == "same_content"]
    assert warning.file == f"{two.id_number}.jpg"
    assert "2022040101.jpg" in warning.message
    assert CaptureEntry.objects.get().reason == MatchReason.SAME_FILE
    assert one.photos.count() == two.photos.count() == 0


def test_stored_photo_under_another_number_is_named_and_not_taken(numbered, now: datetime) -> None:
    one, two = numbered(1), numbered(2)
    deliver({f"{one.id_number}.jpg": portrait(1)}, now=now)

    report = deliver({"2022040102.jpg": portrait(1)}, now=now)

    assert counts(report) == {"files": 1, "duplicate": 1}
    assert [remark.code for remark in report.warnings] == ["same_content"]
    assert one.id_number not in report.warnings[0].message
    assert one.id_number[:2] in report.warnings[0].message
    assert two.photos.count() == 0


def test_several_usable_photos_of_one_record_wait_for_a_person(numbered, now: datetime) -> None:
    record = numbered(1)
    files = {"a/2022040101.jpg": portrait(1), f"b/{record.id_number}.jpg": portrait(2)}

    report = deliver(files, now=now)

    assert counts(report) == {"files": 2, "accepted": 2, "ambiguous": 2}
    assert {entry.reason for entry in CaptureEntry.objects.all()} == {MatchReason.SEVERAL_PHOTOS}


def test_refused_photo_does_not_make_a_good_one_ambiguous(numbered, now: datetime) -> None:
    record = numbered(1)
    files = {"a/2022040101.jpg": portrait(1), "b/2022040101.jpg": jpeg(picture((640, 480)))}

    report = deliver(files, now=now)

    assert counts(report) == {"files": 2, "accepted": 1, "matched": 1, "rejected": 1}
    assert record.photos.count() == 1


def test_twin_of_a_refused_photo_is_refused_too(now: datetime) -> None:
    report = deliver({"a.jpg": b"no photo", "b.jpg": b"no photo"}, now=now)

    assert counts(report) == {"files": 2, "rejected": 2}


def test_list_in_the_archive_says_whose_photo_it_is(numbered, now: datetime) -> None:
    record = numbered(1, name="沈若溪")
    table = "文件名,学号,姓名,拍摄日期\nIMG_0001.jpg,2022040101,沈若溪,2026-03-31\n无.jpg,1,2,\n"
    files = {"清单.csv": table.encode(), "IMG_0001.jpg": portrait(1), "其他.jpg": portrait(2)}

    report = deliver(files, now=now)

    assert counts(report) == {
        "files": 3,
        "ignored": 1,
        "accepted": 2,
        "matched": 1,
        "unmatched": 1,
    }
    assert {(remark.file, remark.code) for remark in report.warnings} >= {
        ("其他.jpg", "not_listed"),
        ("无.jpg", "file_missing"),
    }
    entry = CaptureEntry.objects.get(record=record)
    assert (entry.student_no, str(entry.captured_date)) == ("2022040101", "2026-03-31")


def test_list_given_beside_the_archive_is_used(numbered, now: datetime) -> None:
    record = numbered(1)
    manifest = parse_manifest(
        f"文件名,证件号码\n0001.jpg,{record.id_number}\n".encode(), "清单.csv"
    )

    report = deliver({"0001.jpg": portrait(1)}, now=now, manifest=manifest)

    assert counts(report) == {"files": 1, "accepted": 1, "matched": 1}
    assert CaptureEntry.objects.get().document_no == record.id_number


def test_new_photo_ends_the_former_version(numbered, now: datetime) -> None:
    record = numbered(1)
    deliver({"2022040101.jpg": portrait(1)}, now=now)

    deliver({"2022040101.jpg": portrait(2)}, now=now + timedelta(days=1))

    former, current = PhotoVersion.objects.filter(record=record).order_by("version_no")
    assert (former.is_current, former.end_reason) == (False, "新版本")
    assert former.ended_at is not None
    assert (current.is_current, current.version_no) == (True, 2)


def test_admission_photo_of_any_size_stands_beside_the_graduation_photo(
    numbered, now: datetime
) -> None:
    record = numbered(1)
    deliver({"2022040101.jpg": portrait(1)}, now=now)

    report = deliver(
        {"2022040101.jpg": jpeg(picture((240, 320)))}, now=now, kind=PhotoKind.ADMISSION
    )

    assert counts(report) == {"files": 1, "accepted": 1, "matched": 1}
    assert record.photos.filter(is_current=True).count() == 2


def test_campaign_brings_its_own_standard(numbered, now: datetime) -> None:
    numbered(1)
    profile = imaging.make_profile(name="较大的照片", width=600, height=800)
    campaign = imaging.make_campaign(profile=profile)

    report = deliver({"2022040101.jpg": portrait(1)}, now=now, campaign=campaign)

    assert [refused.code for refused in report.rejected] == ["wrong_size"]


def test_student_of_a_running_campaign_is_told_once_per_photo(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    imaging.make_member(record)
    files = {f"{record.student_no}.jpg": portrait(1)}

    deliver(files, now=now)
    deliver(files, now=now)

    notice, mail = OutboxMessage.objects.filter(template="photo_arrived").order_by("pk")
    assert (notice.user, notice.channel) == (alice, "NOTICE")
    assert (mail.user, mail.channel) == (alice, "EMAIL")
    assert notice.params["campaign"] == "2026 届毕业图像校对"


def test_student_is_not_told_after_the_campaign(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    imaging.make_member(record)

    deliver({f"{record.student_no}.jpg": portrait(1)}, now=now + timedelta(days=30))

    assert OutboxMessage.objects.count() == 0


def test_document_numbers_are_encrypted_and_masked(now: datetime) -> None:
    number = people.make_number(77)

    report = deliver({f"{number}.jpg": portrait(1), f"{number}a/x.jpg": b"no"}, now=now)

    entry = entry_named(f"{number}.jpg")
    assert (entry.document_no, entry.student_no) == (number, "")
    assert {refused.file for refused in report.rejected} == {f"{number}a/x.jpg"}
    assert number not in str(PhotoBatch.objects.get().report)
    with connection.cursor() as cursor:
        for model in (CaptureEntry, StoredFile, PhotoBatch, AuditEvent):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")  # noqa: S608 -- our own tables
            assert number.encode() not in b"".join(
                bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()
                for row in cursor.fetchall()
                for cell in row
            )


def test_batch_ends_applied_with_one_audit_event(numbered, now: datetime) -> None:
    numbered(1)

    deliver({"2022040101.jpg": portrait(1)}, now=now)

    batch = PhotoBatch.objects.get()
    assert (batch.state, batch.file_count, batch.progress) == (ImportState.APPLIED, 1, 1)
    assert batch.report["matched"] == 1
    event = AuditEvent.objects.get(action="photobatch.applied")
    assert event.details["accepted"] == 1
    assert event.object_id == str(batch.pk)


def test_unmatched_number_that_is_too_long_stays_in_the_file_name(now: datetime) -> None:
    name = f"{'7' * 60}.jpg"

    report = deliver({name: portrait(1)}, now=now)

    assert counts(report) == {"files": 1, "accepted": 1, "unmatched": 1}
    assert CaptureEntry.objects.get().file_name == name


def test_import_of_no_zip_says_so_and_makes_no_batch(now: datetime) -> None:
    with pytest.raises(UnreadableArchiveError):
        deliver(BytesIO(b"not a zip"), now=now)

    assert PhotoBatch.objects.count() == 0


def test_school_outside_the_campaign_is_refused(now: datetime) -> None:
    branch = enrolment.make_school("99998", "远山大学云岭学院")

    with pytest.raises(InvalidInputError, match="不在"):
        deliver({}, now=now, school=branch, campaign=imaging.make_campaign())


def test_rehearsal_takes_photos_of_a_demo_school_alone(numbered, now: datetime) -> None:
    numbered(1)
    branch = enrolment.make_school("99998", "远山大学云岭学院", is_demo=False)
    rehearsal = imaging.make_campaign(title="【演练】毕业校对", is_rehearsal=True)
    files = {"2022040101.jpg": portrait(1)}

    for school in (None, branch):
        with pytest.raises(InvalidInputError, match="只收演示学校的照片"):
            deliver(files, now=now, school=school, campaign=rehearsal)

    taken = deliver(files, now=now, school=enrolment.make_school(), campaign=rehearsal)
    assert taken.accepted == 1


def test_import_is_the_registrars(chen: User, li: User, now: datetime) -> None:
    with pytest.raises(NotAllowedError):
        deliver({"1.jpg": portrait(1)}, now=now, actor=chen)

    assert deliver({"1.jpg": portrait(1)}, now=now, actor=li).accepted == 1


def test_lookups_do_not_grow_with_the_number_of_photos(
    now: datetime, django_assert_max_num_queries
) -> None:
    files = {f"20220402{serial:02d}.jpg": marked(serial) for serial in range(90)}

    with django_assert_max_num_queries(30):
        deliver(zip_of(files), now=now, actor=SYSTEM)


@pytest.mark.parametrize(
    ("model", "columns"), [(CaptureEntry, ENTRY_COLUMNS), (StoredFile, FILE_COLUMNS)]
)
def test_rows_are_loaded_whole(model: type[Model], columns: tuple[str, ...]) -> None:
    known = {field.column for field in model._meta.concrete_fields}

    assert set(columns) | {"id"} == known


def test_awkward_characters_are_kept_or_left_out(numbered, now: datetime) -> None:
    table = '文件名,学号,姓名\n"a\\b\tc.jpg",2022040101,"沈\x01若\t溪"\n'
    record = numbered(1, name="沈若溪")
    manifest = parse_manifest(table.encode(), "清单.csv")

    report = deliver({"a\\b\tc.jpg": portrait(1)}, now=now, manifest=manifest)

    assert report.accepted == 1
    entry = CaptureEntry.objects.get()
    assert entry.name == "沈若溪"
    assert entry.record in {record, None}
