from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("imaging", "0011_serving")]

    operations = []
