"""Private files: sealed at rest or not, read through one door, sent so that nobody keeps them."""

import io
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import Http404

from common import crypto, files
from common.actors import SYSTEM
from common.admin.private import show_file
from common.crypto import Ring
from common.models import FileView, StoredFile
from common.rotation import rotate_files, seal_in_clear
from common.storage import PrivateFolder

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

CONTENT = b"\xff\xd8 as delivered " + bytes(range(256)) * 2_000  # more than one block


def kept(kind: str, now: datetime, data: bytes = CONTENT) -> StoredFile:
    return files.store(data, kind=kind, content_type="image/jpeg", now=now, actor=SYSTEM)


def at_rest(file: StoredFile) -> bytes:
    with default_storage.open(file.key) as stored:
        kept: bytes = stored.read()
    return kept


def in_clear(now: datetime) -> StoredFile:
    """An original as it was kept before originals were sealed."""
    file = kept("original", now)
    former = default_storage.save(files.new_key("original"), ContentFile(CONTENT))
    StoredFile.objects.filter(pk=file.pk).update(key=former, encrypted=False)
    files.discard_blob(file.key)
    return StoredFile.objects.get(pk=file.pk)


@pytest.fixture
def keys(settings) -> Iterator[object]:
    """Settings whose keys may be exchanged."""
    crypto.forget_keys()
    yield settings
    crypto.forget_keys()


def sent(response) -> bytes:
    content = b"".join(response)
    shut(response)
    return content


def shut(response) -> None:
    """Close the file alone: the response would close the database with it."""
    if response.streaming:
        response.file_to_stream.close()


# --- sealed at rest


def test_original_is_encrypted_with_a_key_of_its_own(keys, now: datetime) -> None:
    file = kept("original", now)
    stored = at_rest(file)

    assert (file.encrypted, file.size) == (True, len(CONTENT))
    assert CONTENT[:16] not in stored
    assert crypto.ring_of(stored[4:]) is Ring.ORIGINAL
    assert files.read(StoredFile.objects.get(pk=file.pk)) == CONTENT

    keys.ORIGINAL_KEYS = {"o1": b"x" * 32}
    crypto.forget_keys()
    with pytest.raises(InvalidTag):
        files.read(file)


def test_field_keys_alone_open_no_original(keys, now: datetime) -> None:
    file = kept("original", now)
    keys.ORIGINAL_KEYS = {}
    crypto.forget_keys()

    with pytest.raises(KeyError):
        files.read(file)


def test_archive_of_photos_has_the_originals_key_and_a_roster_the_fields(now: datetime) -> None:
    rings = {}
    for kind in ("archive", "roster", "evidence"):
        file = files.store_sealed(
            io.BytesIO(CONTENT), kind=kind, content_type="x/y", now=now, actor=SYSTEM
        )
        rings[kind] = crypto.ring_of(at_rest(file)[4:])
        assert files.read(file) == CONTENT

    assert rings == {"archive": Ring.ORIGINAL, "roster": Ring.FIELD, "evidence": Ring.FIELD}


def test_registered_photo_stays_in_clear(now: datetime) -> None:
    file = kept("photo", now)

    assert not file.encrypted
    assert at_rest(file) == CONTENT


@pytest.mark.parametrize("kind", ["original", "photo"])
def test_one_door_opens_whatever_is_kept(kind: str, now: datetime) -> None:
    file = kept(kind, now)

    assert files.read(file) == CONTENT
    with files.open_sealed(file) as clear:
        assert clear.read() == CONTENT
    assert sent(files.stream(file)) == CONTENT


def test_changed_block_is_noticed(now: datetime) -> None:
    file = kept("original", now)
    stored = bytearray(at_rest(file))
    stored[-1] ^= 1
    default_storage.delete(file.key)
    default_storage.save(file.key, ContentFile(bytes(stored)))

    with pytest.raises(InvalidTag):
        files.read(file)


def test_missing_block_is_noticed(now: datetime) -> None:
    file = kept("original", now)
    stored = at_rest(file)
    first = 4 + int.from_bytes(stored[:4], "big")
    default_storage.delete(file.key)
    default_storage.save(file.key, ContentFile(stored[:first]))

    with pytest.raises(ValueError, match="digest"):
        files.read(file)


# --- what came before, and new keys


def test_original_in_clear_is_readable_and_sealed_by_the_sweep(now: datetime) -> None:
    file = in_clear(now)
    former = file.key
    assert files.read(file) == CONTENT

    assert seal_in_clear() == 1
    assert seal_in_clear() == 0

    file = StoredFile.objects.get(pk=file.pk)
    assert file.encrypted
    assert CONTENT[:16] not in at_rest(file)
    assert files.read(file) == CONTENT
    assert not default_storage.exists(former)


def test_sweep_takes_so_many_and_leaves_purged_ones(now: datetime) -> None:
    waiting = [in_clear(now) for _ in range(3)]
    gone = in_clear(now)
    StoredFile.objects.filter(pk=gone.pk).update(purged_at=now)

    assert seal_in_clear(limit=2) == 2
    assert seal_in_clear(limit=2) == 1
    assert (
        StoredFile.objects.filter(pk__in=[each.pk for each in waiting], encrypted=True).count() == 3
    )


