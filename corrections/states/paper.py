"""Which papers the data of a class's sheet are printed as."""

from django.db import models

__all__ = ["Layout"]


class Layout(models.TextChoices):
    """版式: layouts of one sheet; all carry the same version."""

    FORM = "FORM", "反馈表"
    ROSTER = "ROSTER", "全班签名表"
    EXCEPTIONS = "EXCEPTIONS", "异常名单"
    STATISTICS = "STATISTICS", "完成情况统计表"
    QUALIFICATION = "QUALIFICATION", "毕业资格审查确认表"
