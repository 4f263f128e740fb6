from django.urls import path

from .views import emergency, keys, own, second_factor, sign_in

app_name = "accounts"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
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
    path("keys/", keys.tokens, name="tokens"),
    path("keys/<int:token_id>/revoke/", keys.token_revoke, name="token_revoke"),
    path("keys/all/", keys.all_tokens, name="all_tokens"),
    path("keys/all/<int:token_id>/revoke/", keys.any_token_revoke, name="any_token_revoke"),
    path("emergency/", emergency.emergency_access, name="emergency"),
    path("emergency/<int:access_id>/end/", emergency.emergency_end, name="emergency_end"),
]
