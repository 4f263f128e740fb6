import unicodedata


def normalise(text):
    return unicodedata.normalize("NFC", " ".join(str(text).split()))


def fold(text):
    text = str(text).lower().replace("đ", "d")
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def sort_key(text):
    return fold(text.split()[-1] + " " + text)
