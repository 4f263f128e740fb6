"""The demo: invented people on the real units, with the rhythms of a mountain school year.

`people` makes names, `rhythm` says how likely a pupil is away on a day, `build` writes it all
in bulk. Everything follows from one seed and today's date.
"""
