"""Reference data in Django's admin. Pupils and enrolments are never here: they have pages
of their own, where the scope decides who sees a child's name."""

from django.contrib import admin

from .models import (
    Area,
    AreaDesignation,
    ClusterMembership,
    Placement,
    School,
    SchoolStatus,
    SchoolYear,
    Site,
    Succession,
)


class DesignationInline(admin.TabularInline):
    model = AreaDesignation
    extra = 0


@admin.register(Area)
class AreaAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "kind", "parent", "valid_from", "valid_to"]
    list_filter = ["level", "kind", "valid_from"]
    list_select_related = ["parent"]
    search_fields = ["=code", "name"]
    raw_id_fields = ["parent"]
    ordering = ["level", "code", "valid_from"]
    inlines = [DesignationInline]


@admin.register(Succession)
class SuccessionAdmin(admin.ModelAdmin):
    list_display = ["old", "new", "effective_on", "decree"]
    list_filter = ["effective_on"]
    list_select_related = ["old", "new"]
    search_fields = ["=old__code", "old__name", "=new__code", "new__name"]
    raw_id_fields = ["old", "new"]


@admin.register(ClusterMembership)
class ClusterMembershipAdmin(admin.ModelAdmin):
    list_display = ["cluster", "commune", "valid_from", "valid_to"]
    list_select_related = ["cluster", "commune"]
    raw_id_fields = ["cluster", "commune"]


@admin.register(SchoolYear)
class SchoolYearAdmin(admin.ModelAdmin):
    list_display = ["code", "valid_from", "valid_to"]


class PlacementInline(admin.TabularInline):
    model = Placement
    extra = 0
    raw_id_fields = ["commune"]


class SchoolStatusInline(admin.TabularInline):
    model = SchoolStatus
    extra = 0


class SiteInline(admin.TabularInline):
    model = Site
    extra = 0
    raw_id_fields = ["village"]


@admin.register(School)
class SchoolAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "levels", "valid_from", "valid_to"]
    search_fields = ["=code", "name"]
    inlines = [PlacementInline, SchoolStatusInline, SiteInline]
