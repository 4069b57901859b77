"""Data of corrections."""

from corrections.models.counter import CounterVisit
from corrections.models.request import CorrectionField, CorrectionRequest, Evidence, RequestStep
from corrections.models.sheet import (
    ClassSheet,
    HandInReopening,
    ProxySignature,
    SheetOrder,
    SheetRemark,
    SheetSignature,
)
from corrections.models.terms import CaseStay, CaseTerm

__all__ = [
    "CaseStay",
    "CaseTerm",
    "ClassSheet",
    "CorrectionField",
    "CorrectionRequest",
    "CounterVisit",
    "Evidence",
    "HandInReopening",
    "ProxySignature",
    "RequestStep",
    "SheetOrder",
    "SheetRemark",
    "SheetSignature",
]
