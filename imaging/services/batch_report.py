"""What an import of photos says about itself: one shape for the command line and the desk."""

import re
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from common.masking import MaskKind, mask
from imaging.matching import KeyKind, likely_kind
from imaging.states import MatchState

__all__ = ["BatchReport", "FileRemark", "masked_path"]

_SHOWN: Final = 1_000
_TOKEN = re.compile(r"[0-9A-Za-z]{7,}")


class FileRemark(NamedTuple):
    """One refusal or remark on one file of a delivery."""

    file: str
    code: str
    message: str


def masked_path(text: str) -> str:
    """A file name, or a sentence with one in it, without whole document numbers.

    What might be a document number counts as one (see `likely_kind`).
    """
    return _TOKEN.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    token = found[0]
    is_document = likely_kind(token) is KeyKind.DOCUMENT_NO
    return mask(token, MaskKind.DOCUMENT_NO) if is_document else token


@dataclass(slots=True)
class BatchReport:
    """Counts and remarks: files = ignored + accepted + duplicate + rejected.

    `accepted` is what was newly stored: matched + unmatched + ambiguous. In a dry run the counts say
    what would be.
    """

    file: str
    files: int = 0
    ignored: int = 0
    duplicate: int = 0
    states: dict[MatchState, int] = field(default_factory=dict)
    rejected: list[FileRemark] = field(default_factory=list)
    warnings: list[FileRemark] = field(default_factory=list)
    applied: bool = False

    @property
    def accepted(self) -> int:
        """How many photos were newly stored."""
        return sum(self.states.values())

    def accept(self, state: MatchState) -> None:
        """Count one stored photo."""
        self.states[state] = self.states.get(state, 0) + 1

    def counts(self) -> dict[str, int]:
        """The numbers alone, for the audit trail."""
        found = self.states.get
        return {
            "files": self.files,
            "ignored": self.ignored,
            "accepted": self.accepted,
            "matched": found(MatchState.MATCHED, 0),
            "unmatched": found(MatchState.UNMATCHED, 0),
            "ambiguous": found(MatchState.AMBIGUOUS, 0),
            "duplicate": self.duplicate,
        }

    def as_json(self) -> dict[str, Any]:
        """The object that the command prints, with file names as they were delivered."""
        return {
            "file": self.file,
            **self.counts(),
            "rejected": [remark._asdict() for remark in self.rejected],
            "warnings": [remark._asdict() for remark in self.warnings],
            "applied": self.applied,
        }

    def as_stored(self) -> dict[str, Any]:
        """The same for keeping: document numbers masked, and the lists no longer than can be read."""
        return {
            **self.as_json(),
            "file": masked_path(self.file),
            "rejected": _kept(self.rejected),
            "warnings": _kept(self.warnings),
        }


def _kept(remarks: list[FileRemark]) -> list[dict[str, str]]:
    kept = [
        {
            "file": masked_path(remark.file),
            "code": remark.code,
            "message": masked_path(remark.message),
        }
        for remark in remarks[:_SHOWN]
    ]
    if (more := len(remarks) - _SHOWN) > 0:
        kept.append({"file": "", "code": "more", "message": f"还有 {more} 条没有列出。"})
    return kept
