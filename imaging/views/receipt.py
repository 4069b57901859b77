"""The receipt of a locked verification, as a PDF for its student."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from common.http import AuthedRequest, domain_errors
from enrollment.selectors import records_of
from imaging.selectors import receipt_no, verification_of
from imaging.services.receipt_paper import make_receipt


@require_safe
@domain_errors("imaging:verify")
def verify_receipt(request: AuthedRequest, record_id: int) -> HttpResponse:
    """The PDF; before everything is locked, a sentence that says so. Somebody else's is 404."""
    now = timezone.now()
    record = get_object_or_404(records_of(request.user), pk=record_id)
    found = verification_of(record, now=now)
    if found is None:
        raise Http404
    data = make_receipt(found, actor=request.user, now=now)
    response = HttpResponse(data, content_type="application/pdf")
    # The number alone: names of files are seen by whoever shares the machine.
    name = content_disposition_header(
        as_attachment=True, filename=f"核对回执 {receipt_no(found)}.pdf"
    )
    response["Content-Disposition"] = name or "attachment"
    response["Cache-Control"] = "no-store, private"
    return response
