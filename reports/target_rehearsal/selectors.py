"""The figures a rehearsal needs: of every commune of a place, month by month."""

from core.months import Month

from ..selectors.dashboards import Dashboard
from ..selectors.targets import TargetTable
from .rehearsal import Monthly


def monthly(board: Dashboard) -> dict[Month, list[Monthly]]:
    """The communes of a dashboard by month, each with the targets in force in it; one query."""
    places = board.places
    months = [month for month, _values, _judgement in places[0].history] if places else []
    if board.tree is None or not months:
        return {}
    targets = TargetTable.on_each([month.last for month in months])
    found: dict[Month, list[Monthly]] = {month: [] for month in months}
    for row in places:
        chain = [above.pk for above in board.tree.ancestors(row.key)][::-1]
        for month, values, _judgement in row.history:
            table = targets[month.last]
            found[month].append(
                Monthly(
                    row.key,
                    values,
                    table.share("attendance", board.level, chain),
                    table.share("coverage", board.level, chain),
                )
            )
    return found
