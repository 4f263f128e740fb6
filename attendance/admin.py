"""Reference data of the calendar; registers are written by their service only."""

from django.contrib import admin

from .models import CalendarRule


@admin.register(CalendarRule)
class CalendarRuleAdmin(admin.ModelAdmin):
    list_display = ["area", "school", "site", "level", "morning", "afternoon", "valid_from"]
    list_filter = ["level"]
    raw_id_fields = ["area", "school", "site"]
