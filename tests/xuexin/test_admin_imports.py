"""Rosters and photos from upload to result, as the registrar clicks through them."""

import io
import zipfile
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from common import files
from common.actors import traced
from common.models import AuditEvent, FileView
from enrollment.models import RosterImport, StudentRecord
from enrollment.states import ImportState
from imaging.models import CaptureEntry, PhotoBatch, PhotoVersion
from imaging.states import MatchState
from tests.factories import enrolment, people
from tests.factories.imaging import portrait

pytestmark = [pytest.mark.page, pytest.mark.django_db(transaction=True)]

ClientOf = Callable[[User], Client]
ROSTERS = "/admin/enrollment/rosterimport/"
BATCHES = "/admin/imaging/photobatch/"
HEAD = "院校代码,学号,姓名,证件号码,考生号,班级,民族"


def roster_file(*lines: str) -> SimpleUploadedFile:
    text = "\n".join([HEAD, *lines])
    return SimpleUploadedFile("名册.csv", text.encode(), content_type="text/csv")


def good_line(student_no: str = "2022040901", name: str = "江月") -> str:
    number = people.make_number(int(student_no[-3:]))
    return f"99999,{student_no},{name},{number},22990101010901,汉语言文学 2201 班,汉族"


def photo_archive(*names: str) -> SimpleUploadedFile:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for serial, name in enumerate(names):
            archive.writestr(name, portrait(serial))
    return SimpleUploadedFile("照片.zip", target.getvalue(), content_type="application/zip")


def test_roster_from_upload_to_records(client_of: ClientOf, li: User) -> None:
    enrolment.make_school()
    client = client_of(li)

    uploaded = client.post(f"{ROSTERS}add/", {"file": roster_file(good_line())})
    roster = RosterImport.objects.get()
    preview = client.get(uploaded["Location"]).content.decode()
    rows = client.get(f"{ROSTERS}{roster.pk}/rows/").content.decode()
    asked = client.get(f"{ROSTERS}{roster.pk}/do/apply/").content.decode()
    records_before = StudentRecord.objects.count()
    client.post(f"{ROSTERS}{roster.pk}/do/apply/")
    after = client.get(f"{ROSTERS}{roster.pk}/change/").content.decode()

    roster.refresh_from_db()
    record = StudentRecord.objects.get()
    assert uploaded["Location"] == f"{ROSTERS}{roster.pk}/change/"
    assert "江*" in rows
    assert "1 行" in preview
    assert "导入学籍" in preview
    assert "1 份学籍" in asked
    assert records_before == 0
    assert roster.state == ImportState.APPLIED
    assert (record.student_no, record.name) == ("2022040901", "江月")
    assert record.id_number not in preview + rows + after
    assert "导入学籍</a>" not in after


def test_roster_with_errors_is_refused_and_its_findings_can_be_taken_home(
    client_of: ClientOf, li: User
) -> None:
    enrolment.make_school()
    client = client_of(li)

    client.post(f"{ROSTERS}add/", {"file": roster_file("99999,2022040902,,,,,")})
    roster = RosterImport.objects.get()
    page = client.get(f"{ROSTERS}{roster.pk}/change/").content.decode()
    book = client.get(f"{ROSTERS}{roster.pk}/findings.xlsx")

    assert roster.state == ImportState.REFUSED
    assert "有错误，未导入" in page
    assert f"{ROSTERS}{roster.pk}/do/apply/" not in page
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        assert parts.testzip() is None
        texts = parts.read("xl/sharedStrings.xml").decode()
    assert traced(li) in texts  # whoever took it home
    assert book["Cache-Control"] == "no-store, private"


def test_roster_is_discarded(client_of: ClientOf, li: User) -> None:
    enrolment.make_school()
    client = client_of(li)
    client.post(f"{ROSTERS}add/", {"file": roster_file(good_line())})
    roster = RosterImport.objects.get()

    client.post(f"{ROSTERS}{roster.pk}/do/discard/")

    roster.refresh_from_db()
    assert roster.state == ImportState.DISCARDED
    assert StudentRecord.objects.count() == 0


def test_auditor_uploads_nothing(client_of: ClientOf, auditor: User) -> None:
    client = client_of(auditor)

    assert client.get(f"{ROSTERS}add/").status_code == 403
    assert client.post(f"{ROSTERS}add/", {"file": roster_file(good_line())}).status_code == 403
    assert client.post(f"{BATCHES}add/", {"file": photo_archive("1.jpg")}).status_code == 403
    assert RosterImport.objects.count() == 0
    assert PhotoBatch.objects.count() == 0


def test_photos_from_upload_to_records_and_captures(client_of: ClientOf, li: User) -> None:
    record = enrolment.make_record(student_no="2022040127")
    client = client_of(li)
    archive = photo_archive("2022040127.jpg", "2022049999.jpg")

    client.post(f"{BATCHES}add/", {"file": archive, "kind": "GRADUATION"})
    batch = PhotoBatch.objects.get()
    dry = client.get(f"{BATCHES}{batch.pk}/change/").content.decode()
    entries_before = CaptureEntry.objects.count()
    client.post(f"{BATCHES}{batch.pk}/do/apply/")
    done = client.get(f"{BATCHES}{batch.pk}/change/").content.decode()

    batch.refresh_from_db()
    assert "导入照片" in dry
    assert entries_before == 0
    assert batch.state == ImportState.APPLIED
    assert batch.report["matched"] == 1
    assert batch.report["unmatched"] == 1
    assert PhotoVersion.objects.get().record == record
    assert "看这一批全部采集信息" in done


