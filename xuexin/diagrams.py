"""The state machines as pages with a diagram, drawn from the tables that the code runs on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import TextChoices

from accounts.states import CLOSURE, COUNTER, EXPORT
from common.workflow import Workflow
from corrections.states import (
    AUDIT,
    CASE_BATCH,
    CERTIFICATE,
    OBJECTION,
    PRINT,
    PROVINCE_PACK,
    REQUEST,
    RESULT,
    SHEET,
)
from enrollment.states import CLAIM, DUPLICATE, IMPORT, INVITATION, MERGE, RESCUE, ROSTER_UNDO
from imaging.states import (
    ANNOUNCEMENT,
    CAPTURE,
    HINT,
    OWN_PHOTO,
    PACK,
    PHOTO_CLAIM,
    REOPEN,
    REPAIR,
    VERIFICATION,
    WIPE,
)
from imaging.states.review import REVIEW, REVIEW_END

WORKFLOWS: tuple[Workflow[Any, Any], ...] = (
    EXPORT,
    CLOSURE,
    COUNTER,
    IMPORT,
    CLAIM,
    DUPLICATE,
    ROSTER_UNDO,
    INVITATION,
    RESCUE,
    MERGE,
    CAPTURE,
    REPAIR,
    HINT,
    PHOTO_CLAIM,
    VERIFICATION,
    REOPEN,
    PACK,
    WIPE,
    OWN_PHOTO,
    ANNOUNCEMENT,
    REVIEW,
    REVIEW_END,
    REQUEST,
    CASE_BATCH,
    PROVINCE_PACK,
    SHEET,
    AUDIT,
    RESULT,
    OBJECTION,
    CERTIFICATE,
    PRINT,
)
FOLDER = Path("docs") / "workflows"


def pages() -> Iterator[tuple[Path, str]]:
    """(file, text) of every machine."""
    for workflow in WORKFLOWS:
        yield Path(settings.BASE_DIR) / FOLDER / f"{workflow.name}.md", page(workflow)


def page(workflow: Workflow[Any, Any]) -> str:
    """One machine as Markdown: what it is, the diagram, the table."""
    states: type[TextChoices] = type(workflow.initial)
    return "\n".join(
        [
            f"# {workflow.name}",
            "",
            f"{(states.__doc__ or '').strip()} Drawn by `manage.py draw_workflows`; do not edit.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            *(f"    {state.name}: {state.label}" for state in states),
            f"    [*] --> {workflow.initial.name}",
            *(
                f"    {source.name} --> {target.name}: {action.label}"
                for action, source, target in moves(workflow)
            ),
            "```",
            "",
            "| Action | 动作 | From | To |",
            "|---|---|---|---|",
            *(
                f"| `{action.name}` | {action.label} | `{source.name}` {source.label} | `{target.name}` {target.label} |"
                for action, source, target in moves(workflow)
            ),
            "",
        ]
    )


def moves(workflow: Workflow[Any, Any]) -> Iterator[tuple[Any, Any, Any]]:
    """(action, from, to) in the order of the tables."""
    for action, transition in workflow.transitions.items():
        for state in type(workflow.initial):
            if state in transition.sources:
                yield action, state, transition.target
