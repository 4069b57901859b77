from django.db import migrations


def open_retakes(apps, _schema_editor):
    """Cases that wait for a retake already: their students may book one, as in cases sent from now on."""
    member = apps.get_model("imaging", "CampaignMember")
    steps = apps.get_model("corrections", "RequestStep").objects.filter(
        action="TO_RECAPTURE",
        request__state="RECAPTURE",
        request__kind="PHOTO",
        request__conclusion__isnull=False,
    )
    sent = steps.order_by("-pk").values_list(
        "request__conclusion__round__member", "acted_at", "acted_by"
    )
    for pk, acted_at, acted_by in sent:
        # The latest step comes first; what it has set, no earlier one touches.
        member.objects.filter(pk=pk, retake_granted_at=None).update(
            retake_granted_at=acted_at, retake_granted_by=acted_by
        )


class Migration(migrations.Migration):

    dependencies = [
        ("corrections", "0014_province_left_out"),
        ("imaging", "0025_retake_granted"),
    ]

    operations = [migrations.RunPython(open_retakes, migrations.RunPython.noop)]
