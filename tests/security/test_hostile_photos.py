"""Every hostile file at every door: a finding in Chinese, no crash, no time, no memory, nothing outside.

The files stand in `hostile_files`; `hostile.py` says what each is and what is said about it.
"""

import random
import re
import time
import tracemalloc
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from PIL import Image

from common import files
from common.errors import InvalidInputError
from common.evidence import clean_evidence
from enrollment.models import StudentRecord
from imaging.importers import UnreadableArchiveError, UnreadableItemError, read_archive
from imaging.inspection import GRADUATION_RULES, FindingCode, check_picture, inspect_photo
from imaging.models import CaptureEntry, PhotoBatch
from imaging.services.batch import check_batch, stage_batch
from imaging.states import PhotoKind
from tests.factories.imaging import portrait
from tests.imaging.photos import jpeg as photo_jpeg
from tests.imaging.photos import picture
from tests.imaging.services.deliveries import deliver
from tests.security.hostile import (
    ARCHIVES,
    FOLDER,
    PHOTOS,
    Hostile,
    committed,
    jpeg,
    locked,
    overlapping_zip,
    read,
    segment,
    with_segment,
    zip_bytes,
)
from tests.security.test_picture_bombs import scanned

CHINESE = re.compile(r"[\u4e00-\u9fff]")
_FEW_SECONDS = 3.0


def test_every_file_of_the_folder_is_expected() -> None:
    names = {each.name for each in PHOTOS} | set(ARCHIVES)

    assert {path.name for path in FOLDER.iterdir()} == names == {name for name, _ in committed()}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 300_000


# --- photos


@pytest.mark.unit
@pytest.mark.parametrize("hostile", PHOTOS, ids=lambda each: each.name)
def test_photo_is_refused_or_remarked_in_plain_words(hostile: Hostile) -> None:
    began = time.process_time()

    seen = inspect_photo(read(hostile.name), GRADUATION_RULES)

    assert [finding.code for finding in seen.errors] == (
        [hostile.refused] if hostile.refused else []
    )
    assert {FindingCode(code) for code in hostile.remarked} <= {f.code for f in seen.warnings}
    for finding in (*seen.errors, *seen.warnings):
        assert CHINESE.search(finding.message)
        assert "Error" not in finding.message
    assert (seen.published is None) == bool(hostile.refused)
    assert time.process_time() - began < _FEW_SECONDS


@pytest.mark.unit
@pytest.mark.parametrize(
    "hostile", [each for each in PHOTOS if not each.refused], ids=lambda e: e.name
)
def test_what_is_published_of_it_is_a_picture_and_nothing_else(hostile: Hostile) -> None:
    published = inspect_photo(read(hostile.name), GRADUATION_RULES).published or b""

    assert published.endswith(b"\xff\xd9")
    for trace in (b"<script", b"<html", b"PK\x03\x04", b"Exif"):
        assert published.find(trace) == -1
    with Image.open(BytesIO(published)) as picture:
        picture.load()
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (480, 640))


# What a proof may be, though it is no photo for the diploma.
PROOFS = frozenset(
    {
        *(each.name for each in PHOTOS if not each.refused),
        *("animated.webp", "is_png.jpg", "sixteen_bit.png", "no_pixels.jpg"),
    }
)


@pytest.mark.unit
@pytest.mark.parametrize("name", [each.name for each in PHOTOS if each.name not in PROOFS])
def test_proof_is_refused_in_plain_words(name: str) -> None:
    began = time.process_time()

    with pytest.raises(InvalidInputError, match=r"[\u4e00-\u9fff]"):
        clean_evidence(read(name), name)

    assert time.process_time() - began < _FEW_SECONDS


@pytest.mark.unit
@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("name", sorted(PROOFS))
def test_proof_is_drawn_anew_and_nothing_else_is_kept(name: str) -> None:
    clean = clean_evidence(read(name), name)

    assert clean.content_type == "image/jpeg"
    for trace in (b"<script", b"PK\x03\x04", b"Exif"):
        assert clean.data.find(trace) == -1


@pytest.mark.unit
@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("name", [each.name for each in PHOTOS])
def test_self_check_measures_or_refuses_in_plain_words(name: str) -> None:
    began = time.process_time()

    check = check_picture(read(name), GRADUATION_RULES)

    assert bool(check.refusal) != bool(check.results)
    assert not check.refusal or CHINESE.search(check.refusal)
    assert check.preview.find(b"<script") == -1
    assert time.process_time() - began < _FEW_SECONDS


@pytest.mark.unit
def test_large_photo_that_is_drawn_again_and_again_is_refused_at_every_door() -> None:
    data = scanned((4_000, 3_990), 60)
    assert len(data) < 100_000
    began = time.process_time()

    assert not inspect_photo(data, replace(GRADUATION_RULES, exact_size_required=False)).ok
    assert check_picture(data, GRADUATION_RULES).refusal
    with pytest.raises(InvalidInputError, match="太复杂"):
        clean_evidence(data, "证明.jpg")

    assert time.process_time() - began < _FEW_SECONDS


