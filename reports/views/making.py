"""A report is made: choose the record, choose what it says, confirm the spelling, look, confirm.

What was chosen waits in the session, which is encrypted, until the student has seen the preview.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now as clock
from django.views.decorators.http import require_http_methods, require_safe

from common.errors import NotAllowedError
from common.http import AuthedRequest, domain_errors
from enrollment.models import StudentRecord
from enrollment.selectors import records_of
from enrollment.views.guards import student_required
from reports.documents.words import words_of
from reports.forms import DraftForm, LatinNameForm
from reports.policies import check_can_issue
from reports.selectors import draft_content, photo_for
from reports.services.paper import written_moment, written_until
from reports.services.report import Draft, issue_report, seen_digest
from reports.states import ReportLanguage, months_on
from reports.views.shown import in_clauses, own_photo, purpose_of

_OPEN_TO = ["GET", "HEAD", "POST"]
_WAITING = "report_draft"


@student_required
@require_safe
def start(request: AuthedRequest) -> HttpResponseBase:
    """Which record; with one there is nothing to choose."""
    records = list(records_of(request.user))
    if len(records) == 1:
        return redirect("reports:report_draft", record_id=records[0].pk)
    return render(request, "reports/start.html", {"records": records})


@student_required
@require_http_methods(_OPEN_TO)
@domain_errors("reports:report_list")
def draft(request: AuthedRequest, record_id: int) -> HttpResponseBase:
    """What the report is for and what it shows."""
    now = clock()
    record = get_object_or_404(records_of(request.user), pk=record_id)
    try:
        check_can_issue(request.user, record, now=now)
    except NotAllowedError as error:
        messages.error(request, str(error))
        return redirect("reports:report_list")
    if request.method == "POST":
        form = DraftForm(request.POST, record=record, now=now)
        if form.is_valid():
            request.session[_WAITING] = {"record": record.pk, "post": request.POST.urlencode()}
            english = form.draft.language == ReportLanguage.EN
            step = "reports:report_name" if english else "reports:report_preview"
            return redirect(step, record_id=record.pk)
    else:
        waiting = _waiting(request, record)
        form = DraftForm(waiting, record=record, now=now)
    context = {"record": record, "form": form, "several": records_of(request.user).count() > 1}
    return render(request, "reports/draft.html", context)


@student_required
@require_http_methods(_OPEN_TO)
def latin_name(request: AuthedRequest, record_id: int) -> HttpResponseBase:
    """The spelling for an English report, proposed and confirmed."""
    record = get_object_or_404(records_of(request.user), pk=record_id)
    chosen = _chosen(request, record, now=clock())
    if chosen is None:
        return redirect("reports:report_draft", record_id=record.pk)
    if request.method == "POST":
        form = LatinNameForm(request.POST, record=record)
        if form.is_valid():
            waiting = request.session[_WAITING]
            waiting["latin_name"] = form.cleaned_data["latin_name"]
            request.session[_WAITING] = waiting
            return redirect("reports:report_preview", record_id=record.pk)
    else:
        known = {"latin_name": chosen.latin_name} if chosen.latin_name else None
        form = LatinNameForm(record=record, initial=known)
    return render(request, "reports/latin_name.html", {"record": record, "form": form})


@student_required
@require_http_methods(_OPEN_TO)
@domain_errors("reports:report_list")
def preview(request: AuthedRequest, record_id: int) -> HttpResponseBase:
    """Exactly what the receiver will see; confirmed, it becomes a report."""
    now = clock()
    record = get_object_or_404(records_of(request.user), pk=record_id)
    chosen = _chosen(request, record, now=now)
    if chosen is None:
        return redirect("reports:report_draft", record_id=record.pk)
    if chosen.language == ReportLanguage.EN and not chosen.latin_name:
        return redirect("reports:report_name", record_id=record.pk)
    if request.method == "POST":
        report = issue_report(
            record=record,
            draft=chosen,
            seen=request.POST.get("seen", ""),
            actor=request.user,
            now=now,
        )
        request.session.pop(_WAITING, None)
        messages.success(request, "报告已生成。把验证码发给对方，或者让对方扫码。")
        return redirect("reports:report_page", report_id=report.pk)
    return render(request, "reports/preview.html", _preview(record, chosen, now))


def _preview(record: StudentRecord, chosen: Draft, now: datetime) -> dict[str, Any]:
    english = chosen.language == ReportLanguage.EN
    content = draft_content(
        record, chosen.fields, language=chosen.language, latin_name=chosen.latin_name
    )
    return {
        "record": record,
        "draft": chosen,
        "content": content,
        "purpose": purpose_of(chosen),
        "photo": own_photo(photo_for(record, now=now)) if chosen.with_photo else None,
        "seen": seen_digest(record, chosen, now=now),
        "is_english": english,
        "words": words_of(english=english),
        "issued": in_clauses(written_moment(now, english=english)),
        "until": in_clauses(written_until(months_on(now, chosen.months), english=english)),
    }


def _waiting(request: AuthedRequest, record: StudentRecord) -> QueryDict | None:
    """What was chosen for this record before, as it was sent."""
    waiting = request.session.get(_WAITING) or {}
    return QueryDict(waiting["post"]) if waiting.get("record") == record.pk else None


def _chosen(request: AuthedRequest, record: StudentRecord, *, now: datetime) -> Draft | None:
    """The valid choices that wait for this record; None sends the student back to choosing."""
    waiting = _waiting(request, record)
    if waiting is None:
        return None
    form = DraftForm(waiting, record=record, now=now)
    if not form.is_valid():
        return None
    return replace(form.draft, latin_name=request.session[_WAITING].get("latin_name", ""))
