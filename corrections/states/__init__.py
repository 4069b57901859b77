"""Choices and machines of corrections."""

from corrections.states.batch import CASE_BATCH
from corrections.states.counter import ShownDocument
from corrections.states.graduation import AUDIT, CERTIFICATE, OBJECTION, RESULT
from corrections.states.paper import PRINT, PRINT_LIVES, Layout, PrintAction, PrintState
from corrections.states.province import PROVINCE_PACK
from corrections.states.request import (
    AWAITED,
    AWAY,
    DECIDED,
    ENDED_REQUESTS,
    HOLDABLE,
    OPEN_REQUESTS,
    REQUEST,
    TAKEN_BACK,
    UNDECIDED,
    WORKED_ON,
    EvidenceFormat,
    EvidenceNeed,
    RequestAction,
    RequestState,
)
from corrections.states.sheet import (
    AT_COLLEGE,
    CURRENT_SHEETS,
    FROZEN_SHEETS,
    SHEET,
    SIGNED_STEPS,
    SheetAction,
    SheetNumbers,
    SheetState,
    SignerRole,
)

__all__ = [
    "AT_COLLEGE",
    "AUDIT",
    "AWAITED",
    "AWAY",
    "CASE_BATCH",
    "CERTIFICATE",
    "CURRENT_SHEETS",
    "DECIDED",
    "ENDED_REQUESTS",
    "FROZEN_SHEETS",
    "HOLDABLE",
    "OBJECTION",
    "OPEN_REQUESTS",
    "PRINT",
    "PRINT_LIVES",
    "PROVINCE_PACK",
    "REQUEST",
    "RESULT",
    "SHEET",
    "SIGNED_STEPS",
    "TAKEN_BACK",
    "UNDECIDED",
    "WORKED_ON",
    "EvidenceFormat",
    "EvidenceNeed",
    "Layout",
    "PrintAction",
    "PrintState",
    "RequestAction",
    "RequestState",
    "SheetAction",
    "SheetNumbers",
    "SheetState",
    "ShownDocument",
    "SignerRole",
]
