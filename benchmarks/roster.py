"""Importing a roster of 100,000 rows, and importing it again with a change in every row.

Beside the command: COPY with an upsert, and django-import-export.
"""

import csv
import io
import json
import os
import statistics
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from accounts.identity import canonical_number, check_digit
from accounts.models import document_index
from benchmarks.measure import Result, note
from benchmarks.people import NOW
from benchmarks.roster_peer import load_with_import_export
from benchmarks.scratch import MEMORY_BOUND, SCALE, forget, in_turn, peak_of
from common.crypto import seal
from common.loading import look_again
from enrollment.importers.roster import ParsedRoster, parse_roster
from enrollment.importers.tables import read_table
from enrollment.models import ClassGroup, College, Major, School, StudentRecord
from tests.factories.enrolment import make_school

_ROWS = int(100_000 * SCALE)
_PEER_ROWS = int(3_000 * SCALE)
_ROUNDS = 5
_AGAIN_ROUNDS = 3
_COPY_ROWS = 10_000
_TABLES = (
    "enrollment_studentrecord",
    "enrollment_rosterimport",
    "common_storedfile",
    "common_auditevent",
)
_HEADER = (
    "KSH",
    "XH",
    "XM",
    "XB",
    "CSRQ",
    "SFZH",
    "MZ",
    "ZZMM",
    "ZYDM",
    "ZYMC",
    "CC",
    "XZ",
    "XXXS",
    "XLLB",
    "RXRQ",
    "FY",
    "XSH",
    "BJMC",
    "YJBYRQ",
    "YXDM",
)
_SURNAMES = "沈顾陆谢叶苏江唐秦宋温程傅姚裴骆柏祝闻施"
_GIVEN = "若溪明远书言知夏清和景行怀瑾望舒思齐云起星野南乔"
_MAJORS = (
    ("050101", "汉语言文学"),
    ("080901", "计算机科学与技术"),
    ("070101", "数学与应用数学"),
    ("020401", "国际经济与贸易"),
    ("101101", "护理学"),
)


def run() -> list[Result]:
    """Rows a second against both, and the peak memory of the command."""
    if connection.vendor != "postgresql":
        note("left out: the floor is COPY of PostgreSQL")
        return []
    note(f"{_ROWS:,} rows of {len(_HEADER)} columns; {_PEER_ROWS:,} for the peer")
    school = make_school()
    folder = Path(os.environ["VAR_DIR"])
    whole, part = folder / "roster.csv", folder / "roster-part.csv"
    _write(whole, school, _ROWS)
    _write(part, school, _PEER_ROWS)

    def ours() -> None:
        said = io.StringIO()
        call_command("import_roster", str(whole), apply=True, json=True, stdout=said, stderr=said)
        assert json.loads(said.getvalue().splitlines()[-1])["created"] == _ROWS, said.getvalue()

    def floor() -> None:
        _copy_and_upsert(whole, school)
        assert StudentRecord.objects.count() == _ROWS

    def peer(*, with_places: bool = True) -> None:
        load_with_import_export(part, school, now=NOW, with_places=with_places)
        assert StudentRecord.objects.count() == _PEER_ROWS

    def lesser_peer() -> None:
        peer(with_places=False)

    # The first round makes colleges, majors and classes, which stay; it is not counted.
    turns = in_turn((ours, floor, peer, lesser_peer), rounds=_ROUNDS, tidy=lambda: forget(*_TABLES))
    amounts = (_ROWS, _ROWS, _PEER_ROWS, _PEER_ROWS)
    rates = [
        tuple(rows / spent for rows, spent in zip(amounts, each, strict=True)) for each in turns
    ]
    ours_rate, floor_rate, peer_rate, _ = (
        statistics.median(column) for column in zip(*rates, strict=True)
    )
    lesser = statistics.median(mine / theirs for mine, _, _, theirs in rates)
    note(f"{lesser:.1f} times a peer that leaves out colleges, majors and classes")
    again = _again(whole, folder / "roster-again.csv", school)
    note("peak memory of the command")
    forget(*_TABLES)
    peak = peak_of("import_roster", str(whole), "--apply")
    assert StudentRecord.objects.count() == _ROWS
    forget(*_TABLES)
    return [
        Result(
            "roster import ÷ COPY and upsert",
            ours_rate,
            floor_rate,
            statistics.median(mine / least for mine, least, *_ in rates),
            ">= 0.4",
            "rows/s",
        ),
        Result(
            "roster re-import ÷ COPY and upsert",
            *again,
            ">= 0.4",
            "rows/s",
        ),
        Result(
            "roster import ÷ django-import-export",
            ours_rate,
            peer_rate,
            statistics.median(mine / theirs for mine, _, theirs, _ in rates),
            ">= 10",
            "rows/s",
        ),
        Result(
            "roster import, peak memory",
            peak,
            MEMORY_BOUND,
            peak / MEMORY_BOUND,
            "<= 1.0",
            "MB, bound 300",
        ),
    ]


