from django.urls import path

from . import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("draft/discard/", views.draft_discard, name="draft_discard"),
    path("password/", views.password, name="password"),
    path("reminders/", views.reminders, name="reminders"),
    path("keys/", views.tokens, name="tokens"),
    path("keys/<int:token_id>/revoke/", views.token_revoke, name="token_revoke"),
    path("keys/all/", views.all_tokens, name="all_tokens"),
    path("keys/all/<int:token_id>/revoke/", views.any_token_revoke, name="any_token_revoke"),
    path("emergency/", views.emergency_access, name="emergency"),
    path("emergency/<int:access_id>/end/", views.emergency_end, name="emergency_end"),
]
