from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0007_record_life")]
    operations = []
