from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("imaging", "0008_capture_tickets")]

    operations = []
