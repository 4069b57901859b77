"""Accounts at the registrar's desk; the page of an account itself shows more apps and lives above."""

from accounts.admin import counter, identity, own_data, roles, sessions
from accounts.admin.search import DocumentFilter, NumberSearch

__all__ = ["DocumentFilter", "NumberSearch", "counter", "identity", "own_data", "roles", "sessions"]
