"""The files of a batch with findings as a workbook for the capture unit; who took it is written down."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from common import audit
from common.actors import Actor, traced
from common.errors import NotAllowedError
from common.wording import moment_field
from enrollment.models import StudentRecord
from enrollment.states import Severity
from imaging.documents.batch_words import advice_on, finding_name
from imaging.documents.lists import Table, table_xlsx
from imaging.models import BatchFinding, BatchItem, PhotoBatch
from imaging.policies import check_can_settle_photos
from imaging.states import PhotoOutcome

__all__ = ["findings_book"]

_COLUMNS: Final = ("文件", "结果", "程度", "问题", "说明", "怎么办")
_AT_ONCE: Final = 2_000


@transaction.atomic
def findings_book(*, batch: PhotoBatch, actor: Actor, now: datetime) -> bytes:
    """Every finding with its file, refusals first, what it means and what to do.

    File names are whole, so that the files are found again, and may hold numbers: the download is
    written to the audit trail and to the ledger of every student whose photo is in it.
    NotAllowedError when there is nothing to hand out.
    """
    check_can_settle_photos(actor)
    rows = list(_rows(batch))
    if not rows:
        raise NotAllowedError("这一批没有问题要处理；或者保留期已过，文件名已经销毁。")
    told = f"{traced(actor)} {moment_field(now)} 下载，文件名可能是号码，不要转发。"
    table = Table(title="照片问题清单", columns=_COLUMNS, rows=[*rows, (told, "", "", "", "", "")])
    details = {"rows": len(rows)}
    audit.record("photobatch.findings_downloaded", actor=actor, now=now, obj=batch, details=details)
    named = BatchItem.objects.filter(
        batch=batch, record__isnull=False, findings__isnull=False
    ).order_by()
    audit.record_many(
        audit.event(
            "record.exported",
            actor=actor,
            now=now,
            obj=batch,
            subject=StudentRecord(pk=record_id),
            details={"file": batch.file_name},
        )
        for record_id in named.values_list("record_id", flat=True).distinct()
    )
    return table_xlsx(table, at=now)


def _rows(batch: PhotoBatch) -> Iterator[Sequence[str]]:
    """Errors before warnings; within them in the order of the files, remarks on the whole batch last."""
    findings = BatchFinding.objects.filter(batch=batch).select_related("item")
    for severity in (Severity.ERROR, Severity.WARNING):
        mine = findings.filter(severity=severity)
        on_files = mine.filter(item__isnull=False).order_by("item__position", "pk")
        for finding in on_files.iterator(chunk_size=_AT_ONCE):
            yield _row(finding)
        for finding in mine.filter(item=None).order_by("pk"):
            yield _row(finding)


def _row(finding: BatchFinding) -> Sequence[str]:
    item = finding.item
    outcome = item.outcome if item is not None else ""
    return (
        str(item.file_name) if item is not None else "（整批）",
        str(PhotoOutcome(outcome).label) if outcome else "",
        str(finding.get_severity_display()),
        finding_name(finding.code),
        finding.message,
        advice_on(finding.code, outcome),
    )
