"""Correction requests in any state, and a proof to hand in."""

import io
from datetime import datetime, timedelta
from typing import Any

from PIL import Image

from accounts.models import User
from common.evidence import CleanEvidence, clean_evidence
from corrections.models import CorrectionField, CorrectionRequest, CounterVisit
from corrections.services.counter import confirm_in_person
from corrections.states import DECIDED, OPEN_REQUESTS, RequestState, ShownDocument
from enrollment.models import StudentRecord
from enrollment.selectors import owner_of, record_value
from imaging.models import CampaignMember, VerificationConclusion
from imaging.states import Conclusion, ConclusionKind
from tests.factories.imaging import ATTACHED, make_conclusion, make_member

RIGHT_NAME = "沈若谿"


def make_dispute(
    member: CampaignMember,
    kind: ConclusionKind = ConclusionKind.DATA,
    *,
    at: datetime = ATTACHED,
    **fields: Any,
) -> VerificationConclusion:
    """A 有误 of the current round given at `at`, locked a window later; on the data: the name."""
    if kind == ConclusionKind.DATA:
        fields = {
            "wrong_fields": ["name"],
            "proposed": {"name": RIGHT_NAME},
            "note": "身份证上是谿。",
            **fields,
        }
    return make_conclusion(member, kind, Conclusion.INCORRECT, at=at, **fields)


def lock_of(conclusion: VerificationConclusion) -> datetime:
    """The moment at which a given conclusion locks."""
    assert conclusion.locks_at is not None
    return conclusion.locks_at


def make_request(
    record: StudentRecord,
    state: RequestState = RequestState.SUBMITTED,
    kind: ConclusionKind = ConclusionKind.DATA,
    *,
    member: CampaignMember | None = None,
    **fields: Any,
) -> CorrectionRequest:
    """The request that came from a locked 有误, in the given state."""
    member = member or record.memberships.first() or make_member(record)
    conclusion = fields.pop("conclusion", None) or make_dispute(member, kind)
    values: dict[str, Any] = {
        "reasons": conclusion.reasons,
        "note": conclusion.note or None,
        "submitted_at": conclusion.locks_at,
        "submitted_by": conclusion.concluded_by,
        "submitter": owner_of(record),
        **fields,
    }
    later = values["submitted_at"] + timedelta(days=1)
    if state not in OPEN_REQUESTS:
        values |= {"closed_at": later, "closed_by": "测试"}
    if state in DECIDED:
        values |= {"decided_at": later, "decided_by": "测试"}
    request = CorrectionRequest.objects.create(
        record=record, kind=kind, conclusion=conclusion, state=state, **values
    )
    for name in conclusion.wrong_fields if kind == ConclusionKind.DATA else []:
        CorrectionField.objects.create(
            request=request,
            field=name,
            original=record_value(record, name, whole_number=True),
            proposed=(conclusion.proposed or {}).get(name, ""),
            is_key=name in record.school.key_fields,
        )
    return request


def picture_bytes() -> bytes:
    """A small real JPEG."""
    data = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 180, 160)).save(data, "JPEG")
    return data.getvalue()


def make_proof() -> CleanEvidence:
    """A cleaned proof."""
    return clean_evidence(picture_bytes(), "户口本.jpg")


def make_counter_visit(
    record: StudentRecord, staff: User, *, at: datetime = ATTACHED
) -> CounterVisit:
    """The student was at the counter, with the document in hand."""
    return confirm_in_person(
        record=record,
        document=ShownDocument.ID_CARD,
        is_same=True,
        note="",
        actor=staff,
        now=at,
    )
