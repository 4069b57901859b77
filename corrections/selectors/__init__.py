"""Reads of corrections."""

from corrections.selectors.board import (
    Awaited,
    BoardRow,
    ClassBoard,
    board_rows,
    class_board,
    classes_on_board,
)
from corrections.selectors.cases import Case, FieldChange, state_tone
from corrections.selectors.requests import (
    Reported,
    all_requests,
    asked_for,
    asks_again,
    disputes_to_open,
    evidence_visible_to,
    open_requests,
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
from corrections.selectors.sheet import SheetLine, SheetView, sheet_rows, sheet_view
from corrections.selectors.standing import Phase, Standing, class_standings

__all__ = [
    "Awaited",
    "BoardRow",
    "Case",
    "ClassBoard",
    "FieldChange",
    "Phase",
    "Reported",
    "SheetLine",
    "SheetView",
    "Sight",
    "Standing",
    "all_requests",
    "asked_for",
    "asks_again",
    "board_rows",
    "campaigns_of_class",
    "class_board",
    "class_standings",
    "classes_on_board",
    "disputes_to_open",
    "evidence_visible_to",
    "open_requests",
    "reported_of",
    "request_changes",
    "request_reasons",
    "request_rows",
    "request_timeline",
    "requests_awaiting_office",
    "requests_of",
    "sheet_rows",
    "sheet_view",
    "sight_of",
    "state_tone",
    "unfiled_evidence_visible_to",
]
