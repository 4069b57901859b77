"""Further pictures of one shot, each kept as a file of its own."""

from django.db import models
from django.db.models import Q

from common.models import StoredFile
from imaging.models.photo import CaptureEntry
from imaging.states import RenditionUse


class Rendition(models.Model):
    """A picture made from the files of a capture entry, once, when it was asked for first.

    The delivered original and the registered picture stand on the entry itself; all of them lead
    to the same shot and go together.
    """

    entry = models.ForeignKey(
        CaptureEntry, verbose_name="采集信息", on_delete=models.PROTECT, related_name="renditions"
    )
    use = models.CharField("用途", max_length=10, choices=RenditionUse.choices)
    file = models.OneToOneField(
        StoredFile, verbose_name="文件", on_delete=models.PROTECT, related_name="rendition"
    )

    class Meta:
        verbose_name = "照片衍生文件"
        verbose_name_plural = "照片衍生文件"
        constraints = [
            models.CheckConstraint(
                name="imaging_rendition_use", condition=Q(use__in=RenditionUse.values)
            ),
            models.UniqueConstraint(
                name="imaging_rendition_once",
                fields=["entry", "use"],
                violation_error_message="每张照片每种用途只有一个文件",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_use_display()} {self.entry_id}"
