"""Months for which a semi-boarder is supported, with the days that prove them; rice and money."""
