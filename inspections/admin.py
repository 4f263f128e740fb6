"""Admin pages of the inspections."""

from django.contrib import admin

from .models import ChecklistItem, ScoringCriterion


@admin.register(ChecklistItem)
class ChecklistItemAdmin(admin.ModelAdmin):
    list_display = ["place", "section", "text", "valid_from", "valid_to"]
    ordering = ["place", "valid_from"]


@admin.register(ScoringCriterion)
class ScoringCriterionAdmin(admin.ModelAdmin):
    list_display = ["place", "name", "measure", "points", "valid_from", "valid_to"]
    ordering = ["place", "valid_from"]
