"""Areas in time, schools, classes, pupils, enrolment and import."""
