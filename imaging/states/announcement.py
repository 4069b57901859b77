"""公告: who it is for, and its life from draft to withdrawal."""

from typing import Final

from django.db import models

from common.workflow import Transition, Workflow, sources

__all__ = ["ANNOUNCEMENT", "AnnouncementAction", "AnnouncementReader", "AnnouncementState"]


class AnnouncementState(models.TextChoices):
    """Where a formal notice is."""

    DRAFT = "DRAFT", "起草"
    PUBLISHED = "PUBLISHED", "已发布"
    WITHDRAWN = "WITHDRAWN", "已撤下"


class AnnouncementAction(models.TextChoices):
    """Moves of a formal notice."""

    REVISE = "REVISE", "改草稿"
    CORRECT = "CORRECT", "更正"
    PUBLISH = "PUBLISH", "发布"
    WITHDRAW = "WITHDRAW", "撤下"


class AnnouncementReader(models.TextChoices):
    """Whom a formal notice concerns."""

    STUDENT = "STUDENT", "学生"
    MONITOR = "MONITOR", "班长"
    COUNSELLOR = "COUNSELLOR", "辅导员"
    COLLEGE = "COLLEGE", "学院"


ANNOUNCEMENT: Final = Workflow[AnnouncementState, AnnouncementAction](
    name="announcement",
    initial=AnnouncementState.DRAFT,
    transitions={
        AnnouncementAction.REVISE: Transition(
            sources(AnnouncementState.DRAFT), AnnouncementState.DRAFT
        ),
        AnnouncementAction.CORRECT: Transition(
            sources(AnnouncementState.PUBLISHED), AnnouncementState.PUBLISHED
        ),
        AnnouncementAction.PUBLISH: Transition(
            sources(AnnouncementState.DRAFT), AnnouncementState.PUBLISHED
        ),
        AnnouncementAction.WITHDRAW: Transition(
            sources(AnnouncementState.PUBLISHED), AnnouncementState.WITHDRAWN
        ),
    },
)
