"""Every named constraint of core and schools, broken once past all checks in Python."""

import datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from core.models import Delivery, Digest, FailedJob, Notification, PendingUpload, Rule
from schools.models import (
    Area,
    AreaDesignation,
    ClusterMembership,
    ConversionScheme,
    DifferentPupils,
    Enrolment,
    LoadedYear,
    Placement,
    Pupil,
    PupilArrival,
    PupilErasure,
    PupilHold,
    PupilMerge,
    Reorganisation,
    School,
    SchoolChange,
    SchoolChangePart,
    SchoolClass,
    SchoolStatus,
    SchoolYear,
    SemiBoarding,
    Site,
    Succession,
    Transfer,
    YearTurn,
)

D = datetime.date
EARLIER, LATER = D(2026, 9, 1), D(2026, 10, 1)
NOW = datetime.datetime(2026, 10, 1, tzinfo=datetime.UTC)
UPSIDE_DOWN = {"valid_from": LATER, "valid_to": EARLIER}
OPEN = {"valid_from": LATER}


def area(w, **more):
    return Area(
        **{
            "level": 3,
            "kind": "xa",
            "code": "09999",
            "name": "Xã mới",
            "parent": w.province,
            "valid_from": EARLIER,
            **more,
        }
    )


def loaded(w):
    return LoadedYear(school=w.school_a, year=w.year, loaded_by=w.province_officer)


def told_apart(w, *, turned=False):
    """Two pupils of whom the head said that they are two."""
    first, second = Pupil.objects.order_by("pk")[:2]
    if turned:
        first, second = second, first
    return DifferentPupils(first=first, second=second, confirmed_by=w.head_a, confirmed_at=NOW)


def turn(w, **more):
    after = SchoolYear.objects.get_or_create(
        code="2027-2028", defaults={"valid_from": D(2027, 9, 6), "valid_to": D(2028, 6, 1)}
    )[0]
    values = {"school": w.school_a, "from_year": w.year, "to_year": after, "made_at": NOW}
    return YearTurn(**(values | more))


def sent_twice(w):
    """A pupil who is sent twice by one turn."""
    made = turn(w)
    made.save()
    sent = {"turn": made, "pupil": Pupil.objects.earliest("pk"), "from_class": w.class_a}
    return [PupilArrival(**sent, to_school=w.school_b, grade=7) for _each in range(2)]


def transfer(w, **more):
    values = {
        "pupil": Pupil.objects.earliest("pk"),
        "from_class": w.class_a,
        "grade": 6,
        "to_school": w.school_b,
        "leaves_on": w.today,
        "sent_on": w.today,
        "sent_by": w.head_a,
        "reason": "x",
    }
    return Transfer(**(values | more))


def boarding(_w, **more):
    return SemiBoarding(**({"pupil": Pupil.objects.earliest("pk"), "valid_from": LATER} | more))


def scheme(w, **more):
    values = {"school": w.school_a, "reviewed_on": LATER, "reviewed_by": w.commune_officer}
    drafted = {"content": "x", "drafted_by": w.head_a, "reason": "x"}
    return ConversionScheme(**(values | drafted | more))


def held(w, **more):
    pupil = Pupil.objects.order_by("pk").first()
    return PupilHold(pupil=pupil, reason="x", placed_by=w.head_a, placed_at=NOW, **more)


def erasure(w, **more):
    pupil, school = Pupil.objects.order_by("pk").first(), w.school_a
    return PupilErasure(
        pupil=pupil, school=school, reason="x", asked_by=w.head_a, asked_at=NOW, **more
    )


def spell(w, **more):
    """A spell of a pupil of class B in class A, once the own one is over."""
    own = Enrolment.objects.filter(school_class=w.class_b).first()
    Enrolment.objects.filter(pk=own.pk).update(valid_to=D(2026, 8, 20), exit_reason="out")
    made = Enrolment(
        **{
            "pupil": own.pupil,
            "school_class": w.class_a,
            "grade": 6,
            "valid_from": EARLIER,
            **more,
        }
    )
    made.copy_from_owners()
    return made


def year(w, **more):
    return SchoolYear(
        **{"code": "x", "valid_from": D(2030, 8, 1), "valid_to": D(2031, 8, 1), **more}
    )


def digest(world, **more):
    values = {"frequency": "weekly", "key": "2026-W41", "made_at": NOW}
    days = {"first": D(2026, 10, 5), "last": D(2026, 10, 11)}
    return Digest(reader=world.head_a, **values | days | more)


def upload(world, **more):
    values = {"purpose": "test", "content": b"x", "uploaded_at": NOW}
    end = {"expires_at": NOW + datetime.timedelta(hours=1)}
    return PendingUpload(uploaded_by=world.head_a, **values | end | more)


def notice(w, **more):
    times = {"created_at": NOW, "expires_at": NOW}
    return Notification(kind="tried", key="1", recipient=w.head_a, **times, **more)


