"""Erasing what is due, with a proof of every erasure; `purge_again` does it once more after a restore.

Knows files and rows only. Which rows are due when, and how to erase the rest once more, is said by
the rules that `xuexin/retention.py` lists.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from django.core.files.storage import default_storage
from django.db import models, transaction

from common import audit
from common.actors import SYSTEM, Actor
from common.files import discard_blob
from common.models import PurgeProof, StoredFile

__all__ = [
    "Again",
    "Held",
    "Rule",
    "dump_proofs",
    "erase_file",
    "erase_rows",
    "erase_rows_again",
    "load_proofs",
    "prove",
    "purge_again",
]

_FILE: Final = "common.storedfile"
_DUMPED: Final = (
    *("kind", "object_type", "object_id", "amount", "sha256", "storage_key", "rule"),
    *("due_at", "erased_at", "erased_by", "subject_id", "owner_id"),
)


Again = Callable[[PurgeProof, datetime], int]
"""Erases once more what a proof speaks of, and says how much had come back."""

Held = Callable[[StoredFile, datetime], bool]
"""Erases what stands beside a file of a kind that is back; false while it is still needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that is kept for so long: counts what is due, and erases at most so many of it."""

    name: str
    label: str
    count: Callable[[datetime], int]
    erase: Callable[[datetime, int], int]


def erase_file(
    file: StoredFile,
    *,
    kind: str,
    basis: str,
    due_at: datetime,
    now: datetime,
    actor: Actor = SYSTEM,
    subject_id: int | str | None = None,
    owner_id: int | str | None = None,
) -> bool:
    """Erase the bytes of a file for good and write the proof; false when somebody else just did.

    `basis` is the rule in words: a setting that changes later does not change what the proof says.
    Bytes go first: broken off in between, the next run finds the row still there and ends the work.
    The row stays, without its name, so that what refers to it can say that it is gone.
    """
    discard_blob(file.key)
    with transaction.atomic():
        unmoved = StoredFile.objects.filter(pk=file.pk, purged_at=None)
        key = unmoved.select_for_update().values_list("key", flat=True).first()
        if key is None:
            return False
        if key != file.key:  # sealed anew since the row was read: the bytes lie there now
            discard_blob(key)
        unmoved.update(purged_at=now, original_name=None)
        file.key, file.purged_at, file.original_name = key, now, None
        proof = PurgeProof.objects.create(
            kind=kind,
            object_type=_FILE,
            object_id=str(file.pk),
            sha256=file.sha256,
            storage_key=file.key,
            rule=basis,
            due_at=due_at,
            erased_at=now,
            erased_by=actor.actor_label,
            subject_id=str(subject_id or ""),
            owner_id=str(owner_id or ""),
        )
        _write_down(proof, actor=actor, now=now)
    return True


@transaction.atomic
def erase_rows(
    rows: "models.QuerySet[Any]",
    *,
    kind: str,
    basis: str,
    due_at: datetime,
    now: datetime,
    limit: int,
) -> int:
    """Delete the oldest of the rows, at most `limit`, with one proof for the batch; returns how many."""
    chosen = list(rows.order_by("pk").values_list(*_columns(rows.model))[:limit])
    if not chosen:
        return 0
    keys = [values[0] for values in chosen]
    proof = PurgeProof.objects.create(
        kind=kind,
        object_type=rows.model._meta.label_lower,  # noqa: SLF001 -- Django's public _meta
        object_id=f"{keys[0]}–{keys[-1]}",
        amount=len(keys),
        sha256=hashlib.sha256(repr(chosen).encode()).hexdigest(),
        rule=basis,
        due_at=due_at,
        erased_at=now,
        erased_by=SYSTEM.actor_label,
    )
    rows.model._base_manager.filter(pk__in=keys).delete()  # noqa: SLF001 -- the same
    _write_down(proof, actor=SYSTEM, now=now)
    return len(keys)


@transaction.atomic
def erase_rows_again(rows: "models.QuerySet[Any]", proof: PurgeProof) -> int:
    """Delete those of the rows that the proof's batch spans; returns how many had come back.

    `rows` are those that were due when the batch was erased, so that a younger row that a restored
    database has given a number of that span is left alone.
    """
    first, _, last = proof.object_id.partition("–")
    back = list(rows.filter(pk__gte=int(first), pk__lte=int(last)).values_list("pk", flat=True))
    rows.model._base_manager.filter(pk__in=back).delete()  # noqa: SLF001 -- Django's public _base_manager
    return len(back)


@transaction.atomic
def prove(
    obj: models.Model,
    *,
    kind: str,
    sha256: str,
    basis: str,
    due_at: datetime,
    now: datetime,
    owner_id: int | str = "",
) -> PurgeProof:
    """The proof of an erasure that a service of its own has made, such as the end of an account."""
    proof = PurgeProof.objects.create(
        kind=kind,
        object_type=obj._meta.label_lower,  # noqa: SLF001 -- Django's public _meta
        object_id=str(obj.pk),
        sha256=sha256,
        rule=basis,
        due_at=due_at,
        erased_at=now,
        erased_by=SYSTEM.actor_label,
        owner_id=str(owner_id),
    )
    _write_down(proof, actor=SYSTEM, now=now)
    return proof


def _columns(model: type[models.Model]) -> list[str]:
    """The columns that a digest of rows is made of, the key first; encrypted ones read as they are."""
    names = [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001 -- Django's public _meta
    return sorted(names, key=lambda name: name != "id")


def _write_down(proof: PurgeProof, *, actor: Actor, now: datetime) -> None:
    """The erasure in the audit trail too: its chain is what shows when a proof was changed."""
    written = audit.event(
        "data.erased",
        actor=actor,
        now=now,
        obj=proof,
        details={
            "content": proof.kind,
            "object": f"{proof.object_type} {proof.object_id}",
            "count": proof.amount,
            "sha256": proof.sha256,
            "rule": proof.rule,
        },
    )
    written.subject_id = proof.subject_id
    audit.record_many([written])


def purge_again(
    *,
    now: datetime,
    others: Mapping[str, Again] = MappingProxyType({}),
    held: Mapping[str, Held] = MappingProxyType({}),
) -> int:
    """Erase once more what the proofs say was erased: after a backup brought it back. Safe to repeat.

    Files by themselves, what stands beside a file by its kind (`held`), and everything else by what
    the proof calls it (`others`). Every proof that found something leaves an audit event.
    """
    done = 0
    for proof in PurgeProof.objects.order_by("pk").iterator():
        if proof.object_type == _FILE:
            back = int(_file_again(proof, held, now=now))
        elif proof.kind in others:
            back = others[proof.kind](proof, now)
        else:
            continue
        if back:
            audit.record(
                "data.erased_again",
                actor=SYSTEM,
                now=now,
                obj=proof,
                details={"content": proof.kind, "sha256": proof.sha256, "count": back},
            )
        done += back
    return done


def _file_again(proof: PurgeProof, held: Mapping[str, Held], *, now: datetime) -> bool:
    """Both the bytes under their former key and the row's present ones go: rotation gives new keys."""
    # The digest too: a database restored to an earlier day gives its next files the same numbers.
    row = StoredFile.objects.filter(
        pk=proof.object_id, sha256=proof.sha256, created_at__lte=proof.erased_at, purged_at=None
    ).first()
    if row is not None and row.kind in held and not held[row.kind](row, now):
        return False
    is_back = bool(proof.storage_key) and default_storage.exists(proof.storage_key)
    if is_back:
        discard_blob(proof.storage_key)
    if row is not None:
        discard_blob(row.key)
        StoredFile.objects.filter(pk=row.pk).update(purged_at=now, original_name=None)
    return is_back or row is not None


def dump_proofs() -> Iterator[str]:
    """Every proof as a line of JSON, to be kept apart from the backups."""
    for values in PurgeProof.objects.order_by("pk").values(*_DUMPED).iterator():
        plain = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in values.items()
        }
        yield json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


@transaction.atomic
def load_proofs(lines: Iterable[str]) -> int:
    """Take in kept proofs that an older database does not have; returns how many were new.

    Raises ValueError for a line that is no proof.
    """
    added = 0
    for line in filter(str.strip, lines):
        found: dict[str, Any] = json.loads(line)
        if set(found) != set(_DUMPED):
            raise ValueError("this line is no proof of an erasure")
        for name in ("due_at", "erased_at"):
            found[name] = datetime.fromisoformat(found[name])
        key = {name: found.pop(name) for name in ("object_type", "object_id", "erased_at")}
        added += PurgeProof.objects.get_or_create(**key, defaults=found)[1]
    return added
