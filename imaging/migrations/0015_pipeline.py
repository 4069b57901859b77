import common.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone


def settle_what_is_there(apps, schema_editor):
    """Photos that are there count as told of, except those whose publication is still to come."""
    versions = apps.get_model("imaging", "PhotoVersion").objects
    versions.update(announced_at=F("attached_at"))
    members = apps.get_model("imaging", "CampaignMember").objects
    now = timezone.now()
    coming = members.filter(
        Q(publishes_at__gt=now) | Q(publishes_at=None, campaign__publishes_at__gt=now),
        removed_at=None,
    )
    versions.filter(is_current=True, record__in=coming.values("record")).update(announced_at=None)


class Migration(migrations.Migration):

    dependencies = [
        ('enrollment', '0011_room_for_marks'),
        ('imaging', '0014_own_photo'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PhotoClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('OPEN', '等教务处核实'), ('ACCEPTED', '核实是本人'), ('REFUSED', '没有通过'), ('WITHDRAWN', '已撤回'), ('LAPSED', '照片已经另外办好')], default='OPEN', max_length=9, verbose_name='状态')),
                ('likeness', models.JSONField(default=list, verbose_name='相近之处')),
                ('has_seen', models.BooleanField(verbose_name='认领前看过照片')),
                ('note', common.fields.EncryptedTextField(null=True, verbose_name='拍照经过')),
                ('submitted_at', models.DateTimeField(verbose_name='认领时间')),
                ('submitted_by', models.CharField(max_length=100, verbose_name='认领人')),
                ('due_at', models.DateTimeField(verbose_name='应答复时间')),
                ('answer', common.fields.EncryptedTextField(null=True, verbose_name='答复')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='办结时间')),
                ('closed_by', models.CharField(blank=True, max_length=100, verbose_name='办结人')),
            ],
            options={
                'verbose_name': '照片认领',
                'verbose_name_plural': '照片认领',
            },
        ),
        migrations.AddField(
            model_name='photoversion',
            name='announced_at',
            field=models.DateTimeField(null=True, verbose_name='告知时间'),
        ),
        migrations.AddIndex(
            model_name='photoversion',
            index=models.Index(condition=models.Q(('announced_at', None), ('is_current', True)), fields=['kind', 'id'], name='imaging_version_unannounced'),
        ),
        migrations.AddField(
            model_name='photoclaim',
            name='claimant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='photo_claims', to=settings.AUTH_USER_MODEL, verbose_name='认领的账号'),
        ),
        migrations.AddField(
            model_name='photoclaim',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='imaging.captureentry', verbose_name='采集信息'),
        ),
        migrations.AddField(
            model_name='photoclaim',
            name='record',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='photo_claims', to='enrollment.studentrecord', verbose_name='学籍'),
        ),
        migrations.AddIndex(
            model_name='photoclaim',
            index=models.Index(condition=models.Q(('state', 'OPEN')), fields=['due_at'], name='imaging_photoclaim_due'),
        ),
        migrations.AddConstraint(
            model_name='photoclaim',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['OPEN', 'ACCEPTED', 'REFUSED', 'WITHDRAWN', 'LAPSED'])), name='imaging_photoclaim_state'),
        ),
        migrations.AddConstraint(
            model_name='photoclaim',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'OPEN')), fields=('record',), name='imaging_photoclaim_one_open', violation_error_message='这份学籍已经认领了一张照片，在等核实'),
        ),
        migrations.AddConstraint(
            model_name='photoclaim',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', ''), ('state', 'OPEN')), models.Q(models.Q(('state', 'OPEN'), _negated=True), ('closed_at__isnull', False), models.Q(('closed_by', ''), _negated=True)), _connector='OR'), name='imaging_photoclaim_closed_whole', violation_error_message='办结的要有办结时间和办结人，没办结的不能有'),
        ),
        migrations.RunPython(settle_what_is_there, migrations.RunPython.noop),
    ]
