"""The class board and the class feedback sheet, for monitor, counsellor, college and office."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.timezone import now as clock
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.policies import is_office, is_registrar
from common.components import NavItem
from common.http import AuthedRequest, domain_errors
from common.pagetexts import page_lines
from common.policy import allowed
from common.wording import count_cn, moment_short
from corrections import selectors
from corrections.models import ClassSheet
from corrections.selectors import SheetView
from corrections.selectors.sheet_way import (
    is_frozen,
    return_reason,
    standing_label,
    version_rows,
    way_of,
)
from corrections.selectors.versions import changed_lines, current_or_new, reopening_in_force
from corrections.services.looks import note_cases_read
from corrections.services.sheet import SheetFile, SheetFormat, export_sheet
from corrections.states import Layout
from corrections.views.places import class_place_or_404
from corrections.views.sheets import may_write, step_buttons
from enrollment.models import ClassGroup
from enrollment.policies import may_appoint_monitor
from enrollment.selectors import assignments_of, classes_with_role
from enrollment.states import AssignmentRole
from enrollment.views.guards import class_board_required
from imaging.models import Campaign
from imaging.policies import may_see_class_photos
from imaging.policies.reminders import check_can_remind
from imaging.selectors.reminders import rules_of

_ON_A_PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLinks:
    """One layout with the addresses of its files."""

    label: str
    pdf: str
    xlsx: str


@class_board_required
@require_safe
def board(request: AuthedRequest) -> HttpResponseBase:
    """Every class of the person with its progress."""
    now = clock()
    page = Paginator(selectors.classes_on_board(request.user, now=now), _ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    rows = selectors.board_rows(list(page.object_list), now=now)
    held = list(assignments_of(request.user, now=now))
    own = classes_with_role(request.user, [AssignmentRole.COUNSELLOR], now=now)
    is_counsellor = any(each.role == AssignmentRole.COUNSELLOR for each in held)
    context = {
        "now": now,
        "page": page,
        "work": selectors.open_work(own, now=now) if is_counsellor else None,
        "colleges": [each.college for each in held if each.college],
        "sees_office_board": is_office(request.user),
        "rows": rows,
        "people": sum(row.progress.counts.total for row in rows),
        "done": sum(row.done for row in rows),
        "may_print": is_registrar(request.user) or any(each.college for each in held),
    }
    return render(request, "corrections/board_list.html", context)


@class_board_required
@require_safe
def class_page(request: AuthedRequest, class_id: int, campaign_id: int) -> HttpResponseBase:
    """One class close up: the meter, who is awaited, a text for the class chat, what is wrong."""
    now = clock()
    place = class_place_or_404(request, class_id, campaign_id)
    found = selectors.class_board(**place, viewer=request.user, now=now)
    if found is None:
        raise Http404
    context = {
        "now": now,
        "board": found,
        "hand_in_at": _awaited(current_or_new(**place), found.sheet.hand_in_at, now=now),
        "updated": f"{moment_short(now)} 更新",
        "awaited_count": f"{len(found.awaited)} 人",
        "cases_count": f"{len(found.cases)} 项",
        "cases_url": f"{reverse('corrections:sheet_page', args=[class_id, campaign_id])}#cases",
        "campaigns": _campaign_tabs("corrections:class_page", **place),
        "may_choose_monitor": may_appoint_monitor(request.user, place["class_group"], now=now),
        "may_see_photos": may_see_class_photos(request.user, place["class_group"], now=now),
        "may_remind": bool(found.awaited) and _may_remind(request, now=now, **place),
    }
    return render(request, "corrections/board_class.html", context)


@class_board_required
@require_safe
def sheet_page(request: AuthedRequest, class_id: int, campaign_id: int) -> HttpResponseBase:
    """The class feedback sheet as it stands now, with what this reader may know beside it."""
    now = clock()
    place = class_place_or_404(request, class_id, campaign_id)
    view = selectors.sheet_view(**place, viewer=request.user, now=now)
    if view is None:
        raise Http404
    note_cases_read(
        record_ids=[case.record_id for case in view.cases if case.record_id],
        viewer=request.user,
        now=now,
    )
    context = {
        "now": now,
        "view": view,
        **_version_context(view, request.user, now=now),
        "cases_count": f"{len(view.cases)} 项",
        "pages_count": count_cn(len(view.pages), "页"),
        "how": "".join(page_lines("page_sheet", campaign=place["campaign"].title)),
        "layouts": _other_layouts(**place),
        **place,
        "campaigns": _campaign_tabs("corrections:sheet_page", **place),
    }
    return render(request, "corrections/sheet_page.html", context)


def _version_context(view: SheetView, user: User, *, now: datetime) -> dict[str, object]:
    """Where the version in hand stands, who signed it, and what this person may do."""
    sheet = view.version
    stale = is_frozen(sheet) and view.sheet.version_hash != sheet.content_hash
    tone, label = standing_label(sheet, stale=stale)
    return {
        "version": sheet,
        "version_tone": tone,
        "version_label": label,
        "stale": stale,
        "way": way_of(sheet, stale=stale),
        "buttons": step_buttons(sheet, user, now=now, stale=stale),
        "versions": version_rows(sheet.campaign, sheet.class_group),
        "changes": changed_lines(sheet, now=now) if stale else [],
        "return_reason": return_reason(sheet),
        "reopening": reopening_in_force(sheet, now=now),
        "hand_in_at": _awaited(sheet, view.moments.hand_in_at, now=now),
        # What a frozen version prints is final, whoever has not concluded.
        "is_unsettled": (stale or not is_frozen(sheet))
        and bool(view.awaited_count or view.provisional_count),
        "may_write": may_write(sheet, user, now=now),
    }


def _awaited(sheet: ClassSheet, planned: datetime | None, *, now: datetime) -> datetime | None:
    """The class's own deadline while it says anything: nothing is in yet, and no late hand-in allowed."""
    is_past = sheet.submitted_at is not None or reopening_in_force(sheet, now=now) is not None
    return None if is_past else planned


