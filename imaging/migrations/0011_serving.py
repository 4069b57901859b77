import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("common", "0004_files_in_clear"), ("imaging", "0010_repair_bench")]

    operations = [
        migrations.CreateModel(
            name="Rendition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "use",
                    models.CharField(
                        choices=[("THUMBNAIL", "缩略图"), ("PRINT", "印制用照片")],
                        max_length=10,
                        verbose_name="用途",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="renditions",
                        to="imaging.captureentry",
                        verbose_name="采集信息",
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rendition",
                        to="common.storedfile",
                        verbose_name="文件",
                    ),
                ),
            ],
            options={
                "verbose_name": "照片衍生文件",
                "verbose_name_plural": "照片衍生文件",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("use__in", ["THUMBNAIL", "PRINT"])),
                        name="imaging_rendition_use",
                    ),
                    models.UniqueConstraint(
                        fields=("entry", "use"),
                        name="imaging_rendition_once",
                        violation_error_message="每张照片每种用途只有一个文件",
                    ),
                ],
            },
        ),
    ]
