"""Boards at a million conclusions: what they cost beside their bare SQL, in the same run.

Twenty campaigns of a school with 25,000 graduates each, in classes of forty; half of the people are
done, a tenth have reported something. The newest campaign is looked at.
"""

import re
import statistics
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from benchmarks.measure import Result, alternating, note, wall_of
from benchmarks.people import NOW, analyse, members, multiply
from benchmarks.scratch import SCALE
from corrections.selectors import board_rows
from enrollment.models import ClassGroup, College
from imaging.models import Campaign, PhotoVersion
from imaging.selectors.tallies import members_in, tally_by_college
from tests.factories.enrolment import make_record
from tests.factories.imaging import make_campaign, make_photo

_MEMBERS = int(25_000 * SCALE)
_TIMES = 20
_IN_A_CLASS = 40
_ON_A_PAGE = 20
_COLLEGES = 25

# The same five standings, written by hand: what the counting alone costs.
_STANDING = """
    CASE WHEN (d.state = 'INCORRECT' AND d.seen_digest = r.key_digest)
           OR (f.state = 'INCORRECT' AND f.seen_digest = r.identity_digest
               AND f.seen_photo_id IS NOT DISTINCT FROM p.id) THEN 'disputed'
         WHEN p.id IS NULL THEN 'blocked'
         WHEN d.state <> 'PENDING' AND d.seen_digest = r.key_digest
          AND f.state <> 'PENDING' AND f.seen_digest = r.identity_digest
          AND f.seen_photo_id = p.id
         THEN CASE WHEN greatest(d.locks_at, f.locks_at) > %(now)s THEN 'open' ELSE 'locked' END
         ELSE 'todo' END
"""
_JOINS = """
      FROM imaging_campaignmember m
      JOIN enrollment_classgroup g ON g.id = m.class_group_id
      JOIN enrollment_studentrecord r ON r.id = m.record_id
      JOIN imaging_verificationround v ON v.member_id = m.id AND v.is_current
      JOIN imaging_verificationconclusion d ON d.round_id = v.id AND d.kind = 'DATA'
      JOIN imaging_verificationconclusion f ON f.round_id = v.id AND f.kind = 'PHOTO'
      LEFT JOIN imaging_photoversion p
        ON p.record_id = r.id AND p.is_current AND p.kind = 'GRADUATION'
"""
_BY_CLASS = f"""
    SELECT m.class_group_id, m.campaign_id, {_STANDING} AS standing, count(*), min(m.closes_at)
    {_JOINS} WHERE m.class_group_id = ANY(%(classes)s) AND m.removed_at IS NULL GROUP BY 1, 2, 3
"""
_BY_COLLEGE = f"""
    SELECT g.college_id, {_STANDING} AS standing,
           CASE WHEN d.state <> 'PENDING' AND d.seen_digest = r.key_digest
                 AND f.state <> 'PENDING' AND f.seen_digest = r.identity_digest
                 AND f.seen_photo_id IS NOT DISTINCT FROM p.id
                THEN (greatest(d.concluded_at, f.concluded_at) AT TIME ZONE 'Asia/Shanghai')::date END,
           count(*), min(m.closes_at)
    {_JOINS} WHERE m.campaign_id = %(campaign)s AND m.removed_at IS NULL GROUP BY 1, 2, 3
"""

_READ = (
    "imaging_campaignmember",
    "imaging_verificationround",
    "imaging_verificationconclusion",
    "imaging_photoversion",
)
_COVERING = (
    (
        "imaging_campaignmember (class_group_id) INCLUDE (id, record_id, campaign_id, closes_at) "
        "WHERE removed_at IS NULL"
    ),
    "imaging_verificationround (member_id) INCLUDE (id) WHERE is_current",
    (
        "imaging_verificationconclusion (round_id, kind) "
        "INCLUDE (state, seen_digest, seen_photo_id, locks_at)"
    ),
    "enrollment_studentrecord (id) INCLUDE (key_digest, identity_digest)",
    "imaging_photoversion (record_id) INCLUDE (id) WHERE is_current AND kind = 'GRADUATION'",
)


def run() -> list[Result]:
    """A page of the class board, and the office's board of one campaign."""
    if connection.vendor != "postgresql":
        note("left out: the floor is SQL of PostgreSQL")
        return []
    note(f"{_MEMBERS * _TIMES * 2:,} conclusions")
    campaign = _prepare()
    classes = list(
        ClassGroup.objects.filter(memberships__campaign=campaign)
        .distinct()
        .order_by("pk")[:_ON_A_PAGE]
    )
    board = _class_board(classes)
    return [board, _office_board(campaign), _beside_covering_indexes(board, classes)]


def _class_board(classes: list[ClassGroup]) -> Result:
    asked = {"now": NOW, "classes": [each.pk for each in classes]}
    bare = {(row[0], row[2]): row[3] for row in _asked(_BY_CLASS, asked)}
    ours = board_rows(classes, now=NOW)
    assert sum(row.progress.counts.total for row in ours) == sum(bare.values())
    assert sum(row.progress.counts.disputed for row in ours) == sum(
        amount for (_, standing), amount in bare.items() if standing == "disputed"
    )
    timed = alternating(
        lambda: board_rows(classes, now=NOW), lambda: _asked(_BY_CLASS, asked), rounds=15
    )
    return Result(f"class board, {_ON_A_PAGE} classes ÷ its SQL", *_ms(timed), "<= 2.0", "ms")


