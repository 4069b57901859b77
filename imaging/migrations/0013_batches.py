from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("imaging", "0012_inspection")]

    operations = []
