"""Log lines carry no whole document number, phone or code."""

import logging
import re
from typing import Any

_DIGITS = re.compile(r"(?<![\d.])(\+?\d{2})\d{4,14}(\d{2}[Xx]?|[Xx])(?!\d)")


class RedactingFilter(logging.Filter):
    """Stars the middle of every run of eight or more digits in a log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the message; never drop it."""
        message = record.getMessage()
        redacted = _DIGITS.sub(r"\1******\2", message)
        if redacted != message:
            record.msg, record.args = redacted, None
        return True


class RedactingFormatter(logging.Formatter):
    """The same for what is written below a message: databases quote the row that they refuse."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 -- logging's name
        """The traceback with every run of eight or more digits starred."""
        return _DIGITS.sub(r"\1******\2", super().formatException(ei))
