"""Pages open to anybody: never kept, never found by a search engine."""

from django.http import HttpRequest

from common.http import client_address, public_page

__all__ = ["address_of", "public_page"]


def address_of(request: HttpRequest) -> str:
    """Where the request comes from, behind as many proxies as the settings trust."""
    return client_address(request)
