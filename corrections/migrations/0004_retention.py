from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("corrections", "0003_encrypt_what_people_write")]
    operations = []