@class_board_required
@require_safe
@domain_errors("corrections:board")
def sheet_pdf(request: AuthedRequest, class_id: int, campaign_id: int) -> HttpResponseBase:
    """The sheet as PDF."""
    return _download(request, class_id, campaign_id, "pdf")


@class_board_required
@require_safe
@domain_errors("corrections:board")
def sheet_xlsx(request: AuthedRequest, class_id: int, campaign_id: int) -> HttpResponseBase:
    """The sheet as XLSX."""
    return _download(request, class_id, campaign_id, "xlsx")


def _may_remind(
    request: AuthedRequest, *, class_group: ClassGroup, campaign: Campaign, now: datetime
) -> bool:
    rules = rules_of(class_group.school)
    return allowed(check_can_remind, request.user, campaign, class_group, rules=rules, now=now)


def _download(
    request: AuthedRequest, class_id: int, campaign_id: int, file_format: SheetFormat
) -> HttpResponse:
    place = class_place_or_404(request, class_id, campaign_id)
    file = export_sheet(**place, file_format=file_format, actor=request.user, now=clock())
    return sent(file)


def sent(file: SheetFile) -> HttpResponse:
    """A file as a download."""
    response = HttpResponse(file.data, content_type=file.content_type)
    disposition = content_disposition_header(as_attachment=True, filename=file.name)
    response["Content-Disposition"] = disposition or "attachment"
    return response


def _other_layouts(*, class_group: ClassGroup, campaign: Campaign) -> list[PaperLinks]:
    """The layouts beside the form, each as PDF and as XLSX."""
    place = (class_group.pk, campaign.pk)
    return [
        PaperLinks(
            label=layout.label,
            pdf=reverse("corrections:class_paper", args=[*place, layout.lower(), "pdf"]),
            xlsx=reverse("corrections:class_paper", args=[*place, layout.lower(), "xlsx"]),
        )
        for layout in Layout
        if layout != Layout.FORM
    ]


def _campaign_tabs(url_name: str, *, class_group: ClassGroup, campaign: Campaign) -> list[NavItem]:
    """The campaigns of the class, to go from one to the other; nothing when there is only one."""
    found = list(selectors.campaigns_of_class(class_group))
    return [
        NavItem(
            label=each.title,
            url=reverse(url_name, args=[class_group.pk, each.pk]),
            current=each == campaign,
        )
        for each in found
        if len(found) > 1
    ]
