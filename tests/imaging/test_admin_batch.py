"""Photo batches at the desk: findings by kind, the contact sheet, preview, import, undo, workbook."""

import io
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import User
from accounts.states import Role
from common.errors import StaleStateError
from common.models import AuditEvent, FileView
from enrollment.states import Severity, UndoState
from imaging.models import BatchFinding, BatchItem, CaptureEntry, PhotoBatch
from imaging.services.batch import check_batch, stage_batch
from imaging.services.batch_items import read_small
from imaging.states import PhotoKind, PhotoOutcome
from tests.factories import enrolment, imaging, people
from tests.imaging.importers.archives import zip_of
from tests.imaging.services.deliveries import deliver, marked

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
BATCHES = "/admin/imaging/photobatch/"
SHEET_QUERIES = 18


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


@pytest.fixture
def batch(li: User) -> PhotoBatch:
    """A checked batch: one new, one that replaces, one that waits, one refused, one passed over."""
    now = timezone.now()
    enrolment.make_record(student_no="2022040101", name="沈若溪")
    imaging.make_photo(enrolment.make_record(student_no="2022040102"), at=now - timedelta(days=9))
    files = {
        "2022040101.jpg": marked(1),
        "2022040102.jpg": marked(2),
        f"{people.make_number(7, birth='18990101')}.jpg": marked(3),
        "2022040104.jpg": b"no photo",
        "说明.txt": b"x",
    }
    made = stage_batch(
        file=zip_of(files), file_name="照片.zip", kind=PhotoKind.GRADUATION, actor=li, now=now
    )
    with suppress(StaleStateError):  # in a test with real transactions the task has done so
        check_batch(batch=made, now=now, workers=1)
    made.refresh_from_db()
    return made


def test_page_counts_findings_by_kind_and_leads_to_the_files(
    client_of: ClientOf, li: User, batch: PhotoBatch
) -> None:
    page = client_of(li).get(f"{BATCHES}{batch.pk}/change/").content.decode()

    for text in (
        "新增照片",
        "替换照片",
        "不收的照片",
        "名册里没有这个号码",
        "逐张看",
        "下载问题清单",
    ):
        assert text in page
    assert f"{BATCHES}{batch.pk}/sheet/?outcome=REPLACE" in page
    assert f"{BATCHES}{batch.pk}/sheet/?finding=unknown_number" in page


def test_contact_sheet_shows_picture_name_match_and_finding(
    client_of: ClientOf, li: User, batch: PhotoBatch
) -> None:
    page = client_of(li).get(f"{BATCHES}{batch.pk}/sheet/").content.decode()

    assert page.count('loading="lazy"') == 3
    assert "2022040101.jpg" in page
    assert "沈*溪" in page
    assert "沈若溪" not in page
    assert people.make_number(7, birth="18990101") not in page
    assert "名册里没有这个号码" in page
    assert "没有小图" in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("outcome=CREATE", 1),
        ("outcome=REFUSE", 1),
        ("finding=unknown_number", 1),
        ("finding=nothing_like_it", 0),
        ("number=20220401", 2),
        ("number=2022040102", 1),
        ("outcome=nonsense", 5),
        ("page=99", 5),
    ],
)
def test_contact_sheet_is_filtered(
    client_of: ClientOf, li: User, batch: PhotoBatch, query: str, count: int
) -> None:
    page = client_of(li).get(f"{BATCHES}{batch.pk}/sheet/?{query}").content.decode()

    assert page.count("desk-sheet__name") == count


def test_small_picture_is_served_to_the_office_alone_and_logged(
    client_of: ClientOf, li: User, auditor: User, chen: User, batch: PhotoBatch
) -> None:
    item = BatchItem.objects.get(batch=batch, outcome=PhotoOutcome.CREATE)
    url = reverse("admin:imaging_photobatch_small", args=[item.pk])

    response = client_of(li).get(url)

    assert response.content[:2] == b"\xff\xd8"
    assert response["Cache-Control"] == "no-store, private"
    view = FileView.objects.get()
    assert (view.viewer_id, view.subject_id) == (str(li.pk), str(item.record_id))
    assert client_of(auditor).get(url).status_code == 200
    assert client_of(chen).get(url).status_code == 404


def test_small_picture_bears_the_name_of_who_looks(
    client_of: ClientOf, li: User, auditor: User, batch: PhotoBatch
) -> None:
    item = BatchItem.objects.get(batch=batch, outcome=PhotoOutcome.CREATE)
    url = reverse("admin:imaging_photobatch_small", args=[item.pk])
    stored = read_small(item)

    seen = [client_of(person).get(url).content for person in (li, auditor)]

    assert len({stored, *seen}) == 3  # nobody gets what is stored, nor what another one got
    assert {Image.open(io.BytesIO(each)).size for each in seen} == {(180, 240)}
    assert read_small(item) == stored


