"""From an empty database to the first accepted register: `tests/browser/test_from_nothing.py` walks
it in a browser, this folder by the commands and the API, and with the wrong file at every step."""
