"""What becomes of one file of a checked delivery."""

from django.db import models


class PhotoOutcome(models.TextChoices):
    """Per file: found out when the batch is checked, made true when it is imported."""

    CREATE = "CREATE", "新增照片"
    REPLACE = "REPLACE", "替换照片"
    WAIT = "WAIT", "收下，留待处理"
    KNOWN = "KNOWN", "已有同一张"
    REFUSE = "REFUSE", "不收的照片"
    LEFT = "LEFT", "略过的文件"
    ABSENT = "ABSENT", "清单里有、没有文件"
