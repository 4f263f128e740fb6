"""Filling a form in a page that is made already."""

from core.html_forms import fill
from tests.html_form import forms_of


def filled(body, pairs, *, action="/a/?x=1", notice=lambda filled: ""):
    return fill(f"<main>{body}</main>", page="/a/?x=1", action=action, pairs=pairs, notice=notice)


def test_each_kind_of_field():
    body = """<form method="post">
      <input type="hidden" name="op" value="new"><input name="a" value="old"><input name="a">
      <textarea name="t">\nold</textarea>
      <input type="checkbox" name="c" value="1" checked><input type="checkbox" name="c" value="2">
      <input type="radio" name="r" value="" checked><input type="radio" name="r" value="x">
      <select name="s"><option value="1" selected>One<option>Two &amp; more</select>
      <select name="m" multiple><option value="1" selected>1<option value="2">2</select>
      <input name="shut" value="as it was" disabled><button name="go" value="1"> Send </button>
    </form>"""
    pairs = [
        ("op", "first"),
        ("a", '"<b>'),
        ("a", "&amp;"),
        ("t", "\r\n</textarea>\r\nend"),
        ("c", "2"),
        ("r", "x"),
        ("s", "Two & more"),
        ("m", "2"),
    ]
    (form,) = forms_of(filled(body, [*pairs, ("shut", "no"), ("go", "1")]), "/a/?x=1")
    assert form.pairs() == pairs


def test_what_is_not_offered_stays_as_the_page_shows_it():
    body = """<form method="post"><input type="radio" name="r" value="1" checked>
      <select name="s"><option value="1">1<option value="2" selected>2</select></form>"""
    (form,) = forms_of(filled(body, [("r", "9"), ("s", "9")]), "/a/?x=1")
    assert form.pairs() == [("r", "1"), ("s", "2")]


def test_secrets_files_and_counts_of_rows_are_never_filled():
    body = """<form method="post"><input type="password" name="p"><input type="file" name="f">
      <input type="hidden" name="rec-TOTAL_FORMS" value="3"></form>"""
    page = filled(body, [("p", "secret"), ("f", "x"), ("rec-TOTAL_FORMS", "9000")])
    assert "secret" not in page
    assert 'value="3"' in page


def test_of_several_forms_the_one_that_posts_there_with_these_names():
    body = """<form method="get" action="?x=1"><input name="a"></form>
      <form method="post" action="/b/"><input name="a"></form>
      <form method="post" id="two"><input name="b"></form>
      <form method="post" action="?x=1#set"><input name="a"></form><input name="b" form="two">"""
    forms = forms_of(filled(body, [("a", "typed")]), "/a/?x=1")
    assert [form.pairs() for form in forms[1:]] == [
        [("a", "")],
        [("b", ""), ("b", "")],
        [("a", "typed")],
    ]


def test_disclosures_are_opened_and_the_notice_stands_before_the_form():
    body = """<details class="x"><summary>More</summary><details>
      <form method="post"><input name="a">
      <details><input name="b"></details><button>Save <span>it</span></button></form></details>
      <details id="other"></details></details>"""
    page = filled(
        body, [("a", "1"), ("gone", "two words")], notice=lambda f: f"[{f.button}|{f.left}]"
    )
    assert page.count("<details") == 4
    assert page.count('open=""') == 3
    assert "[Save|[('gone', 'two words')]]<form" in page


def test_a_page_without_the_form_gets_the_notice_at_its_beginning():
    page = filled("<p>Done</p>", [("a", "1")], notice=lambda f: f"[{f.button}{f.left}]")
    assert page == "<main>[[('a', '1')]]<p>Done</p></main>"


def test_nothing_typed_becomes_markup():
    hostile = "\"><script>x</script><img src=x onerror='y'>"
    page = filled(
        """<form method="post"><input name="a"><textarea name="t"></textarea></form>""",
        [("a", hostile), ("t", "</textarea>" + hostile)],
    )
    assert "<script" not in page
    assert "<img" not in page
