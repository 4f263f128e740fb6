"""Which areas a reader can ask a report for."""

from schools.permissions import Permission as P


def areas_to_report(scope):
    """Areas granted for exports with everything below; a school head's is his commune.

    A report covers whole areas, so a grant for a school alone reaches none.
    """
    tree = scope.tree
    areas = {}
    for pk in scope.areas_granted(P.EXPORT_FIGURES):
        for below in sorted(
            tree.below(pk), key=lambda each: (tree.depth(each), tree.get(each).code)
        ):
            areas[below] = tree.get(below)
    return list(areas.values())
