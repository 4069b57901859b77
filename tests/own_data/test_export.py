"""A copy of everything held about one person: whole, nobody else's, once, for seven days, for the owner."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import DataExport, LoginEvent, User
from accounts.states import EXPORT_LIVES, ExportState, LoginWay
from common import audit, files
from common.models import AuditEvent, OutboxMessage, PurgeProof, StoredFile
from common.ratelimit import TooManyError
from corrections.models import Evidence
from corrections.states import RequestAction, RequestState
from enrollment.models import AdmissionInfo, StudentRecord
from enrollment.services.profile import Study, save_profile
from imaging.states import PhotoKind
from tests.factories import enrolment, people
from tests.factories.corrections import RIGHT_NAME, make_request, picture_bytes
from tests.factories.imaging import make_photo, portrait
from tests.factories.people import PASSWORD
from xuexin.own_data import export as service
from xuexin.own_data.export import build_export, request_export, resume_exports
from xuexin.own_data.items import Item, Part
from xuexin.own_data.parts import PARTS
from xuexin.retention import purge_expired

pytestmark = [pytest.mark.page, pytest.mark.django_db]

PAGE = "/account/data/"


def requested(user: User, now: datetime) -> DataExport:
    """An export that nobody has begun."""
    return DataExport.objects.create(user=user, requested_at=now)


def built(user: User, now: datetime) -> DataExport:
    """An export that is ready."""
    export = requested(user, now)
    assert build_export(export_id=export.pk, now=now)
    export.refresh_from_db()
    return export


def opened(export: DataExport) -> dict[str, bytes]:
    """The files of the archive by path, read as a stranger's program would."""
    assert export.file is not None
    with files.open_sealed(export.file) as content, zipfile.ZipFile(content) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def whole_case(record: StudentRecord, user: User, now: datetime) -> Evidence:
    """A photo, a request with a step, a proof, a look of the office."""
    make_photo(record, PhotoKind.GRADUATION, data=portrait(7))
    request = make_request(record, RequestState.REFUSED, answer="以身份证为准")
    request.steps.create(
        action=RequestAction.REFUSE, note="已核对", acted_at=now, acted_by="l*@example.test"
    )
    file = files.store_sealed(
        io.BytesIO(picture_bytes()),
        kind="evidence",
        content_type="image/jpeg",
        original_name="户口本.jpg",
        now=now,
        actor=user,
    )
    return Evidence.objects.create(request=request, file=file, added_at=now, added_by="本人")


def log_in(client: Client, user: User) -> Client:
    """Through the login page, as people do."""
    client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    return client


def reauthenticate(client: Client, next_url: str):
    """Show the password once more."""
    return client.post("/account/reauthenticate/", {"password": PASSWORD, "next": next_url})


def test_archive_holds_everything(
    alice: User, record: StudentRecord, li: User, now: datetime
) -> None:
    proof = whole_case(record, alice, now)
    audit.record("record.revealed", actor=li, now=now, obj=record, subject=record, reason="核对")

    found = opened(built(alice, now))

    folder = f"学籍 {record.student_no}"
    fields = json.loads(found[f"{folder}/学籍.json"])["fields"]
    assert fields["id_number"]["value"] == record.id_number
    assert found[f"{folder}/毕业照片.jpg"] == portrait(7)
    assert found[f"{folder}/证明材料 {proof.pk}.jpg"] == picture_bytes()
    case = json.loads(found[f"{folder}/勘误 {proof.request_id}.json"])
    assert case["answer"] == "以身份证为准"
    assert case["steps"][0]["acted_by"] == "学校工作人员"
    assert case["fields"][0]["proposed"] == RIGHT_NAME
    rounds = json.loads(found[f"{folder}/校对.json"])[0]["rounds"]
    assert [each["state"] for each in rounds[0]["conclusions"]] == ["有误", "待校对"]
    identity = json.loads(found["实名信息.json"])
    assert identity["numbers"][0]["number"] == record.id_number
    assert json.loads(found["账号.json"])["email"] == "alice@example.test"
    assert json.loads(found["查看记录.json"])[0]["who"] == "教务处"
    listed = json.loads(found["目录.json"])["files"]
    assert {each["path"] for each in listed} == set(found) - {"目录.json", "说明.txt"}
    for each in listed:
        assert hashlib.sha256(found[each["path"]]).hexdigest() == each["sha256"]


def test_archive_of_one_holds_nothing_of_another(
    alice: User, record: StudentRecord, monitor: User, chen: User, li: User, now: datetime
) -> None:
    other = StudentRecord.objects.get(binding__identity__user=monitor)
    whole_case(other, monitor, now)
    whole_case(record, alice, now)
    audit.record("record.revealed", actor=li, now=now, obj=other, subject=other, reason="查秦川")
    audit.record("record.revealed", actor=li, now=now, obj=record, subject=record)

    text = b"\n".join(opened(built(alice, now)).values()).decode("utf-8", "ignore")

    assert record.id_number in text
    for secret in (
        *(other.id_number, other.student_no, other.name, "查秦川"),
        *("monitor@example.test", "li@example.test", li.actor_label),
        *("chen@example.test", "陈老师"),
    ):
        assert secret not in text


