"""Data of corrections."""

from corrections.models.request import CorrectionField, CorrectionRequest, Evidence, RequestStep

__all__ = ["CorrectionField", "CorrectionRequest", "Evidence", "RequestStep"]
