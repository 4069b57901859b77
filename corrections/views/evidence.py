"""Proofs, sent to who may see them; anybody but their owner leaves a trace.

Whose it is comes before how it is asked for: a stranger gets 404 whatever the method.
"""

from typing import Final

from django.http import HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.utils.timezone import now as clock

from common.files import lost_is_404, send_bytes
from common.http import AuthedRequest, domain_errors
from common.models import StoredFile
from common.ratelimit import Limit, hit
from corrections import selectors
from corrections.services.evidence import open_evidence
from enrollment.models import StudentRecord

# Each is unsealed; an official looks through the proofs of many cases in a row.
LOOKS: Final = Limit("correction-proofs", 240, 3600)
_PURPOSE = "核实勘误"
_SAFE = ("GET", "HEAD")
_SUFFIXES = {"application/pdf": "pdf", "image/jpeg": "jpg"}


@domain_errors("home")
def evidence_file(request: AuthedRequest, evidence_id: int) -> HttpResponseBase:
    """A proof that belongs to a request."""
    visible = selectors.evidence_visible_to(request.user, now=clock())
    found = get_object_or_404(visible.distinct(), pk=evidence_id)
    return _opened(request, found.file, found.request.record)


@domain_errors("home")
def evidence_reported(request: AuthedRequest, conclusion_id: int) -> HttpResponseBase:
    """A proof handed in with a 有误 that is no request yet."""
    visible = selectors.unfiled_evidence_visible_to(request.user, now=clock())
    found = get_object_or_404(visible.distinct(), pk=conclusion_id)
    if found.evidence is None:  # the selector leaves these out
        raise ValueError("a conclusion without a proof")
    return _opened(request, found.evidence, found.round.member.record)


def _opened(request: AuthedRequest, file: StoredFile, record: StudentRecord) -> HttpResponse:
    if request.method not in _SAFE:
        return HttpResponseNotAllowed(_SAFE)
    now = clock()
    hit(LOOKS, str(request.user.pk), now=now)
    with lost_is_404(file):
        data = open_evidence(
            file=file, record=record, viewer=request.user, purpose=_PURPOSE, now=now
        )
    name = f"证明材料.{_SUFFIXES.get(file.content_type, 'bin')}"
    return send_bytes(data, content_type=file.content_type, shown_as=name)
