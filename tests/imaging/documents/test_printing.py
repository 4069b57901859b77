"""Lists that are taken out print on A4 with all their columns, and their titles on every page."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from enrollment.documents import findings_workbook
from imaging.documents.lists import Table, table_xlsx
from imaging.documents.workbook import TextBook

AT = datetime(2026, 6, 1, 8, tzinfo=UTC)


def findings() -> bytes:
    return findings_workbook([(2, "学号", "错误", "少一位", "number")], mark="某人导出")


def table() -> bytes:
    return table_xlsx(Table(title="名单", columns=("学号",), rows=[("2022040127",)]), at=AT)


def book() -> bytes:
    target = io.BytesIO()
    text_book = TextBook(target, title="名单", at=AT).sheet("名单", [("学号", 200)])
    text_book.write(["2022040127"])
    text_book.close()
    return target.getvalue()


@pytest.mark.parametrize("make", [findings, table, book])
def test_list_prints_whole_and_with_its_titles(make: Callable[[], bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(make())) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        workbook = archive.read("xl/workbook.xml").decode()

    assert '<pageSetUpPr fitToPage="1"/>' in sheet
    assert '<pageSetup paperSize="9" fitToHeight="0" orientation="landscape"/>' in sheet
    assert "$1:$1</definedName>" in workbook