def delivery(w, **more):
    """A delivery of a notification that is there."""
    of = Notification.objects.filter(kind="tried").first()
    if of is None:
        of = notice(w)
        Notification.objects.bulk_create([of])
    return Delivery(**{"notification": of, "channel": "email", "try_at": NOW, **more})


def decision(**more):
    return SchoolChange(kind="changed", effective_on=LATER, **more)


def decided(w):
    """What a decision did to the school."""
    of = SchoolChange.objects.first()
    if of is None:
        of = decision()
        SchoolChange.objects.bulk_create([of])
    return SchoolChangePart(change=of, school=w.school_a, part="went_on")


# Constraint -> rows of which the last one breaks it (the ones before prepare the ground).
def decree():
    return Reorganisation(number="QĐ 1", decided_on=EARLIER, effective_on=LATER, lines=[])


BROKEN = {
    "area_version_is_unique": lambda w: [
        area(w, code=w.commune_a.code, valid_from=w.commune_a.valid_from, valid_to=D(2025, 7, 2))
    ],
    "area_versions_do_not_overlap": lambda w: [area(w, code=w.commune_a.code)],
    "area_ends_after_it_begins": lambda w: [area(w, **UPSIDE_DOWN)],
    "area_has_parent_unless_province": lambda w: [area(w, parent=None)],
    "succession_is_unique": lambda w: [
        Succession(old=w.commune_a, new=w.commune_b, effective_on=LATER, decree="-"),
        Succession(old=w.commune_a, new=w.commune_b, effective_on=EARLIER, decree="-"),
    ],
    "succession_joins_two_versions": lambda w: [
        Succession(old=w.commune_a, new=w.commune_a, effective_on=LATER, decree="-")
    ],
    "commune_lies_in_one_cluster": lambda w: [
        ClusterMembership(cluster=w.cluster, commune=w.commune_a, **OPEN)
    ],
    "cluster_membership_ends_after_it_begins": lambda w: [
        ClusterMembership(cluster=w.cluster, commune=w.commune_b, **UPSIDE_DOWN)
    ],
    "designation_does_not_overlap": lambda w: [
        AreaDesignation(area=w.commune_a, kind="dbkk", valid_from=EARLIER),
        AreaDesignation(area=w.commune_a, kind="dbkk", **OPEN),
    ],
    "designation_ends_after_it_begins": lambda w: [
        AreaDesignation(area=w.commune_a, kind="dbkk", **UPSIDE_DOWN)
    ],
    "school_year_has_an_end": lambda w: [year(w, valid_to=None)],
    "school_years_do_not_overlap": lambda w: [
        year(w, valid_from=w.year.valid_from, valid_to=D(2026, 8, 2))
    ],
    "class_name_is_unique_in_school_year": lambda w: [
        SchoolClass(
            school=w.school_a, site=w.site_a, year=w.year, name="6A", level="THCS", grades="6"
        )
    ],
    "enrolments_of_a_pupil_do_not_overlap": lambda w: [
        spell(w),
        spell(w, school_class=w.class_b, valid_from=LATER),
    ],
    "enrolment_ends_after_it_begins": lambda w: [spell(w, exit_reason="out", **UPSIDE_DOWN)],
    "enrolment_end_has_a_reason": lambda w: [spell(w, valid_to=LATER)],
    "further_causes_follow_a_cause": lambda w: [
        spell(w, valid_to=LATER, exit_reason="dropout", further_causes="tet")
    ],
    "dropout_cause_only_for_dropout": lambda w: [
        spell(w, valid_to=LATER, exit_reason="out", dropout_cause="work")
    ],
    "rule_does_not_overlap": lambda w: [
        Rule(key="tried", value=1, valid_from=EARLIER),
        Rule(key="tried", value=2, **OPEN),
    ],
    "rule_ends_after_it_begins": lambda w: [Rule(key="tried", value=1, **UPSIDE_DOWN)],
    "school_ends_after_it_begins": lambda w: [
        School(code="x", name="TH X", levels="TH", **UPSIDE_DOWN)
    ],
    "school_has_one_type": lambda w: [
        SchoolStatus(school=w.school_a, kind="regular", valid_from=EARLIER),
        SchoolStatus(school=w.school_a, kind="PTDTBT", **OPEN),
    ],
    "school_status_ends_after_it_begins": lambda w: [
        SchoolStatus(school=w.school_a, kind="regular", **UPSIDE_DOWN)
    ],
    "school_lies_in_one_commune": lambda w: [
        Placement(school=w.school_a, commune=w.commune_b, **OPEN)
    ],
    "placement_ends_after_it_begins": lambda w: [
        # Long before the school's own placement, so that only the order of the days is wrong.
        Placement(
            school=w.school_a,
            commune=w.commune_b,
            valid_from=D(2020, 2, 1),
            valid_to=D(2020, 1, 1),
        )
    ],
    "site_name_is_unique": lambda w: [Site(school=w.school_a, name="Háng Lìa", **OPEN)],
    "school_has_one_main_site": lambda w: [
        Site(school=w.school_a, name="Khác", is_main=True, **OPEN)
    ],
    "site_ends_after_it_begins": lambda w: [Site(school=w.school_a, name="Khác", **UPSIDE_DOWN)],
    "one_open_failure_per_job": lambda w: [
        FailedJob(task="a", kwargs_hash="0" * 64, failed_at=NOW),
        FailedJob(task="a", kwargs_hash="0" * 64, failed_at=NOW),
    ],
    "two_pupils_are_told_once": lambda w: [told_apart(w), told_apart(w)],
    "two_pupils_in_the_order_of_their_ids": lambda w: [told_apart(w, turned=True)],
    "merge_is_taken_back_by_somebody": lambda w: [
        PupilMerge(kept_id=1, gone_id=2, merged_by=w.head_a, merged_at=NOW, undone_at=NOW)
    ],
    "decree_is_applied_once": lambda w: [decree(), decree()],
    "one_standing_turn_of_a_school_year": lambda w: [turn(w), turn(w)],
    "year_turn_joins_two_years": lambda w: [turn(w, to_year=w.year)],
    "year_turn_is_taken_back_at_a_time": lambda w: [turn(w, undone_by=w.head_a)],
    "pupil_is_sent_once_in_a_turn": lambda w: sent_twice(w),
    "one_standing_transfer_of_a_pupil": lambda w: [transfer(w), transfer(w, state="returned")],
    "transfer_is_sent_back_with_a_reason": lambda w: [transfer(w, state="returned", reason="")],
    "semi_boardings_of_a_pupil_do_not_overlap": lambda w: [boarding(w), boarding(w)],
    "semi_boarding_ends_after_it_begins": lambda w: [boarding(w, **UPSIDE_DOWN)],
    "one_standing_scheme_of_a_school": lambda w: [scheme(w), scheme(w, state="drafted")],
    "scheme_is_drafted_by_somebody": lambda w: [scheme(w, state="drafted", content="")],
    "approved_scheme_has_its_decision": lambda w: [scheme(w, state="approved")],
    "scheme_is_stopped_with_a_reason": lambda w: [scheme(w, state="returned", reason="")],
    "one_standing_hold_of_a_pupil": lambda w: [held(w), held(w)],
    "hold_is_lifted_by_somebody": lambda w: [held(w, lifted_at=NOW)],
    "one_open_erasure_of_a_pupil": lambda w: [erasure(w), erasure(w)],
    "erasure_is_decided_by_somebody": lambda w: [erasure(w, decided_at=NOW)],
    "one_notification_per_occurrence_and_person": lambda w: [notice(w), notice(w)],
    "one_delivery_per_notification_channel": lambda w: [delivery(w), delivery(w)],
    "delivery_waits_for_a_time": lambda w: [delivery(w, try_at=None)],
    "delivery_sent_has_its_time": lambda w: [delivery(w, state="sent", try_at=None)],
    "delivery_not_made_says_why": lambda w: [delivery(w, state="failed", try_at=None)],
    "one_digest_per_reader_and_period": lambda w: [digest(w), digest(w)],
    "digest_ends_after_it_begins": lambda w: [digest(w, last=D(2026, 10, 4))],
    "one_pending_upload_per_person_and_purpose": lambda w: [upload(w), upload(w)],
    "pending_upload_ends_after_it_begins": lambda w: [upload(w, expires_at=NOW)],
    "school_decision_has_number_and_date": lambda _w: [decision(decision="1/QĐ")],
    "a_year_is_loaded_once": lambda w: [loaded(w), loaded(w)],
    "school_has_one_part_in_a_decision": lambda w: [decided(w), decided(w)],
}


def named_constraints():
    return {
        constraint.name: model
        for app in ("core", "schools")
        for model in apps.get_app_config(app).get_models()
        for constraint in model._meta.constraints
    }


def test_every_constraint_of_core_and_schools_is_broken_here():
    assert sorted(BROKEN) == sorted(named_constraints())


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_the_database_refuses_what_breaks(world, name):
    *before, wrong = BROKEN[name](world)
    for row in before:
        type(row).objects.bulk_create([row])
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        type(wrong).objects.bulk_create([wrong])
    # SQLite names the columns of a unique rule where PostgreSQL names the rule.
    said = str(caught.value)
    assert name in said or "UNIQUE constraint failed: " + type(wrong)._meta.db_table in said


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_the_ground_of_each_trial_is_sound(world, name):
    """The rows before the wrong one are accepted: it is the last one that breaks the rule."""
    *before, _wrong = BROKEN[name](world)
    for row in before:
        type(row).objects.bulk_create([row])
        assert type(row).objects.filter(pk=row.pk).count() == 1