@pytest.mark.unit
@pytest.mark.parametrize("door", ["photo", "proof"])
def test_million_comments_take_no_time_and_no_memory(door: str) -> None:
    data = with_segment(jpeg(), segment(0xFE, b"") * 1_200_000)
    tracemalloc.start()
    began = time.process_time()
    try:
        if door == "photo":
            assert not inspect_photo(data, GRADUATION_RULES).ok
        else:
            with pytest.raises(InvalidInputError, match="太复杂"):
                clean_evidence(data, "证明.jpg")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert time.process_time() - began < _FEW_SECONDS
    assert peak < 20_000_000


@pytest.mark.unit
def test_png_of_half_a_million_chunks_is_refused_at_once() -> None:
    buffer = BytesIO()
    Image.new("L", (48, 64)).save(buffer, "PNG")
    data = buffer.getvalue()
    chunk = b"\x00\x00\x00\x00abCd" + b"\x2c\x5a\x6c\x4f"
    began = time.process_time()

    trap = data[:33] + chunk * 400_000 + data[33:]
    with pytest.raises(InvalidInputError, match="太复杂"):
        clean_evidence(trap, "证明.png")
    assert check_picture(trap, GRADUATION_RULES).refusal

    assert time.process_time() - began < _FEW_SECONDS


@pytest.mark.unit
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("seed", range(4))
def test_photo_with_random_damage_never_crashes(seed: int) -> None:
    source = random.Random(seed)
    good = with_segment(
        portrait(1), segment(0xE1, b"Exif\x00\x00MM\x00*\x00\x00\x00\x08" + bytes(60))
    )
    for _ in range(60):
        data = bytearray(good)
        for _ in range(source.randint(1, 30)):
            data[source.randrange(min(len(data), 900))] = source.randrange(256)
        cut = bytes(data[: source.randrange(len(data))]) if source.random() < 0.3 else bytes(data)

        seen = inspect_photo(cut, GRADUATION_RULES)

        assert seen.ok == (seen.published is not None)


@pytest.mark.unit
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.7, 0.95])
@pytest.mark.parametrize("progressive", [False, True])
def test_photo_that_was_cut_and_closed_again_is_refused(kept: float, progressive: bool) -> None:
    data = photo_jpeg(progressive=progressive)
    start = data.index(b"\xff\xda") + 14
    cut = data[: start + int((len(data) - start) * kept)].rstrip(b"\xff") + b"\xff\xd9"

    seen = inspect_photo(cut, GRADUATION_RULES)

    # A progressive photo shows its whole extent after a tenth: what is missing is detail.
    if not progressive or kept < 0.1:
        assert [finding.code for finding in seen.errors] == ["unreadable"]


@pytest.mark.unit
def test_photo_that_is_really_grey_in_its_corner_is_taken() -> None:
    whole = picture().copy()
    whole.paste((128, 128, 128), (400, 560, 480, 640))

    seen = inspect_photo(photo_jpeg(whole), GRADUATION_RULES)

    with Image.open(BytesIO(seen.published or b"")) as shown:
        assert shown.getpixel((479, 639)) == (128, 128, 128)
    assert seen.ok


# --- archives


@pytest.mark.unit
@pytest.mark.parametrize(("name", "code"), ARCHIVES.items())
def test_archive_is_refused_with_a_reason_or_opened(name: str, code: str) -> None:
    data = read(name)
    if not code:
        assert len(read_archive(BytesIO(data))) > 0
        return

    with pytest.raises(UnreadableArchiveError) as refused:
        read_archive(BytesIO(data))

    assert refused.value.code == code
    assert CHINESE.search(refused.value.message)


@pytest.mark.unit
@pytest.mark.parametrize("seed", range(4))
def test_archive_with_random_damage_never_crashes(seed: int) -> None:
    source = random.Random(seed)
    good = zip_bytes({f"{number}.jpg": bytes(50) for number in range(6)}, method=8)
    for _ in range(150):
        data = bytearray(good)
        for _ in range(source.randint(1, 12)):
            data[source.randrange(len(data))] = source.choice(
                [0, 1, 8, 14, 255, source.randrange(256)]
            )
        try:
            archive = read_archive(BytesIO(bytes(data)))
        except UnreadableArchiveError:
            continue
        for item in archive:
            try:
                item.read()
            except UnreadableItemError:
                continue


@pytest.mark.unit
def test_hundred_thousand_tiny_members_are_refused_in_bounded_time_and_memory() -> None:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for number in range(100_000):
            archive.writestr(ZipInfo(f"{number}.jpg"), b"x")
    began = time.process_time()

    with pytest.raises(UnreadableArchiveError, match="50000 个文件") as refused:
        read_archive(buffer)

    assert refused.value.code == "too_many_entries"
    assert time.process_time() - began < 10


