"""Capture entries as a delivery makes them: their data, their identity, and which are there already."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from django.db.models import Q

from accounts.identity import canonical_number, name_match_key
from accounts.models import document_index
from common.crypto import blind_index
from imaging.inspection import Finding, Inspection
from imaging.matching import Claim, KeyKind, MatchReason, MatchResult, likely_kind
from imaging.models import CaptureEntry
from imaging.selectors.lookup import RecordLookup, kind_of
from imaging.states import MatchState, PhotoKind

__all__ = [
    "KnownEntry",
    "claimed_fields",
    "entry_hash",
    "known_entries",
    "measures_of",
    "remarks_of",
]

_PLAIN_COLUMNS: Final = {
    KeyKind.STUDENT_NO: "student_no",
    KeyKind.CANDIDATE_NO: "candidate_no",
    KeyKind.TICKET: "ticket",
}
_LONGEST: Final = {"student_no": 32, "candidate_no": 32, "ticket": 32, "school_code": 10}
_LONGEST_NAME: Final = 150
# Reasons that a later delivery of the same photo under a better number clears up.
_WAITS_FOR_NUMBER: Final = frozenset(
    {
        MatchReason.NO_NUMBER,
        MatchReason.UNKNOWN_NUMBER,
        MatchReason.OTHER_SCHOOL,
        MatchReason.NAME_MISMATCH,
        MatchReason.KEYS_DISAGREE,
        MatchReason.TWO_SCHOOLS,
        MatchReason.VOID_TICKET,
        MatchReason.BATCH_UNDONE,
    }
)


def claimed_fields(claim: Claim, result: MatchResult, lookup: RecordLookup) -> dict[str, Any]:
    """The columns of an entry for what was claimed.

    A number goes where it led to a record, else where it most likely belongs; what might be a
    document number is stored encrypted with its index.
    """
    fields: dict[str, Any] = dict.fromkeys([*_PLAIN_COLUMNS.values(), "name", "school_code"], "")
    fields |= {"document_no": None, "document_no_index": None}
    found = {result.record_id, *result.candidates} - {None}
    for key in claim.keys:
        kind = key.kinds[0] if len(key.kinds) == 1 else None
        kind = kind or kind_of(key, lookup, (pk for pk in found if pk)) or likely_kind(key.value)
        if kind is KeyKind.DOCUMENT_NO:
            fields["document_no"] = fields["document_no"] or _visible(key.value)
        elif not fields[column := _PLAIN_COLUMNS[kind]] and len(key.value) <= _LONGEST[column]:
            fields[column] = _visible(key.value)
    if fields["document_no"]:
        fields["document_no_index"] = document_index(canonical_number(fields["document_no"]))
    if len(claim.school_code) <= _LONGEST["school_code"]:
        fields["school_code"] = _visible(claim.school_code)
    fields["name"] = _visible(_name_in(claim, result, lookup))[:_LONGEST_NAME]
    return fields


def _visible(text: str) -> str:
    """Without control characters, which a list may hold and PostgreSQL refuses."""
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def _name_in(claim: Claim, result: MatchResult, lookup: RecordLookup) -> str:
    """Of several readings the one that is the record's, else the fullest."""
    if len(claim.names) > 1 and result.record_id is not None:
        keys = {
            ref.name_key
            for key in claim.keys
            for kind in key.kinds
            for form in (key.value, key.value.upper(), canonical_number(key.value))
            for ref in lookup.find(kind, form)
            if ref.record_id == result.record_id
        }
        for name in claim.names:
            if name_match_key(name) in keys:
                return name
    return claim.names[-1] if claim.names else ""


def entry_hash(*, kind: PhotoKind, school_code: str, claim: Claim, path: str, content: str) -> str:
    """What makes a second delivery of the same entry a duplicate: kind, school, numbers and content.

    Keyed, because a plain digest of a document number can be found by trying all numbers.
    """
    numbers = sorted(key.value.upper() for key in claim.keys) or [PurePosixPath(path).stem]
    parts = [kind, claim.school_code or school_code, numbers, content]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return blind_index(text, purpose="capture entry").hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """A stored entry with the same bytes as a photo that is being delivered."""

    pk: int
    batch_id: int
    content: str
    entry_hash: str
    state: MatchState
    reason: str
    is_settled: bool
    file_name: str
    warnings: list[dict[str, str]]

    @property
    def waits_for_number(self) -> bool:
        """Whether a better number may still find its record: nobody has settled it."""
        is_open = self.state in {MatchState.UNMATCHED, MatchState.AMBIGUOUS}
        return is_open and not self.is_settled and self.reason in _WAITS_FOR_NUMBER


def known_entries(
    kind: PhotoKind, contents: Iterable[str], *, batch_id: int | None
) -> dict[str, KnownEntry]:
    """The stored entries of a kind by the digest of their bytes; the batch's own before others.

    Those of a delivery that was taken back are none: the same photo may come again.
    """
    entries = CaptureEntry.objects.filter(kind=kind, original__sha256__in=list(contents))
    undone = Q(state=MatchState.VOIDED, reason=MatchReason.BATCH_UNDONE)
    rows = entries.exclude(undone).values_list(
        "original__sha256",
        "pk",
        "batch_id",
        "entry_hash",
        "state",
        "reason",
        "settled_at",
        "file_name",
        "warnings",
    )
    known: dict[str, KnownEntry] = {}
    for content, pk, its_batch, digest, state, reason, settled_at, name, warnings in rows.order_by(
        "pk"
    ):
        if content in known and its_batch != batch_id:
            continue
        known[content] = KnownEntry(
            pk=pk,
            batch_id=its_batch,
            content=content,
            entry_hash=digest,
            state=MatchState(state),
            reason=reason,
            is_settled=settled_at is not None,
            file_name=str(name),
            warnings=warnings,
        )
    return known


def measures_of(inspection: Inspection) -> dict[str, Any]:
    """What was measured, for keeping; the bytes are those of the copy that is registered."""
    background = inspection.background
    return {
        "width": inspection.width,
        "height": inspection.height,
        "bytes": inspection.measures.byte_count,
        "mode": inspection.mode,
        "dpi": inspection.dpi,
        "quality": inspection.jpeg_quality,
        "background": list(background.rgb) if background else None,
        "background_deviation": round(background.deviation, 1) if background else None,
        "sharpness": None if inspection.sharpness is None else round(inspection.sharpness, 1),
        **({} if inspection.look is None else {"look": inspection.look.as_stored()}),
    }


def remarks_of(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings for keeping."""
    return [{"code": finding.code, "message": finding.message} for finding in findings]