def make_unmatched(client: Client) -> CaptureEntry:
    archive = photo_archive("2022049999.jpg")
    client.post(f"{BATCHES}add/", {"file": archive, "kind": "GRADUATION"})
    client.post(f"{BATCHES}{PhotoBatch.objects.get().pk}/do/apply/")
    return CaptureEntry.objects.get(state=MatchState.UNMATCHED)


def test_capture_is_attached_with_a_preview_and_detached(client_of: ClientOf, li: User) -> None:
    record = enrolment.make_record(student_no="2022040127", name="沈若溪")
    client = client_of(li)
    entry = make_unmatched(client)
    url = f"/admin/imaging/captureentry/{entry.pk}/do/attach/"
    given = {"student_no": "2022040127", "reason": "采集时学号写错"}

    preview = client.post(url, given).content.decode()
    untouched = CaptureEntry.objects.get().state
    client.post(url, {**given, "_confirmed": "1"})
    attached = PhotoVersion.objects.get(is_current=True)
    client.post(
        f"/admin/imaging/captureentry/{entry.pk}/do/detach/",
        {"reason": "看错了，不是本人", "_confirmed": "1"},
    )

    entry.refresh_from_db()
    assert "沈若溪" in preview
    assert untouched == MatchState.UNMATCHED
    assert attached.record == record
    assert entry.state == MatchState.UNMATCHED
    assert PhotoVersion.objects.filter(is_current=True).count() == 0


def test_capture_data_is_corrected_and_matched_again(client_of: ClientOf, li: User) -> None:
    record = enrolment.make_record(student_no="2022040127")
    client = client_of(li)
    entry = make_unmatched(client)
    url = f"/admin/imaging/captureentry/{entry.pk}/do/rematch/"
    given = {"student_no": "2022040127", "school_code": entry.school_code, "reason": "学号写错"}

    preview = client.post(url, given).content.decode()
    client.post(url, {**given, "_confirmed": "1"})

    entry.refresh_from_db()
    assert "2022049999" in preview
    assert "会这样关联" in preview
    assert (entry.state, entry.record) == (MatchState.MATCHED, record)
    assert AuditEvent.objects.get(action="entry.rematched").reason == "学号写错"


def test_second_registrar_is_told_that_the_capture_was_settled(
    client_of: ClientOf, li: User
) -> None:
    client = client_of(li)
    entry = make_unmatched(client)
    url = f"/admin/imaging/captureentry/{entry.pk}/do/void/"

    given = {"reason": "试拍", "_confirmed": "1"}
    client.post(url, given)
    again = client.post(url, given, follow=True).content.decode()

    assert "现在不能“提出作废”" in again
    assert AuditEvent.objects.filter(action="repair.proposed").count() == 1


@pytest.mark.parametrize("size", ["thumb", "picture", "original", "print"])
def test_picture_is_served_to_the_office_alone_and_logged(
    client_of: ClientOf, li: User, size: str
) -> None:
    client = client_of(li)
    entry = make_unmatched(client)
    url = f"/admin/imaging/captureentry/{entry.pk}/{size}/"

    response = client.get(url)
    content = b"".join(response) if response.streaming else response.content

    assert content[:2] == b"\xff\xd8"
    assert response["Cache-Control"] == "no-store, private"
    assert FileView.objects.get().viewer_id == str(li.pk)
    assert client_of(people.make_user("eve@example.test")).get(url).status_code == 404


def test_desk_sees_its_mark_and_gets_the_original_unchanged(client_of: ClientOf, li: User) -> None:
    client = client_of(li)
    entry = make_unmatched(client)
    url = f"/admin/imaging/captureentry/{entry.pk}"

    shown, original = client.get(f"{url}/picture/"), client.get(f"{url}/original/")

    assert shown.content != files.read(entry.published)
    assert b"".join(original) == files.read(entry.original)
    assert original["Content-Disposition"].startswith("attachment; ")
    assert shown["Content-Disposition"].startswith("inline; ")


def test_page_of_a_capture_names_every_file_of_the_shot(client_of: ClientOf, li: User) -> None:
    client = client_of(li)
    entry = make_unmatched(client)
    url = f"/admin/imaging/captureentry/{entry.pk}"
    b"".join(client.get(f"{url}/thumb/"))
    b"".join(client.get(f"{url}/print/"))

    page = client.get(f"{url}/change/").content.decode()

    for name in ("送来的原始文件（加密保存）", "注册用照片", "缩略图", "印制用照片"):
        assert name in page
    assert entry.original.sha256[:16] in page
    assert FileView.objects.filter(purpose="教务处工作台：下载印制用照片").exists()
