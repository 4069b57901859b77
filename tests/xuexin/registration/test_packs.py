"""Packs: what they hold, that they resume, who may take them, that nobody leaves who took it back."""

import csv
import hashlib
import io
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import dbf
import pytest
from django.core.files.storage import default_storage
from PIL import Image
from python_calamine import CalamineWorkbook

from accounts.models import User
from common import files
from common.actors import SYSTEM
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, FileView, PurgeProof, StoredFile
from common.ratelimit import TooManyError
from enrollment.models import StudentRecord
from imaging.models import (
    Campaign,
    CampaignMember,
    CaptureEntry,
    PhotoProfile,
    RegistrationPack,
)
from imaging.services.campaign import grant_extension
from imaging.states import CampaignKind, Conclusion, ConclusionKind
from imaging.states.registration import PackState
from tests.factories import enrolment, imaging
from tests.factories.registering import make_closed_campaign, make_pack, make_ready, register
from tests.imaging.photos import jpeg, picture
from xuexin.own_data.ledger import ledger_entries, ledger_rows
from xuexin.registration import archive, building, packs, writing
from xuexin.registration.building import STALE_AFTER, build_pack, resume_packs
from xuexin.registration.packs import (
    changed_since,
    erase_pack,
    hand_out_pack,
    open_pack,
    start_pack,
)
from xuexin.retention import purge_expired

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
PHOTO = ConclusionKind.PHOTO


@pytest.fixture
def campaign(now: datetime) -> Campaign:
    """A campaign that is over."""
    return make_closed_campaign(now)


@pytest.fixture
def members(campaign: Campaign) -> list[CampaignMember]:
    """Two who are ready and one who is not."""
    ready = [
        make_ready(campaign, student_no=number, name=name)
        for number, name in (("2022040127", "沈若溪"), ("0022040128", "=欧阳"))
    ]
    wrong = make_ready(campaign, student_no="2022040129")
    imaging.make_conclusion(wrong, PHOTO, Conclusion.INCORRECT)
    return [*ready, wrong]


def built(campaign: Campaign, actor: User, now: datetime) -> RegistrationPack:
    pack = make_pack(campaign, actor=actor, now=now)
    assert build_pack(pack_id=pack.pk, now=now)
    pack.refresh_from_db()
    return pack


def opened(pack: RegistrationPack) -> dict[str, bytes]:
    assert pack.file is not None
    with files.open_sealed(pack.file) as content, zipfile.ZipFile(content) as outer:
        assert outer.testzip() is None
        return {name: outer.read(name) for name in outer.namelist()}


def test_pack_holds_both_tables_photos_and_a_true_list(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime, tmp_path: Path
) -> None:
    pack = built(campaign, li, now)

    held = opened(pack)
    assert set(held) == {"学籍.xlsx", "xueji.dbf", "照片-01.zip", "说明.txt", "清单.csv"}
    book = CalamineWorkbook.from_filelike(io.BytesIO(held["学籍.xlsx"]))
    head, *rows = book.get_sheet_by_name("学籍").to_python()
    by_head = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(row["学号"], row["姓名"]) for row in by_head] == [
        ("0022040128", "=欧阳"),
        ("2022040127", "沈若溪"),
    ]
    assert by_head[1]["证件号码"] == members[0].record.id_number
    (tmp_path / "x.dbf").write_bytes(held["xueji.dbf"])
    with dbf.Table(str(tmp_path / "x.dbf")) as table:
        assert [(row.xh.strip(), row.xm.strip(), row.sfzjlx) for row in table] == [
            ("0022040128", "=欧阳", "1"),
            ("2022040127", "沈若溪", "1"),
        ]
    with zipfile.ZipFile(io.BytesIO(held["照片-01.zip"])) as photos:
        assert photos.namelist() == ["0022040128.jpg", "2022040127.jpg"]
        data = photos.read("2022040127.jpg")
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (480, 640))
    listed = list(csv.DictReader(io.StringIO(held["清单.csv"].decode("utf-8-sig"))))
    digests = {row["文件"]: row["SHA-256"] for row in listed}
    assert digests["照片-01.zip/2022040127.jpg"] == hashlib.sha256(data).hexdigest()
    for name in ("学籍.xlsx", "xueji.dbf", "照片-01.zip"):
        assert digests[name] == hashlib.sha256(held[name]).hexdigest() == pack.digests[name]


