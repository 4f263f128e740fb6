"""A file of rules that cannot be used is found when the product starts, not on a page."""

from typing import Any

from django.core.checks import Error, register

from .rule_sets import RuleSetError, all_sets


@register
def boarding_rules_can_be_used(app_configs: Any, **kwargs: Any) -> list[Error]:
    """schools.E001: a file of rules for semi-boarding schools is refused."""
    try:
        all_sets()
    except RuleSetError as error:
        return [Error(str(error), id="schools.E001")]
    return []