def test_file_without_a_small_picture_has_none(
    client_of: ClientOf, li: User, batch: PhotoBatch
) -> None:
    refused = BatchItem.objects.get(batch=batch, outcome=PhotoOutcome.REFUSE)
    client = client_of(li)

    for pk in (refused.pk, 987654):
        assert client.get(reverse("admin:imaging_photobatch_small", args=[pk])).status_code == 404
    assert client.get(f"{BATCHES}987654/sheet/").status_code == 404


def test_contact_sheet_of_500_photos_needs_few_queries(
    client_of: ClientOf, li: User, batch: PhotoBatch, django_assert_max_num_queries
) -> None:
    item = BatchItem.objects.get(batch=batch, outcome=PhotoOutcome.CREATE)
    many = BatchItem.objects.bulk_create(
        BatchItem(
            batch=batch,
            position=100 + serial,
            file_name=f"{serial}.jpg",
            outcome=PhotoOutcome.CREATE,
            record_id=item.record_id,
            sheet_id=item.sheet_id,
        )
        for serial in range(500)
    )
    BatchFinding.objects.bulk_create(
        BatchFinding(
            batch=batch, item=each, code="blurred", severity=Severity.WARNING, message="不清晰。"
        )
        for each in many
    )
    client = client_of(li)
    client.get(f"{BATCHES}{batch.pk}/sheet/?outcome=REFUSE")

    with django_assert_max_num_queries(SHEET_QUERIES):
        page = client.get(f"{BATCHES}{batch.pk}/sheet/").content.decode()

    assert page.count("desk-sheet__name") == 500


def test_batch_of_the_command_has_a_contact_sheet_too(client_of: ClientOf, li: User) -> None:
    deliver({"2022049999.jpg": marked(1)}, now=timezone.now())
    batch = PhotoBatch.objects.get()
    client = client_of(li)

    page = client.get(f"{BATCHES}{batch.pk}/sheet/").content.decode()

    entry = CaptureEntry.objects.get()
    assert reverse("admin:imaging_captureentry_thumb", args=[entry.pk]) in page
    assert "名册里没有这个号码" in page
    assert client.get(f"{BATCHES}{batch.pk}/change/").status_code == 200


def test_preview_says_what_would_be_created_replaced_and_left_waiting(
    client_of: ClientOf, li: User, batch: PhotoBatch
) -> None:
    page = client_of(li).get(f"{BATCHES}{batch.pk}/do/apply/").content.decode()
    facts = dict(
        re.findall(r'<th scope="row">\s*([^<]+?)\s*</th>\s*<td>\s*(?:<a[^>]*>)?([^<]+?)\s*<', page)
    )

    assert facts["新增照片"] == "1 份学籍"
    assert facts["替换照片"] == "1 份学籍"
    assert facts["收下，留待处理"] == "1 张"
    assert facts["不收"] == "1 个文件"


@pytest.mark.django_db(transaction=True)
def test_batch_is_imported_and_taken_back_by_another(
    client_of: ClientOf, li: User, wang: User, batch: PhotoBatch
) -> None:
    client_of(li).post(f"{BATCHES}{batch.pk}/do/apply/")
    own = client_of(li).get(f"{BATCHES}{batch.pk}/do/undo/", follow=True).content.decode()
    assert "另一位教务老师" in own

    second = client_of(wang)
    asked = second.get(f"{BATCHES}{batch.pk}/do/undo/").content.decode()
    assert "没有，可以整批撤销" in asked
    second.post(f"{BATCHES}{batch.pk}/do/undo/", {"reason": "传错了"})

    batch.refresh_from_db()
    assert batch.undo_state == UndoState.UNDONE
    page = second.get(f"{BATCHES}{batch.pk}/change/").content.decode()
    assert "已撤销" in page
    assert second.get(f"{BATCHES}{batch.pk}/sheet/").status_code == 200


def test_workbook_is_taken_by_the_registrar_alone(
    client_of: ClientOf, li: User, auditor: User, batch: PhotoBatch
) -> None:
    url = f"{BATCHES}{batch.pk}/findings.xlsx"

    assert client_of(auditor).post(url).status_code == 403
    assert client_of(li).get(url).status_code == 302
    book = client_of(li).post(url)

    assert book.content[:2] == b"PK"
    assert book["Cache-Control"] == "no-store, private"
    assert book["Content-Disposition"].startswith("attachment")
    assert AuditEvent.objects.filter(action="photobatch.findings_downloaded").count() == 1


def test_upload_over_the_bound_says_what_to_do(client_of: ClientOf, li: User, settings) -> None:
    settings.MAX_PHOTO_ZIP_BYTES = 100
    data = zip_of({"1.jpg": marked(1)}).getvalue()
    archive = SimpleUploadedFile("照片.zip", data, content_type="application/zip")

    client = client_of(li)
    page = client.post(f"{BATCHES}add/", {"file": archive, "kind": "GRADUATION"}).content.decode()

    assert "分成几个压缩包" in page
    assert "最大 100 字节" in client.get(f"{BATCHES}add/").content.decode()
    assert PhotoBatch.objects.count() == 0
    assert io.BytesIO(data).read(2) == b"PK"
