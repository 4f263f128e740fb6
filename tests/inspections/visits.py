"""A visit that waits for its record."""

from django.utils import timezone

from inspections.models import InspectionPlan, Visit


def planned_visit(world):
    """A visit of today to commune A in an approved plan; `world.member_user` records it."""
    month = world.today.replace(day=1)
    plan = InspectionPlan.objects.create(
        area=world.province,
        month=month,
        based_on=month,
        capacity=3,
        state="approved",
        drafted_by=world.province_officer,
        approved_by=world.province_officer,
        approved_at=timezone.now(),
    )
    return Visit.objects.create(
        plan=plan,
        commune=world.commune_a,
        rank=1,
        reason="Tỷ lệ thấp",
        member=world.member,
        planned_on=world.today,
    )
