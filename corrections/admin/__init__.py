"""Corrections at the registrar's desk."""

from corrections.admin import parts, request, sheet, sheet_parts, terms

__all__ = ["parts", "request", "sheet", "sheet_parts", "terms"]
