"""What people of the demonstration do, each through the service that the pages call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from accounts.models import User
from common.evidence import CleanEvidence, clean_evidence
from common.paper.fonts import FONT_PATH
from enrollment.models import StudentRecord
from imaging.models import CampaignMember
from imaging.selectors import photo_of
from imaging.services.verification import (
    Seen,
    Verdict,
    conclude_both,
    seen_of,
    withdraw,
)
from imaging.states import ConclusionAction, ConclusionKind, DataReason, PhotoKind, PhotoReason
from reports.models import VerificationReport
from reports.selectors import photo_for
from reports.services.report import Draft, issue_report, seen_digest
from reports.states import REQUIRED_FIELDS, SUGGESTED_FIELDS, ReportPurpose

__all__ = ["Actor", "Objection", "drawn_proof", "objection_to_data", "objection_to_photo"]


@dataclass(frozen=True, slots=True)
class Objection:
    """What a student says against the data or the photo."""

    reasons: tuple[str, ...]
    proposed: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    evidence: CleanEvidence | None = None


def objection_to_data(
    name: str, value: str, note: str = "", evidence: CleanEvidence | None = None
) -> Objection:
    """This field is wrong, and this is right."""
    return Objection((DataReason.FIELD_WRONG.value,), {name: value}, note, evidence)


def objection_to_photo(
    reason: PhotoReason, note: str = "", evidence: CleanEvidence | None = None
) -> Objection:
    """The photo is wrong, for this reason."""
    return Objection((reason.value,), note=note, evidence=evidence)


@dataclass(frozen=True, slots=True)
class Actor:
    """A student in front of the own page."""

    user: User
    record_id: int
    name: str

    def conclude(
        self,
        now: datetime,
        *,
        data: Objection | None = None,
        photo: Objection | None = None,
        with_photo: bool = True,
    ) -> None:
        """Look at what is there and judge it: 正确, or 有误 where an objection is given.

        A photo that is not there is left for later.
        """
        record = StudentRecord.objects.get(pk=self.record_id)
        shown = photo_of(record, PhotoKind.GRADUATION)
        objections = {ConclusionKind.DATA: data}
        if with_photo and shown is not None:
            objections[ConclusionKind.PHOTO] = photo
        verdicts = {
            kind: _verdict(seen_of(record, shown, kind), objection)
            for kind, objection in objections.items()
        }
        conclude_both(member=self._member(), verdicts=verdicts, actor=self.user, now=now)

    def withdraw(self, now: datetime) -> None:
        """Take both conclusions back."""
        withdraw(member=self._member(), kinds=list(ConclusionKind), actor=self.user, now=now)

    def attest(
        self, receiver: str, purpose: ReportPurpose, *, months: int, now: datetime
    ) -> VerificationReport:
        """Make a report as the preview shows it, with the photo if there is one."""
        record = StudentRecord.objects.get(pk=self.record_id)
        draft = Draft(
            purpose=purpose,
            purpose_text="实习证明" if purpose == ReportPurpose.OTHER else "",
            receiver=receiver,
            fields=(*REQUIRED_FIELDS, *SUGGESTED_FIELDS),
            with_photo=photo_for(record, now=now) is not None,
            months=months,
        )
        return issue_report(
            record=record,
            draft=draft,
            seen=seen_digest(record, draft, now=now),
            actor=self.user,
            now=now,
        )

    def _member(self) -> CampaignMember:
        return CampaignMember.objects.get(record=self.record_id)


def _verdict(seen: Seen, objection: Objection | None) -> Verdict:
    if objection is None:
        return Verdict(action=ConclusionAction.ACCEPT, seen=seen)
    return Verdict(
        action=ConclusionAction.DISPUTE,
        seen=seen,
        reasons=objection.reasons,
        wrong_fields=tuple(objection.proposed),
        proposed=objection.proposed,
        note=objection.note,
        evidence=objection.evidence,
    )


def drawn_proof(text: str) -> CleanEvidence:
    """A picture that says what would be photographed, cleaned like any other proof."""
    picture = Image.new("RGB", (900, 560), (247, 244, 236))
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(FONT_PATH), 40)
    draw.rectangle((30, 30, 870, 530), outline=(60, 60, 60), width=3)
    draw.multiline_text((90, 120), f"演示材料\n\n{text}", font=font, fill=(40, 40, 40), spacing=24)
    data = BytesIO()
    picture.save(data, "JPEG", quality=85)
    return clean_evidence(data.getvalue(), "证明材料.jpg")
