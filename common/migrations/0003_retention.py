from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("common", "0002_workdays")]
    operations = []
