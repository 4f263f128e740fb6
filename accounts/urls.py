from django.urls import path

from . import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("draft/discard/", views.draft_discard, name="draft_discard"),
    path("password/", views.password, name="password"),
    path("second-step/", views.second_step, name="second_step"),
    path("second-factor/", views.second_factor_page, name="second_factor"),
    path("second-factor/phone/", views.phone_add, name="phone_add"),
    path("second-factor/passkey/", views.passkey_add, name="passkey_add"),
    path("second-factor/codes/", views.recovery_codes, name="recovery_codes"),
    path(
        "second-factor/<str:kind>/<int:factor_id>/remove/",
        views.factor_remove,
        name="factor_remove",
    ),
    path("browsers/", views.signed_in_browsers, name="browsers"),
    path("browsers/<int:browser_id>/end/", views.browser_end, name="browser_end"),
    path("reminders/", views.reminders, name="reminders"),
    path("keys/", views.tokens, name="tokens"),
    path("keys/<int:token_id>/revoke/", views.token_revoke, name="token_revoke"),
    path("keys/all/", views.all_tokens, name="all_tokens"),
    path("keys/all/<int:token_id>/revoke/", views.any_token_revoke, name="any_token_revoke"),
    path("emergency/", views.emergency_access, name="emergency"),
    path("emergency/<int:access_id>/end/", views.emergency_end, name="emergency_end"),
]
