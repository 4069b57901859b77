from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0008_roster_tool")]
    operations = []