@pytest.mark.unit
def test_bomb_of_one_photo_named_a_thousand_times_is_refused_unread() -> None:
    data = overlapping_zip(1_000, jpeg())

    with pytest.raises(UnreadableArchiveError) as refused:
        read_archive(BytesIO(data))

    assert refused.value.code == "overlapping"


@pytest.mark.unit
def test_name_of_ten_thousand_letters_is_passed_over_and_shown_short() -> None:
    archive = read_archive(BytesIO(zip_bytes({"x" * 10_000 + ".jpg": b"x", "1.jpg": b"y"})))

    (ignored,) = archive.ignored
    assert [item.path for item in archive] == ["1.jpg"]
    assert len(ignored.path) < 120
    assert "改短" in ignored.message


@pytest.mark.unit
@pytest.mark.parametrize("name", ["lzma.jpg", "bzip2.jpg", "deflate.jpg"])
def test_squeezed_member_is_refused_without_being_unpacked(name: str) -> None:
    archive = read_archive(BytesIO(read("squeezed.zip")))
    (item,) = [each for each in archive if each.path == name]
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableItemError) as refused:
            item.read()
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()

    assert refused.value.code == ("suspicious_ratio" if name == "deflate.jpg" else "damaged")


# --- whole deliveries


def everything_on_disk() -> set[Path]:
    """What lies where an archive's paths would lead if anybody followed them."""
    folders = [Path("/tmp"), Path.cwd(), Path(settings.BASE_DIR).parent]  # noqa: S108
    return {path for folder in folders for path in folder.glob("*xuexin-escaped*")}


@pytest.mark.unit
@pytest.mark.django_db
def test_delivery_of_nothing_but_traps_ends_with_a_finding_for_each(now: datetime) -> None:
    delivered = {each.name: read(each.name) for each in PHOTOS}

    report = deliver({**delivered, "2022040127.jpg": portrait(1)}, now=now)

    refused = {each.name: each.refused for each in PHOTOS if each.refused}
    found = {remark.file: str(remark.code) for remark in report.rejected}
    assert sorted(found.items()) == sorted(refused.items())
    assert all(CHINESE.search(remark.message) for remark in report.rejected)
    assert report.accepted == len(PHOTOS) - len(refused) + 1
    assert report.files == report.accepted + len(report.rejected)
    assert CaptureEntry.objects.count() == report.accepted
    for entry in CaptureEntry.objects.select_related("published"):
        assert b"<script" not in files.read(entry.published)


@pytest.mark.unit
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "accepted", "rejected"),
    [
        ("traversal.zip", 5, {}),
        ("nested.zip", 1, {}),
        ("false_directory.zip", 0, {"1.jpg": "damaged"}),
        ("some_encrypted.zip", 1, {"2022040128.jpg": "encrypted"}),
        (
            "squeezed.zip",
            1,
            {"lzma.jpg": "damaged", "bzip2.jpg": "damaged", "deflate.jpg": "suspicious_ratio"},
        ),
    ],
)
def test_delivery_takes_what_is_good_and_names_the_rest(
    name: str, accepted: int, rejected: dict[str, str], now: datetime
) -> None:
    before = everything_on_disk()

    report = deliver(BytesIO(read(name)), now=now)

    assert {remark.file: remark.code for remark in report.rejected} == rejected
    assert report.accepted == accepted
    assert everything_on_disk() == before
    for entry in CaptureEntry.objects.select_related("original", "published"):
        for file in (entry.original, entry.published):
            assert re.fullmatch(r"(original|photo)/[0-9a-f]{2}/[0-9a-f]{48}", file.key)
            assert default_storage.exists(file.key)


@pytest.mark.unit
@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name, code in ARCHIVES.items() if code])
def test_uploaded_archive_that_cannot_be_read_says_why(name: str, li, now: datetime) -> None:
    batch = stage_batch(
        file=BytesIO(read(name)), file_name=name, kind=PhotoKind.GRADUATION, actor=li, now=now
    )
    batch.refresh_from_db()
    if batch.state == "UPLOADED":
        check_batch(batch=batch, now=now)

    batch = PhotoBatch.objects.get()
    assert batch.state == "REFUSED"
    assert CHINESE.search(batch.failure)


@pytest.mark.unit
@pytest.mark.django_db
def test_archive_of_tables_is_not_read_to_its_end(record: StudentRecord, now: datetime) -> None:
    tables = {f"{number}.csv": "没有,这样,的列\n1,2,3\n".encode() for number in range(300)}

    report = deliver({**tables, "2022040127.jpg": portrait(1)}, now=now)

    assert report.accepted == 1
    (more,) = [remark for remark in report.warnings if remark.code == "more_lists"]
    assert "还有 290 份没有打开" in more.message


@pytest.mark.unit
def test_marked_member_is_found_among_clear_ones() -> None:
    archive = read_archive(BytesIO(locked(zip_bytes({"1.jpg": b"x", "2.jpg": b"y"}), {"2.jpg"})))
    clear, encrypted = archive

    assert clear.read() == b"x"
    with pytest.raises(UnreadableItemError, match="密码"):
        encrypted.read()
