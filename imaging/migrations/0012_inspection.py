import django.db.models.deletion
from django.db import migrations, models

import imaging.models.campaign


def keep_the_check_to_graduation(apps, schema_editor):
    """Photos of other kinds come from many cameras; their profiles are switched on by hand."""
    profiles = apps.get_model("imaging", "PhotoProfile")
    profiles.objects.exclude(kind="GRADUATION").update(has_face_check=False)


class Migration(migrations.Migration):
    dependencies = [("imaging", "0011_serving")]

    operations = [
        migrations.AddField(
            model_name="photoprofile",
            name="has_face_check",
            field=models.BooleanField(
                default=True,
                help_text="导入时每张多用约 0.1 秒；结果只提醒，不拒收。来源杂的照片（如录取照片）建议不选。",
                verbose_name="检查构图和人脸",
            ),
        ),
        migrations.AlterField(
            model_name="photoprofile",
            name="geometry",
            field=models.JSONField(
                default=imaging.models.campaign.default_geometry,
                help_text="像素，从照片上边量起：hair_top 头顶，eyes 眼睛，face_width 脸宽。还可以加 max_off_centre（偏离正中的像素）、max_tilt（倾斜度数）、max_burnt（面部过亮的百分比）、min_brightest（最亮处的亮度）。",
                validators=[imaging.models.campaign.check_geometry],
                verbose_name="构图范围",
            ),
        ),
        migrations.RunPython(keep_the_check_to_graduation, migrations.RunPython.noop),
        migrations.CreateModel(
            name="PhotoRuling",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ruling", models.CharField(choices=[("USABLE", "可以用"), ("RETAKE", "建议重拍")], max_length=10, verbose_name="判定")),
                ("remarks", models.JSONField(default=list, verbose_name="当时的提醒")),
                ("reason", models.CharField(max_length=300, verbose_name="理由")),
                ("ruled_at", models.DateTimeField(verbose_name="判定时间")),
                ("ruled_by", models.CharField(max_length=100, verbose_name="判定人")),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rulings",
                        to="imaging.captureentry",
                        verbose_name="采集信息",
                    ),
                ),
            ],
            options={
                "verbose_name": "人工判定",
                "verbose_name_plural": "人工判定",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ruling__in", ["USABLE", "RETAKE"])),
                        name="imaging_photoruling_ruling",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="imaging_photoruling_reason",
                        violation_error_message="人工判定要写明理由",
                    ),
                ],
            },
        ),
    ]
