import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="LoginEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("occurred_at", models.DateTimeField(db_index=True, verbose_name="时间")),
                ("way", models.CharField(choices=[("PASSWORD", "密码"), ("CODE", "验证码"), ("LINK", "邮件或短信里的链接"), ("PASSKEY", "通行密钥"), ("SSO", "单点登录"), ("SECOND_FACTOR", "两步验证")], max_length=20, verbose_name="方式")),
                ("is_success", models.BooleanField(verbose_name="成功")),
                ("device", models.CharField(max_length=80, verbose_name="设备")),
                ("network", models.CharField(blank=True, max_length=50, verbose_name="网段")),
                ("device_index", models.BinaryField(max_length=32, null=True, verbose_name="设备索引")),
                ("disowned_at", models.DateTimeField(null=True, verbose_name="本人否认的时间")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="login_events", to=settings.AUTH_USER_MODEL, verbose_name="账号")),
            ],
            options={
                "verbose_name": "登录记录",
                "verbose_name_plural": "登录记录",
                "indexes": [models.Index(fields=["user", "-occurred_at"], name="accounts_loginevent_recent")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("way__in", ["PASSWORD", "CODE", "LINK", "PASSKEY", "SSO", "SECOND_FACTOR"])), name="accounts_loginevent_way"),
                    models.CheckConstraint(condition=models.Q(("disowned_at", None), ("is_success", True), _connector="OR"), name="accounts_loginevent_disowned", violation_error_message="没有成功的登录不用否认"),
                ],
            },
        ),
    ]
