"""What a page showed, sealed into one hidden value, so that a submit can be held against it."""

from dataclasses import dataclass
from datetime import datetime

from django.core import signing

from common.errors import StaleStateError
from imaging.selectors import Verification
from imaging.services.verdicts import Seen, seen_of
from imaging.states import ConclusionKind

__all__ = ["seal_sight", "unseal_sight"]

_SALT = "imaging.sight"
_EXPIRED = "页面已经过期，请重新核对一次。"


def seal_sight(verification: Verification, *, is_change: bool = False) -> str:
    """Photo and digests as shown, and, where conclusions are being changed, their lock moments."""
    seen: dict[str, list[str | int | None]] = {}
    for part in verification.parts:
        row = part.row if is_change and part.is_open else None
        sight = seen_of(verification.record, verification.photo, part.kind)
        locks_at = row.locks_at.isoformat() if row and row.locks_at else None
        seen[part.kind] = [sight.photo_id, sight.digest, locks_at]
    content = {
        "record": verification.record.pk,
        "terms": verification.campaign.terms_no,
        "seen": seen,
    }
    return signing.dumps(content, salt=_SALT)


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen, per part, and whether it was a page for changing."""

    seen: dict[ConclusionKind, Seen]

    @property
    def is_change(self) -> bool:
        """Whether any part is to replace a conclusion."""
        return any(each.locks_at is not None for each in self.seen.values())


def unseal_sight(token: str, verification: Verification) -> Sight:
    """The sealed values of this record, or StaleStateError when they are not ours."""
    try:
        content = signing.loads(token, salt=_SALT)
    except signing.BadSignature as error:
        raise StaleStateError(_EXPIRED) from error
    if content["record"] != verification.record.pk:
        raise StaleStateError(_EXPIRED)
    return Sight(
        {
            ConclusionKind(kind): Seen(
                photo_id=photo_id,
                digest=digest,
                locks_at=datetime.fromisoformat(locks_at) if locks_at else None,
                # A page from before the rules had numbers showed the first ones.
                terms_no=content.get("terms", 1),
            )
            for kind, (photo_id, digest, locks_at) in content["seen"].items()
        }
    )
