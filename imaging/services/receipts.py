"""Announcing locks set-based: the mark, the audit events and the receipts of a whole batch.

Three statements a batch, whatever its size. They are plain SQL because the rows of audit and outbox
are made of the rows they speak about, without passing through Python; both databases understand
them, except for the four words in `_DIALECTS`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import connection, transaction

from common import tasks
from common.actors import SYSTEM

__all__ = ["announce"]


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What the two databases spell differently.

    A list of ids, a text as JSON, JSON from text, a moment as ISO text.
    """

    ids: str
    quoted: str
    as_json: str
    iso: str


_DIALECTS: Final = {
    "postgresql": _Dialect(
        ids="= ANY(%(ids)s)",
        quoted="CAST(to_jsonb({0}) AS text)",
        as_json="CAST({0} AS jsonb)",
        iso="to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
    ),
    "sqlite": _Dialect(
        ids="IN (SELECT value FROM json_each(%(ids)s))",
        quoted="json_quote({0})",
        as_json="{0}",
        iso="strftime('%%Y-%%m-%%dT%%H:%%M:%%SZ', {0})",
    ),
}

_MARK: Final = """
UPDATE imaging_verificationconclusion SET lock_announced_at = %(now)s
 WHERE id {ids} AND lock_announced_at IS NULL AND locks_at <= %(now)s
"""

_EVENTS: Final = """
INSERT INTO common_auditevent (occurred_at, actor_id, actor_label, action, object_type, object_id,
                               subject_id, reason, details, digest)
SELECT c.locks_at, '', %(label)s, 'verification.locked', 'imaging.verificationconclusion',
       CAST(c.id AS text), CAST(m.record_id AS text), '', {details}, ''
  FROM imaging_verificationconclusion c
  JOIN imaging_verificationround r ON r.id = c.round_id
  JOIN imaging_campaignmember m ON m.id = r.member_id
 WHERE c.id {ids}
 ORDER BY c.locks_at, c.id
"""

# Conclusions of one round that lock at one moment share a receipt. Who was removed from the campaign
# gets none: to this student it is over. The account's contact is looked up when it is sent.
_RECEIPTS: Final = """
WITH locked AS (
    SELECT c.round_id, c.locks_at, MIN(c.id) AS first_id,
           MAX(CASE WHEN c.kind = 'DATA' THEN c.state ELSE '' END) AS data_state,
           MAX(CASE WHEN c.kind = 'PHOTO' THEN c.state ELSE '' END) AS photo_state
      FROM imaging_verificationconclusion c
     WHERE c.id {ids}
     GROUP BY c.round_id, c.locks_at
), people AS (
    SELECT l.first_id, l.locks_at, u.id AS user_id, {params} AS params,
           CASE WHEN u.email IS NULL THEN 'SMS' ELSE 'EMAIL' END AS outer_channel
      FROM locked l
      JOIN imaging_verificationround r ON r.id = l.round_id
      JOIN imaging_campaignmember m ON m.id = r.member_id AND m.removed_at IS NULL
      JOIN enrollment_studentrecord e ON e.id = m.record_id
       AND e.enrollment_status <> 'DECEASED' AND e.hidden_at IS NULL
      JOIN imaging_campaign g ON g.id = m.campaign_id
      JOIN enrollment_binding b ON b.record_id = m.record_id
      JOIN accounts_declaredidentity i ON i.id = b.identity_id
      JOIN accounts_user u ON u.id = i.user_id
), messages AS (
    SELECT p.*, p.outer_channel AS channel FROM people p
     UNION ALL
    SELECT p.*, 'NOTICE' AS channel FROM people p
)
INSERT INTO common_outboxmessage (key, channel, template, params, user_id, created_at, due_at,
                                  attempts, last_error, sent_at)
SELECT 'verification-locked:' || CAST(s.first_id AS text) || ':' || s.channel, s.channel,
       'verification_locked', {params_column}, s.user_id, %(now)s, s.locks_at, 0, '',
       CASE WHEN s.channel = 'NOTICE' THEN s.locks_at ELSE NULL END
  FROM messages s
 WHERE true
    ON CONFLICT DO NOTHING
"""


def announce(ids: Sequence[int], *, now: datetime) -> int:
    """Mark the locked conclusions as announced and write their audit events and receipts.

    Runs in the caller's transaction, which has locked the rows. Returns how many were announced.
    """
    dialect = _DIALECTS[connection.vendor]
    values: dict[str, Any] = {
        "ids": list(ids) if connection.vendor == "postgresql" else json.dumps(list(ids)),
        "label": SYSTEM.actor_label,
        "now": now if connection.vendor == "postgresql" else _stored(now),
    }
    with connection.cursor() as cursor:
        cursor.execute(_MARK.format(ids=dialect.ids), values)
        if cursor.rowcount != len(ids):
            # Not reached: rows are locked, or the database writes one transaction at a time.
            message = "conclusions moved while they were announced"
            raise RuntimeError(message)
        cursor.execute(_events_sql(dialect), values)
        cursor.execute(_receipts_sql(dialect), values)
    transaction.on_commit(partial(tasks.deliver_outbox.delay), robust=True)
    return len(ids)


def _events_sql(dialect: _Dialect) -> str:
    text = f"""'{{"kind": ' || {_in_quotes("c.kind")} || ', "state": ' || {_in_quotes("c.state")} || '}}'"""
    return _EVENTS.format(details=dialect.as_json.format(f"({text})"), ids=dialect.ids)


def _receipts_sql(dialect: _Dialect) -> str:
    parts = {
        "campaign": dialect.quoted.format("g.title"),
        "data": _in_quotes("l.data_state"),
        "photo": _in_quotes("l.photo_state"),
        "locked_at": _in_quotes(dialect.iso.format("l.locks_at")),
    }
    text = " || ', ' || ".join(f"'\"{name}\": ' || {value}" for name, value in parts.items())
    return _RECEIPTS.format(
        ids=dialect.ids,
        params=f"'{{' || {text} || '}}'",
        params_column=dialect.as_json.format("s.params"),
    )


def _in_quotes(expression: str) -> str:
    """A value that needs no escaping, as JSON text."""
    return f"'\"' || {expression} || '\"'"


def _stored(now: datetime) -> str:
    """The moment as Django stores it in SQLite."""
    return str(connection.ops.adapt_datetimefield_value(now))
