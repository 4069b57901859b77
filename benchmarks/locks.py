"""Announcing due locks, 100,000 and a million: the sweep against one statement that writes the same rows."""

import time
from datetime import timedelta

from django.db import connection, transaction

from benchmarks.measure import Result, alternating, note
from benchmarks.people import NOW, analyse, members, multiply
from benchmarks.scratch import SCALE
from common.models import AuditEvent, OutboxMessage
from imaging.models import VerificationConclusion
from imaging.services import sweeps
from imaging.states import Conclusion

_DUE = int(100_000 * SCALE)
_TIMES = 10
_BATCH_BOUND = 0.5

_FLOOR = """
WITH due AS (
    UPDATE imaging_verificationconclusion SET lock_announced_at = %(now)s
     WHERE lock_announced_at IS NULL AND locks_at <= %(now)s
    RETURNING id, round_id, kind, state, locks_at
), people AS (
    SELECT d.*, m.record_id, i.user_id, g.title
      FROM due d
      JOIN imaging_verificationround r ON r.id = d.round_id
      JOIN imaging_campaignmember m ON m.id = r.member_id
      JOIN imaging_campaign g ON g.id = m.campaign_id
      JOIN enrollment_binding b ON b.record_id = m.record_id
      JOIN accounts_declaredidentity i ON i.id = b.identity_id
), events AS (
    INSERT INTO common_auditevent (occurred_at, actor_id, actor_label, action, object_type, object_id,
                                   subject_id, reason, details, digest)
    SELECT locks_at, '', '系统', 'verification.locked', 'imaging.verificationconclusion', id::text,
           record_id::text, '', jsonb_build_object('kind', kind, 'state', state), ''
      FROM people
)
INSERT INTO common_outboxmessage (key, channel, template, params, user_id, created_at, due_at, attempts,
                                  last_error, sent_at)
SELECT 'verification-locked:' || p.first_id || ':' || c.channel, c.channel, 'verification_locked',
       jsonb_build_object('campaign', p.title, 'data', p.data_state, 'photo', p.photo_state,
                          'locked_at', p.locks_at),
       p.user_id, %(now)s, p.locks_at, 0, '', CASE c.channel WHEN 'NOTICE' THEN p.locks_at END
  FROM (SELECT round_id, locks_at, user_id, title, MIN(id) AS first_id,
               MAX(CASE kind WHEN 'DATA' THEN state END) AS data_state,
               MAX(CASE kind WHEN 'PHOTO' THEN state END) AS photo_state
          FROM people GROUP BY round_id, locks_at, user_id, title) p
 CROSS JOIN (VALUES ('SMS'), ('NOTICE')) AS c (channel)
"""


def run() -> list[Result]:
    """Seconds for all rows, and the slowest batch."""
    if connection.vendor != "postgresql":
        note("left out: the floor is one statement of PostgreSQL")
        return []
    note(f"{_DUE:,} conclusions to lock")
    members(_DUE // 2)
    found = _announced(_DUE, rounds=5)
    note(f"{_DUE * _TIMES:,} conclusions to lock")
    multiply(_TIMES)
    # Each round takes minutes; the one that counts comes after one that warms up.
    return found + _announced(_DUE * _TIMES, rounds=1)


def _announced(due: int, *, rounds: int) -> list[Result]:
    batches: list[float] = []
    real = sweeps._announce_batch  # noqa: SLF001 -- timed from outside, run unchanged

    def timed(*args: object) -> int:
        begun = time.perf_counter()
        done = real(*args)  # type: ignore[arg-type]
        batches.append(time.perf_counter() - begun)
        return done

    def ours() -> None:
        sweeps._announce_batch = timed  # noqa: SLF001
        try:
            # The nudge to the outbox is left out: sending is measured by nobody here.
            with _no_nudge():
                # A call of the sweep ends at its limit, and beat calls again.
                announced = 0
                while announced < due:
                    done = sweeps.announce_locks(now=NOW)
                    assert done
                    announced += done
                assert announced == due
        finally:
            sweeps._announce_batch = real  # noqa: SLF001

    def floor() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_FLOOR, {"now": NOW})

    def timer(work: object) -> float:
        _reset()
        begun = time.perf_counter()
        work()  # type: ignore[operator]
        return time.perf_counter() - begun

    ours_s, floor_s, ratio = alternating(ours, floor, rounds=rounds, timer=timer)
    slowest = max(batches)
    return [
        Result(f"lock announcement, {due:,} rows", ours_s, floor_s, ratio, "<= 2.5", "s"),
        Result(
            f"lock announcement, {due:,} rows, slowest batch",
            slowest,
            _BATCH_BOUND,
            slowest / _BATCH_BOUND,
            "<= 1.0",
            "s, bound 0.5",
        ),
    ]


class _no_nudge:  # noqa: N801 -- reads as a statement
    def __enter__(self) -> None:
        from common import tasks

        self._task, self._real = tasks.deliver_outbox, tasks.deliver_outbox.delay
        self._task.delay = lambda: None  # type: ignore[method-assign, assignment]

    def __exit__(self, *_: object) -> None:
        self._task.delay = self._real  # type: ignore[method-assign]


def _reset() -> None:
    """Everything due again, nothing said yet, tables as tidy as a running server keeps them."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE common_auditevent, common_outboxmessage")
    VerificationConclusion.objects.update(
        state=Conclusion.INCORRECT,
        seen_photo=None,
        seen_digest="x" * 32,
        concluded_at=NOW - timedelta(hours=24),
        concluded_by="测量",
        locks_at=NOW - timedelta(seconds=1),
        lock_announced_at=None,
    )
    assert AuditEvent.objects.count() == OutboxMessage.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE imaging_verificationconclusion")
    analyse()
