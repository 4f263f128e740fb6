"""The log of a committee's campaigns for school: when, where, who, how many households."""
