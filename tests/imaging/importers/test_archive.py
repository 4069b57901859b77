"""Archives as vendors and phones make them: edge case 51."""

import tracemalloc
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from imaging.importers import (
    ArchiveLimits,
    IgnoreReason,
    UnreadableArchiveError,
    UnreadableItemError,
    read_archive,
)
from tests.imaging.importers.archives import raw_zip, unicode_path, zip_of
from tests.imaging.photos import jpeg

pytestmark = pytest.mark.unit


def paths(file: BytesIO) -> list[str]:
    return [item.path for item in read_archive(file)]


def test_photos_at_any_depth_are_found_in_stored_order() -> None:
    archive = read_archive(zip_of({"2.jpg": b"b", "甲班/a/b/c/1.JPG": b"a", "没有扩展名": b"c"}))

    assert [(item.path, item.name, item.size, item.read()) for item in archive] == [
        ("2.jpg", "2.jpg", 1, b"b"),
        ("甲班/a/b/c/1.JPG", "1.JPG", 1, b"a"),
        ("没有扩展名", "没有扩展名", 1, b"c"),
    ]
    assert (len(archive), archive.file_count) == (3, 3)


def test_folders_are_no_files() -> None:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.mkdir("空文件夹")
        archive.writestr("空文件夹/1.jpg", b"a")

    assert read_archive(buffer).file_count == 1


def test_names_in_gbk_are_read() -> None:
    names = ["毕业照片/王伟.jpg", "毕业照片/䶮㛃.jpg", "毕业照片/李娜 20210001.jpg"]

    assert paths(raw_zip([(name.encode("gb18030"), b"x") for name in names])) == names


def test_names_in_utf8_without_the_flag_are_read() -> None:
    names = ["毕业照片/王伟.jpg", "毕业照片/古丽米热·艾比布力.jpg"]

    assert paths(raw_zip([(name.encode(), b"x") for name in names])) == names


def test_names_of_two_encodings_in_one_archive_are_read_one_by_one() -> None:
    files = [("王伟.jpg".encode("gbk"), b"x"), ("李娜.jpg".encode("gbk"), b"x")]

    assert paths(raw_zip(files)) == ["王伟.jpg", "李娜.jpg"]
    assert paths(raw_zip([("赵敏.jpg".encode(), b"x")], flags=0x800)) == ["赵敏.jpg"]


def test_name_in_neither_encoding_is_still_there() -> None:
    (item,) = read_archive(raw_zip([(b"\xff\xff2021.jpg", b"x")]))

    assert item.path.endswith("2021.jpg")
    assert item.read() == b"x"


def test_unicode_path_field_wins_while_its_checksum_fits() -> None:
    fitting = unicode_path(b"?.jpg", "龘.jpg")
    stale = unicode_path(b"other.jpg", "龘.jpg")

    assert paths(raw_zip([(b"?.jpg", b"x")], extra=fitting)) == ["龘.jpg"]
    assert paths(raw_zip([(b"?.jpg", b"x")], extra=stale)) == ["?.jpg"]


def test_backslashes_separate_folders_but_not_inside_a_gbk_character() -> None:
    # The second byte of 誠 is a backslash in GBK.
    assert paths(raw_zip([("甲班\\誠.jpg".encode("gbk"), b"x")])) == ["甲班/誠.jpg"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/cron.d/1.jpg", "etc/cron.d/1.jpg"),
        ("/etc/1.jpg", "etc/1.jpg"),
        ("C:\\Windows\\1.jpg", "Windows/1.jpg"),
        ("a/./b/../1.jpg", "a/b/1.jpg"),
        ("a/\u202egpj.1.jpg", "a/gpj.1.jpg"),
        ("a/1\r\n2.jpg", "a/12.jpg"),
    ],
)
def test_path_traversal_is_harmless(name: str, shown: str) -> None:
    (item,) = read_archive(zip_of({name: b"x"}))

    assert item.path == shown
    assert item.read() == b"x"


def test_junk_is_counted_and_not_read() -> None:
    junk = [
        "Thumbs.db",
        "甲班/thumbs.DB",
        "desktop.ini",
        ".DS_Store",
        "甲班/.hidden.jpg",
        "__MACOSX/._1.jpg",
        "__MACOSX/甲班/._2.jpg",
        "~$清单.xlsx",
        "@eaDir/1.jpg",
    ]

    archive = read_archive(zip_of({**dict.fromkeys(junk, b"x"), "1.jpg": b"x"}))

    assert [item.path for item in archive] == ["1.jpg"]
    assert {ignored.path for ignored in archive.ignored} == set(junk)
    assert {(ignored.reason, ignored.message) for ignored in archive.ignored} == {
        (IgnoreReason.JUNK, "")
    }
    assert archive.file_count == 10


def test_other_files_are_ignored_with_a_word() -> None:
    archive = read_archive(zip_of({"补拍.zip": b"x", "说明.docx": b"x", "1.exe": b"x"}))

    assert len(archive) == 0
    assert [(ignored.path, ignored.reason) for ignored in archive.ignored] == [
        ("补拍.zip", IgnoreReason.NESTED_ARCHIVE),
        ("说明.docx", IgnoreReason.NOT_A_PHOTO),
        ("1.exe", IgnoreReason.NOT_A_PHOTO),
    ]
    assert all(ignored.message for ignored in archive.ignored)


