import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0010_merge_people"),
        ("imaging", "0006_freshman_check"),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="capture_opens_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="采集开始"),
        ),
        migrations.AddField(
            model_name="campaign",
            name="capture_closes_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="采集结束"),
        ),
        migrations.AddField(
            model_name="campaign",
            name="publishes_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="照片公布"),
        ),
        migrations.AddField(
            model_name="campaign",
            name="hand_in_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="反馈表上交截止"),
        ),
        migrations.AddField(
            model_name="campaign",
            name="ends_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="批次结束"),
        ),
        migrations.AddField(
            model_name="campaign",
            name="closed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="提前结束时间"),
        ),
        migrations.AddField(
            model_name="campaign",
            name="graduation_date",
            field=models.DateField(blank=True, null=True, verbose_name="毕业日期"),
        ),
        migrations.AddField(
            model_name="campaign",
            name="closed_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="提前结束人"),
        ),
        migrations.AddField(
            model_name="campaign",
            name="terms_no",
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="规则第几版"),
        ),
        migrations.AddField(
            model_name="campaign",
            name="reason_words",
            field=models.JSONField(blank=True, default=dict, verbose_name="原因的说法"),
        ),
        migrations.AddField(
            model_name="campaign",
            name="silence_text",
            field=models.CharField(blank=True, db_default="", default="", max_length=300, verbose_name="不核对的后果"),
        ),
        migrations.AddField(
            model_name="campaign",
            name="help_text",
            field=models.CharField(blank=True, db_default="", default="", max_length=500, verbose_name="核对页的提示"),
        ),
        migrations.AddField(
            model_name="campaignmember",
            name="opens_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="本校核对开始"),
        ),
        migrations.AddField(
            model_name="campaignmember",
            name="publishes_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="本校照片公布"),
        ),
        migrations.AddField(
            model_name="extension",
            name="hand_in_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="上交截止"),
        ),
        migrations.AddField(
            model_name="verificationconclusion",
            name="terms_no",
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="规则第几版"),
        ),
        migrations.CreateModel(
            name="CampaignTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="第几版")),
                ("window_hours", models.PositiveSmallIntegerField(verbose_name="可撤回小时数")),
                ("recheck_hours", models.PositiveSmallIntegerField(verbose_name="重新核对至少给的小时数")),
                ("photo_reasons", models.JSONField(blank=True, default=list, verbose_name="照片有误的原因")),
                ("reason_words", models.JSONField(blank=True, default=dict, verbose_name="原因的说法")),
                ("usage_text", models.CharField(max_length=200, verbose_name="照片用途说明")),
                ("silence_text", models.CharField(blank=True, max_length=300, verbose_name="不核对的后果")),
                ("help_text", models.CharField(blank=True, max_length=500, verbose_name="核对页的提示")),
                ("reason", models.CharField(max_length=300, verbose_name="改动的理由")),
                ("replaced_at", models.DateTimeField(verbose_name="改动时间")),
                ("replaced_by", models.CharField(max_length=100, verbose_name="改动人")),
                ("campaign", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="former_terms", to="imaging.campaign", verbose_name="校对批次")),
                ("profile", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="former_terms", to="imaging.photoprofile", verbose_name="照片标准")),
            ],
            options={
                "verbose_name": "批次规则旧版",
                "verbose_name_plural": "批次规则旧版",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("campaign", "number"),
                        name="imaging_campaignterms_number",
                        violation_error_message="这一版规则已经有了",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SchoolTimetable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("capture_opens_at", models.DateTimeField(blank=True, null=True, verbose_name="采集开始")),
                ("capture_closes_at", models.DateTimeField(blank=True, null=True, verbose_name="采集结束")),
                ("publishes_at", models.DateTimeField(blank=True, null=True, verbose_name="照片公布")),
                ("opens_at", models.DateTimeField(blank=True, null=True, verbose_name="核对开始")),
                ("closes_at", models.DateTimeField(blank=True, null=True, verbose_name="学生截止")),
                ("sheet_freeze_at", models.DateTimeField(blank=True, null=True, verbose_name="反馈表定稿")),
                ("hand_in_at", models.DateTimeField(blank=True, null=True, verbose_name="反馈表上交截止")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="批次结束")),
                ("reason", models.CharField(max_length=300, verbose_name="理由")),
                ("set_at", models.DateTimeField(verbose_name="设定时间")),
                ("set_by", models.CharField(max_length=100, verbose_name="设定人")),
                ("campaign", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="school_timetables", to="imaging.campaign", verbose_name="校对批次")),
                ("school", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="campaign_timetables", to="enrollment.school", verbose_name="学校")),
            ],
            options={
                "verbose_name": "学校单独的时间",
                "verbose_name_plural": "学校单独的时间",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("campaign", "school"),
                        name="imaging_schooltimetable_once",
                        violation_error_message="这所学校在这个批次里已经有单独的时间",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("opens_at__lt", models.F("closes_at")),
                            ("closes_at__lte", models.F("sheet_freeze_at")),
                            ("sheet_freeze_at__lte", models.F("hand_in_at")),
                            ("hand_in_at__lte", models.F("ends_at")),
                        ),
                        name="imaging_schooltimetable_order",
                        violation_error_message="时间要依次为：开始、学生截止、定稿、上交、结束",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("capture_opens_at__lt", models.F("capture_closes_at")),
                    ("publishes_at__lte", models.F("opens_at")),
                    ("sheet_freeze_at__lte", models.F("hand_in_at")),
                    ("sheet_freeze_at__lte", models.F("ends_at")),
                    ("hand_in_at__lte", models.F("ends_at")),
                ),
                name="imaging_campaign_phases",
                violation_error_message="时间要依次为：采集开始、采集结束；照片公布、核对开始；定稿、上交、结束",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("closed_by", "")),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("ends_at__isnull", False),
                        models.Q(("closed_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="imaging_campaign_closed_whole",
                violation_error_message="提前结束要同时有时间、操作人和批次结束时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.CheckConstraint(
                condition=models.Q(("sheet_freeze_at__lte", models.F("hand_in_at"))),
                name="imaging_extension_hand_in",
                violation_error_message="上交截止不能早于定稿时间",
            ),
        ),
    ]
