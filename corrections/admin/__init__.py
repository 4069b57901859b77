"""Corrections at the registrar's desk."""

from corrections.admin import parts, request

__all__ = ["parts", "request"]
