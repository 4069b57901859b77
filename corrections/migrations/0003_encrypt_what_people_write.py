"""Free text of people is encrypted; nothing had been written with the plain columns before."""

from django.db import migrations, models
from django.db.models import Q

import common.fields

_OPEN = ["OFFICE_REVIEW", "RETURNED", "SUBMITTED"]


class Migration(migrations.Migration):
    dependencies = [("corrections", "0002_name_submitter")]

    operations = [
        migrations.RemoveField("correctionrequest", "answer"),
        migrations.AddField(
            "correctionrequest",
            "answer",
            common.fields.EncryptedTextField(editable=False, null=True, verbose_name="答复"),
        ),
        migrations.RemoveField("requeststep", "note"),
        migrations.AddField(
            "requeststep",
            "note",
            common.fields.EncryptedTextField(editable=False, null=True, verbose_name="说明"),
        ),
        migrations.AlterConstraint(
            "correctionrequest",
            "corrections_request_closed_whole",
            models.CheckConstraint(
                condition=Q(state__in=_OPEN, closed_at=None, closed_by="")
                | (~Q(state__in=_OPEN) & Q(closed_at__isnull=False) & ~Q(closed_by="")),
                name="corrections_request_closed_whole",
                violation_error_message="办结的勘误要有办结时间和办结人，没办结的不能有",
            ),
        ),
    ]
