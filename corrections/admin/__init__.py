"""Corrections at the registrar's desk."""

from corrections.admin import counter, parts, request, sheet, sheet_parts, terms

__all__ = ["counter", "parts", "request", "sheet", "sheet_parts", "terms"]