def test_lost_original_does_not_stop_the_sweep(now: datetime, caplog) -> None:
    lost, whole = in_clear(now), in_clear(now)
    default_storage.delete(lost.key)

    assert seal_in_clear() == 1

    assert StoredFile.objects.get(pk=whole.pk).encrypted
    assert f"stored file {lost.pk} is lost" in caplog.text


def test_rotation_moves_each_kind_to_its_newest_key(keys, now: datetime) -> None:
    original, roster = (
        files.store_sealed(
            io.BytesIO(CONTENT), kind=kind, content_type="x/y", now=now, actor=SYSTEM
        )
        for kind in ("original", "roster")
    )
    clear = in_clear(now)
    keys.ORIGINAL_KEYS = {"o2": b"2" * 32, **keys.ORIGINAL_KEYS}
    crypto.forget_keys()

    assert rotate_files() == 2
    assert rotate_files() == 0

    keys.ORIGINAL_KEYS = {"o2": b"2" * 32}
    crypto.forget_keys()
    for file in (original, clear, roster):
        assert files.read(StoredFile.objects.get(pk=file.pk)) == CONTENT


def test_reader_with_an_old_row_finds_the_file_that_moved(now: datetime) -> None:
    file = in_clear(now)
    seal_in_clear()

    assert files.read(file) == CONTENT


def test_lost_file_says_so(now: datetime) -> None:
    file = kept("photo", now)
    files.discard_blob(file.key)

    with pytest.raises(FileNotFoundError):
        files.read(file)


# --- sending


def guards(response) -> dict[str, str]:
    names = (
        "Cache-Control",
        "X-Content-Type-Options",
        "Content-Security-Policy",
        "Cross-Origin-Resource-Policy",
    )
    return {name: response[name] for name in names}


@pytest.mark.parametrize("location", ["", "/_private/"])
@pytest.mark.parametrize("kind", ["photo", "original"])
def test_every_way_of_sending_has_the_same_guards(
    kind: str, location: str, settings, now: datetime
) -> None:
    settings.ACCEL_LOCATION = location
    file = kept(kind, now)

    streamed = files.stream(file, shown_as="毕业照片.jpg")
    made = files.send_bytes(b"x", content_type="image/jpeg", shown_as="毕业照片.jpg")

    assert (
        guards(streamed)
        == guards(made)
        == {
            "Cache-Control": "no-store, private",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
    )
    shut(streamed)
    assert streamed["Content-Type"] == made["Content-Type"] == "image/jpeg"
    assert streamed["Content-Disposition"] == made["Content-Disposition"]
    assert streamed["Content-Disposition"].startswith("inline; filename*=utf-8''%E6%AF%95")


def test_download_is_an_attachment(now: datetime) -> None:
    response = files.stream(kept("photo", now), download_name="照片.jpg")
    shut(response)

    assert response["Content-Disposition"].startswith("attachment; ")


def test_unnamed_file_is_called_by_its_type(now: datetime) -> None:
    response = files.stream(kept("photo", now))
    shut(response)

    assert response["Content-Disposition"] == 'inline; filename="file.jpg"'


def test_web_server_hands_over_what_lies_in_clear(settings, now: datetime) -> None:
    settings.ACCEL_LOCATION = "/_private/"
    file = kept("photo", now)

    response = files.stream(file)

    assert response["X-Accel-Redirect"] == f"/_private/{file.key}"
    assert sent(response) == b""


def test_web_server_never_gets_what_is_sealed(settings, now: datetime) -> None:
    settings.ACCEL_LOCATION = "/_private/"

    response = files.stream(kept("original", now))

    assert "X-Accel-Redirect" not in response
    assert sent(response) == CONTENT
    assert response["Content-Length"] == str(len(CONTENT))


@pytest.mark.parametrize("kind", ["photo", "original"])
def test_lost_bytes_are_a_404_and_a_line_for_operators(kind: str, now: datetime, caplog) -> None:
    file = kept(kind, now)
    files.discard_blob(file.key)

    with pytest.raises(Http404):
        files.stream(file)

    assert f"the content of stored file {file.pk} ({kind}) is lost" in caplog.text


def test_large_sealed_file_is_sent_whole(now: datetime, monkeypatch) -> None:
    monkeypatch.setattr(files, "_SENT_FROM_MEMORY", 1000)

    assert sent(files.stream(kept("original", now))) == CONTENT


def test_look_at_the_desk_is_logged(li, now: datetime) -> None:
    file = kept("original", now)

    response = show_file(file, viewer=li, purpose="看", now=now, subject_id="7")

    assert sent(response) == CONTENT
    view = FileView.objects.get()
    assert (view.file_id, view.viewer_id, view.subject_id) == (file.pk, str(li.pk), "7")


# --- the folder


def test_group_of_the_web_server_may_read_where_it_hands_over(tmp_path: Path) -> None:
    folder = PrivateFolder(
        location=tmp_path, file_permissions_mode=0o640, directory_permissions_mode=0o750
    )
    before = os.umask(0o022)
    try:
        first = files.new_key("photo")
        for key in (first, first[:-4] + "beef"):
            folder.save(key, ContentFile(b"x"))
            assert (tmp_path / key).stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(before)
