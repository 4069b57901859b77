from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("imaging", "0014_own_photo")]

    operations = []
