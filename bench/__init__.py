"""Measurements: what the product costs against a floor measured in the same run.

`python -m bench NAME` prints ratios; docs/performance.md says how to read them. Nothing here
is part of the product or of its tests.
"""
