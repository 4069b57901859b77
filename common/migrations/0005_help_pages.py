import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('common', '0004_files_in_clear'),
    ]

    operations = [
        migrations.CreateModel(
            name='HelpArticle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(max_length=20, verbose_name='分组')),
                ('question', models.CharField(max_length=60, verbose_name='问题')),
                ('answer', models.TextField(max_length=3000, verbose_name='回答')),
                ('audience', models.CharField(choices=[('EVERYONE', '所有人'), ('STUDENTS', '学生'), ('CLASSES', '班长、辅导员和学院'), ('OFFICE', '教务处')], default='EVERYONE', max_length=10, verbose_name='给谁看')),
                ('position', models.PositiveSmallIntegerField(verbose_name='次序')),
                ('is_published', models.BooleanField(default=False, verbose_name='已发布')),
                ('slug', models.SlugField(max_length=40, unique=True, verbose_name='网址锚点')),
                ('version_no', models.PositiveIntegerField(default=1, verbose_name='第几版')),
                ('created_at', models.DateTimeField(verbose_name='写下时间')),
                ('changed_at', models.DateTimeField(verbose_name='最近修改')),
                ('changed_by', models.CharField(max_length=100, verbose_name='修改人')),
            ],
            options={
                'verbose_name': '帮助问题',
                'verbose_name_plural': '帮助问题',
                'abstract': False,
                'indexes': [models.Index(fields=['position', 'id'], name='common_help_order')],
                'constraints': [models.CheckConstraint(condition=models.Q(('audience__in', ['EVERYONE', 'STUDENTS', 'CLASSES', 'OFFICE'])), name='common_helparticle_audience')],
            },
        ),
        migrations.CreateModel(
            name='HelpVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(max_length=20, verbose_name='分组')),
                ('question', models.CharField(max_length=60, verbose_name='问题')),
                ('answer', models.TextField(max_length=3000, verbose_name='回答')),
                ('audience', models.CharField(choices=[('EVERYONE', '所有人'), ('STUDENTS', '学生'), ('CLASSES', '班长、辅导员和学院'), ('OFFICE', '教务处')], default='EVERYONE', max_length=10, verbose_name='给谁看')),
                ('position', models.PositiveSmallIntegerField(verbose_name='次序')),
                ('is_published', models.BooleanField(default=False, verbose_name='已发布')),
                ('number', models.PositiveIntegerField(verbose_name='第几版')),
                ('restored_no', models.PositiveIntegerField(null=True, verbose_name='取自第几版')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('written_at', models.DateTimeField(verbose_name='写下时间')),
                ('written_by', models.CharField(max_length=100, verbose_name='写的人')),
                ('article', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='common.helparticle', verbose_name='帮助问题')),
            ],
            options={
                'verbose_name': '帮助历史',
                'verbose_name_plural': '帮助历史',
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('audience__in', ['EVERYONE', 'STUDENTS', 'CLASSES', 'OFFICE'])), name='common_helpversion_audience'), models.UniqueConstraint(fields=('article', 'number'), name='common_help_version_number', violation_error_message='这一版已经有了')],
            },
        ),
    ]
