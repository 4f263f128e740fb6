"""The whole chain, as people walk it: a flag becomes a plan, a visit, a recommendation, a remedy
that another verifies, and a known effect. Every state has its paper where there is one, every
step leaves its event, and every step out of turn is refused.

Letter 785/UBND-VX, items 1a, 2f and 2g. Month, commune and figures are drawn from a seed.
"""

import datetime
import io
import random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from docx import Document

from core.models import Event
from core.months import Month
from core.workflow import IllegalTransition, workflows
from inspections.effect.courses import Measure
from inspections.effect.selectors import effect_of
from inspections.models import Assignment, ChecklistItem, HeadCount, InspectionPlan, Visit
from mobilisation.models import Match
from reports.models import Flag, IssuedPaper, Target
from reports.services.flags import raise_flags
from schools.models import Pupil, SchoolClass
from tests.frozen import freeze_time
from tests.html_query import read
from tests.inspections.effect.conftest import write_month
from tests.mobilisation.survey_workbooks import make_child, make_round
from tests.photos import JPEG
from tests.world import enrol, make_area, make_school, make_user

pytestmark = pytest.mark.django_db
D = datetime.date
DAY = datetime.timedelta(days=1)
# Enough communes alike for a comparison, and one more.
COMMUNES = 19
ATTENDANCE, MOBILISED = "attendance", "mobilised_11_14"
FALL = 0.02
BORN = D(2014, 3, 4)


class Scene:
    """A province of which one commune is to be helped; who acts, and when."""

    def __init__(self, world, sign_in, kind, seed):
        self.world, self.sign_in, self.kind = world, sign_in, kind
        self.chance = random.Random(f"{kind} {seed}")
        self.month = self.chance.choice([Month(2026, 11), Month(2026, 12), Month(2027, 1)])
        self.visit_month = self.month.plus(1)
        self.after = [self.visit_month.plus(ahead) for ahead in (1, 2, 3)]
        self.visited_on = self.visit_month.first + self.chance.randrange(7, 14) * DAY
        self._write_communes()
        self._aim()
        self.drafter = make_user(
            "drafter", "Tòng Văn Én", "province_officer", since=world.since, area=world.province
        )
        self.officer = make_user(
            "officer", "Cà Thị Én", "commune_officer", since=world.since, area=self.commune
        )
        Assignment.objects.create(
            committee=world.committee,
            member=world.member,
            commune=self.commune,
            valid_from=world.since,
        )

    def _write_communes(self):
        """Facts of a year: after the visits all fall by two points, but for the one visited."""
        helped = self.chance.randrange(COMMUNES)
        months = [self.month.plus(back) for back in (-2, -1, 0)] + [self.visit_month, *self.after]
        for number in range(COMMUNES):
            commune = make_area(3, "xa", f"05{number:03}", f"Đá {number}", self.world.province)
            school = make_school(f"S{number}", f"THCS {number}", "THCS", commune, D(2025, 7, 1))
            school_class = SchoolClass.objects.create(
                school=school,
                site=school.sites.get(is_main=True),
                year=self.world.year,
                name="6A",
                level="THCS",
                grades="6",
                sessions="am",
            )
            if number == helped:
                self.commune, self.school, self.school_class = commune, school, school_class
            for month in months:
                falls = month in self.after and number != helped
                rate = 0.895 + 0.001 * number - (FALL if falls else 0)
                write_month(school_class, commune, month, rate + self.chance.gauss(0, 0.002))
        self._survey()

    def _survey(self):
        """Children of twelve: thirty on a roll, twenty told of no school."""
        survey_round = make_round(self.commune)
        for number in range(50):
            on_roll = number < 30
            name = f"Giàng A Thử {number}"
            entry = make_child(
                survey_round, name, BORN, form=f"{number:03}", grade=6 if on_roll else None
            )
            if on_roll:
                pupil = Pupil.objects.create(
                    full_name=name, birth_date=BORN, sex="M", ethnic_group="08"
                )
                enrol(pupil, self.school_class, self.world.year.valid_from, 6)
                Match.objects.create(
                    person=entry.person,
                    pupil=pupil,
                    score=100,
                    confirmed_by=self.officer_of_the_cluster,
                    confirmed_at=timezone.now(),
                )

    @property
    def officer_of_the_cluster(self):
        return self.world.district_officer

    def _aim(self):
        """Nobody but the one commune has a target, and that of one rate alone."""
        Target.objects.all().delete()
        Target.objects.create(
            indicator=self.kind,
            level="THCS" if self.kind == ATTENDANCE else "",
            area=self.commune,
            percent=95,
            valid_from=D(2026, 8, 1),
            source="QĐ 12",
        )

    def at(self, day, hour=3):
        """It is ten in the morning of a day, in the zone of the product."""
        return freeze_time(datetime.datetime.combine(day, datetime.time(hour)))

    def get(self, who, name, *args, query=""):
        return self.sign_in(who).get(reverse(f"inspections:{name}", args=args) + query)

    def post(self, who, name, *args, query="", **data):
        return self.sign_in(who).post(reverse(f"inspections:{name}", args=args) + query, data)

    def plan(self):
        return InspectionPlan.objects.get()

    def visit(self):
        return Visit.objects.get()

    def recommendation(self):
        return self.visit().recommendations.get()

    def flags(self):
        return Flag.objects.exclude(state="withdrawn")


