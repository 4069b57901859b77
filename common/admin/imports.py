"""What roster and photo imports have in common at the desk: stages, progress, the list of unfinished ones."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from common.admin.filters import Phase, phase_filter
from common.admin.workflow import WorkflowAdmin
from common.wording import moment_short

__all__ = ["ImportAdmin", "Progress", "stuck_filter"]

_UNFINISHED = ("STAGED", "APPLYING", "REFUSED")
stuck_filter = phase_filter(
    "没办完", "stuck", Phase("yes", "等着办", lambda rows, _now: rows.filter(state__in=_UNFINISHED))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a running import is; a maximum of 0 means that the total is not known yet."""

    label: str
    value: int
    maximum: int
    note: str = ""


class ImportAdmin(WorkflowAdmin):
    """An import with its stages; while it is checked or applied the page shows how far it is."""

    running = {"UPLOADED": "正在检查", "APPLYING": "正在导入"}

    def progress_of(self, obj: Any) -> Progress | None:
        """How far the import is, None when it does not run."""
        if obj.state not in self.running or obj.failure:
            return None
        return self.shown_progress(obj, self.running[obj.state])

    def shown_progress(self, obj: Any, label: str) -> Progress:
        """The progress under a name; without a total it only shows that and how far it goes."""
        seen = f"最近活动 {moment_short(obj.heartbeat_at)}。" if obj.heartbeat_at else ""
        return Progress(
            label=label,
            value=obj.progress,
            maximum=max(total, obj.progress) if (total := self.total_of(obj)) else 0,
            note=f"{seen}可以离开这一页，不会停。",
        )

    def total_of(self, obj: Any) -> int:
        """How many items there are."""
        raise NotImplementedError

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the progress."""
        obj = kwargs.get("obj")
        if obj is not None:
            context["progress"] = self.progress_of(obj)
        return super().render_change_form(request, context, *args, **kwargs)
