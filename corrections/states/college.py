"""What a college does with a case on its page."""

from django.db import models

__all__ = ["CollegeMove"]


class CollegeMove(models.TextChoices):
    """The moves of a college on the site."""

    TAKE = "TAKE", "学院受理"
    FORWARD = "FORWARD", "报教务处"
    RETURN = "RETURN", "退回补充"
    HOLD = "HOLD", "领取"
    RELEASE = "RELEASE", "放下"
    TAKE_OVER = "TAKE_OVER", "接过来"