@pytest.fixture(params=[1, 2, 3], ids=lambda seed: f"seed {seed}")
def seed(request):
    return request.param


@pytest.fixture(params=[ATTENDANCE, MOBILISED])
def scene(request, world, sign_in, seed):
    return Scene(world, sign_in, request.param, seed)


def new_events():
    """Function: the kinds of events since it was called last, oldest first; a refused page, which
    is noted too, decides nothing."""
    seen = set()

    def since():
        found = [each for each in Event.objects.order_by("pk") if each.pk not in seen]
        seen.update(each.pk for each in found)
        return [each.kind for each in found if each.kind != "page.refused"]

    since()
    return since


def assert_nothing_out_of_turn(*rows):
    """What the tables do not allow in the state a row is in is refused, even to the timetable, and
    leaves neither a change nor an event."""
    for row in rows:
        table = workflows()[type(row)]
        before = (type(row).objects.values().get(pk=row.pk), Event.objects.count())
        for transition in table.transitions:
            if table.state_of(row) in transition.sources:
                continue
            with pytest.raises(IllegalTransition), table.change(transition, row, by=None):
                raise AssertionError(f"{transition.name} of {row!r}")
        assert (type(row).objects.values().get(pk=row.pk), Event.objects.count()) == before


def assert_papers(scene, name, *args, said):
    """A paper comes as PDF and as Word, and is the one of the state."""
    officer = scene.world.province_officer
    assert scene.get(officer, name, *args).content.startswith(b"%PDF")
    word = Document(io.BytesIO(scene.get(officer, name, *args, query="?as=docx").content))
    assert said in [each.text for each in word.paragraphs]


def assert_refused(answer):
    """Not done: a page that says no."""
    assert answer.status_code in {403, 404, 422}, answer.status_code


def assert_done(answer):
    """Done, and led on; else the page says why."""
    if answer.status_code != 302:
        said = read(answer).texts(".error-summary, .notice, .field__error")
        pytest.fail(f"{answer.status_code}: {said}")


def test_a_flag_goes_through_every_document_to_a_verified_remedy_and_an_effect(scene):
    events = new_events()
    raise_the_flag(scene, events)
    draft_and_approve(scene, events)
    issue_the_papers(scene, events)
    hold_the_visit(scene, events)
    record_it(scene, events)
    answer_and_verify(scene, events)
    see_whether_it_helped(scene)


def raise_the_flag(scene, events):
    with scene.at(scene.month.end):
        raise_flags(month=scene.month)
        assert events() == ["flags.raised"]
        flags = list(scene.flags())
        assert flags
        assert {each.commune for each in flags} == {scene.commune}
        assert {each.indicator for each in flags} == {scene.kind}
        assert {each.state for each in flags} == {"open"}
        assert_nothing_out_of_turn(*flags)


def draft_and_approve(scene, events):
    world = scene.world
    with scene.at(scene.month.end + DAY):
        asked = {"area": world.province.pk, "month": str(scene.visit_month), "capacity": 1}
        assert_refused(scene.post(scene.officer, "plans", **asked))
        assert_done(scene.post(scene.drafter, "plans", **asked))
        plan, visit = scene.plan(), scene.visit()
        assert events() == ["plan.drafted"]
        assert (plan.state, visit.commune, visit.member) == ("draft", scene.commune, world.member)
        assert set(visit.flags.all()) == set(scene.flags())
        assert all(each.reason in visit.reason for each in visit.flags.all()[:1])
        assert_papers(scene, "plan_paper", plan.pk, "plan", said="KẾ HOẠCH")

        # A draft is neither held nor issued, and not approved without a day or by who drafted it.
        assert_nothing_out_of_turn(plan, visit)
        assert_refused(scene.get(world.member_user, "visit", visit.pk))
        scene.post(world.province_officer, "plan_paper_issue", plan.pk, "decision")
        scene.post(world.province_officer, "plan_approve", plan.pk)
        assert events() == []
        assert scene.plan().state == "draft"
        assert not IssuedPaper.objects.exists()
        answer = scene.post(
            scene.drafter,
            "plan_visit",
            plan.pk,
            visit.pk,
            **{
                f"visit-{visit.pk}-member": world.member.pk,
                f"visit-{visit.pk}-planned_on": scene.visited_on,
            },
        )
        assert_done(answer)
        assert events() == ["visit.changed"]
        assert_refused(scene.post(scene.drafter, "plan_approve", plan.pk))
        assert_refused(scene.post(world.district_officer, "plan_approve", plan.pk))
        assert events() == []

        assert_done(scene.post(world.province_officer, "plan_approve", plan.pk))
        assert "plan.approved" in events()
        assert {each.state for each in scene.flags()} == {"planned"}
        assert_nothing_out_of_turn(scene.plan(), scene.visit(), *scene.flags())
        assert_refused(scene.post(world.province_officer, "plan_approve", plan.pk))


