"""What knows no school: who may where, what holds when, dated rules, months, Vietnamese text,
workbooks, jobs, events, and what keeps requests within bounds.
"""
