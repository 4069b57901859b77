"""勘误规则: what may be asked for when, and with which proof; the office writes editions of it."""

from django.db import models
from django.db.models import Q

from corrections.states import EvidenceFormat, EvidenceNeed
from enrollment.models import School

MOST_MEGABYTES = 5


class CorrectionRules(models.Model):
    """One numbered edition of a school's rules; never changed, so every case keeps the text it was made under."""

    school = models.ForeignKey(
        School,
        verbose_name="学校",
        on_delete=models.PROTECT,
        related_name="correction_rules",
        db_index=False,  # the unique pair begins with it
    )
    number = models.PositiveSmallIntegerField("第几版")
    lead = models.TextField("学生填写前看到的话")
    key_fields = models.JSONField("要报省里审批的字段", default=list)
    # Months of the year; empty is all the year. Only for what needs the province.
    months = models.JSONField("受理关键信息的月份", default=list)
    final_days = models.PositiveSmallIntegerField("预计毕业前多少天起不受理关键信息", default=0)
    bars_name_with_number = models.BooleanField("姓名和证件号码不能同时改", default=True)
    created_at = models.DateTimeField("建立时间")
    created_by = models.CharField("建立人", max_length=100)

    class Meta:
        verbose_name = "勘误规则"
        verbose_name_plural = "勘误规则"
        constraints = [
            models.UniqueConstraint(
                name="corrections_rules_number",
                fields=["school", "number"],
                violation_error_message="这所学校刚刚有了新的一版规则，请刷新再看",
            ),
            models.CheckConstraint(
                name="corrections_rules_final_days",
                condition=Q(final_days__lte=730),
                violation_error_message="最多提前 730 天",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school.name}勘误规则第 {self.number} 版"


class EvidenceRule(models.Model):
    """One proof that a field (or the photo) asks for."""

    rules = models.ForeignKey(
        CorrectionRules,
        verbose_name="规则",
        on_delete=models.CASCADE,
        related_name="proofs",
        db_index=False,  # the unique pair begins with it
    )
    position = models.PositiveSmallIntegerField("序号")
    field = models.CharField("字段", max_length=40)
    title = models.CharField("材料", max_length=30)
    need = models.CharField("要求", max_length=8, choices=EvidenceNeed.choices)
    form = models.CharField("格式", max_length=8, choices=EvidenceFormat.choices)
    megabytes = models.PositiveSmallIntegerField("最多几 MB", default=MOST_MEGABYTES)
    hint = models.CharField("说明", max_length=100, blank=True)

    class Meta:
        verbose_name = "证明材料要求"
        verbose_name_plural = "证明材料要求"
        constraints = [
            models.UniqueConstraint(
                name="corrections_evidencerule_position", fields=["rules", "position"]
            ),
            models.UniqueConstraint(
                name="corrections_evidencerule_once",
                fields=["rules", "field", "title"],
                violation_error_message="同一个字段的材料不能重名",
            ),
            models.CheckConstraint(
                name="corrections_evidencerule_need", condition=Q(need__in=EvidenceNeed.values)
            ),
            models.CheckConstraint(
                name="corrections_evidencerule_form", condition=Q(form__in=EvidenceFormat.values)
            ),
            models.CheckConstraint(
                name="corrections_evidencerule_megabytes",
                condition=Q(megabytes__gte=1, megabytes__lte=MOST_MEGABYTES),
                violation_error_message=f"一份材料 1 到 {MOST_MEGABYTES} MB",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.field} {self.title}"
