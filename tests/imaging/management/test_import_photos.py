"""`manage.py import_photos` as people and programs use it, and killed in the middle."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from enrollment.states import ImportState
from imaging.models import CaptureEntry, PhotoBatch, PhotoVersion
from tests.factories import enrolment, imaging
from tests.factories.imaging import portrait
from tests.imaging.importers.archives import zip_of
from tests.imaging.services.deliveries import marked
from tests.meta.project import ROOT

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[dict[str, bytes]], str]:
    """ZIP files on disk."""

    def save(files: dict[str, bytes]) -> str:
        path = tmp_path / "照片.zip"
        path.write_bytes(zip_of(files).getvalue())
        return str(path)

    return save


def run(capsys, *arguments: str, **options: Any) -> dict[str, Any]:
    """The object that the command printed, and nothing else on standard output."""
    call_command("import_photos", *arguments, "--json", "--workers", "1", **options)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_json_is_exactly_one_object(saved, capsys) -> None:
    record = enrolment.make_record()
    path = saved({f"{record.id_number}.jpg": portrait(1), "x.jpg": b"no", "a.txt": b"x"})

    report = run(capsys, path, "--apply")

    refused = {
        "file": "x.jpg",
        "code": "not_jpeg",
        "message": "文件不是 JPEG（内容不是可识别的图片），只改扩展名无效，请另存为 JPEG 再传。",
    }
    warnings = report.pop("warnings")
    assert report == {
        "file": "照片.zip",
        "files": 3,
        "ignored": 1,
        "accepted": 1,
        "matched": 1,
        "unmatched": 0,
        "ambiguous": 0,
        "duplicate": 0,
        "rejected": [refused],
        "applied": True,
    }
    assert f"{record.id_number}.jpg" in {warning["file"] for warning in warnings}


def test_without_apply_nothing_is_written(saved, capsys) -> None:
    record = enrolment.make_record()

    report = run(capsys, saved({f"{record.student_no}.jpg": portrait(1)}))

    assert (report["accepted"], report["matched"], report["applied"]) == (1, 1, False)
    assert PhotoBatch.objects.count() == CaptureEntry.objects.count() == 0


def test_school_kind_and_campaign_are_taken(saved, capsys) -> None:
    record = enrolment.make_record(student_no="2022040101")
    branch = enrolment.make_school("99998", "远山大学云岭学院")
    enrolment.make_record(student_no="2022040101", school=branch)
    path = saved({"2022040101.jpg": portrait(1)})
    campaign = imaging.make_campaign()

    report = run(capsys, path, "--school", "99999", "--kind", "admission", "--apply")
    other = run(capsys, path, "--school", "99999", "--campaign", str(campaign.pk), "--apply")

    assert report["matched"] == other["matched"] == 1
    assert {version.kind for version in record.photos.all()} == {"ADMISSION", "GRADUATION"}
    assert PhotoBatch.objects.get(kind="GRADUATION").campaign == campaign


def test_list_beside_the_archive(saved, capsys, tmp_path: Path) -> None:
    record = enrolment.make_record()
    listing = tmp_path / "清单.csv"
    listing.write_text(f"文件名,学号\n0001.jpg,{record.student_no}\n", encoding="gb18030")

    report = run(capsys, saved({"0001.jpg": portrait(1)}), "--manifest", str(listing), "--apply")

    assert report["matched"] == 1


def test_people_read_a_summary(saved, capsys) -> None:
    call_command("import_photos", saved({"1.jpg": b"no"}), workers=1)

    told = capsys.readouterr()
    assert "1 个文件，忽略 0，收下 0" in told.out
    assert "只检查了，没有写入" in told.out
    assert "1/1" in told.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--school", "12345"], "没有代码为 12345 的院校"),
        (["--campaign", "77"], "没有编号或名称为“77”的校对批次"),
        (["--campaign", "明年"], "没有编号或名称为“明年”的校对批次"),
        (["--manifest", "没有.csv"], "打不开"),
    ],
)
def test_unknown_argument_ends_with_status_two(saved, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message) as raised:
        call_command("import_photos", saved({"1.jpg": portrait(1)}), *arguments)

    assert raised.value.returncode == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"not a zip", zip_of({"a": b"b"}).getvalue()[:20]],
    ids=["empty", "other", "cut"],  # an archive's bytes hold the time and differ between workers
)
def test_unreadable_archive_ends_with_status_two(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)

    with pytest.raises(CommandError, match="不是 ZIP") as raised:
        call_command("import_photos", str(path), "--apply")

    assert raised.value.returncode == 2
    assert PhotoBatch.objects.count() == 0


def test_absent_file_ends_with_status_two() -> None:
    with pytest.raises(CommandError, match="打不开") as raised:
        call_command("import_photos", "没有.zip")

    assert raised.value.returncode == 2


def test_list_without_numbers_ends_with_status_two(saved, tmp_path: Path) -> None:
    listing = tmp_path / "清单.csv"
    listing.write_text("文件名,备注\n1.jpg,x\n", encoding="utf-8")

    with pytest.raises(CommandError, match="没有号码列") as raised:
        call_command("import_photos", saved({"1.jpg": portrait(1)}), "--manifest", str(listing))

    assert raised.value.returncode == 2


def _database_url() -> str:
    """The test database as another process names it."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**found)


