"""Semi-boarders of the demo: of schools above, near and below the shares of the rules."""

from django.db.models import Min

from schools.models import Enrolment, SchoolStatus, SemiBoarding

# Shares of semi-boarders: of a semi-boarding school, and of the others, as they are drawn.
CONVERTED = (0.3, 0.5, 0.6, 0.7)
OTHERS = (0, 0, 0.1, 0.19, 0.3, 0.44, 0.5)


def write_semi_boarders(rng, running):
    """Semi-boarders of the classes of the year, since they came to their first class of the demo.

    Each school has a share of its own. Returns how many they are.
    """
    converted = set(
        SchoolStatus.objects.filter(kind="PTDTBT", valid_to=None).values_list("school", flat=True)
    )
    # A pupil who changed class has two times in class, and is drawn once.
    shares, drawn = {}, {}
    for demo in running:
        school_id = demo.school_class.school_id
        if school_id not in shares:
            shares[school_id] = rng.choice(CONVERTED if school_id in converted else OTHERS)
        for spell in demo.spells:
            if 1 <= spell.grade <= 9 and spell.pupil_id not in drawn:
                drawn[spell.pupil_id] = rng.random() < shares[school_id]
    chosen = [pupil_id for pupil_id, is_semi_boarder in drawn.items() if is_semi_boarder]
    since = dict(
        Enrolment.objects.filter(pupil__in=chosen)
        .order_by()
        .values_list("pupil")
        .annotate(Min("valid_from"))
    )
    SemiBoarding.objects.bulk_create(
        [
            SemiBoarding(
                pupil_id=pupil_id,
                valid_from=since[pupil_id],
                basis=rng.choice(SemiBoarding.Basis.values),
                own_lodging=rng.random() < 0.1,
            )
            for pupil_id in chosen
        ],
        batch_size=1000,
    )
    return len(chosen)
