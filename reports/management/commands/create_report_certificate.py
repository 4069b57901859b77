"""`manage.py create_report_certificate`: make the key that signs report PDFs, before the first report."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from reports.services.certificate import ensure_certificate, signer


class Command(BaseCommand):
    """Make the installation's own certificate if there is none, and see that it opens."""

    help = "Make the certificate that signs report PDFs (or check the school's own)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say where it is, what it is called, and until when it is valid."""
        now = timezone.now()
        path = ensure_certificate(now=now)
        certificate = signer(now=now).signing_cert
        if certificate is None:
            raise ValueError("a signer without a certificate")
        self.stdout.write(
            f"{path}\n{certificate.subject.human_friendly}\n"
            f"valid until {certificate.not_valid_after:%Y-%m-%d}"
        )
