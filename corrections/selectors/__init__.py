"""Reads of corrections."""

from corrections.selectors.board import (
    Awaited,
    BoardRow,
    ClassBoard,
    board_rows,
    class_board,
    classes_on_board,
)
from corrections.selectors.campaign_board import CampaignBoard, OpenWork, campaign_board, open_work
from corrections.selectors.case_load import ServiceFigures, cases_in, service_figures
from corrections.selectors.cases import Case, FieldChange, state_tone
from corrections.selectors.lines import SheetLine
from corrections.selectors.papers import colleges_to_print
from corrections.selectors.requests import (
    Reported,
    all_requests,
    asked_for,
    asks_again,
    disputes_to_open,
    evidence_visible_to,
    open_requests,
    proofs_given_by,
    proofs_shown_to,
    reported_of,
    request_changes,
    request_reasons,
    request_rows,
    request_timeline,
    requests_awaiting_office,
    requests_of,
    unfiled_evidence_visible_to,
)
from corrections.selectors.scope import Sight, campaigns_of_class, sight_of
from corrections.selectors.sheet import SheetView, sheet_rows, sheet_view
from corrections.selectors.standing import Phase, Standing, class_standings
from corrections.selectors.versions import (
    current_or_new,
    current_sheet,
    frozen_document,
    is_stale,
    live_document,
    versions_of,
)

__all__ = [
    "Awaited",
    "BoardRow",
    "CampaignBoard",
    "Case",
    "ClassBoard",
    "FieldChange",
    "OpenWork",
    "Phase",
    "Reported",
    "ServiceFigures",
    "SheetLine",
    "SheetView",
    "Sight",
    "Standing",
    "all_requests",
    "asked_for",
    "asks_again",
    "board_rows",
    "campaign_board",
    "campaigns_of_class",
    "cases_in",
    "class_board",
    "class_standings",
    "classes_on_board",
    "colleges_to_print",
    "current_or_new",
    "current_sheet",
    "disputes_to_open",
    "evidence_visible_to",
    "frozen_document",
    "is_stale",
    "live_document",
    "open_requests",
    "open_work",
    "proofs_given_by",
    "proofs_shown_to",
    "reported_of",
    "request_changes",
    "request_reasons",
    "request_rows",
    "request_timeline",
    "requests_awaiting_office",
    "requests_of",
    "service_figures",
    "sheet_rows",
    "sheet_view",
    "sight_of",
    "state_tone",
    "unfiled_evidence_visible_to",
    "versions_of",
]
