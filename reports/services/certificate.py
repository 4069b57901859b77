"""The key that signs report PDFs: the school's own, or one that the installation makes for itself."""

import functools
import os
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from pyhanko.sign.signers import SimpleSigner

from reports.documents.signing import new_pkcs12, open_signer

__all__ = ["ensure_certificate", "signer"]


def ensure_certificate(*, now: datetime) -> Path:
    """The path of the PKCS#12 file; the installation's own is made when it is absent (mode 0600).

    Several hosts share one: copy the file, or name the school's by REPORT_SIGNING_P12.
    """
    if settings.REPORT_SIGNING_P12:
        return Path(settings.REPORT_SIGNING_P12)
    path = Path(settings.REPORT_OWN_P12)
    if path.exists():
        return path
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    data = new_pkcs12(
        name=f"{settings.SITE_NAME} {host}", password=settings.REPORT_SIGNING_PASSWORD, now=now
    )
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    try:
        os.link(fresh, path)  # whole, or not at all; another process may have been first
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path


def signer(*, now: datetime) -> SimpleSigner:
    """The signer of this installation; ImproperlyConfigured names the remedy when it does not open."""
    path = ensure_certificate(now=now)
    try:
        return _opened(str(path), path.stat().st_mtime_ns, settings.REPORT_SIGNING_PASSWORD)
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{path}: cannot sign reports with it. Check REPORT_SIGNING_P12 and REPORT_SIGNING_PASSWORD."
        ) from error


@functools.lru_cache(maxsize=2)
def _opened(path: str, changed: int, password: str) -> SimpleSigner:  # noqa: ARG001 -- a replaced file is read again
    return open_signer(Path(path).read_bytes(), password=password)