def test_other_image_formats_are_photos_to_be_judged_by_content() -> None:
    assert paths(zip_of({"1.png": b"x", "2.HEIC": b"x"})) == ["1.png", "2.HEIC"]


def test_tables_are_kept_apart() -> None:
    archive = read_archive(zip_of({"清单.xlsx": b"x", "甲班/list.CSV": b"y", "1.jpg": b"z"}))

    assert [(table.path, table.read()) for table in archive.tables] == [
        ("清单.xlsx", b"x"),
        ("甲班/list.CSV", b"y"),
    ]
    assert archive.file_count == 3


def test_symbolic_link_is_ignored() -> None:
    link = ZipInfo("1.jpg")
    link.external_attr = 0o120777 << 16
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr(link, b"/etc/passwd")

    assert [ignored.path for ignored in read_archive(buffer).ignored] == ["1.jpg"]


def test_empty_photo_is_read_as_empty() -> None:
    (item,) = read_archive(zip_of({"1.jpg": b""}))

    assert item.read() == b""


# --- damage and malice


def test_encrypted_archive_is_refused_as_a_whole() -> None:
    with pytest.raises(UnreadableArchiveError, match="密码") as refused:
        read_archive(raw_zip([(b"1.jpg", b"x")], flags=1))

    assert refused.value.code == "encrypted"


@pytest.mark.parametrize(
    "data", [b"", b"x" * 100, jpeg(), zip_of({"1.jpg": b"x" * 500}).getvalue()[:-30]]
)
def test_what_is_no_whole_zip_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableArchiveError, match="ZIP") as refused:
        read_archive(BytesIO(data))

    assert refused.value.code == "not_a_zip"


def test_damaged_photo_does_not_stop_the_others() -> None:
    data = zip_of({"1.jpg": b"first photo", "2.jpg": b"second photo"}).getvalue()
    damaged = BytesIO(data.replace(b"first photo", b"fIrst photo", 1))

    first, second = read_archive(damaged)

    with pytest.raises(UnreadableItemError) as refused:
        first.read()
    assert refused.value.code == "damaged"
    assert second.read() == b"second photo"


def test_unknown_compression_refuses_only_that_photo() -> None:
    data = bytearray(zip_of({"1.jpg": b"x"}).getvalue())
    data[8] = data[data.index(b"PK\x01\x02") + 10] = 9

    (item,) = read_archive(BytesIO(bytes(data)))

    with pytest.raises(UnreadableItemError):
        item.read()


def test_too_large_photo_is_refused_before_it_is_unpacked() -> None:
    (item,) = read_archive(zip_of({"1.jpg": bytes(2000)}), ArchiveLimits(max_item_bytes=1000))

    with pytest.raises(UnreadableItemError, match="上限") as refused:
        item.read()
    assert refused.value.code == "too_many_bytes"


def test_bomb_is_refused_by_its_ratio() -> None:
    (item,) = read_archive(zip_of({"1.jpg": bytes(3_000_000)}, compressed=True))

    with pytest.raises(UnreadableItemError, match="压缩比") as refused:
        item.read()
    assert refused.value.code == "suspicious_ratio"


def test_photo_that_unpacks_to_more_than_it_announces_is_refused() -> None:
    data = bytearray(zip_of({"1.jpg": bytes(range(256)) * 40}, compressed=True).getvalue())
    at = data.index(b"PK\x01\x02")
    data[22:26] = data[at + 24 : at + 28] = (500).to_bytes(4, "little")

    (item,) = read_archive(BytesIO(bytes(data)))

    with pytest.raises(UnreadableItemError):
        item.read()


def test_too_many_entries_are_refused() -> None:
    with pytest.raises(UnreadableArchiveError, match="最多 2 个") as refused:
        read_archive(zip_of(dict.fromkeys("abc", b"x")), ArchiveLimits(max_entries=2))

    assert refused.value.code == "too_many_entries"


def test_huge_directory_is_refused_before_it_is_read() -> None:
    data = bytearray(zip_of({"1.jpg": b"x"}).getvalue())
    data[-10:-6] = (4_000_000_000).to_bytes(4, "little")

    with pytest.raises(UnreadableArchiveError) as refused:
        read_archive(BytesIO(bytes(data)))

    assert refused.value.code == "too_many_entries"


def test_too_many_bytes_in_all_are_refused() -> None:
    with pytest.raises(UnreadableArchiveError) as refused:
        read_archive(
            zip_of({"1.jpg": bytes(600), "2.jpg": bytes(600)}), ArchiveLimits(max_total_bytes=1000)
        )

    assert refused.value.code == "too_many_bytes"


def test_ten_thousand_photos_are_read_in_bounded_memory(tmp_path) -> None:
    photo = jpeg()
    with ZipFile(tmp_path / "photos.zip", "w", ZIP_DEFLATED, compresslevel=0) as archive:
        for number in range(10_000):
            archive.writestr(f"班级{number % 50}/{20_210_000 + number}.jpg", photo)

    tracemalloc.start()
    with (tmp_path / "photos.zip").open("rb") as file, read_archive(file) as opened:
        total = sum(len(item.read()) for item in opened)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert total == 10_000 * len(photo)
    assert peak < 40_000_000
