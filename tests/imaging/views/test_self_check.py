"""The public self-check: anybody, without a trace, within limits."""

import logging
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.test import Client

from tests.factories import imaging
from tests.imaging.photos import encoded, jpeg

pytestmark = [pytest.mark.page, pytest.mark.django_db]

PAGE = "/self-check/"


def send(client: Client, data: bytes, name: str = "我的照片.jpg") -> Any:
    return client.post(PAGE, {"picture": SimpleUploadedFile(name, data, "image/jpeg")})


def rows() -> dict[str, int]:
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
    }


def test_page_is_open_to_a_visitor_and_says_what_it_is_worth(client: Client) -> None:
    page = client.get(PAGE).content.decode()

    assert "这是参考，不是审核" in page
    assert "480" in page
    assert "50–110 像素" in page
    assert 'enctype="multipart/form-data"' in page


def test_picture_is_measured_and_drawn_on(client: Client) -> None:
    answer = send(client, jpeg())

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "逐项数值" in page
    assert "480×640" in page
    assert 'href="data:image/jpeg;base64,' in page
    assert "头顶在这里" in page
    assert "不是审核结论" in page
    assert (answer["Cache-Control"], answer["X-Robots-Tag"].split(",")[0]) == (
        "no-store, private",
        "noindex",
    )


def test_only_this_page_may_show_pictures_from_inside_itself(client: Client) -> None:
    here, elsewhere = client.get(PAGE), client.get("/help/")

    images = [
        next(part for part in each["Content-Security-Policy"].split(";") if "img-src" in part)
        for each in (here, elsewhere)
    ]
    assert ["data:" in part for part in images] == [True, False]
    assert "script-src 'self'" in here["Content-Security-Policy"]


def test_png_is_told_what_to_deliver_instead(client: Client) -> None:
    page = send(client, encoded("PNG"), "截图.png").content.decode()

    assert "文件格式：量到 PNG，要求 JPEG" in page


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no picture", "不是可识别的图片"),
        (b"", "空的"),
        (jpeg()[:2000], "打不开"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(99), "HEIC"),
        (bytes(6 * 1024 * 1024), "5 MB"),
    ],
)
def test_file_that_is_no_picture_gets_its_sentence_beside_the_field(
    client: Client, data: bytes, words: str
) -> None:
    answer = send(client, data)

    assert answer.status_code == 200
    assert words in answer.context["form"].errors["picture"][0]


def test_nothing_chosen_is_told(client: Client) -> None:
    assert "picture" in client.post(PAGE, {}).context["form"].errors


def test_nothing_is_kept_in_database_storage_or_temporary_files(
    client: Client, settings, caplog: pytest.LogCaptureFixture
) -> None:
    client.get(PAGE)
    before = rows()
    stored = sorted(Path(settings.MEDIA_ROOT).rglob("*"))
    large = jpeg() + bytes(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)

    with TemporaryDirectory() as spool, caplog.at_level(logging.DEBUG):
        settings.FILE_UPLOAD_TEMP_DIR = spool
        Path(spool).chmod(0o500)
        answer = send(client, large, "沈若溪990101188603120023.jpg")
        Path(spool).chmod(0o700)
        left = list(Path(spool).iterdir())

    assert (answer.status_code, left, rows()) == (200, [], before)
    assert sorted(Path(settings.MEDIA_ROOT).rglob("*")) == stored
    assert "沈若溪" not in answer.content.decode()
    assert "990101188603120023" not in caplog.text


def test_picture_is_read_from_memory_also_above_the_usual_bound(client: Client, settings) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = "/nonexistent"
    large = jpeg() + bytes(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)

    assert "逐项数值" in send(client, large).content.decode()


def test_second_file_of_a_request_shares_the_room(client: Client) -> None:
    files = [SimpleUploadedFile(f"{n}.jpg", bytes(4 * 1024 * 1024)) for n in range(3)]

    answer = client.post(PAGE, {"picture": files})

    assert answer.status_code == 200
    kept = answer.wsgi_request.FILES.getlist("picture")
    assert sum([each.size or 0 for each in kept]) <= 5_242_881
    assert len(kept) == 3


def test_other_pages_still_take_uploads_the_usual_way(client: Client) -> None:
    answer = client.post("/help/", {"picture": SimpleUploadedFile("a.jpg", b"abc")})

    assert answer.status_code == 405
    (kept,) = answer.wsgi_request.FILES.getlist("picture")
    assert isinstance(kept, UploadedFile)
    assert kept.read() == b"abc"


def test_address_has_thirty_tries_in_ten_minutes(client: Client) -> None:
    answers = [send(client, b"x").status_code for _ in range(31)]

    elsewhere = client.post(
        PAGE, {"picture": SimpleUploadedFile("a.jpg", jpeg())}, REMOTE_ADDR="192.0.2.9"
    )
    assert answers == [200] * 30 + [429]
    assert elsewhere.status_code == 200
    assert client.get(PAGE).status_code == 200


def test_rules_are_those_of_the_default_profile(client: Client) -> None:
    imaging.make_profile(
        is_default=True, width=300, height=400, geometry={"eyes": [111, 222]}, has_face_check=False
    )

    page = send(client, jpeg()).content.decode()

    assert "300×400" in page
    assert "111–222 像素" in page


def test_installation_without_the_face_check_still_measures_the_rest(
    client: Client, settings
) -> None:
    settings.FACE_CHECK = False

    page = send(client, jpeg()).content.decode()

    assert "没有做人脸检查" in page
    assert "清晰度" in page


@pytest.mark.parametrize("path", ["/", "/help/"])
def test_page_is_found_from_the_entrance_and_the_help(client: Client, path: str) -> None:
    assert client.get(path).content.decode().count(f'href="{PAGE}"') >= 2


def test_student_and_staff_may_use_it_too(client_of, alice, li) -> None:
    assert [client_of(who).get(PAGE).status_code for who in (alice, li)] == [200, 200]
