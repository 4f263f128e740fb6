"""Accounts in Django's admin, for the system administrator."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.admin import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDevice

from . import device_keys, drafts, guessing, second_factor, sessions
from .door import staff_sign_in
from .models import RoleGrant, User

# One door for all: a second one would have no second step.
admin.site.login = staff_sign_in  # type: ignore[method-assign]  # Django has no other place
# One's own password has one page, which asks for the old one and counts wrong answers.
admin.site.password_change = lambda request, extra_context=None: redirect("accounts:password")  # type: ignore[method-assign, assignment, return-value]  # as above
# Rights come from roles alone.
admin.site.unregister(Group)


class RoleGrantForm(forms.ModelForm):
    """A role that is given, or the end of one; what has ended is only shown."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            return
        ended = self.instance.valid_to
        is_over = ended is not None and ended <= timezone.localdate()
        for name, field in self.fields.items():
            field.disabled = is_over or name != "valid_to"


# Registered by the modules they come from. Nobody reads secrets of others or adds a factor to
# their accounts.
for model in (StaticDevice, TOTPDevice):
    admin.site.unregister(model)


class RoleGrantInline(admin.TabularInline):
    model = RoleGrant
    form = RoleGrantForm
    fk_name = "user"
    extra = 0
    # Roles end; nobody deletes one.
    can_delete = False
    raw_id_fields = ["area", "school", "school_class"]
    readonly_fields = ["granted_by", "granted_at"]

    def has_add_permission(self, request, obj=None):
        return not _is_own(request, obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        return not _is_own(request, obj) and super().has_change_permission(request, obj)

    def get_extra(self, request, obj=None, **kwargs):
        # Rows added by the script of the page before the session ended.
        return drafts.rows_waiting(request, "grants") if request.method == "GET" else self.extra


@admin.register(User)
class PersonAdmin(UserAdmin):
    list_display = ["username", "full_name", "phone", "is_active", "last_login"]
    search_fields = ["username", "full_name"]
    list_filter = ["is_active", "grants__role"]
    inlines = [RoleGrantInline]
    actions = ["unlock", "remove_second_factor", "close_devices"]
    fieldsets = [
        (None, {"fields": ["username", "password", "full_name", "phone", "email"]}),
        (_("Reminders"), {"fields": ["wants_reminders"]}),
        (_("Access"), {"fields": ["is_active", "must_change_password", "is_staff"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "full_name", "password1", "password2"]}),
    ]

    @admin.action(
        description=_("A device was lost: sign out everywhere and wipe what devices keep"),
        permissions=["change"],
    )
    def close_devices(self, request, people):
        allowed = [each for each in people if self.has_change_permission(request, each)]
        for person in allowed:
            device_keys.close_devices(user=person, by=request.user)
        self.message_user(
            request,
            _("Done for %(count)s people. A device is wiped when it is next online.")
            % {"count": len(allowed)},
        )

    def has_delete_permission(self, request, obj=None):
        # An account is closed; what its person did stays theirs.
        return False

    def has_change_permission(self, request, obj=None):
        # Nobody changes an account that may more than the own one, nor its password.
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not is_above and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        own = ["is_active", "must_change_password", "is_staff"] if _is_own(request, obj) else []
        # The person lifts that duty by a new password, nobody else.
        due = ["must_change_password"] if obj and obj.must_change_password else []
        return [*fields, *own, *due]

    def user_change_password(self, request, id, form_url=""):
        if str(request.user.pk) == id:
            return redirect("accounts:password")
        return super().user_change_password(request, id, form_url)

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


def _is_own(request, person):
    return person is not None and person.pk == request.user.pk