def test_pack_is_written_down_sealed_and_tells_nothing_outside(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime
) -> None:
    rows = StudentRecord.objects.order_by("pk").values_list("pk", "updated_at", "key_digest")
    before = list(rows)

    pack = built(campaign, li, now)

    assert (pack.state, pack.people, pack.left_out, pack.progress) == (PackState.READY, 2, 1, 3)
    assert pack.file is not None
    assert (pack.file.encrypted, pack.file.kind) == (True, "registration")
    with default_storage.open(pack.file.key) as stored:
        raw = stored.read()
    assert members[0].record.id_number.encode() not in raw
    assert raw[:2] != b"PK"
    assert pack.file.retain_until == pack.expires_at
    assert set(pack.packed.values_list("record", flat=True)) == {
        member.record_id for member in members[:2]
    }
    event = AuditEvent.objects.get(action="registrationpack.built")
    assert event.details == {"count": 2, "left_out": 1, "sha256": pack.file.sha256}
    assert list(rows.all()) == before


def test_photos_are_split_into_parts(
    campaign: Campaign,
    members: list[CampaignMember],
    li: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive, "PHOTOS_A_PART", 1)

    held = opened(built(campaign, li, now))

    assert {"照片-01.zip", "照片-02.zip"} < set(held)
    assert "照片-03.zip" not in held


def test_lost_photo_leaves_its_person_out_of_every_table(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime
) -> None:
    photo = members[0].record.photos.get(is_current=True)
    files.discard_blob(photo.entry.published.key)

    pack = built(campaign, li, now)

    assert (pack.people, pack.left_out) == (1, 2)
    assert pack.remarks == ["照片文件读不出来，没有导出：2022040127。"]
    held = opened(pack)
    assert b"2022040127" not in held["xueji.dbf"]


def replaced(member: CampaignMember, data: bytes, *, now: datetime) -> None:
    """Another published file behind the member's photo, as a photo without measures may have."""
    entry = member.record.photos.get(is_current=True).entry
    CaptureEntry.objects.filter(pk=entry.pk).update(
        published=files.store(data, kind="photo", content_type="image/jpeg", now=now, actor=SYSTEM)
    )


def test_photo_of_another_size_is_left_out_by_its_true_reason(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime
) -> None:
    replaced(members[0], jpeg(picture((600, 800))), now=now)

    pack = built(campaign, li, now)

    assert (pack.people, pack.left_out) == (1, 2)
    assert pack.remarks == ["照片不是 480×640 像素的 JPEG，没有导出：2022040127。"]
    assert pack.remarks[0] in opened(pack)["说明.txt"].decode()


def test_photo_that_is_not_what_was_stored_is_left_out_by_its_true_reason(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime
) -> None:
    file = members[0].record.photos.get(is_current=True).entry.published
    StoredFile.objects.filter(pk=file.pk).update(sha256="0" * 64)

    pack = built(campaign, li, now)

    assert pack.remarks == ["照片文件和存进来时不一样了，没有导出：2022040127。"]


def test_photo_of_unusual_bytes_goes_in_and_is_named(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime
) -> None:
    small = Image.new("RGB", (480, 640), (100, 197, 255))
    replaced(members[0], jpeg(small), now=now)
    PhotoProfile.objects.filter(campaigns=campaign).update(min_bytes=6 * 1024)

    pack = built(campaign, li, now)

    assert (pack.people, pack.left_out) == (2, 1)
    assert pack.remarks == ["照片大小不在一般的范围里，照样导出了，平台不收的要重交：2022040127。"]
    assert b"2022040127" in opened(pack)["xueji.dbf"]


def test_nobody_ready_fails_with_a_sentence(campaign: Campaign, li: User, now: datetime) -> None:
    imaging.make_member(enrolment.make_record(), campaign)
    pack = make_pack(campaign, actor=li, now=now)

    assert not build_pack(pack_id=pack.pk, now=now)

    pack.refresh_from_db()
    assert pack.state == PackState.FAILED
    assert "没有一个人可以登记" in pack.failure


