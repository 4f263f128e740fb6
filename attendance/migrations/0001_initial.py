import django.db.models.deletion
import django.db.models.expressions
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('schools', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalClosure',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('level', models.CharField(blank=True, choices=[('MN', 'Preschool'), ('TH', 'Primary'), ('THCS', 'Lower secondary'), ('THPT', 'Upper secondary')], default='', max_length=4, verbose_name='education level')),
                ('session', models.CharField(blank=True, choices=[('am', 'Morning'), ('pm', 'Afternoon')], default='', max_length=2, verbose_name='session')),
                ('is_held', models.BooleanField(default=False, verbose_name='school is held')),
                ('reason', models.CharField(choices=[('cold', 'Severe cold'), ('flood', 'Flood, landslide'), ('epidemic', 'Epidemic'), ('teacher', 'Teacher away'), ('event', 'School event or exam'), ('holiday', 'Holiday or local festival'), ('other', 'Other reason')], max_length=10, verbose_name='reason')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('made_at', models.DateTimeField(blank=True, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('area', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='schools.area', verbose_name='area')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='schools.school', verbose_name='school')),
                ('site', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='schools.site', verbose_name='site')),
            ],
            options={
                'verbose_name': 'historical closure or make-up day',
                'verbose_name_plural': 'historical closures and make-up days',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Register',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(verbose_name='date')),
                ('session', models.CharField(choices=[('am', 'Morning'), ('pm', 'Afternoon')], max_length=2, verbose_name='session')),
                ('state', models.CharField(choices=[('taken', 'Taken'), ('not_held', 'Not held')], max_length=8, verbose_name='state')),
                ('not_held_reason', models.CharField(blank=True, choices=[('cold', 'Severe cold'), ('flood', 'Flood, landslide'), ('epidemic', 'Epidemic'), ('teacher', 'Teacher away'), ('event', 'School event or exam'), ('holiday', 'Holiday or local festival'), ('other', 'Other reason')], default='', max_length=10, verbose_name='reason')),
                ('roll', models.PositiveSmallIntegerField(default=0, verbose_name='roll')),
                ('excused', models.PositiveSmallIntegerField(default=0, verbose_name='excused')),
                ('unexcused', models.PositiveSmallIntegerField(default=0, verbose_name='unexcused')),
                ('late', models.PositiveSmallIntegerField(default=0, verbose_name='late')),
                ('revision', models.PositiveIntegerField(default=1, verbose_name='revision')),
                ('first_sent_at', models.DateTimeField(verbose_name='first sent')),
                ('sent_at', models.DateTimeField(verbose_name='last sent')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='registers', to='schools.school')),
                ('school_class', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='registers', to='schools.schoolclass')),
            ],
            options={
                'verbose_name': 'register',
                'verbose_name_plural': 'registers',
            },
        ),
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.CharField(choices=[('P', 'Absent, excused'), ('K', 'Absent, unexcused'), ('M', 'Late')], max_length=1, verbose_name='mark')),
                ('reason', models.CharField(blank=True, choices=[('sick', 'Sick'), ('family', 'Family matter'), ('harvest', 'Farm work'), ('weather', 'Cold, rain, bad road'), ('festival', 'Tết or festival'), ('work', 'Working away, following parents'), ('marriage', 'Early marriage'), ('unknown', 'Not known yet')], default='', max_length=8, verbose_name='reason')),
                ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to='schools.pupil')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('register', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to='attendance.register')),
            ],
            options={
                'verbose_name': 'absence',
                'verbose_name_plural': 'absences',
            },
        ),
        migrations.CreateModel(
            name='RegisterRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='revision')),
                ('operation_id', models.UUIDField(verbose_name='operation')),
                ('content_hash', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('taken', 'Taken'), ('not_held', 'Not held')], max_length=8, verbose_name='state')),
                ('not_held_reason', models.CharField(blank=True, default='', max_length=10)),
                ('marks', models.JSONField(default=dict)),
                ('roll', models.JSONField(default=list)),
                ('correction_reason', models.CharField(blank=True, max_length=200, verbose_name='why it was corrected')),
                ('device_time', models.DateTimeField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(verbose_name='sent')),
                ('register', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='attendance.register')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('sent_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='register_revisions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'revision',
                'verbose_name_plural': 'revisions',
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='CalendarRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('level', models.CharField(blank=True, choices=[('MN', 'Preschool'), ('TH', 'Primary'), ('THCS', 'Lower secondary'), ('THPT', 'Upper secondary')], default='', max_length=4, verbose_name='education level')),
                ('morning', models.CharField(default='1111110', max_length=7, verbose_name='mornings')),
                ('afternoon', models.CharField(default='1111100', max_length=7, verbose_name='afternoons')),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='schools.area', verbose_name='area')),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='schools.school', verbose_name='school')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='schools.site', verbose_name='site')),
            ],
            options={
                'verbose_name': 'weekly pattern',
                'verbose_name_plural': 'weekly patterns',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('area', None), ('school', None)), models.Q(('area', None), ('site', None)), models.Q(('school', None), ('site', None)), _connector='OR'), name='calendar_rule_has_one_place'), models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='calendar_rule_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('morning__regex', '^[01]{7}$'), ('afternoon__regex', '^[01]{7}$')), name='calendar_rule_has_seven_days')],
            },
        ),
        migrations.CreateModel(
            name='Closure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('level', models.CharField(blank=True, choices=[('MN', 'Preschool'), ('TH', 'Primary'), ('THCS', 'Lower secondary'), ('THPT', 'Upper secondary')], default='', max_length=4, verbose_name='education level')),
                ('session', models.CharField(blank=True, choices=[('am', 'Morning'), ('pm', 'Afternoon')], default='', max_length=2, verbose_name='session')),
                ('is_held', models.BooleanField(default=False, verbose_name='school is held')),
                ('reason', models.CharField(choices=[('cold', 'Severe cold'), ('flood', 'Flood, landslide'), ('epidemic', 'Epidemic'), ('teacher', 'Teacher away'), ('event', 'School event or exam'), ('holiday', 'Holiday or local festival'), ('other', 'Other reason')], max_length=10, verbose_name='reason')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='schools.area', verbose_name='area')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='schools.school', verbose_name='school')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='schools.site', verbose_name='site')),
            ],
            options={
                'verbose_name': 'closure or make-up day',
                'verbose_name_plural': 'closures and make-up days',
                'ordering': ['-valid_from', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('area', None), ('school', None)), models.Q(('area', None), ('site', None)), models.Q(('school', None), ('site', None)), _connector='OR'), name='closure_has_one_place'), models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='closure_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('valid_to', None), _negated=True), name='closure_has_an_end')],
            },
        ),
        migrations.AddIndex(
            model_name='register',
            index=models.Index(fields=['school', 'date'], name='register_school_date'),
        ),
        migrations.AddConstraint(
            model_name='register',
            constraint=models.UniqueConstraint(fields=('school_class', 'date', 'session'), name='one_register_per_class_session'),
        ),
        migrations.AddConstraint(
            model_name='register',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('not_held_reason', ''), ('state', 'taken')), models.Q(('excused', 0), ('late', 0), ('roll', 0), ('state', 'not_held'), ('unexcused', 0), models.Q(('not_held_reason', ''), _negated=True)), _connector='OR'), name='register_not_held_has_reason_and_no_counts'),
        ),
        migrations.AddConstraint(
            model_name='register',
            constraint=models.CheckConstraint(condition=models.Q(('roll__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('excused'), '+', models.F('unexcused')), '+', models.F('late')))), name='register_counts_fit_the_roll'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.UniqueConstraint(fields=('register', 'pupil'), name='one_mark_per_pupil_and_register'),
        ),
        migrations.AddConstraint(
            model_name='registerrevision',
            constraint=models.UniqueConstraint(fields=('register', 'number'), name='revision_numbers_are_unique'),
        ),
        migrations.AddConstraint(
            model_name='registerrevision',
            constraint=models.UniqueConstraint(fields=('school', 'operation_id'), name='operation_is_accepted_once'),
        ),
    ]
