import common.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0004_files_in_clear"),
        ("imaging", "0013_batches"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwnPhoto",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("CAMERA", "现拍"), ("UPLOAD", "选文件"), ("STAFF", "教务处代传")],
                        max_length=8,
                        verbose_name="怎么来的",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("DRAFT", "还没交"),
                            ("SENT", "已交，等着看"),
                            ("IN_REVIEW", "老师在看"),
                            ("ACCEPTED", "收下了"),
                            ("RETURNED", "请重拍一张"),
                            ("WITHDRAWN", "自己撤回"),
                            ("DISCARDED", "没交，放弃了"),
                        ],
                        default="DRAFT",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("measures", models.JSONField(default=dict, verbose_name="测量值")),
                ("warnings", models.JSONField(default=list, verbose_name="提醒")),
                ("made_at", models.DateTimeField(verbose_name="选好时间")),
                ("made_by", models.CharField(max_length=100, verbose_name="选照片的人")),
                ("maker_id", models.CharField(max_length=50, verbose_name="选照片的人编号")),
                (
                    "attempt_no",
                    models.PositiveSmallIntegerField(null=True, verbose_name="第几次交"),
                ),
                ("sent_at", models.DateTimeField(null=True, verbose_name="交给学校的时间")),
                ("claimed_at", models.DateTimeField(null=True, verbose_name="开始看的时间")),
                ("claimed_by", models.CharField(blank=True, max_length=100, verbose_name="看的人")),
                (
                    "reviewer_id",
                    models.CharField(blank=True, max_length=50, verbose_name="看的人编号"),
                ),
                ("reasons", models.JSONField(default=list, verbose_name="请重拍的原因")),
                ("answer", common.fields.EncryptedTextField(null=True, verbose_name="给学生的话")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("ended_by", models.CharField(blank=True, max_length=100, verbose_name="办结人")),
                (
                    "entry",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="own_photo",
                        to="imaging.captureentry",
                        verbose_name="采集信息",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="own_photos",
                        to="imaging.campaignmember",
                        verbose_name="批次成员",
                    ),
                ),
                (
                    "original",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="own_original",
                        to="common.storedfile",
                        verbose_name="裁好的原图",
                    ),
                ),
                (
                    "published",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="own_published",
                        to="common.storedfile",
                        verbose_name="注册用照片",
                    ),
                ),
            ],
            options={
                "verbose_name": "自己交的照片",
                "verbose_name_plural": "自己交的照片",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["IN_REVIEW", "SENT"])),
                        fields=["sent_at"],
                        name="imaging_ownphoto_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["CAMERA", "UPLOAD", "STAFF"])),
                        name="imaging_ownphoto_channel",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "DRAFT",
                                    "SENT",
                                    "IN_REVIEW",
                                    "ACCEPTED",
                                    "RETURNED",
                                    "WITHDRAWN",
                                    "DISCARDED",
                                ],
                            )
                        ),
                        name="imaging_ownphoto_state",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "DRAFT")),
                        fields=("member",),
                        name="imaging_ownphoto_one_draft",
                        violation_error_message="一次只能准备一张照片",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["IN_REVIEW", "SENT"])),
                        fields=("member",),
                        name="imaging_ownphoto_one_waiting",
                        violation_error_message="已经有一张照片在等老师看",
                    ),
                    models.UniqueConstraint(
                        fields=("member", "attempt_no"),
                        name="imaging_ownphoto_attempt",
                        violation_error_message="这一次已经交过",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("attempt_no", None),
                                ("sent_at", None),
                                ("state__in", ["DRAFT", "DISCARDED"]),
                            ),
                            models.Q(
                                ("attempt_no", None), ("channel", "STAFF"), ("state", "ACCEPTED")
                            ),
                            models.Q(
                                models.Q(("state__in", ["DRAFT", "DISCARDED"]), _negated=True),
                                models.Q(("channel", "STAFF"), _negated=True),
                                ("attempt_no__isnull", False),
                                ("sent_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="imaging_ownphoto_sent_whole",
                        violation_error_message="交给学校的照片要有时间和第几次",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("claimed_at", None),
                                ("claimed_by", ""),
                                ("reviewer_id", ""),
                                models.Q(("state", "IN_REVIEW"), _negated=True),
                            ),
                            models.Q(
                                ("claimed_at__isnull", False),
                                models.Q(("claimed_by", ""), _negated=True),
                                models.Q(("reviewer_id", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="imaging_ownphoto_claimed_whole",
                        violation_error_message="在看的照片要写明谁在看、什么时候开始",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at", None),
                                ("ended_by", ""),
                                ("state__in", ["DRAFT", "IN_REVIEW", "SENT"]),
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("state__in", ["ACCEPTED", "RETURNED", "WITHDRAWN", "DISCARDED"]),
                                models.Q(("ended_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="imaging_ownphoto_ended_whole",
                        violation_error_message="办结的照片要同时有时间和办结人",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("entry__isnull", False), ("state", "ACCEPTED")),
                            models.Q(
                                models.Q(("state", "ACCEPTED"), _negated=True), ("entry", None)
                            ),
                            _connector="OR",
                        ),
                        name="imaging_ownphoto_entry",
                        violation_error_message="收下的照片要有采集信息，没收下的不能有",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PhotoChannels",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("takes_on_site", models.BooleanField(default=True, verbose_name="现场拍照")),
                ("takes_camera", models.BooleanField(default=False, verbose_name="自己现拍")),
                ("takes_upload", models.BooleanField(default=False, verbose_name="自己选文件")),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                        verbose_name="最多交几次",
                    ),
                ),
                ("opens_at", models.DateTimeField(verbose_name="从什么时候收")),
                ("closes_at", models.DateTimeField(verbose_name="收到什么时候")),
                ("set_at", models.DateTimeField(verbose_name="设定时间")),
                ("set_by", models.CharField(max_length=100, verbose_name="设定人")),
                (
                    "campaign",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="channels",
                        to="imaging.campaign",
                        verbose_name="校对批次",
                    ),
                ),
            ],
            options={
                "verbose_name": "采集渠道",
                "verbose_name_plural": "采集渠道",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("takes_on_site", True),
                            ("takes_camera", True),
                            ("takes_upload", True),
                            _connector="OR",
                        ),
                        name="imaging_photochannels_some",
                        violation_error_message="至少要有一种采集渠道",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("opens_at__lt", models.F("closes_at"))),
                        name="imaging_photochannels_order",
                        violation_error_message="开始收的时间要早于结束的时间",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("attempts__gte", 1), ("attempts__lte", 10)),
                        name="imaging_photochannels_attempts",
                        violation_error_message="次数在 1 到 10 之间",
                    ),
                ],
            },
        ),
    ]