def test_built_once_however_often_the_task_comes(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime
) -> None:
    pack = built(campaign, li, now)

    assert not build_pack(pack_id=pack.pk, now=now + DAY)
    assert resume_packs(now=now + DAY) == 0
    assert StoredFile.objects.filter(kind="registration").count() == 1


def test_killed_worker_is_followed_by_another(
    campaign: Campaign,
    members: list[CampaignMember],
    li: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pack = make_pack(campaign, actor=li, now=now)

    def die(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt  # what a killed worker leaves: a heartbeat, and nothing else

    with monkeypatch.context() as patched:
        patched.setattr(building, "_finish", die)
        with pytest.raises(KeyboardInterrupt):
            build_pack(pack_id=pack.pk, now=now)

    pack.refresh_from_db()
    assert (pack.state, pack.progress, pack.total) == (PackState.BUILDING, 3, 3)
    assert resume_packs(now=now + STALE_AFTER - MINUTE) == 0
    assert resume_packs(now=now + STALE_AFTER + MINUTE) == 1
    pack.refresh_from_db()
    assert (pack.state, pack.attempts, pack.people) == (PackState.READY, 2, 2)


def test_worker_that_dies_each_time_is_given_up(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime
) -> None:
    pack = make_pack(campaign, actor=li, now=now)
    RegistrationPack.objects.filter(pk=pack.pk).update(attempts=3, heartbeat_at=now)

    assert resume_packs(now=now + DAY) == 0

    pack.refresh_from_db()
    assert (pack.state, bool(pack.failure)) == (PackState.FAILED, True)
    start_pack(pack=pack, actor=li, now=now + DAY)
    assert build_pack(pack_id=pack.pk, now=now + DAY)


def test_who_wakes_up_late_writes_nothing_beside_the_successor(
    campaign: Campaign,
    members: list[CampaignMember],
    li: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pack = make_pack(campaign, actor=li, now=now)
    finish = building._finish

    def late(*args: object, **more: object) -> None:
        monkeypatch.setattr(building, "_finish", finish)
        assert resume_packs(now=now + DAY) == 1
        finish(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(building, "_finish", late)

    assert not build_pack(pack_id=pack.pk, now=now)
    assert StoredFile.objects.filter(kind="registration").count() == 1
    assert pack.packed.count() == 2


def test_whoever_may_take_it_back_meanwhile_is_left_out(
    campaign: Campaign,
    members: list[CampaignMember],
    li: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pack = make_pack(campaign, actor=li, now=now)
    write = writing.write_pack

    def meanwhile(*args: object, **more: object) -> object:
        """Everybody is written; then one is given more time, so the conclusion is open again."""
        done = write(*args, **more)  # type: ignore[arg-type]
        monkeypatch.setattr(building, "write_pack", write)
        record = members[0].record
        grant_extension(
            campaign=campaign,
            record=record,
            closes_at=now + 2 * DAY,
            sheet_freeze_at=now + 3 * DAY,
            reason="住院",
            actor=li,
            now=now,
        )
        imaging.make_conclusion(members[0], PHOTO, locks_at=now + DAY)
        return done

    monkeypatch.setattr(building, "write_pack", meanwhile)

    assert build_pack(pack_id=pack.pk, now=now)
    assert list(pack.packed.values_list("record", flat=True)) == [members[1].record_id]


def test_taken_with_a_reason_and_seen_by_everybody_in_it(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime
) -> None:
    pack = built(campaign, li, now)

    file = hand_out_pack(pack=pack, reason="交省厅王老师", actor=li, now=now + DAY)

    assert file == pack.file
    view = FileView.objects.get(file=file)
    assert (view.purpose, view.viewer_id) == ("交省厅王老师", str(li.pk))
    event = AuditEvent.objects.get(action="registrationpack.downloaded")
    assert (event.reason, event.details["count"]) == ("交省厅王老师", 2)
    owner = members[0].record.binding.identity.user
    (entry,) = ledger_entries(ledger_rows(owner))
    assert entry.why == "交省厅王老师"
    assert "证件号码" in entry.what
    assert not list(ledger_rows(members[2].record.binding.identity.user))


@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_is_taken_without_a_reason(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime, reason: str
) -> None:
    pack = built(campaign, li, now)

    with pytest.raises(InvalidInputError):
        hand_out_pack(pack=pack, reason=reason, actor=li, now=now)

    assert not FileView.objects.exists()


def test_outdated_pack_is_refused_and_names_who(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime
) -> None:
    pack = built(campaign, li, now)
    StudentRecord.objects.filter(pk=members[0].record_id).update(ethnicity="回族")

    with pytest.raises(NotAllowedError, match="2022040127"):
        hand_out_pack(pack=pack, reason="交省里", actor=li, now=now)

    assert not FileView.objects.exists()


def test_registered_since_is_no_change(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime
) -> None:
    pack = built(campaign, li, now)
    register(members[0].record, at=now)

    assert changed_since(pack, now=now + DAY) == []


def test_expired_pack_is_erased_with_proof(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime
) -> None:
    pack = built(campaign, li, now)
    assert pack.file is not None
    assert pack.expires_at is not None
    with pytest.raises(StaleStateError):
        hand_out_pack(pack=pack, reason="交省里", actor=li, now=pack.expires_at)

    assert purge_expired(now=pack.expires_at - MINUTE)["registration_packs"] == 0
    assert purge_expired(now=pack.expires_at)["registration_packs"] == 1
    assert purge_expired(now=pack.expires_at)["registration_packs"] == 0

    key, digest = pack.file.key, pack.file.sha256
    pack.refresh_from_db()
    assert (pack.state, pack.erased_by) == (PackState.ERASED, "系统")
    assert not default_storage.exists(key)
    assert PurgeProof.objects.get(kind="登记数据包").sha256 == digest
    assert pack.packed.count() == 2


def test_registrar_erases_before_the_time(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime
) -> None:
    pack = built(campaign, li, now)
    assert pack.file is not None

    erase_pack(pack=pack, actor=li, now=now)

    assert not default_storage.exists(pack.file.key)
    with pytest.raises(StaleStateError):
        erase_pack(pack=pack, actor=li, now=now)


def test_only_the_registrar(
    campaign: Campaign, members: list[CampaignMember], li: User, chen: User, now: datetime
) -> None:
    pack = built(campaign, li, now)

    for act in (
        lambda: make_pack(campaign, actor=chen, now=now),
        lambda: start_pack(pack=pack, actor=chen, now=now),
        lambda: hand_out_pack(pack=pack, reason="看看", actor=chen, now=now),
        lambda: erase_pack(pack=pack, actor=chen, now=now),
    ):
        with pytest.raises(NotAllowedError):
            act()


def test_one_build_at_a_time_for_a_school(
    campaign: Campaign, members: list[CampaignMember], li: User, now: datetime
) -> None:
    make_pack(campaign, actor=li, now=now)

    with pytest.raises(StaleStateError, match="正在生成"):
        make_pack(campaign, actor=li, now=now)


def test_downloads_are_limited(
    campaign: Campaign,
    members: list[CampaignMember],
    li: User,
    now: datetime,
) -> None:
    pack = built(campaign, li, now)
    for _ in range(packs.DOWNLOADS.amount):
        hand_out_pack(pack=pack, reason="交省里", actor=li, now=now)

    with pytest.raises(TooManyError):
        hand_out_pack(pack=pack, reason="交省里", actor=li, now=now)


def test_open_refuses_what_makes_no_sense(campaign: Campaign, li: User, now: datetime) -> None:
    elsewhere = enrolment.make_school("99998", "远山大学云岭学院")
    freshmen = imaging.make_campaign(kind=CampaignKind.FRESHMAN)

    for where, field in (
        ({"campaign": campaign, "school": elsewhere, "reason": "交省里"}, "school"),
        (
            {"campaign": freshmen, "school": freshmen.schools.get(), "reason": "交省里"},
            "campaign",
        ),
        ({"campaign": campaign, "school": campaign.schools.get(), "reason": " "}, "reason"),
    ):
        with pytest.raises(InvalidInputError) as caught:
            open_pack(graduating_class=None, actor=li, now=now, **where)  # type: ignore[arg-type]
        assert caught.value.field == field
