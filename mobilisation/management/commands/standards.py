"""Print which universal-education standards an area meets in a year."""

import argparse
import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from core.formatting import percent
from mobilisation.standards.judging import REASONS, AreaResult, CommuneResult, Outcome, Verdict
from mobilisation.standards.rule_sets import RuleSetError
from mobilisation.standards.selectors import AreaStandards, days_of, standards_of
from schools.areas.selectors.tree import area_version
from schools.enums import AreaLevel

WORDS = {
    Verdict.MET: "ĐẠT",
    Verdict.NOT_MET: "CHƯA ĐẠT",
    Verdict.NOT_KNOWN: "CHƯA RÕ",
    None: "không xét",
}


class Command(BaseCommand):
    help = "Universal-education standards of an area in a year; counts only, no names."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--area", metavar="CODE", required=True)
        parser.add_argument("--year", type=int, required=True, help="year in which ages count")
        parser.add_argument(
            "--day",
            type=datetime.date.fromisoformat,
            help="day of the rolls; the latest if left out",
        )

    def handle(
        self, *args: Any, area: str, year: int, day: datetime.date | None, **options: Any
    ) -> None:
        with translation.override("vi"):
            today = timezone.localdate()
            try:
                days = days_of(year, today=today)
                if not days:
                    raise CommandError(f"Chưa có năm học nào bắt đầu trong năm {year}.")
                on = min(day, days[0]) if day else days[0]
                found = area_version(area, on=on)
                if found is None or found.level > AreaLevel.COMMUNE:
                    raise CommandError(
                        f"Không có tỉnh, huyện, cụm, xã nào mã {area} ngày {on:%d/%m/%Y}."
                    )
                self._say(standards_of(found, year, day=on))
            except RuleSetError as error:
                raise CommandError(str(error)) from error

    def _say(self, found: AreaStandards) -> None:
        self.stdout.write(
            f"{found.area.title}, năm {found.year}, danh sách lớp ngày {found.day:%d/%m/%Y}"
        )
        if not found.facts.designated:
            self.stdout.write("Chưa ghi xã nào là đặc biệt khó khăn vào ngày này.")
        for evaluation in found.evaluations:
            self.stdout.write(f"\n{evaluation.rule_set.name} ({evaluation.rule_set.source})")
            for whole in evaluation.whole.values():
                self._say_whole(whole)
            if not evaluation.whole:
                for result in evaluation.communes[found.area.pk].values():
                    self._say_commune(result)

    def _say_whole(self, result: AreaResult) -> None:
        counts = ", ".join(
            f"{WORDS[verdict].lower()} {count}" for verdict, count in result.communes.items()
        )
        self.stdout.write(
            f"{result.standard.code}: {WORDS[result.verdict]} (xã: {counts}; "
            f"đạt nếu các em đang theo dõi ra lớp: {result.if_followed_came}; "
            f"nếu mọi em ra lớp: {result.if_they_came})"
        )

    def _say_commune(self, result: CommuneResult) -> None:
        needs = "".join(f"; {code} {WORDS[each].lower()}" for code, each in result.needs.items())
        self.stdout.write(
            f"{result.standard.code}: {WORDS[result.verdict]}{needs}; "
            f"nếu các em đang theo dõi ra lớp: {WORDS[result.if_followed_came].lower()}; "
            f"nếu mọi em ra lớp: {WORDS[result.if_they_came].lower()}"
        )
        for outcome in result.outcomes:
            self.stdout.write(f"  - {self._outcome(outcome)}")

    def _outcome(self, outcome: Outcome) -> str:
        rate = "—" if not outcome.total else percent(outcome.certain / outcome.total, 2)
        said = (
            f"{outcome.condition.name} ({outcome.measure.ages[0]}–{outcome.measure.ages[1]} tuổi): "
            f"{outcome.certain}/{outcome.total} = {rate}, cần {float(outcome.least):g}%: "
            f"{WORDS[outcome.verdict].lower()}"
        )
        if outcome.verdict != Verdict.MET and outcome.lacking:
            said += f", thiếu {outcome.lacking}"
        if outcome.followed:
            said += f", {outcome.followed} em đang theo dõi"
        if outcome.possible:
            said += f", {outcome.possible} mới theo lời gia đình hoặc chưa hỏi"
        if outcome.unknown is not None:
            said += f" ({REASONS[outcome.unknown]})"
        return said
