"""Write docs/workflows from the tables of `states.py`."""

from typing import Any

from django.core.management.base import BaseCommand

from xuexin.diagrams import pages


class Command(BaseCommand):
    """Draw every state machine; a test compares what is written with the tables."""

    help = "Write docs/workflows/*.md from the tables of states.py."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write each page that has changed."""
        for path, text in pages():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                self.stdout.write(path.name)
