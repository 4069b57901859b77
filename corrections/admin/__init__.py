"""Corrections at the registrar's desk."""

from corrections.admin import parts, request, terms

__all__ = ["parts", "request", "terms"]
