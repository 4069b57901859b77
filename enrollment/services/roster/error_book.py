"""The rows with findings as a workbook to be mended and handed in again; who took it is written down."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO, BinaryIO, cast

from django.conf import settings
from django.db import transaction

from common import audit
from common.actors import Actor, traced
from common.errors import NotAllowedError
from common.files import log_view, open_sealed
from common.wording import moment_field
from enrollment.documents import error_workbook
from enrollment.importers.headers import LINE_HEADER, REMARK_HEADER
from enrollment.importers.roster import original_rows
from enrollment.importers.tables import UnreadableTableError, read_table
from enrollment.models import RosterImport, RosterRow, StudentRecord

__all__ = ["open_error_book"]

_BATCH = 2_000


def open_error_book(*, roster: RosterImport, actor: Actor, now: datetime) -> IO[bytes]:
    """The workbook as a temporary file at its beginning; the caller closes it.

    It holds whole numbers, so the download is written to the audit trail, and to the ledger of every
    student whose record one of its rows has met. NotAllowedError when the original was erased or
    cannot be read as a table.
    """
    if roster.file is None or roster.file.purged_at is not None:
        raise NotAllowedError("保留期已过，原文件已经销毁，不能再下载。")
    watermark = (
        f"{traced(actor)} {moment_field(now)} 下载，含个人信息，不要转发。"
        "改好后可以整个文件重新上传。"
    )
    book = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 -- handed to the caller
    try:
        with open_sealed(roster.file) as clear:
            headers, rows = original_rows(read_table(cast("BinaryIO", clear), roster.file_name))
            count = error_workbook(
                book,
                headers=headers,
                rows=_remarked(roster, rows),
                remark_header=REMARK_HEADER,
                line_header=LINE_HEADER,
                watermark=watermark,
            )
    except UnreadableTableError as error:
        book.close()
        raise NotAllowedError(str(error)) from error
    except BaseException:
        book.close()
        raise
    _log(roster, count, actor=actor, now=now)
    book.seek(0)
    return book


def _remarked(
    roster: RosterImport, rows: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[str, str, Sequence[str]]]:
    """The rows that something was found in, with all of it; both sides come in the order of lines."""
    remarks = _remarks(roster)
    line, said = next(remarks, (0, ""))
    for row_no, cells in rows:
        while 0 < line < row_no:
            line, said = next(remarks, (0, ""))
        if line == row_no:
            yield said, str(row_no), cells


def _remarks(roster: RosterImport) -> Iterator[tuple[int, str]]:
    found = roster.findings.filter(row_no__gt=1).order_by("row_no", "severity", "pk")
    line, texts = 0, list[str]()
    for finding in found.iterator(chunk_size=_BATCH):
        if finding.row_no != line and texts:
            yield line, "\n".join(texts)
            texts = []
        line = finding.row_no
        where = f"{finding.column}：" if finding.column else ""
        texts.append(f"【{finding.get_severity_display()}】{where}{finding.message}")
    if texts:
        yield line, "\n".join(texts)


@transaction.atomic
def _log(roster: RosterImport, count: int, *, actor: Actor, now: datetime) -> None:
    if roster.file is not None:
        log_view(roster.file, viewer=actor, purpose="名册待改行下载", now=now)
    audit.record(
        "roster.errors_downloaded", actor=actor, now=now, obj=roster, details={"rows": count}
    )
    lines = roster.findings.filter(row_no__gt=1).values("row_no")
    met = RosterRow.objects.filter(roster=roster, record__isnull=False, row_no__in=lines)
    audit.record_many(
        audit.event(
            "record.exported",
            actor=actor,
            now=now,
            obj=roster,
            subject=StudentRecord(pk=record),
            details={"file": roster.file_name},
        )
        for record in met.values_list("record", flat=True).distinct().iterator(chunk_size=_BATCH)
    )
