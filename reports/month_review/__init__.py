"""The closing of a month: registers locked, figures frozen, published under a code."""
