from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("imaging", "0010_repair_bench")]

    operations = []
