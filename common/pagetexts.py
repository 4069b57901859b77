"""Words on pages that the office may make its own: kept, checked and written like those of messages."""

from common.models import Channel, OutboxMessage
from common.outbox import rendered

__all__ = ["page_lines"]


def page_lines(key: str, **params: str) -> list[str]:
    """The lines of one place on a page, the code's own where the office has written none."""
    shown = OutboxMessage(template=key, channel=Channel.NOTICE, params=params)
    return [line for line in rendered(shown)[1].splitlines() if line.strip()]
