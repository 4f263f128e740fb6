"""Admin pages of the figures and papers."""

from django.contrib import admin

from .models import PaperSymbol


@admin.register(PaperSymbol)
class PaperSymbolAdmin(admin.ModelAdmin):
    list_display = ["key", "symbol", "valid_from", "valid_to", "source"]
    search_fields = ["key"]
    ordering = ["key", "valid_from"]
