from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("imaging", "0009_verification_end")]

    operations = []
