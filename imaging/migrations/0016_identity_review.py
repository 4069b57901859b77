from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("imaging", "0015_pipeline")]

    operations = []
