"""Accounts in Django's admin, for the system administrator."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from . import drafts
from .forms import StaffSignInForm
from .models import RoleGrant, User

admin.site.login_form = StaffSignInForm


class RoleGrantInline(admin.TabularInline):
    model = RoleGrant
    fk_name = "user"
    extra = 0
    raw_id_fields = ["area", "school", "school_class"]
    readonly_fields = ["granted_by", "granted_at"]

    def get_extra(self, request, obj=None, **kwargs):
        # Rows added by the script of the page before the session ended.
        return drafts.rows_waiting(request, "grants") if request.method == "GET" else self.extra


@admin.register(User)
class PersonAdmin(UserAdmin):
    list_display = ["username", "full_name", "phone", "is_active", "last_login"]
    search_fields = ["username", "full_name"]
    list_filter = ["is_active", "grants__role"]
    inlines = [RoleGrantInline]
    fieldsets = [
        (None, {"fields": ["username", "password", "full_name", "phone", "email"]}),
        (_("Reminders"), {"fields": ["wants_reminders"]}),
        (_("Access"), {"fields": ["is_active", "must_change_password", "is_staff"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "full_name", "password1", "password2"]}),
    ]

    def save_model(self, request, obj, form, change):
        # Whoever made the account knows its first password.
        if not change:
            obj.must_change_password = True
        super().save_model(request, obj, form, change)

    def save_formset(self, request, form, formset, change):
        for grant in formset.save(commit=False):
            if grant.pk is None:
                grant.granted_by = request.user
        super().save_formset(request, form, formset, change)
