from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("common", "0003_retention")]

    operations = [
        migrations.AddIndex(
            model_name="storedfile",
            index=models.Index(
                condition=models.Q(("encrypted", False), ("purged_at", None)),
                fields=["kind"],
                name="common_file_in_clear",
            ),
        ),
    ]
