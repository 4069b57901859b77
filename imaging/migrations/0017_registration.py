from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("imaging", "0016_identity_review")]

    operations = []
