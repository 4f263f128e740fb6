from django.urls import path

from .digests import views as digests
from .giving import views as giving
from .issuing.views import batches as issuing
from .issuing.views import staff as issuing_staff
from .recovery import views as recovery
from .single_sign_on import views as single_sign_on
from .viewing import views as viewing
from .views import emergency, keys, own, second_factor, sign_in

app_name = "accounts"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("provider/", single_sign_on.single_sign_on, name="single_sign_on"),
    path("provider/back/", single_sign_on.single_sign_on_back, name="single_sign_on_back"),
    path("draft/discard/", sign_in.draft_discard, name="draft_discard"),
    path("password/", own.password, name="password"),
    path("second-step/", sign_in.second_step, name="second_step"),
    path("second-factor/", second_factor.second_factor_page, name="second_factor"),
    path("second-factor/phone/", second_factor.phone_add, name="phone_add"),
    path("second-factor/passkey/", second_factor.passkey_add, name="passkey_add"),
    path("second-factor/codes/", second_factor.recovery_codes, name="recovery_codes"),
    path(
        "second-factor/<str:kind>/<int:factor_id>/remove/",
        second_factor.factor_remove,
        name="factor_remove",
    ),
    path("browsers/", own.signed_in_browsers, name="browsers"),
    path("browsers/<int:browser_id>/end/", own.browser_end, name="browser_end"),
    path("reminders/", own.reminders, name="reminders"),
    path("digests/", digests.digests, name="digests"),
    path("digests/choice/", digests.digest_choice, name="digest_choice"),
    path("keys/", keys.tokens, name="tokens"),
    path("keys/<int:token_id>/revoke/", keys.token_revoke, name="token_revoke"),
    path("keys/all/", keys.all_tokens, name="all_tokens"),
    path("keys/all/<int:token_id>/revoke/", keys.any_token_revoke, name="any_token_revoke"),
    path("forgotten/", recovery.forgotten, name="forgotten"),
    path("reset/", recovery.reset_choose, name="reset_choose"),
    path("reset/<str:uid>/<str:token>/", recovery.reset, name="reset"),
    path("people/", giving.people, name="people"),
    path("people/new/", issuing.issue, name="issue"),
    path("people/new/staff/", issuing_staff.issue_staff, name="issue_staff"),
    path("schools/<int:school_id>/new/", issuing_staff.issue_school, name="issue_school"),
    path("people/new/<uuid:batch_id>/", issuing.batch, name="batch"),
    path("people/new/<uuid:batch_id>/slips/", issuing.slips, name="slips"),
    path("people/new/<uuid:batch_id>/cancel/", issuing.batch_cancel, name="batch_cancel"),
    path("schools/<int:school_id>/slips/", issuing.slips_again, name="slips_again"),
    path("people/<int:user_id>/", giving.person, name="person"),
    path("people/<int:user_id>/code/", recovery.code_give, name="code_give"),
    path("roles/give/", giving.role_give, name="role_give"),
    path("roles/<int:grant_id>/end/", giving.role_end, name="role_end"),
    path("view/<int:class_id>/", viewing.view_begin, name="view_begin"),
    path("view/end/", viewing.view_end, name="view_end"),
    path("emergency/", emergency.emergency_access, name="emergency"),
    path("emergency/<int:access_id>/end/", emergency.emergency_end, name="emergency_end"),
]
