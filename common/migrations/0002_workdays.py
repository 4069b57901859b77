from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("common", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="SpecialDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on_date", models.DateField(error_messages={"unique": "这一天已经登记过"}, unique=True, verbose_name="日期")),
                ("is_workday", models.BooleanField(default=False, verbose_name="上班")),
                ("note", models.CharField(blank=True, max_length=100, verbose_name="说明")),
            ],
            options={"verbose_name": "特殊日", "verbose_name_plural": "节假日调整"},
        ),
    ]
