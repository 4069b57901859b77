"""Rows that may be the person of an existing record: found, decided by people, never by themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, StaleStateError
from enrollment.importers.facts import NO_TOUCH, Comparer, Merger, Touch, decoder, differing
from enrollment.models import (
    DistinctPair,
    NearMatch,
    RosterFinding,
    RosterImport,
    RosterRow,
    School,
    StudentRecord,
)
from enrollment.selectors.roster import stored_by_id
from enrollment.selectors.roster_near import NewRow, fingerprint, near_records
from enrollment.services.roster.judging import CHUNK
from enrollment.services.roster.watch import Lease
from enrollment.states import ImportState, RowOutcome, SamePerson, Severity

__all__ = ["decide_near_match", "leave_undecided", "propose_near_matches"]

_STALE = "这份名册的状态刚刚有了变化，请刷新页面再看。"


def propose_near_matches(roster: RosterImport, lease: Lease, fields: Sequence[str]) -> int:
    """Propose records for the staged rows that would make new ones; returns how many pairs."""
    if not StudentRecord.objects.exists():
        return 0
    decode, proposed, last = decoder(fields), 0, 0
    rows = RosterRow.objects.filter(roster=roster, outcome=RowOutcome.CREATE).order_by("row_no")
    while chunk := list(
        rows.filter(row_no__gt=last).values_list("pk", "row_no", "student_no", "values")[:CHUNK]
    ):
        last = chunk[-1][1]
        found = near_records(
            roster,
            [NewRow(pk, number, decode(values or ())) for pk, _, number, values in chunk],
        )
        with transaction.atomic():
            NearMatch.objects.bulk_create(
                NearMatch(
                    roster=roster,
                    row_id=near.row_id,
                    record_id=near.record_id,
                    reasons=near.reasons,
                )
                for near in found
            )
            lease.renew()
        proposed += len(found)
    return proposed


@transaction.atomic
def decide_near_match(
    *, match: NearMatch, decision: SamePerson, reason: str, actor: Actor, now: datetime
) -> NearMatch:
    """Say whether row and record are one person; may be said anew until the roster is started.

    同一人: the row will update that record and give it the row's number. 不是同一人: the row makes a
    record of its own, and the pair is not proposed again, in later rosters neither.
    """
    before = SamePerson(match.decision)
    if decision in {SamePerson.UNDECIDED, before}:
        raise StaleStateError("这一处已经这样决定了。")
    # The roster before its rows, like whoever starts it.
    RosterImport.objects.select_for_update(of=("self",), no_key=True).get(pk=match.roster_id)
    moved = NearMatch.objects.filter(pk=match.pk, decision=before).update(
        decision=decision, reason=reason, decided_at=now, decided_by=actor.actor_label
    )
    if moved != 1:
        raise StaleStateError("这一处刚刚有人决定了，请刷新页面再看。")
    if decision is SamePerson.SAME:
        _join(match)
    elif before is SamePerson.SAME:
        _part(match)
    _remember(match, decision, actor=actor, now=now)
    match.refresh_from_db()
    audit.record(
        "nearmatch.decided",
        actor=actor,
        now=now,
        obj=match,
        subject=match.record,
        reason=reason,
        details={"decision": decision, "row_no": match.row.row_no},
    )
    return match


def _join(match: NearMatch) -> None:
    """The row becomes an update of the record."""
    other = (
        RosterRow.objects.filter(roster=match.roster_id, record=match.record_id)
        .exclude(pk=match.row_id)
        .first()
    )
    if other is not None:
        raise InvalidInputError(f"这份学籍已经和第 {other.row_no} 行对上，一份学籍只能对一行。")
    touch = _touch(match)
    _move(
        match,
        RowOutcome.CREATE,
        RowOutcome.UPDATE,
        record=match.record_id,
        touch=touch,
    )


def _part(match: NearMatch) -> None:
    """The row makes a record of its own again."""
    _move(match, RowOutcome.UPDATE, RowOutcome.CREATE, record=None, touch=NO_TOUCH)


def _move(
    match: NearMatch, source: RowOutcome, target: RowOutcome, *, record: int | None, touch: Touch
) -> None:
    held = RosterRow.objects.filter(pk=match.row_id)
    was = held.values_list("changes_key", "changes_class").first() or (False, False)
    moved = held.filter(outcome=source).update(
        outcome=target,
        record=record,
        changes_key=touch.key,
        changes_identity=touch.identity,
        changes_class=touch.place,
    )
    step = 1 if target is RowOutcome.UPDATE else -1
    counted = RosterImport.objects.filter(pk=match.roster_id, state=ImportState.STAGED).update(
        created_count=F("created_count") - step,
        updated_count=F("updated_count") + step,
        key_change_count=F("key_change_count") + int(touch.key) - int(was[0]),
        class_change_count=F("class_change_count") + int(touch.place) - int(was[1]),
    )
    if moved != 1 or counted != 1:
        raise StaleStateError(_STALE)


def _touch(match: NearMatch) -> Touch:
    roster = match.roster
    stored = stored_by_id([match.record_id])[match.record_id]
    facts = decoder(roster.value_fields)(match.row.values or ())
    merged = stored.merged(facts, Merger(frozenset(roster.present_fields)))
    merged = merged._replace(school_code=facts.school_code)
    comparer = Comparer(dict(School.objects.values_list("code", "key_fields")))
    return comparer.touch(stored.facts, merged, differing(stored.facts, merged))


def _remember(match: NearMatch, decision: SamePerson, *, actor: Actor, now: datetime) -> None:
    if not RosterImport.objects.filter(pk=match.roster_id, state=ImportState.STAGED).exists():
        raise StaleStateError(_STALE)
    facts = decoder(match.roster.value_fields)(match.row.values or ())
    key = {"record": match.record, "fingerprint": fingerprint(facts, match.row.student_no)}
    if decision is SamePerson.SAME:
        DistinctPair.objects.filter(**key).delete()
        return
    DistinctPair.objects.get_or_create(
        **key, defaults={"decided_at": now, "decided_by": actor.actor_label}
    )


def leave_undecided(roster: RosterImport) -> int:
    """Keep rows that nobody has decided about out of the import, in the caller's transaction."""
    matches = NearMatch.objects.filter(row=OuterRef("pk"), decision=SamePerson.UNDECIDED)
    rows = RosterRow.objects.filter(
        Exists(matches), roster=roster, outcome=RowOutcome.CREATE, is_applied=False
    )
    left = cast("list[int]", list(rows.values_list("row_no", flat=True)))
    RosterFinding.objects.bulk_create(
        RosterFinding(
            roster=roster,
            row_no=row_no,
            code="near_match_undecided",
            severity=Severity.WARNING,
            message="和已有的一份学籍相近，没有决定是不是同一人，这次没有导入。",
        )
        for row_no in left
    )
    rows.update(outcome=RowOutcome.SKIP)
    RosterImport.objects.filter(pk=roster.pk).update(
        created_count=F("created_count") - len(left),
        skipped_count=F("skipped_count") + len(left),
        warning_count=F("warning_count") + len(left),
    )
    return len(left)
