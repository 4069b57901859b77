from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("imaging", "0007_campaign_phases")]

    operations = []