def issue_the_papers(scene, events):
    plan, world = scene.plan(), scene.world
    with scene.at(scene.month.end + 2 * DAY):
        for kind, said in (("plan", "KẾ HOẠCH"), ("decision", "QUYẾT ĐỊNH")):
            assert_papers(scene, "plan_paper", plan.pk, kind, said=said)
            told = {
                "symbol": {"plan": "KH-SGDĐT", "decision": "QĐ-SGDĐT"}[kind],
                "on": timezone.localdate().strftime("%d/%m/%Y"),
                "position": "Giám đốc",
                "signer": "Lò Văn Sơn",
                "recipients": "Như Điều 3;",
                "extension": "pdf",
            }
            for other in (scene.officer, world.member_user, world.district_officer):
                assert_refused(scene.post(other, "plan_paper_issue", plan.pk, kind, **told))
            answer = scene.post(world.province_officer, "plan_paper_issue", plan.pk, kind, **told)
            assert_done(answer)
            assert events() == ["paper.issued", "plan.paper_issued"]
        assert [each.full_number for each in IssuedPaper.objects.order_by("pk")] == [
            "01/KH-SGDĐT",
            "01/QĐ-SGDĐT",
        ]


def hold_the_visit(scene, events):
    visit, member = scene.visit(), scene.world.member_user
    with scene.at(scene.visited_on):
        # Taken along to be filled in and signed.
        assert_papers(scene, "visit_paper", visit.pk, said="BIÊN BẢN")
        answers = {f"answer_{each.pk}": "yes" for each in ChecklistItem.objects.all()}
        assert_refused(scene.post(scene.world.province_officer, "checklist", visit.pk, **answers))
        assert_done(scene.post(member, "checklist", visit.pk, **answers))
        counted = {f"counted_{scene.school_class.pk}": 27}
        where = f"?date={scene.visited_on}&session=am"
        answer = scene.post(member, "counts", visit.pk, scene.school.pk, query=where, **counted)
        assert_done(answer)
        assert events() == ["visit.findings", "visit.findings"]
        count = HeadCount.objects.get()
        assert (count.counted, count.roll, count.school_class) == (27, 30, scene.school_class)


def record_it(scene, events):
    visit, member = scene.visit(), scene.world.member_user
    rows = {
        "rec-TOTAL_FORMS": 3,
        "rec-INITIAL_FORMS": 0,
        "rec-0-kind": "bringing",
        "rec-0-text": "Đến từng nhà vận động học sinh trở lại lớp",
        "rec-0-owner": "Chủ tịch xã",
        "rec-0-due_on": str(scene.visit_month.last + 20 * DAY),
    }
    told = {"visited_on": str(scene.visited_on), "result": "Đếm được 27/30 em."}
    with scene.at(scene.visited_on + DAY):
        assert_refused(scene.post(scene.world.province_officer, "visit", visit.pk, **told, **rows))
        assert_refused(scene.post(scene.officer, "visit", visit.pk, **told, **rows))
        answer = scene.post(member, "visit", visit.pk, **told, **rows)
        assert_done(answer)
        assert "visit.recorded" in events()
        assert {each.state for each in scene.flags()} == {"visited"}
        assert (scene.visit().state, scene.recommendation().state) == ("done", "open")

        assert_papers(scene, "visit_paper", visit.pk, said="BIÊN BẢN")
        minutes = scene.get(member, "minutes", visit.pk)
        for words in ("27", "Đến từng nhà vận động"):
            assert words in read(minutes).text
        assert_refused(scene.post(member, "visit", visit.pk, **told, **rows))
        assert_refused(scene.post(member, "checklist", visit.pk))
        assert_nothing_out_of_turn(scene.visit(), scene.recommendation(), *scene.flags())
        assert events() == []


