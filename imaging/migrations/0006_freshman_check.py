from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("imaging", "0005_order_locks_to_announce")]
    operations = []
