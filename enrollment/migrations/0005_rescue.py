from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0004_drop_double_indexes")]
    operations = []