def answer_and_verify(scene, events):
    world, row = scene.world, scene.recommendation()
    answered_on = scene.visited_on + 5 * DAY
    told = {"remedied_on": str(answered_on), "remedy": "Đã đưa chín em trở lại lớp."}
    done = {"done_on": str(answered_on), "evidence": "Đếm lại đủ 30 em."}
    with scene.at(answered_on):
        (listed,) = read(scene.get(scene.officer, "recommendations")).texts("main li.toolbar")
        assert row.text in listed
        # Who inspected does not answer, another commune does not see it, nothing is open again.
        for other in (world.member_user, world.commune_officer, world.head_b):
            assert_refused(scene.post(other, "recommendation_answer", row.pk, **told))
        assert_refused(
            scene.post(world.member_user, "recommendation_reopen", row.pk, reason="Không")
        )
        assert events() == []

        proof = SimpleUploadedFile("lop.jpg", JPEG)
        answer = scene.post(scene.officer, "recommendation_answer", row.pk, **told, proof=proof)
        assert_done(answer)
        assert events() == ["recommendation.answered"]
        row = scene.recommendation()
        assert (row.state, row.answered_by) == ("answered", scene.officer)
        assert_nothing_out_of_turn(row)
        (kept,) = row.proofs.all()
        for reader in (scene.officer, world.member_user, world.province_officer):
            assert scene.get(reader, "recommendation_proof", kept.pk).status_code == 200
        events()

    with scene.at(answered_on + DAY):
        # The commune does not verify its own answer.
        assert_refused(scene.post(scene.officer, "recommendation_done", row.pk, **done))
        # Not enough: given back, and answered once more.
        scene.post(world.member_user, "recommendation_reopen", row.pk, reason="Mới có sáu em")
        assert events() == ["recommendation.reopened"]
        assert_nothing_out_of_turn(scene.recommendation())
        scene.post(scene.officer, "recommendation_answer", row.pk, **told)
        assert events() == ["recommendation.answered"]
        (waiting,) = read(scene.get(world.member_user, "mine")).texts(
            "[aria-labelledby=answered-title] li"
        )
        assert row.text in waiting

        answer = scene.post(world.member_user, "recommendation_done", row.pk, **done)
        assert_done(answer)
        assert events() == ["recommendation.done"]
        row = scene.recommendation()
        assert (row.state, row.done_by) == ("done", world.member_user)
        assert row.done_by != row.answered_by
        assert_nothing_out_of_turn(row)
        assert_refused(scene.post(scene.officer, "recommendation_answer", row.pk, **told))
        assert events() == []


def see_whether_it_helped(scene):
    visit, officer = scene.visit(), scene.world.province_officer
    early, late = scene.after[0].first, scene.after[-1].end
    with scene.at(early):
        found, _limits = effect_of(visit, today=early)
        assert found.main.comparison is None
    with scene.at(late):
        found, _limits = effect_of(visit, today=late)
        assert (found.main.level, found.main.measure) == ("THCS", Measure.ATTENDANCE)
        assert found.main.comparison is not None, found.main.why_not
        assert found.main.comparison.effect == pytest.approx(FALL, abs=0.006)
        page = read(scene.get(officer, "visit_effect", visit.pk))
        assert scene.commune.title in page.text
        year = read(scene.get(officer, "effect"))
        assert scene.commune.title in year.text


def test_a_visit_called_off_ends_the_chain_with_its_notice(scene):
    """The other way out: its flags are open again, and the commune is told by a paper."""
    events = new_events()
    raise_the_flag(scene, events)
    draft_and_approve(scene, events)
    visit, world = scene.visit(), scene.world
    with scene.at(scene.visited_on - DAY):
        plan = scene.plan()
        why = {"reason": "Mưa lũ, đường sạt."}
        assert_refused(scene.post(scene.drafter, "plan_visit_cancel", plan.pk, visit.pk))
        assert_refused(scene.post(world.member_user, "plan_visit_cancel", plan.pk, visit.pk, **why))
        answer = scene.post(world.province_officer, "plan_visit_cancel", plan.pk, visit.pk, **why)
        assert_done(answer)
        assert "visit.cancelled" in events()
        assert {each.state for each in scene.flags()} == {"open"}
        assert_papers(scene, "visit_paper", visit.pk, said="THÔNG BÁO")
        assert_nothing_out_of_turn(scene.visit(), *scene.flags())
        assert_refused(
            scene.post(
                world.member_user,
                "visit",
                visit.pk,
                visited_on=str(scene.visited_on - DAY),
                result="Đủ",
            )
        )
        assert events() == []
