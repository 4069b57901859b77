"""The bucket: the same files as in the folder, against a real S3 server on this machine."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import boto3
import pytest
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.test import override_settings

from common import files
from common.actors import SYSTEM
from common.models import PurgeProof, StoredFile
from common.retention import erase_file
from common.rotation import seal_in_clear
from imaging.models import CaptureEntry, PhotoVersion
from imaging.services.renditions import rendition_of
from imaging.states import RenditionUse
from tests.factories.enrolment import make_record
from tests.factories.imaging import portrait
from tests.imaging.services.deliveries import deliver
from xuexin.private_files import private_storage

moto = pytest.importorskip("moto.server", reason="a real S3 server comes with requirements-dev.txt")

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

BUCKET = "photos"
CONTENT = b"as delivered" * 100_000  # several blocks


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an S3 server."""
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def client(server: str) -> Iterator[Any]:
    """The server's own client, with an empty bucket."""
    client = boto3.client(
        "s3",
        endpoint_url=server,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=BUCKET)
    yield client
    for key in keys_in(client):
        client.delete_object(Bucket=BUCKET, Key=key)


@pytest.fixture(autouse=True)
def _bucket(server: str, client: Any, tmp_path, monkeypatch, settings) -> Iterator[None]:
    """The portal as it is with S3_BUCKET."""
    for name, value in {
        "S3_ENDPOINT_URL": server,
        "S3_ACCESS_KEY": "key",
        "S3_SECRET_KEY": "secret",
        "S3_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    storage = private_storage(folder=tmp_path, bucket=BUCKET, is_shared=False)
    with override_settings(STORAGES={**settings.STORAGES, "default": storage}):
        yield


def keys_in(client: Any) -> list[str]:
    found = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [each["Key"] for each in found]


def body_of(client: Any, key: str) -> bytes:
    content: bytes = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return content


@pytest.mark.parametrize("kind", ["photo", "original"])
def test_photo_is_kept_read_and_sent(kind: str, client: Any, now: datetime) -> None:
    data = portrait(3)
    file = files.store(data, kind=kind, content_type="image/jpeg", now=now, actor=SYSTEM)

    assert keys_in(client) == [file.key]
    assert (body_of(client, file.key) == data) == (kind == "photo")
    assert files.read(file) == data
    response = files.stream(file)
    assert b"".join(response) == data
    assert isinstance(response, FileResponse)
    assert response.file_to_stream is not None
    response.file_to_stream.close()


def test_proof_is_sealed_in_the_bucket_and_opens(client: Any, now: datetime) -> None:
    file = files.store_sealed(
        io.BytesIO(CONTENT), kind="evidence", content_type="application/pdf", now=now, actor=SYSTEM
    )

    assert CONTENT[:12] not in body_of(client, file.key)
    with files.open_sealed(file) as clear:
        assert clear.read() == CONTENT


def test_archive_is_written_without_being_held_whole(client: Any, now: datetime) -> None:
    size = 20 * 1024 * 1024  # more than one part of an upload

    file = files.store_sealed(
        io.BytesIO(bytes(size)),
        kind="archive",
        content_type="application/zip",
        now=now,
        actor=SYSTEM,
    )

    assert file.size == size
    assert client.head_object(Bucket=BUCKET, Key=file.key)["ContentLength"] > size
    with files.open_sealed(file) as clear:
        assert clear.seek(0, io.SEEK_END) == size


def test_address_is_signed_with_the_present_signature(client: Any, now: datetime) -> None:
    file = files.store(b"x", kind="photo", content_type="image/jpeg", now=now, actor=SYSTEM)

    address = default_storage.url(file.key)

    assert "X-Amz-Signature=" in address
    assert "X-Amz-Expires=300" in address
    assert "AWSAccessKeyId" not in address


def test_erased_file_leaves_the_bucket_with_a_proof(client: Any, now: datetime) -> None:
    file = files.store(b"x", kind="original", content_type="image/jpeg", now=now, actor=SYSTEM)

    assert erase_file(file, kind="照片", basis="到期", due_at=now, now=now)

    assert keys_in(client) == []
    assert PurgeProof.objects.get().storage_key == file.key


def test_deleting_what_is_not_there_is_fine(client: Any) -> None:
    files.discard_blob(files.new_key("photo"))

    assert keys_in(client) == []


@pytest.mark.parametrize("kind", ["photo", "original"])
def test_missing_object_is_a_404_and_no_crash(
    kind: str, client: Any, now: datetime, caplog
) -> None:
    file = files.store(b"x", kind=kind, content_type="image/jpeg", now=now, actor=SYSTEM)
    client.delete_object(Bucket=BUCKET, Key=file.key)

    with pytest.raises(FileNotFoundError):
        files.read(file)
    with pytest.raises(Http404):
        files.stream(file)
    assert "is lost" in caplog.text


def test_delivery_goes_into_the_bucket_whole(client: Any, now: datetime) -> None:
    record = make_record(student_no="2022040127")

    report = deliver({"2022040127.jpg": portrait(1), "2022040128.jpg": portrait(2)}, now=now)

    assert (report.accepted, len(report.rejected)) == (2, 0)
    kinds = sorted(key.partition("/")[0] for key in keys_in(client))
    assert kinds == ["original", "original", "photo", "photo"]
    entry = PhotoVersion.objects.get(record=record).entry
    assert files.read(entry.original) == portrait(1)
    assert entry.original.encrypted

    small = rendition_of(entry=entry, use=RenditionUse.THUMBNAIL, now=now)
    assert small.key in keys_in(client)
    assert files.read(small).startswith(b"\xff\xd8")


def test_refused_delivery_leaves_nothing_in_the_bucket(client: Any, now: datetime) -> None:
    report = deliver({"2022040127.jpg": b"\xff\xd8\xff nothing"}, now=now)

    assert len(report.rejected) == 1
    assert not CaptureEntry.objects.exists()
    assert keys_in(client) == []


def test_original_in_clear_is_sealed_in_the_bucket(client: Any, now: datetime) -> None:
    file = files.store(CONTENT, kind="photo", content_type="image/jpeg", now=now, actor=SYSTEM)
    StoredFile.objects.filter(pk=file.pk).update(kind="original")

    assert seal_in_clear() == 1

    sealed = StoredFile.objects.get(pk=file.pk)
    assert keys_in(client) == [sealed.key]
    assert files.read(sealed) == CONTENT
