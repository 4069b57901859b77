from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("imaging", "0006_freshman_check")]

    operations = []
