"""Data of corrections."""

from corrections.models.request import CorrectionField, CorrectionRequest, Evidence, RequestStep
from corrections.models.terms import CaseStay, CaseTerm

__all__ = [
    "CaseStay",
    "CaseTerm",
    "CorrectionField",
    "CorrectionRequest",
    "Evidence",
    "RequestStep",
]
