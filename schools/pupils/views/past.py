"""Asking what becomes of registers already sent, before a roll is changed in the past."""

from ..past_registers import ASK, ChoiceNeeded, PastChoice


def written(request, write):
    """(what `write(choice)` returns, None), or (None, the `Effect` to be shown and chosen for).

    Every time it is first asked what the change would do: a choice made for another day or
    class than the form has now, or before another register came, is asked again.
    """
    try:
        return write(ASK), None
    except ChoiceNeeded as needed:
        effect = needed.effect
    choice = request.POST.get("choice", "")
    if request.POST.get("seen") != effect.seen or choice not in effect.choices:
        return None, effect
    return write(PastChoice(choice)), None