def _again(whole: Path, changed: Path, school: School) -> tuple[float, float, float]:
    """Rows a second of ours and of the floor, and their quotient, where every row changes a record."""
    _write(changed, school, _ROWS, political_status="中共党员")

    def before() -> None:
        """The records as the first roster leaves them, with nothing kept of that import."""
        forget(*_TABLES)
        _copy_and_upsert(whole, school)
        # As the server does by itself within a minute; else both would join a table believed empty.
        look_again(StudentRecord._meta.db_table, "id", "school_id", "student_no")  # noqa: SLF001 -- Django's public _meta

    def ours() -> None:
        said = io.StringIO()
        call_command("import_roster", str(changed), apply=True, json=True, stdout=said, stderr=said)
        assert json.loads(said.getvalue().splitlines()[-1])["updated"] == _ROWS, said.getvalue()

    def floor() -> None:
        _copy_and_upsert(changed, school)
        assert StudentRecord.objects.filter(political_status="中共党员").count() == _ROWS

    note("the same people again, each with one field changed")
    turns = in_turn((ours, floor), rounds=_AGAIN_ROUNDS, tidy=before)
    rates = [(_ROWS / mine, _ROWS / least) for mine, least in turns]
    return (
        statistics.median(mine for mine, _ in rates),
        statistics.median(least for _, least in rates),
        statistics.median(mine / least for mine, least in rates),
    )


def _write(path: Path, school: School, amount: int, *, political_status: str = "共青团员") -> None:
    """People born 1880–1899 in a region that is none, at a school that is none."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        place = _HEADER.index("ZZMM")
        for number in range(amount):
            cells = list(_row(number, school))
            cells[place] = political_status
            writer.writerow(cells)


def _row(number: int, school: School) -> tuple[str, ...]:
    born = date(1880, 1, 1) + timedelta(days=number % 7300)
    order = number // 7300
    first = f"990101{born:%Y%m%d}{order:03d}"
    place = number % 200
    code, major = _MAJORS[place % len(_MAJORS)]
    name = _SURNAMES[number % 20] + _GIVEN[number % 23] + _GIVEN[number // 23 % 23]
    return (
        f"2299{number:010d}",
        f"2022{number:08d}",
        name,
        "男" if order % 2 else "女",
        f"{born:%Y%m%d}",
        first + check_digit(first),
        "汉族",
        "共青团员",
        code,
        major,
        "本科",
        "4",
        "普通全日制",
        "普通高等教育",
        "20220901",
        f"第{place % 10 + 1}学院",
        f"{major}系",
        f"{major} 22{place:02d} 班",
        "20260630",
        school.code,
    )


_COLUMNS = (
    "school_id",
    "student_no",
    "candidate_no",
    "name",
    "name_key",
    "sex",
    "birth_date",
    "id_type",
    "id_number",
    "id_number_index",
    "ethnicity",
    "political_status",
    "college_id",
    "department",
    "class_group_id",
    "major_id",
    "level",
    "education_category",
    "study_mode",
    "duration_years",
    "entry_date",
    "entry_grade",
    "expected_graduation_date",
    "graduating_class",
    "enrollment_status",
    "enrollment_status_text",
    "counsellor_text",
    "remark",
    "key_digest",
    "identity_digest",
    "created_at",
    "updated_at",
)
_NAMED = ", ".join(_COLUMNS)
_SET = ", ".join(f"{each} = EXCLUDED.{each}" for each in _COLUMNS[2:])


def _copy_and_upsert(path: Path, school: School) -> None:
    """The least: the same reader and checks, the number sealed and indexed, COPY, one upsert.

    No original kept, no staging, no judging against what is stored, no audit, no digests; colleges,
    majors and classes are known beforehand.
    """
    with path.open("rb") as file, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE roster_floor ON COMMIT DROP AS "
            f"SELECT {_NAMED} FROM enrollment_studentrecord WHERE 1 = 0"
        )
        lines = _lines(
            parse_roster(read_table(file, path.name), known_schools={school.code}), school
        )
        while chunk := "".join(islice(lines, _COPY_ROWS)):
            cursor.copy_expert(
                f"COPY roster_floor ({_NAMED}) FROM STDIN", io.StringIO(chunk), 262_144
            )
        cursor.execute(
            f"INSERT INTO enrollment_studentrecord ({_NAMED}) SELECT {_NAMED} FROM roster_floor "
            f"ON CONFLICT (school_id, student_no) DO UPDATE SET {_SET}"
        )


def _lines(rows: ParsedRoster, school: School) -> Iterator[str]:
    colleges = dict(College.objects.values_list("name", "pk"))
    majors = dict(Major.objects.values_list("code", "pk"))
    classes = dict(ClassGroup.objects.values_list("name", "pk"))
    now = NOW.isoformat()
    for row in rows:
        if row.is_repeat or row.is_refused:
            continue
        one = row.values
        index = document_index(canonical_number(one.id_number, one.id_type))
        sealed = seal(one.id_number, context="enrollment.studentrecord.id_number")
        yield (
            "\t".join(
                (
                    str(school.pk),
                    one.student_no,
                    one.candidate_no,
                    one.name,
                    one.name_key,
                    one.sex,
                    str(one.birth_date),
                    one.id_type.value,
                    rf"\\x{sealed.hex()}",
                    rf"\\x{index.hex()}",
                    one.ethnicity,
                    one.political_status,
                    str(colleges[one.college_name]),
                    one.department,
                    str(classes[one.class_name]),
                    str(majors[one.major_code]),
                    one.level,
                    one.education_category,
                    one.study_mode,
                    str(one.duration_years),
                    str(one.entry_date),
                    str(one.entry_grade),
                    str(one.expected_graduation_date),
                    str(one.graduating_class),
                    "REGISTERED",
                    "",
                    "",
                    "",
                    "",
                    "",
                    now,
                    now,
                )
            )
            + "\n"
        )
