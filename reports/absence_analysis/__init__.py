"""Why pupils were absent: what the month's facts say of the absences of one place."""
