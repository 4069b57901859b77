"""Private files on disk: one file per key, readable by the portal alone."""

import stat
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from common.files import new_key
from common.storage import PrivateFolder

pytestmark = pytest.mark.unit


@pytest.fixture
def folder(tmp_path: Path) -> PrivateFolder:
    return PrivateFolder(
        location=tmp_path, file_permissions_mode=0o600, directory_permissions_mode=0o700
    )


def key_beside(key: str) -> str:
    """Another key in the same folder."""
    return f"{key[:-1]}{'0' if key[-1] != '0' else '1'}"


@pytest.mark.parametrize("is_first", [True, False])
def test_content_is_kept_for_the_portal_alone(
    folder: PrivateFolder, tmp_path: Path, is_first: bool
) -> None:
    key = new_key("photo")
    if not is_first:
        folder.save(key_beside(key), ContentFile(b"before"))

    name = folder.save(key, ContentFile(b"content"))

    assert name == key
    assert (tmp_path / key).read_bytes() == b"content"
    assert stat.S_IMODE((tmp_path / key).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / key).parent.stat().st_mode) == 0o700


def test_taken_key_is_never_overwritten(folder: PrivateFolder, tmp_path: Path) -> None:
    key = new_key("photo")
    folder.save(key, ContentFile(b"first"))

    other = folder.save(key, ContentFile(b"second"))

    assert other != key
    assert (tmp_path / key).read_bytes() == b"first"
    assert (tmp_path / other).read_bytes() == b"second"


def test_any_other_name_goes_the_usual_way(folder: PrivateFolder) -> None:
    with pytest.raises(Exception, match="path traversal"):
        folder.save("photo/../../x", ContentFile(b"x"))

    assert folder.save("a b.txt", ContentFile(b"x")) == "a b.txt"


def test_failed_write_leaves_nothing(folder: PrivateFolder, tmp_path: Path) -> None:
    class Torn(ContentFile):  # type: ignore[type-arg]
        def chunks(self, chunk_size=None):
            yield b"half"
            raise OSError

    key = new_key("photo")
    folder.save(key_beside(key), ContentFile(b"before"))

    with pytest.raises(OSError):
        folder.save(key, Torn(b""))

    assert not (tmp_path / key).exists()
