"""The receipt of a locked verification: what it says, and a digest that anybody with the rows gets again.

The digest is made of the stored conclusions alone: what was concluded, why, on which photo and data, by
whom, when, under which rules, locked when. It holds no value of the record (a later change of the name
leaves it as it was) and no free text (which is destroyed in time). Whoever alters one of these rows, or the
paper, is found.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from imaging.models import CampaignMember, VerificationConclusion, VerificationRound
from imaging.selectors.photos import photos_of
from imaging.selectors.verification import Part, Verification
from imaging.states import BY_SILENCE, Conclusion, ConclusionKind

__all__ = ["has_receipt", "receipt_digest", "receipt_no", "round_digest", "verification_in"]

_VERSION = 1


def has_receipt(found: Verification) -> bool:
    """Whether everything that was asked is given and locked."""
    return not found.to_give and not found.open_parts


def receipt_digest(found: Verification) -> str:
    """SHA-256 over the conclusions as they are stored, in hexadecimal; the same rows, the same digest."""
    return _digest(found.member, found.round_no, (_facts(found, part) for part in found.parts))


def receipt_no(found: Verification) -> str:
    """The number of a receipt: the beginning of its digest."""
    return receipt_digest(found)[:12].upper()


def round_digest(ended: VerificationRound, *, now: datetime) -> str:
    """The same of a round that is about to end, empty when it was not whole and locked."""
    member = ended.member
    rows = {row.kind: row for row in ended.conclusions.all()}
    asked = [kind for kind in (ConclusionKind.PHOTO, ConclusionKind.DATA) if kind in rows]
    if not asked or not all(rows[kind].is_locked_at(now) for kind in asked):
        return ""
    return _digest(member, ended.round_no, (_row_facts(rows[kind]) for kind in asked))


def verification_in(opened: VerificationRound, *, now: datetime) -> Verification:
    """The verification as it stands in one round, for staff who look at it from the round's side."""
    member = CampaignMember.objects.select_related("campaign__profile", "record__school").get(
        pk=opened.member_id
    )
    rows = VerificationConclusion.objects.filter(round=opened).select_related("round", "seen_photo")
    return Verification(
        record=member.record,
        member=member,
        photos=photos_of(member.record),
        rows={ConclusionKind(row.kind): row for row in rows},
        now=now,
    )


def _digest(member: CampaignMember, round_no: int, parts: Iterable[list[object]]) -> str:
    content = {
        "version": _VERSION,
        "campaign": member.campaign_id,
        "record": member.record_id,
        "round": round_no,
        "parts": list(parts),
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _facts(found: Verification, part: Part) -> list[object]:
    if part.is_silent:
        # Silence that the sweep has not written down yet: as it will be written.
        closed = _moment(found.member.closes_at)
        key = found.record.key_digest
        said: list[object] = [
            part.kind.value,
            Conclusion.CORRECT.value,
            [],
            [],
            None,
            key,
            closed,
            BY_SILENCE,
        ]
        return [*said, closed, 1, True, False, "", None]
    return _row_facts(part.row) if part.row is not None else [part.kind.value]


def _row_facts(row: VerificationConclusion) -> list[object]:
    return [
        str(row.kind),
        str(row.state),
        list(row.reasons),
        list(row.wrong_fields),
        row.seen_photo_id,
        row.seen_digest,
        _moment(row.concluded_at),
        row.concluded_by,
        _moment(row.locks_at),
        row.terms_no,
        row.is_tacit,
        row.is_proxy,
        str(row.proxy_way),
        _moment(row.reached_at),
    ]


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None
