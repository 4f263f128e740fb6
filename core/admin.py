"""Admin pages of what knows no school."""

from django.contrib import admin

from .models import Rule


@admin.register(Rule)
class RuleAdmin(admin.ModelAdmin):
    list_display = ["key", "level", "value", "valid_from", "valid_to", "source"]
    list_filter = ["level"]
    search_fields = ["key"]
    ordering = ["key", "level", "valid_from"]
