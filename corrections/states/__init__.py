"""Choices and machines of corrections."""

from corrections.states.paper import Layout
from corrections.states.request import OPEN_REQUESTS, REQUEST, RequestAction, RequestState

__all__ = ["OPEN_REQUESTS", "REQUEST", "Layout", "RequestAction", "RequestState"]
