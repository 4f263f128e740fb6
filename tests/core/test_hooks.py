"""A question that several packages answer, each once."""

import pytest

from core.hooks import AlreadyRegistered, Hook


def test_functions_answer_in_the_order_of_their_registration():
    hook = Hook("lengths")
    hook.register(len)
    hook.register(str.upper)
    assert [function("ab") for function in hook] == [2, "AB"]


def test_a_function_that_is_there_is_refused_with_the_name_of_the_hook():
    hook = Hook("lengths")
    hook.register(len)
    with pytest.raises(AlreadyRegistered, match="lengths"):
        hook.register(len)
    assert list(hook) == [len]


def test_two_hooks_share_nothing():
    first, second = Hook("first"), Hook("second")
    first.register(len)
    assert list(second) == []


def test_a_function_registered_while_others_answer_waits_for_the_next_question():
    hook = Hook("growing")
    hook.register(lambda: hook.register(len))
    for function in hook:
        function()
    assert len(list(hook)) == 2
