"""The case file as a ZIP for the province or for reading in the house: named by the rule, written down."""

import hashlib
import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from django.conf import settings
from django.db import transaction

from accounts.models import User
from common import audit, files
from common.errors import NotAllowedError
from common.models import StoredFile
from common.ratelimit import Limit, hit
from common.watermark import watermarked
from common.wording import local, moment_field
from enrollment.services.record import checked_reason
from imaging.documents.case_names import case_file_name
from imaging.documents.lists import Table, table_xlsx
from imaging.models import IdentityReview
from imaging.policies.review import check_is_handler, check_may_see_review
from imaging.selectors.class_photos import viewer_words
from imaging.selectors.photos import photos_of
from imaging.selectors.review_traces import EXPORT_PURPOSE
from imaging.selectors.reviews import checklist_of
from imaging.states import PhotoKind

__all__ = ["CaseArchive", "case_archive"]

EXPORTS: Final = Limit("review-exports", 40, 3600)
_JPEG: Final = "image/jpeg"
_SUFFIXES: Final = {_JPEG: ".jpg", "application/pdf": ".pdf"}
_EARLIEST: Final = 1980
_PHOTOS: Final = (PhotoKind.ADMISSION, PhotoKind.GRADUATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseArchive:
    """The archive as an open file without a name on disk; whoever sends it closes it."""

    name: str
    file: IO[bytes]
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paper:
    name: str
    title: str
    file: StoredFile


@transaction.atomic
def case_archive(
    *, review: IdentityReview, reason: str, is_marked: bool, actor: User, now: datetime
) -> CaseArchive:
    """Everything that counts in the file, one document after the other, so that memory stays small.

    Each file is a line in the student's ledger. With `is_marked` pictures bear who took them out and
    when; for the province they go as they are. The list inside says which.
    """
    check_is_handler(actor)
    check_may_see_review(actor, review, now=now)
    hit(EXPORTS, actor.actor_id, now=now)
    why = checked_reason(reason)
    papers = list(_papers(review))
    if not papers:
        raise NotAllowedError("案卷里还没有材料，没有可以导出的。")
    folder = case_file_name(review.rules.folder_rule, _values(review))
    target = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 -- handed to the caller
    try:
        _write(target, folder, papers, review, is_marked=is_marked, actor=actor, now=now)
    except BaseException:
        target.close()
        raise
    files.log_views(
        ((paper.file.pk, str(review.record_id)) for paper in papers),
        viewer=actor,
        purpose=f"{EXPORT_PURPOSE} {review.case_no}",
        now=now,
    )
    audit.record(
        "review.exported",
        actor=actor,
        now=now,
        obj=review,
        subject=review.record,
        reason=why,
        details={"count": len(papers), "marked": is_marked},
    )
    size = target.tell()
    target.seek(0)
    # The number alone: names of downloads are seen by whoever shares the machine.
    return CaseArchive(name=f"{review.case_no}.zip", file=target, size=size)


def _papers(review: IdentityReview) -> Iterator[_Paper]:
    """Both compared photos, then the documents in the order of the checklist."""
    photos = photos_of(review.record)
    number = 0
    for kind in _PHOTOS:
        version = photos.get(kind)
        if version is not None and version.entry.published.purged_at is None:
            number += 1
            yield _paper(review, f"00-{number}", str(kind.label), version.entry.published)
    for line in checklist_of(review).lines:
        for at, document in enumerate(line.files, start=1):
            if document.file.purged_at is not None:
                continue
            several = f"-{at}" if len(line.files) > 1 else ""
            number_text = f"{line.rule.position:02d}{several}"
            yield _paper(review, number_text, line.rule.title, document.file)


def _paper(review: IdentityReview, number: str, title: str, file: StoredFile) -> _Paper:
    values = {**_values(review), "序号": number, "材料": title}
    suffix = _SUFFIXES.get(file.content_type, "")
    name = case_file_name(review.rules.file_rule, values, suffix=suffix)
    return _Paper(name=name, title=title, file=file)


def _values(review: IdentityReview) -> dict[str, str]:
    record = review.record
    return {
        "院校代码": record.school.code,
        "学号": record.student_no,
        "姓名": record.name,
        "证件号码": record.id_number or "无证件号码",
        "考生号": record.candidate_no or "无考生号",
        "案号": review.case_no,
    }


def _write(
    target: IO[bytes],
    folder: str,
    papers: list[_Paper],
    review: IdentityReview,
    *,
    is_marked: bool,
    actor: User,
    now: datetime,
) -> None:
    words = (viewer_words(actor, now=now), f"{local(now):%Y-%m-%d %H:%M} 导出")
    moment = local(now)
    stamp = (max(moment.year, _EARLIEST), moment.month, moment.day, moment.hour, moment.minute, 0)
    rows: list[tuple[str, ...]] = []
    # Pictures and PDFs do not get smaller: stored as they are, one at a time.
    with ZipFile(target, "w", ZIP_STORED) as archive:
        taken: set[str] = set()
        for paper in papers:
            data = files.read(paper.file)
            if is_marked and paper.file.content_type == _JPEG:
                data = watermarked(data, lines=words)
            name = _free(paper.name, taken)
            archive.writestr(ZipInfo(f"{folder}/{name}", stamp), data)
            rows.append((name, paper.title, hashlib.sha256(data).hexdigest()))
        notes = _notes(review, words=words, is_marked=is_marked, now=now)
        listed = Table(title="材料清单", columns=("文件", "材料", "SHA-256"), rows=rows)
        archive.writestr(ZipInfo(f"{folder}/材料清单.xlsx", stamp), table_xlsx(listed, at=now))
        archive.writestr(ZipInfo(f"{folder}/案卷说明.txt", stamp), notes.encode("utf-8-sig"))


def _free(name: str, taken: set[str]) -> str:
    """The name, or with a number where a cut has made two alike."""
    stem, dot, suffix = name.rpartition(".")
    free, count = name, 1
    while free.casefold() in taken:
        count += 1
        free = f"{stem}({count}){dot}{suffix}"
    taken.add(free.casefold())
    return free


def _notes(
    review: IdentityReview, *, words: tuple[str, ...], is_marked: bool, now: datetime
) -> str:
    """What stands beside the documents, in plain text: who confirmed, what the panel held, the filing."""
    lines = io.StringIO()
    facts = [
        ("案号", review.case_no),
        ("学校", str(review.record.school)),
        ("学号", review.record.student_no),
        ("姓名", review.record.name),
        ("比对结果", review.get_result_display()),
        ("重新比对", review.get_compared_again_display()),
        ("状态", review.get_state_display()),
        ("学院核实人", review.college_name),
        ("学院核实时间", moment_field(review.confirmed_at) if review.confirmed_at else ""),
        ("学院核实意见", review.college_opinion or ""),
        ("专家组结论", review.get_panel_opinion_display()),
        ("专家组开会日期", f"{review.met_date:%Y-%m-%d}" if review.met_date else ""),
        ("专家组会议纪要", review.minutes or ""),
        ("备案号", review.filing_no),
        ("备案日期", f"{review.filing_date:%Y-%m-%d}" if review.filing_date else ""),
        ("导出", f"{words[0]} {moment_field(now)}"),
        ("图片", "加了导出人和时间的水印" if is_marked else "原样，报送用"),
    ]
    for label, value in facts:
        lines.write(f"{label}：{value or '（没有）'}\r\n")
    lines.write("\r\n本案卷保密，只交给办理的人。办完以后删除本地的副本。\r\n")
    return lines.getvalue()
