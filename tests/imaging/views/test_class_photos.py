"""The photos of a class: for its counsellor and the office, marked, logged, on addresses that die."""

import re
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageChops, ImageStat

from accounts.models import User
from common import files
from common.models import FileView, StoredFile
from enrollment.models import ClassGroup, StudentRecord
from enrollment.states import EnrollmentStatus
from imaging.models import PhotoVersion, Rendition
from imaging.services.looks import PAGES_PER_ACCOUNT
from imaging.states import PhotoKind
from imaging.views import signed
from tests.factories import enrolment, imaging

pytestmark = [pytest.mark.page, pytest.mark.django_db]


@pytest.fixture
def address(class_group: ClassGroup) -> str:
    return reverse("imaging:class_photos", args=[class_group.pk])


@pytest.fixture
def version(record: StudentRecord) -> PhotoVersion:
    return imaging.make_photo(record)


def pictures(response) -> list[str]:
    return re.findall(r'src="(/photo/small/[^"]+)"', response.content.decode())


@pytest.mark.parametrize("who", ["chen", "li", "auditor"])
def test_class_is_shown_with_names_numbers_and_photos(
    who: str, request, version: PhotoVersion, address: str, class_group, client_of
) -> None:
    enrolment.make_record(class_group=class_group, student_no="2022040128", name="周野")

    response = client_of(request.getfixturevalue(who)).get(address)

    page = response.content.decode()
    assert response.status_code == 200
    assert "沈若溪" in page
    assert "2022040127" in page
    assert "周野还没有毕业照片" in page
    assert "1 人有照片" in page
    assert "1 人还没有" in page
    assert len(pictures(response)) == 1
    assert response["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("who", ["eve", "alice", "monitor", "secretary", "leader"])
def test_others_find_nothing(who: str, request, version, address: str, client_of) -> None:
    response = client_of(request.getfixturevalue(who)).get(address)

    assert response.status_code == 404
    assert FileView.objects.count() == 0


def test_counsellor_of_another_class_finds_nothing(chen: User, client_of) -> None:
    other = enrolment.make_class(name="汉语言文学 2299 班")

    assert client_of(chen).get(reverse("imaging:class_photos", args=[other.pk])).status_code == 404


def test_every_photo_is_a_line_in_its_students_ledger_once(
    chen: User, record: StudentRecord, version: PhotoVersion, address: str, client_of
) -> None:
    client = client_of(chen)

    client.get(address)
    client.get(address)

    view = FileView.objects.get()
    assert (view.file, view.viewer_id, view.subject_id, view.purpose) == (
        version.entry.published,
        str(chen.pk),
        str(record.pk),
        "看班级照片页",
    )


def test_picture_is_small_marked_and_kept_unmarked(
    chen: User, version: PhotoVersion, address: str, client_of
) -> None:
    client = client_of(chen)
    (source,) = pictures(client.get(address))

    response = client.get(source)

    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"
    assert response["Cache-Control"] == "no-store, private"
    assert response["X-Content-Type-Options"] == "nosniff"
    shown = Image.open(BytesIO(response.content))
    stored = Image.open(BytesIO(files.read(Rendition.objects.get().file)))
    assert shown.size == stored.size == (180, 240)
    apart = ImageChops.difference(shown.convert("RGB"), stored.convert("RGB"))
    assert max(ImageStat.Stat(apart.crop((20, 215, 160, 235))).mean) > 10
    assert max(ImageStat.Stat(apart.crop((40, 20, 140, 150))).mean) < 3
    assert FileView.objects.count() == 1  # the page's


def test_address_opens_for_nobody_else(
    chen: User, li: User, eve: User, version, address: str, client_of
) -> None:
    (source,) = pictures(client_of(chen).get(address))

    for other in (li, eve):
        assert client_of(other).get(source).status_code == 404
    assert Client().get(source).status_code == 302


def test_address_dies(
    chen: User, version: PhotoVersion, address: str, client_of, monkeypatch
) -> None:
    client = client_of(chen)
    (source,) = pictures(client.get(address))
    assert client.get(source).status_code == 200

    monkeypatch.setattr(signed, "LIVES", timedelta(seconds=-1))

    assert client.get(source).status_code == 404


@pytest.mark.parametrize("token", ["x", "WzEsMV0:aaaa:bbbb", "a" * 500])
def test_made_up_address_opens_nothing(token: str, chen: User, client_of) -> None:
    assert client_of(chen).get(f"/photo/small/{token}/").status_code == 404


def test_photo_that_is_taken_away_meanwhile_is_not_shown(
    chen: User, version: PhotoVersion, address: str, client_of, now: datetime
) -> None:
    client = client_of(chen)
    (source,) = pictures(client.get(address))
    PhotoVersion.objects.update(is_current=False, ended_at=now, ended_by="测试")

    assert client.get(source).status_code == 404


def test_hidden_record_and_who_has_left_are_not_shown(
    chen: User, record: StudentRecord, version, address: str, class_group, client_of, now: datetime
) -> None:
    gone = enrolment.make_record(
        class_group=class_group,
        student_no="2022040129",
        name="林晚",
        enrollment_status=EnrollmentStatus.WITHDRAWN,
    )
    imaging.make_photo(gone)
    client = client_of(chen)
    (source,) = pictures(client.get(address))
    StudentRecord.objects.filter(pk=record.pk).update(
        hidden_at=now, hidden_by="测试", hidden_reason="核实"
    )

    page = client.get(address).content.decode()

    assert "沈若溪" not in page
    assert "林晚" not in page
    assert client.get(source).status_code == 404


def test_erased_photo_counts_as_missing(
    chen: User, version: PhotoVersion, address: str, client_of, now: datetime
) -> None:
    StoredFile.objects.filter(pk=version.entry.published_id).update(purged_at=now)

    response = client_of(chen).get(address)

    assert pictures(response) == []
    assert "1 人还没有" in response.content.decode()


def test_kinds_are_shown_apart(
    chen: User, record: StudentRecord, version, address: str, client_of
) -> None:
    imaging.make_photo(record, PhotoKind.ADMISSION)
    client = client_of(chen)

    response = client.get(f"{address}?kind=ADMISSION")

    assert "录取照片：" in response.content.decode()
    assert f"{address}?kind=GRADUATION" in response.content.decode()
    assert client.get(f"{address}?kind=NONE").status_code == 404


def test_five_hundred_photos_take_few_queries(
    chen: User, address: str, class_group: ClassGroup, client_of, django_assert_max_num_queries
) -> None:
    first = imaging.make_photo(enrolment.make_record(class_group=class_group))
    _copies(first, class_group, 499)
    client = client_of(chen)
    client.get("/messages/")

    with django_assert_max_num_queries(25):
        response = client.get(address)

    assert len(pictures(response)) == 500
    assert FileView.objects.count() == 500


def test_who_opens_too_many_pages_is_stopped(chen: User, version, address: str, client_of) -> None:
    client = client_of(chen)
    for _ in range(PAGES_PER_ACCOUNT.amount):
        assert client.get(address).status_code == 200

    response = client.get(address)

    assert response.status_code == 429
    assert pictures(response) == []
    assert "太多" in response.content.decode()


@pytest.mark.parametrize(
    ("who", "sees"), [("chen", True), ("li", True), ("monitor", False), ("leader", False)]
)
def test_board_leads_there_who_may_go(
    who: str, sees: bool, request, record: StudentRecord, address: str, client_of
) -> None:
    member = imaging.make_member(record)
    board = reverse("corrections:class_page", args=[record.class_group_id, member.campaign_id])

    page = client_of(request.getfixturevalue(who)).get(board).content.decode()

    assert (address in page) == sees


def _copies(version: PhotoVersion, class_group: ClassGroup, amount: int) -> None:
    """More students with a photo each, without drawing that many."""
    entry = version.entry
    records = [enrolment.make_record(class_group=class_group) for _ in range(amount)]
    for record in records:
        file = StoredFile.objects.get(pk=entry.published_id)
        file.pk, file.key = None, f"photo/{record.pk}"
        file.save()
        original = StoredFile.objects.get(pk=entry.original_id)
        original.pk, original.key = None, f"original/{record.pk}"
        original.save()
        copy = type(entry).objects.get(pk=entry.pk)
        copy.pk, copy.record, copy.entry_hash = None, record, f"{record.pk}"
        copy.published, copy.original = file, original
        copy.save()
        PhotoVersion.objects.create(
            record=record,
            kind=version.kind,
            version_no=1,
            entry=copy,
            attached_at=version.attached_at,
            attached_by="测试",
        )
