"""DBF as it is written for the platform: read back by our reader and by another library, never cut."""

import io
from datetime import date
from pathlib import Path

import dbf
import pytest

from enrollment.importers.tables import read_table
from imaging.documents.dbase import CODE_PAGE, DbfField, DbfWriter, UnfitError, as_gbk

pytestmark = pytest.mark.unit

FIELDS = (DbfField("XH", 12), DbfField("XM", 8))
DAY = date(2026, 6, 12)


def written(*rows: tuple[str, str]) -> bytes:
    target = io.BytesIO()
    writer = DbfWriter(target, FIELDS, day=DAY)
    for row in rows:
        writer.write(row)
    writer.close()
    return target.getvalue()


def test_reads_back_with_our_reader() -> None:
    data = written(("2022040127", "沈若溪"), ("0001", "欧阳"))

    rows = [row.cells for row in read_table(data, "x.dbf")]

    assert rows == [["XH", "XM"], ["2022040127", "沈若溪"], ["0001", "欧阳"]]


def test_reads_back_with_another_library(tmp_path: Path) -> None:
    path = tmp_path / "xueji.dbf"
    path.write_bytes(written(("2022040127", "沈若溪")))

    with dbf.Table(str(path)) as table:
        assert table.codepage.name == "cp936"
        assert [(row.xh.strip(), row.xm.strip()) for row in table] == [("2022040127", "沈若溪")]


def test_header_says_day_count_and_code_page() -> None:
    data = written(("1", "甲"), ("2", "乙"))

    assert (data[0], data[1:4], data[29]) == (0x03, bytes([126, 6, 12]), CODE_PAGE)
    assert int.from_bytes(data[4:8], "little") == 2
    assert len(data) == 32 + 2 * 32 + 1 + 2 * 21 + 1


@pytest.mark.parametrize(
    ("text", "size", "character"),
    [
        ("一二三四五", 10, ""),  # bytes are counted, not characters
        ("\u3baf", 0, "\u3baf"),  # 㮯 is in GB18030, not in GBK
        ("王\n五", 0, "\n"),
        ("王\x00", 0, "\x00"),
    ],
)
def test_refuses_what_does_not_fit_and_writes_nothing(text: str, size: int, character: str) -> None:
    target = io.BytesIO()
    writer = DbfWriter(target, FIELDS, day=DAY)
    before = target.getvalue()

    with pytest.raises(UnfitError) as caught:
        writer.write(("1", text))

    assert (caught.value.size, caught.value.character) == (size, character)
    assert target.getvalue() == before


def test_fits_to_the_last_byte() -> None:
    assert len(as_gbk("一二三四", 8)) == 8


@pytest.mark.parametrize(("name", "width"), [("学号", 4), ("", 4), ("A" * 11, 4), ("XH", 255)])
def test_field_refuses_what_dbf_has_no_room_for(name: str, width: int) -> None:
    with pytest.raises(ValueError, match="field"):
        DbfField(name, width)
