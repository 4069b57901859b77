"""Import a roster from the command line."""

import json
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from common.actors import System
from common.errors import InvalidInputError
from enrollment.importers.findings import Finding
from enrollment.importers.findings import error as error_in
from enrollment.importers.tables import UnreadableTableError
from enrollment.matching import reason_text
from enrollment.models import ClassGroup, NearMatch, RosterImport, School
from enrollment.services.roster import (
    Claim,
    RosterReport,
    apply_roster,
    check_roster,
    report_of,
    stage_roster,
    start_roster,
    upload_roster,
)
from enrollment.states import Coverage, ImportState, SamePerson

_ACTOR = System("命令行")
_STOPPED, _UNREADABLE = 1, 2
_SHOWN = 20


class Command(BaseCommand):
    """Read a roster file; without --apply nothing is written at all."""

    help = (
        "Check a roster (XLSX, CSV, DBF) and, with --apply, write it into the student records. "
        "Exit status 0: applied or a clean dry run; 1: errors stopped it; 2: cannot be read."
    )
    # The others load every page with all that it draws, which costs as much memory as the import.
    requires_system_checks = (Tags.models, Tags.database)
    stealth_options = ("now",)  # the demonstration imports at moments of its own story

    def add_arguments(self, parser: CommandParser) -> None:
        """The file and what to do with it."""
        parser.add_argument("file", help="the roster file")
        parser.add_argument("--school", help="code of the school for rows that name none")
        parser.add_argument("--skip-bad", action="store_true", help="leave out rows with errors")
        parser.add_argument(
            "--complete",
            choices=[one.value.lower() for one in Coverage if one != Coverage.PART],
            help="the file holds everybody of the school, grade or class: who lacks gets marked",
        )
        parser.add_argument("--grade", type=int, help="with --complete grade: for example 2022")
        parser.add_argument("--class", dest="class_name", help="with --complete class: its name")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--apply", action="store_true", help="write; otherwise a dry run")
        what.add_argument(
            "--keep",
            action="store_true",
            help="check and keep the file, so that staff decide on near matches and apply at the desk",
        )
        parser.add_argument(
            "--leave-undecided",
            action="store_true",
            help="with --apply: leave out rows that may be the person of an existing record",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, apply when asked to and allowed, and report."""
        path = Path(options["file"])
        self._kept: RosterImport | None = None
        try:
            school = _school(options["school"])
            with path.open("rb") as file:
                report = self._run(file, path.name, school, options)
        except (OSError, UnreadableTableError, InvalidInputError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            message = f"打不开文件 {path.name}：{reason}" if reason else str(error)
            self._print_unreadable(path.name, message, as_json=options["json"])
            raise CommandError(message, returncode=_UNREADABLE) from error
        if options["json"]:
            self._print_json(path.name, report)
        else:
            self._print_words(path.name, report, options)
        if report.errors and not options["skip_bad"]:
            raise CommandError(
                f"有 {len(report.errors)} 处错误，没有导入。改正后重来，或加 --skip-bad 跳过有错误的行。",
                returncode=_STOPPED,
            )

    def _run(
        self, file: BinaryIO, file_name: str, school: School | None, options: dict[str, Any]
    ) -> RosterReport:
        skip_bad: bool = options["skip_bad"]
        claim = _claim(school, options)
        checked, applied = self._progress("已检查"), self._progress("已导入")
        if not (options["apply"] or options["keep"]):
            if claim.coverage != Coverage.PART:
                message = (
                    "谁不在完整名册里，要留下名册才知道：--complete 和 --keep 或 --apply 一起用。"
                )
                raise UnreadableTableError(message)
            return check_roster(
                file=file,
                file_name=file_name,
                school=school,
                skip_bad=skip_bad,
                on_progress=checked,
            )
        roster = upload_roster(
            file=file,
            file_name=file_name,
            school=school,
            skip_bad=skip_bad,
            actor=_ACTOR,
            now=_moment(options),
            claim=claim,
        )
        stage_roster(roster=roster, actor=_ACTOR, now=_moment(options), on_progress=checked)
        if roster.failure:
            raise UnreadableTableError(roster.failure)
        self._kept = roster
        if roster.state == ImportState.STAGED and options["apply"]:
            start_roster(
                roster=roster,
                actor=_ACTOR,
                now=_moment(options),
                in_background=False,
                leaves_undecided=options["leave_undecided"],
            )
            apply_roster(roster=roster, actor=_ACTOR, now=_moment(options), on_progress=applied)
        return report_of(roster)

    def _progress(self, label: str) -> Callable[[int], None]:
        """Progress goes to standard error: one line that moves, or a line now and then in a log."""
        moves = sys.stderr.isatty()
        every = 2_000 if moves else 20_000

        def show(rows: int) -> None:
            if rows % every == 0:
                self.stderr.write(f"{label} {rows} 行", ending="\r" if moves else "\n")
                self.stderr.flush()

        return show

    def _print_json(self, file_name: str, report: RosterReport) -> None:
        shown = {
            "file": file_name,
            "rows": report.rows,
            "created": report.created,
            "updated": report.updated,
            "unchanged": report.unchanged,
            "skipped": report.skipped,
            "errors": _as_dicts(report.errors),
            "warnings": _as_dicts(report.warnings),
            "applied": report.applied,
        }
        if self._kept is not None:
            shown |= {
                "roster": self._kept.pk,
                "missing": self._kept.missing_count,
                "near": [
                    {"row": row, "student_no": number, "reasons": reasons}
                    for row, number, reasons in _near(self._kept)
                ],
            }
        self.stdout.write(json.dumps(shown, ensure_ascii=False))

    def _print_unreadable(self, file_name: str, message: str, *, as_json: bool) -> None:
        """Even then exactly one object, so that a script always has something to read."""
        if as_json:
            found = [error_in(0, "", "unreadable_file", message)]
            nothing = RosterReport(
                rows=0, created=0, updated=0, unchanged=0, skipped=0, errors=found
            )
            self._print_json(file_name, nothing)

    def _print_words(self, file_name: str, report: RosterReport, options: dict[str, Any]) -> None:
        write = self.stdout.write
        write(f"{file_name}：{report.rows} 行")
        write(
            f"新增 {report.created}，更新 {report.updated}，无变化 {report.unchanged}，"
            f"跳过 {report.skipped}；错误 {len(report.errors)} 处，提醒 {len(report.warnings)} 处。"
        )
        for title, findings in (("错误", report.errors), ("提醒", report.warnings)):
            for finding in findings[:_SHOWN]:
                write(f"{title}　第 {finding.row} 行　{finding.column}　{finding.message}")
            if len(findings) > _SHOWN:
                write(f"……另有 {len(findings) - _SHOWN} 处{title}，用 --json 看全部。")
        if self._kept is not None:
            self._print_kept(self._kept)
        if report.applied:
            write("已导入。")
        elif self._kept is not None and self._kept.state == ImportState.STAGED:
            write(f"已检查并留下，编号 {self._kept.pk}；在后台的“名册导入”里决定疑似的行，再导入。")
        elif not report.errors or options["skip_bad"]:
            write("这是预检，什么也没有写入；加 --apply 正式导入。")

    def _print_kept(self, roster: RosterImport) -> None:
        write = self.stdout.write
        if roster.coverage != Coverage.PART:
            write(f"不在这份完整名册里的学籍 {roster.missing_count} 份。")
        found = _near(roster)
        for row, number, reasons in found[:_SHOWN]:
            write(f"疑似同一人　第 {row} 行　已有学号 {number}　{'；'.join(reasons)}")
        if len(found) > _SHOWN:
            write(f"……另有 {len(found) - _SHOWN} 对疑似，用 --json 看全部。")


def _near(roster: RosterImport) -> list[tuple[int, str, list[str]]]:
    """Row, student number of the record that it may belong to, and why."""
    found = NearMatch.objects.filter(roster=roster, decision=SamePerson.UNDECIDED)
    return [
        (match.row.row_no, match.record.student_no, [reason_text(code) for code in match.reasons])
        for match in found.select_related("record", "row")
        .defer("row__values", "row__raw", "row__former")
        .order_by("row__row_no", "pk")
    ]


def _claim(school: School | None, options: dict[str, Any]) -> Claim:
    """What --complete says; the service refuses what does not fit together."""
    group = None
    if name := options["class_name"]:
        groups = list(ClassGroup.objects.filter(school=school, name=name)[:2])
        if len(groups) != 1:
            message = f"没有叫“{name}”的班。" if not groups else f"叫“{name}”的班不止一个。"
            raise UnreadableTableError(message)
        group = groups[0]
    coverage = Coverage((options["complete"] or Coverage.PART).upper())
    return Claim(coverage=coverage, grade=options["grade"], class_group=group)


def _moment(options: dict[str, Any]) -> datetime:
    return options.get("now") or timezone.now()


def _school(code: str | None) -> School | None:
    if not code:
        return None
    school = School.objects.filter(code=code.strip()).first()
    if school is None:
        message = f"没有代码为 {code} 的学校，先用 create_school 建立。"
        raise UnreadableTableError(message)
    return school


def _as_dicts(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "row": finding.row,
            "column": finding.column,
            "code": finding.code,
            "message": finding.message,
        }
        for finding in findings
    ]
