"""材料规则: which documents a case file holds and what its files are called, as the school's province wants it."""

from django.db import models
from django.db.models import Q

from enrollment.models import School
from imaging.states.review import DEFAULT_FILE_RULE, DEFAULT_FOLDER_RULE, DocumentNeed


class ReviewRules(models.Model):
    """One numbered edition of a school's rules; never changed, a new one holds for new cases."""

    school = models.ForeignKey(
        School,
        verbose_name="学校",
        on_delete=models.PROTECT,
        related_name="review_rules",
        db_index=False,  # the unique pair begins with it
    )
    number = models.PositiveSmallIntegerField("第几版")
    basis = models.CharField("依据", max_length=200, blank=True)
    # Values of ComparisonResult whose record is not shown while it is looked into.
    hides = models.JSONField("暂不显示学籍的结果", default=list)
    folder_rule = models.CharField("文件夹命名", max_length=80, default=DEFAULT_FOLDER_RULE)
    file_rule = models.CharField("文件命名", max_length=80, default=DEFAULT_FILE_RULE)
    created_at = models.DateTimeField("建立时间")
    created_by = models.CharField("建立人", max_length=100)

    class Meta:
        verbose_name = "复核材料规则"
        verbose_name_plural = "复核材料规则"
        constraints = [
            models.UniqueConstraint(
                name="imaging_reviewrules_number",
                fields=["school", "number"],
                violation_error_message="这所学校刚刚有了新的一版规则，请刷新再看",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school.name} 第 {self.number} 版"


class ReviewDocumentRule(models.Model):
    """One line of the checklist."""

    rules = models.ForeignKey(
        ReviewRules,
        verbose_name="规则",
        on_delete=models.CASCADE,
        related_name="documents",
        db_index=False,  # the unique pair begins with it
    )
    position = models.PositiveSmallIntegerField("序号")
    title = models.CharField("材料", max_length=30)
    need = models.CharField("要求", max_length=10, choices=DocumentNeed.choices)
    most = models.PositiveSmallIntegerField("最多几份", default=1)
    hint = models.CharField("说明", max_length=100, blank=True)

    class Meta:
        verbose_name = "复核材料"
        verbose_name_plural = "复核材料"
        constraints = [
            models.UniqueConstraint(
                name="imaging_reviewdocumentrule_position", fields=["rules", "position"]
            ),
            models.UniqueConstraint(
                name="imaging_reviewdocumentrule_title",
                fields=["rules", "title"],
                violation_error_message="同一份清单里材料不能重名",
            ),
            models.CheckConstraint(
                name="imaging_reviewdocumentrule_need", condition=Q(need__in=DocumentNeed.values)
            ),
            models.CheckConstraint(
                name="imaging_reviewdocumentrule_most",
                condition=Q(most__gte=1, most__lte=10),
                violation_error_message="一项材料最多 1 到 10 份",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.title}"
