"""Import a ZIP of photos from the command line."""

import json
import re
import sys
import time
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any, Final

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from common.actors import System
from common.errors import DomainError
from enrollment.models import School
from imaging.importers import (
    Manifest,
    UnreadableArchiveError,
    UnreadableManifestError,
    parse_manifest,
)
from imaging.models import Campaign
from imaging.services.batch import BatchTerms, import_photos
from imaging.services.batch_report import BatchReport, FileRemark
from imaging.states import PhotoKind

_UNUSABLE: Final = 2
_KINDS: Final = {kind.lower(): kind for kind in PhotoKind}
_NUMBER = re.compile(r"\d{1,15}", re.ASCII)
_EVERY_SECONDS: Final = 1.0
_SHOWN: Final = 20


class Command(BaseCommand):
    """`import_photos FILE.zip`: a dry run unless --apply is given.

    Exit status 0 when applied or looked through (refused photos are listed and never stop the
    others), 2 when the archive or the list cannot be read or a school or campaign is unknown.
    """

    help = "导入照片压缩包；不加 --apply 时只检查，不写入。"
    # The others load every page with all that it draws, which costs as much memory as the import.
    requires_system_checks = (Tags.models, Tags.database)
    stealth_options = ("now",)  # the demonstration imports at moments of its own story

    def add_arguments(self, parser: CommandParser) -> None:
        """The arguments of the issue, and --workers."""
        parser.add_argument("file", type=Path, help="ZIP 压缩包")
        parser.add_argument("--school", metavar="CODE", help="院校代码：只与这所学校的学籍比对")
        parser.add_argument(
            "--campaign", metavar="ID", help="校对批次的编号或名称：采用它的照片标准"
        )
        parser.add_argument("--kind", choices=sorted(_KINDS), help="照片种类，默认毕业照片")
        parser.add_argument("--manifest", type=Path, metavar="FILE", help="照片清单（CSV 或 XLSX）")
        parser.add_argument("--apply", action="store_true", help="导入；不加时只检查")
        parser.add_argument("--json", action="store_true", help="在标准输出上只输出一个 JSON 对象")
        parser.add_argument("--workers", type=_positive, help="检查照片的进程数，默认最多 2 个")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, import or look through, and say what came of it."""
        path: Path = options["file"]
        terms = self._terms(options)
        shown = _ProgressLine(self.stderr) if options["verbosity"] > 0 else None
        try:
            with path.open("rb") as file:
                report = import_photos(
                    file=file,
                    file_name=path.name,
                    terms=terms,
                    manifest=_manifest(options["manifest"]),
                    is_applied=options["apply"],
                    actor=System("命令行"),
                    now=options.get("now") or timezone.now(),
                    on_progress=shown,
                )
        except OSError as error:
            raise _unusable(f"文件“{error.filename}”打不开：{error.strerror}。") from error
        except (UnreadableArchiveError, UnreadableManifestError) as error:
            raise _unusable(error.message) from error
        except DomainError as error:
            raise _unusable(str(error)) from error
        if shown is not None:
            shown.finish()
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._tell(report)

    def _terms(self, options: dict[str, Any]) -> BatchTerms:
        campaign = _campaign(options["campaign"])
        kind = _KINDS.get(options["kind"] or "")
        if kind is None:
            kind = PhotoKind(campaign.profile.kind) if campaign else PhotoKind.GRADUATION
        return BatchTerms(
            kind=kind,
            school=_school(options["school"]),
            campaign=campaign,
            workers=options["workers"],
        )

    def _tell(self, report: BatchReport) -> None:
        counts = report.counts()
        self.stdout.write(
            f"{report.file}：{counts['files']} 个文件，忽略 {counts['ignored']}，"
            f"收下 {counts['accepted']}（对上 {counts['matched']}、没对上 {counts['unmatched']}、"
            f"对上多人 {counts['ambiguous']}），已经有过 {counts['duplicate']}，"
            f"不收 {len(report.rejected)}，提醒 {len(report.warnings)} 条。"
        )
        self._list("不收", report.rejected)
        self._list("提醒", report.warnings)
        if not report.applied:
            self.stdout.write("只检查了，没有写入。确认无误后加 --apply 导入。")

    def _list(self, title: str, remarks: list[FileRemark]) -> None:
        for remark in remarks[:_SHOWN]:
            self.stdout.write(f"  {title}  {remark.file}  {remark.message}")
        if len(remarks) > _SHOWN:
            self.stdout.write(f"  {title}  还有 {len(remarks) - _SHOWN} 条，用 --json 看全部。")


class _ProgressLine:
    """Progress on standard error: one line that moves on a terminal, a line a second elsewhere."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._moves = sys.stderr.isatty()
        self._told = time.monotonic()
        self._last = (0, 0)

    def __call__(self, done: int, total: int) -> None:
        self._last = (done, total)
        if time.monotonic() - self._told >= _EVERY_SECONDS:
            self._told = time.monotonic()
            self._write("\r" if self._moves else "\n")

    def finish(self) -> None:
        """The last figures."""
        self._write("\n")

    def _write(self, ending: str) -> None:
        done, total = self._last
        self._stream.write(f"{done}/{total}", ending=ending)
        self._stream.flush()


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        message = f"{text}：要写 1 或更大的整数"
        raise ArgumentTypeError(message)
    return int(text)


def _unusable(message: str) -> CommandError:
    return CommandError(message, returncode=_UNUSABLE)


def _school(code: str | None) -> School | None:
    if code is None:
        return None
    school = School.objects.filter(code=code).first()
    if school is None:
        raise _unusable(f"没有代码为 {code} 的院校，请先用 create_school 建立，或改正 --school。")
    return school


def _campaign(text: str | None) -> Campaign | None:
    if text is None:
        return None
    found = Campaign.objects.select_related("profile").filter(
        **({"pk": int(text)} if _NUMBER.fullmatch(text) else {"title": text})
    )
    campaign = found.order_by("-pk").first()
    if campaign is None:
        raise _unusable(f"没有编号或名称为“{text}”的校对批次，请改正 --campaign。")
    return campaign


def _manifest(path: Path | None) -> Manifest | None:
    return None if path is None else parse_manifest(path.read_bytes(), path.name)
