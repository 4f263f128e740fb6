"""The ground floor: areas in time, schools, classes, pupils, enrolment, and the vocabulary
(Permission, Scope, Places, validity in time, months, Vietnamese names) every floor needs."""
