from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0006_claims")]
    operations = []
