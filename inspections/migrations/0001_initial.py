import django.core.validators
import django.db.models.deletion
import core.validity
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('reports', '0001_initial'),
        ('schools', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Committee',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('kind', models.CharField(choices=[('reform', 'Steering committee for education reform'), ('universal', 'Steering committee for universal education')], default='universal', max_length=10, verbose_name='kind')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('decision', models.CharField(blank=True, max_length=150, verbose_name='founding decision')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.area')),
            ],
            options={
                'verbose_name': 'steering committee',
                'verbose_name_plural': 'steering committees',
            },
        ),
        migrations.CreateModel(
            name='InspectionPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(verbose_name='month of the visits')),
                ('based_on', models.DateField(verbose_name='based on the flags of')),
                ('capacity', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1)], verbose_name='visits possible')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('approved', 'Approved')], default='draft', max_length=8, verbose_name='state')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('drafted_at', models.DateTimeField(auto_now_add=True)),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='plans_approved', to=settings.AUTH_USER_MODEL)),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.area')),
                ('drafted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans_drafted', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'inspection plan',
                'verbose_name_plural': 'inspection plans',
                'ordering': ['-month', 'area__code'],
            },
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('full_name', models.CharField(max_length=100, verbose_name='full name')),
                ('position', models.CharField(blank=True, max_length=150, verbose_name='position')),
                ('organisation', models.CharField(blank=True, max_length=150, verbose_name='organisation')),
                ('role', models.CharField(choices=[('head', 'Head'), ('standing', 'Standing deputy head'), ('deputy', 'Deputy head'), ('member', 'Member'), ('secretary', 'Secretary')], default='member', max_length=10, verbose_name='role')),
                ('committee', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='inspections.committee')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='committee_memberships', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'member',
                'verbose_name_plural': 'members',
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('duty', models.CharField(blank=True, max_length=300, verbose_name='duty')),
                ('commune', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.area')),
                ('committee', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='inspections.committee')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='inspections.member')),
            ],
            options={
                'verbose_name': 'assignment',
                'verbose_name_plural': 'assignments',
            },
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveSmallIntegerField(verbose_name='order')),
                ('level', models.CharField(blank=True, choices=[('MN', 'Preschool'), ('TH', 'Primary'), ('THCS', 'Lower secondary'), ('THPT', 'Upper secondary')], max_length=4, verbose_name='level to look at first')),
                ('reason', models.TextField(verbose_name='reason')),
                ('planned_on', models.DateField(blank=True, null=True, verbose_name='planned day')),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('done', 'Done'), ('cancelled', 'Cancelled')], default='planned', max_length=9, verbose_name='state')),
                ('visited_on', models.DateField(blank=True, null=True, verbose_name='day of the visit')),
                ('result', models.TextField(blank=True, verbose_name='result')),
                ('recorded_at', models.DateTimeField(blank=True, null=True)),
                ('commune', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.area')),
                ('flags', models.ManyToManyField(blank=True, related_name='visits', to='reports.flag')),
                ('member', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='inspections.member', verbose_name='in charge')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='visits', to='inspections.inspectionplan')),
                ('recorded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='visits_recorded', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'visit',
                'verbose_name_plural': 'visits',
                'ordering': ['plan', 'rank'],
            },
        ),
        migrations.CreateModel(
            name='Recommendation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(verbose_name='recommendation')),
                ('owner', models.CharField(max_length=150, verbose_name='who answers for it')),
                ('due_on', models.DateField(verbose_name='by')),
                ('state', models.CharField(choices=[('open', 'Open'), ('done', 'Carried out')], default='open', max_length=4, verbose_name='state')),
                ('visit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recommendations', to='inspections.visit')),
            ],
            options={
                'verbose_name': 'recommendation',
                'verbose_name_plural': 'recommendations',
                'ordering': ['due_on', 'pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='committee',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='committee_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='inspectionplan',
            constraint=models.UniqueConstraint(fields=('area', 'month'), name='one_plan_per_area_and_month'),
        ),
        migrations.AddConstraint(
            model_name='inspectionplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', True), ('approved_by__isnull', True), ('state', 'draft')), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False), ('state', 'approved')), _connector='OR'), name='plan_approval_has_who_and_when'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='member_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=core.validity.NoOverlap(name='commune_has_one_member_per_committee', same=['committee', 'commune'], violation_error_code='overlap', violation_error_message='Another member already answers for this commune in that time. End that assignment first.'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='assignment_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.UniqueConstraint(fields=('plan', 'commune'), name='one_visit_per_plan_commune'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('recorded_at__isnull', False), ('recorded_by__isnull', False), ('visited_on__isnull', False), models.Q(('result', ''), _negated=True)), _connector='OR'), name='done_visit_has_day_result_and_recorder'),
        ),
    ]
