"""One connection for the mails of a batch: opened with the first one, kept, and made anew when it is lost."""

import logging
from smtplib import SMTPException, SMTPResponseException, SMTPServerDisconnected
from types import TracebackType
from typing import Any, Self

from django.core.mail import EmailMessage, get_connection

__all__ = ["Mailer"]

logger = logging.getLogger(__name__)

# 421: the server is about to hang up, often because it takes so many mails a connection.
_HANGING_UP = 421


class Mailer:
    """Sends mails one by one over one connection; a context manager."""

    def __init__(self) -> None:
        self._connection: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def send(self, mail: EmailMessage) -> None:
        """Send it, or raise what the server said; a refused recipient costs the others nothing.

        A kept connection that turns out to be lost is made anew once.
        """
        is_kept = self._connection is not None
        try:
            self._send(mail)
        except SMTPException as error:
            if not _is_lost(error):
                raise
            self._close()
            if not is_kept:
                raise
            self._send(mail)
        except OSError:
            self._close()
            raise

    def _send(self, mail: EmailMessage) -> None:
        if self._connection is None:
            connection = get_connection()
            connection.open()
            self._connection = connection
        mail.connection = self._connection
        mail.send()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.close()
        except (OSError, SMTPException) as error:
            logger.info("mail connection not closed: %s", type(error).__name__)


def _is_lost(error: SMTPException) -> bool:
    hangs_up = isinstance(error, SMTPResponseException) and error.smtp_code == _HANGING_UP
    return hangs_up or isinstance(error, SMTPServerDisconnected)
