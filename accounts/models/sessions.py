"""Log-ins as their person sees them."""

from django.db import models
from django.db.models import Q

from accounts.models.people import User
from accounts.states import LoginWay
from common.fields import blind_index_field
from common.origin import network_label


class LoginEvent(models.Model):
    """One log-in, or one that was refused: when, by what, from which device and coarse network."""

    user = models.ForeignKey(
        User, verbose_name="账号", on_delete=models.CASCADE, related_name="login_events"
    )
    occurred_at = models.DateTimeField("时间", db_index=True)
    way = models.CharField("方式", max_length=20, choices=LoginWay.choices)
    is_success = models.BooleanField("成功")
    device = models.CharField("设备", max_length=80)
    network = models.CharField("网段", max_length=50, blank=True)
    device_index = blind_index_field(null=True, verbose_name="设备索引")
    disowned_at = models.DateTimeField("本人否认的时间", null=True)

    class Meta:
        verbose_name = "登录记录"
        verbose_name_plural = "登录记录"
        indexes = [models.Index(fields=["user", "-occurred_at"], name="accounts_loginevent_recent")]
        constraints = [
            models.CheckConstraint(
                name="accounts_loginevent_way", condition=Q(way__in=LoginWay.values)
            ),
            models.CheckConstraint(
                name="accounts_loginevent_disowned",
                condition=Q(disowned_at=None) | Q(is_success=True),
                violation_error_message="没有成功的登录不用否认",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()} {self.device}"

    @property
    def network_label(self) -> str:
        """The coarse network as people read it."""
        return network_label(self.network)