def test_words_of_a_former_owner_stay_out(
    alice: User, record: StudentRecord, eve: User, now: datetime
) -> None:
    """The record was bound to somebody else before: their request, proof and notes are theirs."""
    proof = whole_case(record, alice, now)
    record.binding.delete()
    mine = enrolment.bind(record, people.make_identity(eve, name=record.name))
    mine.bound_at = now
    mine.save()

    found = opened(built(eve, now))

    assert not [name for name in found if "勘误" in name or "证明材料" in name]
    text = b"\n".join(found.values()).decode("utf-8", "ignore")
    assert RIGHT_NAME not in text
    assert record.student_no in text
    assert Evidence.objects.get() == proof


def test_replaced_photo_is_told_of_but_not_handed_out(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    make_photo(record, data=portrait(1))
    make_photo(record, data=portrait(2))

    found = opened(built(alice, now))

    assert portrait(1) not in found.values()
    versions = json.loads(found[f"学籍 {record.student_no}/学籍.json"])["photo_versions"]
    assert [each["is_current"] for each in versions] == [False, True]


def test_account_without_a_record_gets_its_account(eve: User, now: datetime) -> None:
    found = opened(built(eve, now))

    assert set(found) == {
        *("账号.json", "实名信息.json", "登录和操作.json", "查看记录.json", "消息.json"),
        *("目录.json", "说明.txt"),
    }


def test_own_words_and_logins_are_in_it(alice: User, record: StudentRecord, now: datetime) -> None:
    save_profile(
        user=alice,
        address="云岭路 1 号",
        postal_code="000000",
        studies=[Study(school="远山一中", attended_from=date(1898, 9, 1))],
        seen_at=None,
        now=now,
    )
    LoginEvent.objects.create(
        user=alice, occurred_at=now, way=LoginWay.PASSWORD, is_success=True, device="手机"
    )
    AdmissionInfo.objects.create(record=record, batch="本科一批", updated_at=now)
    StudentRecord.objects.filter(pk=record.pk).update(has_sections=True)

    found = opened(built(alice, now))

    profile = json.loads(found["补充资料.json"])
    assert profile["address"] == "云岭路 1 号"
    assert [row["school"] for row in profile["studies"]] == ["远山一中"]
    assert json.loads(found["登录记录.json"])[0]["device"] == "手机"
    sections = json.loads(found[f"学籍 {record.student_no}/学籍.json"])["sections"]
    assert "本科一批" in str(sections)
    assert "申请.json" not in found


def test_numbers_of_others_are_taken_out_of_the_roster_text(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    StudentRecord.objects.filter(pk=record.pk).update(counsellor_text="陈老师 13800138000")

    found = opened(built(alice, now))

    assert b"13800138000" not in b"".join(found.values())


def test_building_twice_changes_nothing(alice: User, now: datetime) -> None:
    export = built(alice, now)

    assert not build_export(export_id=export.pk, now=now + timedelta(hours=1))

    assert StoredFile.objects.filter(kind="export").count() == 1
    assert OutboxMessage.objects.filter(template="own_data_ready").count() == 2


def test_two_workers_build_one(alice: User, now: datetime) -> None:
    export = requested(alice, now)
    DataExport.objects.filter(pk=export.pk).update(heartbeat_at=now, attempts=1)

    assert not build_export(export_id=export.pk, now=now + timedelta(minutes=4))
    assert build_export(export_id=export.pk, now=now + timedelta(minutes=5))


def test_overtaken_worker_leaves_nothing_behind(
    alice: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = requested(alice, now)

    def overtaken(user: User, at: datetime) -> list[Item]:
        DataExport.objects.filter(pk=export.pk).update(heartbeat_at=at + timedelta(minutes=6))
        return []

    monkeypatch.setattr(service, "PARTS", (Part(name="slow", collect=overtaken),))

    assert not build_export(export_id=export.pk, now=now)
    assert not StoredFile.objects.filter(kind="export").exists()
    assert DataExport.objects.get().state == ExportState.REQUESTED


def test_part_that_fails_is_tried_three_times_and_then_told(
    alice: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(user: User, at: datetime) -> list[Item]:
        raise RuntimeError("disk")

    monkeypatch.setattr(service, "PARTS", (Part(name="broken", collect=broken),))
    requested(alice, now)

    for minute in (5, 10, 15):
        assert resume_exports(now=now + timedelta(minutes=minute)) == 0

    export = DataExport.objects.get()
    assert (export.state, export.attempts, export.failure) == (
        ExportState.FAILED,
        3,
        "RuntimeError",
    )
    assert OutboxMessage.objects.filter(template="own_data_failed").count() == 2
    assert resume_exports(now=now + timedelta(hours=1)) == 0


def test_lost_task_is_taken_up_by_the_sweep(alice: User, now: datetime) -> None:
    requested(alice, now)

    assert resume_exports(now=now + timedelta(minutes=4)) == 0
    assert resume_exports(now=now + timedelta(minutes=5)) == 1
    assert DataExport.objects.get().state == ExportState.READY


def test_app_adds_its_part_in_one_place(
    alice: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reports(user: User, at: datetime) -> list[Item]:
        return [Item(path="验证报告/1.pdf", label="报告", read=lambda: b"%PDF-1.7")]

    monkeypatch.setattr(service, "PARTS", (*PARTS, Part(name="reports", collect=reports)))

    assert opened(built(alice, now))["验证报告/1.pdf"] == b"%PDF-1.7"


@pytest.mark.parametrize("path", ["../x.json", "/etc/x"])
def test_path_never_leads_out(
    path: str, alice: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = Part(name="bad", collect=lambda _user, _now: [Item(path=path, label="", data={})])
    monkeypatch.setattr(service, "PARTS", (part,))

    with pytest.raises(ValueError, match="leads out"):
        service.write_zip(io.BytesIO(), user=alice, now=now)


def test_kept_archive_is_sealed(alice: User, record: StudentRecord, now: datetime) -> None:
    export = built(alice, now)
    assert export.file is not None

    with default_storage.open(export.file.key) as stored:
        raw = stored.read()

    assert not raw.startswith(b"PK")
    assert export.file.encrypted


def test_expired_archive_is_erased_with_a_proof(alice: User, now: datetime, client_of: Any) -> None:
    export = built(alice, now)
    assert export.file is not None
    before = now + EXPORT_LIVES - timedelta(seconds=1)

    assert purge_expired(now=before)["exports"] == 0
    assert purge_expired(now=now + EXPORT_LIVES)["exports"] == 1

    assert not default_storage.exists(export.file.key)
    proof = PurgeProof.objects.get()
    assert (proof.kind, proof.owner_id) == ("导出的个人数据", str(alice.pk))
    export.refresh_from_db()
    assert export.state == ExportState.EXPIRED
    assert client_of(alice).get(f"{PAGE}{export.pk}/").status_code == 404


def test_asking_twice_gives_the_same(alice: User, now: datetime) -> None:
    first = request_export(user=alice, now=now)

    assert request_export(user=alice, now=now) == first
    assert DataExport.objects.count() == 1


def test_fourth_in_a_day_is_refused(alice: User, now: datetime) -> None:
    for _ in range(3):
        request_export(user=alice, now=now)
        DataExport.objects.update(state=ExportState.FAILED)

    with pytest.raises(TooManyError, match="24 小时"):
        request_export(user=alice, now=now)
    assert DataExport.objects.count() == 3


def test_page_asks_builds_and_hands_over_after_the_password(
    alice: User, record: StudentRecord, client: Client, django_capture_on_commit_callbacks
) -> None:
    log_in(client, alice)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(PAGE)["Location"] == PAGE
    export = DataExport.objects.get()
    assert export.state == ExportState.READY
    assert "下载压缩包" in client.get(PAGE).content.decode()

    address = f"{PAGE}{export.pk}/"
    asked = client.get(address)
    assert asked["Location"].startswith("/account/reauthenticate/")
    assert reauthenticate(client, address)["Location"] == address
    response = client.get(address)

    data = b"".join(response)
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    assert response["Cache-Control"] == "no-store, private"
    assert "attachment" in response["Content-Disposition"]
    assert AuditEvent.objects.filter(action="export.downloaded").count() == 1
    assert "下载导出的数据" in client.get("/account/ledger/").content.decode()


@pytest.mark.parametrize("who", ["eve", "monitor", "chen", "li", "auditor"])
def test_stranger_finds_no_archive(
    who: str, request: pytest.FixtureRequest, alice: User, client: Client
) -> None:
    export = built(alice, timezone.now())
    address = f"{PAGE}{export.pk}/"
    log_in(client, request.getfixturevalue(who))
    reauthenticate(client, "/")

    assert client.get(address).status_code == 404
    assert not AuditEvent.objects.filter(action="export.downloaded").exists()


def test_closed_account_gets_none(alice: User, now: datetime) -> None:
    export = requested(alice, now)
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert not build_export(export_id=export.pk, now=now)
    assert DataExport.objects.get().state == ExportState.FAILED


def test_database_keeps_one_waiting(alice: User, now: datetime) -> None:
    requested(alice, now)

    with pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic():
        requested(alice, datetime(2026, 7, 1, tzinfo=UTC))