def _started(path: str, *arguments: str) -> subprocess.Popen[str]:
    """The command as a process of its own on the test database."""
    command = [sys.executable, "manage.py", "import_photos", path, "--apply", "--json", *arguments]
    environment = {
        **os.environ,
        "DATABASE_URL": _database_url(),
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "DJANGO_SETTINGS_MODULE": "xuexin.settings",
    }
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def _until(condition: Callable[[], object], *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that in time"
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_import_run_again_ends_as_if_it_had_not_been(
    saved, capsys, tmp_path: Path, workers: str
) -> None:
    for serial in range(20):
        enrolment.make_record(student_no=f"2022040{serial:03d}")
    files = {f"照片/2022040{serial:03d}.jpg": marked(serial) for serial in range(620)}
    files |= {"x.jpg": b"no", "照片/又/2022040001.jpg": marked(1)}
    path = saved(files)

    with _started(path, "--workers", workers) as process:
        _until(lambda: CaptureEntry.objects.count() >= 200 or process.poll() is not None)
        children = _children(process.pid)
        process.kill()
    before = CaptureEntry.objects.count()
    assert 200 <= before < 620
    assert before % 200 == 0
    assert PhotoBatch.objects.get().state == ImportState.APPLYING
    _until(lambda: not [pid for pid in children if Path(f"/proc/{pid}").exists()], seconds=20)

    report = run(capsys, path, "--apply")

    counted = {key: report[key] for key in ("files", "accepted", "matched", "unmatched")}
    assert counted == {"files": 622, "accepted": 620, "matched": 20, "unmatched": 600}
    assert (report["duplicate"], len(report["rejected"])) == (1, 1)
    assert CaptureEntry.objects.count() == 620
    assert PhotoVersion.objects.filter(is_current=True).count() == 20
    assert PhotoVersion.objects.count() == 20
    assert PhotoBatch.objects.get().state == ImportState.APPLIED


@pytest.mark.django_db(transaction=True)
def test_process_ends_with_its_status(saved, tmp_path: Path) -> None:
    with _started(saved({"x.jpg": b"no"})) as fine:
        assert fine.wait(60) == 0
        assert json.loads(fine.communicate()[0])["rejected"][0]["code"] == "not_jpeg"
    broken = tmp_path / "y.zip"
    broken.write_bytes(BytesIO(b"no zip").getvalue())
    with _started(str(broken)) as refused:
        out, err = refused.communicate(timeout=60)
        assert (refused.returncode, out) == (2, "")
        assert "不是 ZIP" in err
