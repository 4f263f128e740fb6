"""Accounts in Django's admin, for the system administrator."""

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.admin import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDevice

from . import drafts, guessing, second_factor, sessions
from .door import staff_sign_in
from .models import RoleGrant, User

# One door for all: a second one would have no second step.
admin.site.login = staff_sign_in

# Registered by the modules they come from. Nobody reads secrets of others or adds a factor to
# their accounts.
for model in (StaticDevice, TOTPDevice):
    admin.site.unregister(model)


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
    actions = ["unlock", "remove_second_factor"]
    fieldsets = [
        (None, {"fields": ["username", "password", "full_name", "phone", "email"]}),
        (_("Reminders"), {"fields": ["wants_reminders"]}),
        (_("Access"), {"fields": ["is_active", "must_change_password", "is_staff"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "full_name", "password1", "password2"]}),
    ]

    @admin.action(description=_("Unlock after wrong passwords"), permissions=["change"])
    def unlock(self, request, queryset):
        """Let the chosen people try again at once."""
        for user in queryset:
            guessing.unlock(user=user, by=request.user)
        self.message_user(request, _("Unlocked."), messages.SUCCESS)

    @admin.action(
        description=_("Remove the second step of the sign-in (phone lost)"), permissions=["change"]
    )
    def remove_second_factor(self, request, queryset):
        """Help people who lost their phone and their recovery codes; nobody helps oneself."""
        for user in queryset:
            if user == request.user:
                self.message_user(
                    request, _("Your own second step is removed by another."), messages.ERROR
                )
                continue
            second_factor.reset(user=user, by=request.user)
            sessions.end(user)
            self.message_user(
                request,
                _("%(name)s signs in with the password alone the next time and is told so.")
                % {"name": user},
                messages.SUCCESS,
            )

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