def _beside_covering_indexes(board: Result, classes: list[ClassGroup]) -> Result:
    """The same board, as measured without them, beside its SQL on indexes that hold all it reads.

    The portal has no such indexes: every conclusion would have to write them too.
    """
    asked = {"now": NOW, "classes": [each.pk for each in classes]}
    with connection.cursor() as cursor:
        for index in _COVERING:
            cursor.execute(f"CREATE INDEX ON {index}")
        for table in ("enrollment_classgroup", "enrollment_studentrecord", *_READ):
            cursor.execute(f"VACUUM ANALYZE {table}")
        # At a small scale PostgreSQL would rather read a table whole.
        cursor.execute("SET enable_seqscan = off")
    way = "\n".join(str(line) for (line,) in _asked(f"EXPLAIN {_BY_CLASS}", asked))
    assert "Index Only Scan" in way, way
    assert not re.search(r"(?<!Only )Scan (using|on)", way), way
    floor = statistics.median(wall_of(lambda: _asked(_BY_CLASS, asked)) for _ in range(15)) * 1_000
    name = "class board ÷ its SQL, index-only"
    return Result(name, board.ours, floor, board.ours / floor, "<= 2.0", "ms")


def _office_board(campaign: Campaign) -> Result:
    asked = {"now": NOW, "campaign": campaign.pk}
    everybody = members_in(campaign, now=NOW)
    ours = tally_by_college(everybody, now=NOW)
    bare = _asked(_BY_COLLEGE, asked)
    assert sum(place.counts.total for place in ours.places) == sum(row[3] for row in bare)
    assert sum(amount for _, amount in ours.by_day) == sum(row[3] for row in bare if row[2])
    timed = alternating(
        lambda: tally_by_college(everybody, now=NOW), lambda: _asked(_BY_COLLEGE, asked), rounds=7
    )
    return Result(f"office board of {_MEMBERS:,} ÷ its SQL", *_ms(timed), "<= 2.0", "ms")


def _asked(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _ms(timed: tuple[float, float, float]) -> tuple[float, float, float]:
    ours, floor, ratio = timed
    return ours * 1_000, floor * 1_000, ratio


def _prepare() -> Campaign:
    """The people in their classes and campaigns, half of them done, with tables as tidy as a server keeps them."""
    newest = members(_MEMBERS)[0].campaign
    multiply(_TIMES)
    older = [
        make_campaign(
            title=f"测量 {number} 年前",
            opens_at=newest.opens_at - timedelta(days=365 * number),
            closes_at=newest.closes_at - timedelta(days=365 * number),
            sheet_freeze_at=newest.sheet_freeze_at - timedelta(days=365 * number),
        )
        for number in range(1, _TIMES)
    ]
    model = ClassGroup.objects.select_related("school").first()
    assert model is not None
    colleges = College.objects.bulk_create(
        [College(school=model.school, name=f"测量学院 {number}") for number in range(_COLLEGES)]
    )
    per_campaign = max(_MEMBERS // _IN_A_CLASS, 1)
    classes = ClassGroup.objects.bulk_create(
        [
            ClassGroup(
                school=model.school,
                college=colleges[number % _COLLEGES],
                key=f"bench-{number}",
                name=f"测量 {number} 班",
                entry_grade=2022,
            )
            for number in range(per_campaign * _TIMES)
        ],
        batch_size=2_000,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _SPREAD,
            {
                "campaigns": [newest.pk, *(each.pk for each in older)],
                "classes": [each.pk for each in classes],
                "size": _IN_A_CLASS,
                "amount": _MEMBERS,
                "per": per_campaign,
            },
        )
        _give_photos(cursor)
        cursor.execute(_CONCLUDE, {"before": NOW - timedelta(days=3)})
    with connection.cursor() as cursor:
        for table in _READ:
            cursor.execute(f"VACUUM {table}")
    analyse()
    return newest


def _give_photos(cursor: CursorWrapper) -> None:
    """A current photo for every record like the one that was made by hand."""
    photo = make_photo(make_record())
    names = [str(field.column) for field in PhotoVersion._meta.concrete_fields]  # noqa: SLF001 -- Django's public _meta
    fields = [name for name in names if name != "id"]
    columns = ", ".join(fields)
    cells = ", ".join("r.id" if name == "record_id" else f"p.{name}" for name in fields)
    cursor.execute(
        f"INSERT INTO imaging_photoversion ({columns}) SELECT {cells} FROM imaging_photoversion p, "
        "enrollment_studentrecord r WHERE p.id = %s AND r.id <> p.record_id",
        [photo.pk],
    )


# By their order within the repetition: its number says which campaign, the place which class.
_SPREAD = """
UPDATE imaging_campaignmember m
   SET campaign_id = (%(campaigns)s::bigint[])[n.k + 1],
       class_group_id = (%(classes)s::bigint[])[n.k * %(per)s + least(n.place / %(size)s, %(per)s - 1) + 1]
  FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(amount)s AS k,
               (row_number() OVER (ORDER BY id) - 1) %% %(amount)s AS place
          FROM imaging_campaignmember) n
 WHERE n.id = m.id
"""
_CONCLUDE = """
UPDATE imaging_verificationconclusion c
   SET state = CASE WHEN v.id %% 10 = 0 AND c.kind = 'DATA' THEN 'INCORRECT'
                    ELSE 'CORRECT' END,
       seen_digest = CASE WHEN c.kind = 'DATA' THEN r.key_digest ELSE r.identity_digest END,
       seen_photo_id = CASE WHEN c.kind = 'PHOTO' THEN p.id END,
       concluded_at = %(before)s, locks_at = %(before)s, concluded_by = '测量'
  FROM imaging_verificationround v
  JOIN imaging_campaignmember m ON m.id = v.member_id
  JOIN enrollment_studentrecord r ON r.id = m.record_id
  JOIN imaging_photoversion p ON p.record_id = r.id AND p.is_current
 WHERE v.id = c.round_id AND v.id %% 2 = 0
"""
