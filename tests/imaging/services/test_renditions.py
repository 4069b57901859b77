"""Small pictures and prints: made once, from the right file, gone with their shot."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import BytesIO
from threading import Barrier

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from PIL import Image

from common import files
from common.models import PurgeProof, StoredFile
from enrollment.models import StudentRecord
from imaging.models import CaptureEntry, Rendition
from imaging.services.renditions import files_of, rendition_of
from imaging.services.retention import PHOTO_RULE
from imaging.states import MatchState, RenditionUse
from tests.factories import imaging
from tests.imaging.photos import LIGHT_BLUE, jpeg, picture
from tests.imaging.services.deliveries import deliver

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

THUMBNAIL, PRINT = RenditionUse.THUMBNAIL, RenditionUse.PRINT


@pytest.fixture
def entry(record: StudentRecord) -> CaptureEntry:
    return imaging.make_photo(record).entry


def opened(file: StoredFile) -> Image.Image:
    return Image.open(BytesIO(files.read(file)))


def keys_at(kind: str) -> set[str]:
    if not default_storage.exists(kind):
        return set()
    return {
        f"{kind}/{folder}/{name}"
        for folder in default_storage.listdir(kind)[0]
        for name in default_storage.listdir(f"{kind}/{folder}")[1]
    }


def test_thumbnail_is_made_once_and_kept(entry: CaptureEntry, now: datetime) -> None:
    first = rendition_of(entry=entry, use=THUMBNAIL, now=now)
    again = rendition_of(entry=entry, use=THUMBNAIL, now=now + timedelta(days=1))

    assert first == again
    assert (first.created_at, first.kind, first.encrypted) == (now, "thumb", False)
    assert opened(first).size == (180, 240)
    assert Rendition.objects.get().entry == entry


def test_import_makes_no_thumbnails(now: datetime) -> None:
    deliver({"2022049999.jpg": imaging.portrait(1)}, now=now)

    assert not Rendition.objects.exists()


def test_print_is_the_whole_original_without_metadata(record: StudentRecord, now: datetime) -> None:
    large = picture((960, 1280))
    data = jpeg(large, quality=98, exif=_turned(6))
    entry = imaging.make_photo(record, data=data).entry

    made = rendition_of(entry=entry, use=PRINT, now=now)

    printed = opened(made)
    assert printed.size == (1280, 960)  # upright, as the mark says
    assert (printed.mode, printed.info["dpi"]) == ("RGB", (300, 300))
    assert not printed.getexif()
    assert (made.kind, made.encrypted) == ("print", False)


def test_print_of_a_cmyk_original_is_rgb(record: StudentRecord, now: datetime) -> None:
    entry = imaging.make_photo(record, data=jpeg(picture().convert("CMYK"))).entry

    printed = opened(rendition_of(entry=entry, use=PRINT, now=now))

    assert printed.mode == "RGB"
    corner = printed.getpixel((3, 3))
    assert isinstance(corner, tuple)
    assert all(abs(a - b) < 12 for a, b in zip(corner, LIGHT_BLUE, strict=True))


def test_every_file_leads_to_the_same_shot(entry: CaptureEntry, now: datetime) -> None:
    small = rendition_of(entry=entry, use=THUMBNAIL, now=now)
    large = rendition_of(entry=entry, use=PRINT, now=now)

    assert files_of(entry) == [entry.original, entry.published, small, large]


def test_nothing_is_made_of_an_erased_photo(entry: CaptureEntry, now: datetime) -> None:
    rendition_of(entry=entry, use=THUMBNAIL, now=now)
    StoredFile.objects.filter(pk=entry.published_id).update(purged_at=now)
    entry = CaptureEntry.objects.get(pk=entry.pk)

    with pytest.raises(FileNotFoundError):
        rendition_of(entry=entry, use=THUMBNAIL, now=now)


def test_photo_erased_in_the_same_moment_leaves_no_thumbnail(
    entry: CaptureEntry, now: datetime
) -> None:
    before = keys_at("thumb")
    StoredFile.objects.filter(pk=entry.published_id).update(purged_at=now)  # entry was read before

    with pytest.raises(FileNotFoundError):
        rendition_of(entry=entry, use=THUMBNAIL, now=now)

    assert keys_at("thumb") == before
    assert not Rendition.objects.exists()


def test_thumbnail_and_print_go_with_the_photo(entry: CaptureEntry, now: datetime) -> None:
    made = [rendition_of(entry=entry, use=use, now=now) for use in (THUMBNAIL, PRINT)]
    _void(entry, now)

    assert PHOTO_RULE.erase(now + timedelta(days=400), 10) == 1

    kept = files_of(CaptureEntry.objects.get(pk=entry.pk))
    assert all(file.purged_at for file in kept)
    assert not any(default_storage.exists(file.key) for file in kept)
    assert set(PurgeProof.objects.values_list("storage_key", flat=True)) >= {f.key for f in made}
    assert PHOTO_RULE.count(now + timedelta(days=400)) == 0


def test_thumbnail_that_was_left_is_still_due(entry: CaptureEntry, now: datetime) -> None:
    small = rendition_of(entry=entry, use=THUMBNAIL, now=now)
    _void(entry, now)
    StoredFile.objects.exclude(pk=small.pk).update(purged_at=now)

    assert PHOTO_RULE.erase(now + timedelta(days=400), 10) == 1

    assert not default_storage.exists(small.key)


@pytest.mark.django_db(transaction=True)
def test_two_first_views_make_one_thumbnail(entry: CaptureEntry, now: datetime) -> None:
    before = keys_at("thumb")

    made = _together(
        [lambda: rendition_of(entry=_fresh(entry), use=THUMBNAIL, now=now).pk for _ in range(4)]
    )

    assert len(set(made)) == 1
    assert Rendition.objects.count() == 1
    assert len(keys_at("thumb") - before) == 1


def _together(acts: list[Callable[[], int]]) -> list[int]:
    barrier = Barrier(len(acts))

    def run(act: Callable[[], int]) -> int:
        barrier.wait()
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def _fresh(entry: CaptureEntry) -> CaptureEntry:
    return CaptureEntry.objects.select_related("original", "published").get(pk=entry.pk)


def _void(entry: CaptureEntry, now: datetime) -> None:
    entry.versions.update(is_current=False, ended_at=now, ended_by="测试")
    CaptureEntry.objects.filter(pk=entry.pk).update(
        state=MatchState.VOIDED, record=None, settled_at=now, settled_by="测试"
    )


def _turned(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = "SECRET-CAMERA"
    return data
