"""API of accounts: who calls, and what they may."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response

from core import problems
from core.api import Endpoint, Problem, answers, refusal
from core.permissions import ANY_KEY, KeyScope
from core.permissions import Permission as P

from . import device_keys
from .authentication import BearerAuthentication, SessionAuthentication
from .scoping import named_grants

problems.declare("invalid_token", 401, gettext_lazy("The key is unknown, expired or revoked"))
problems.declare("must_change_password", 401, gettext_lazy("The first password is to be changed"))
problems.declare("second_factor_due", 401, gettext_lazy("The second step is to be set up"))
problems.declare("viewing", 403, gettext_lazy("Nothing is changed while looking on as a teacher"))
problems.declare("no_role", 403, gettext_lazy("Nothing is kept on this device any more"))
problems.declare("account_closed", 410, gettext_lazy("The account is closed"))
problems.declare("device_closed", 410, gettext_lazy("The device is closed"))


class BearerScheme(OpenApiAuthenticationExtension):
    """How the schema tells of access keys."""

    target_class = BearerAuthentication
    name = "accessKey"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):
    """How the schema tells of signed-in browsers."""

    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "cookie", "name": "__Host-session"}


class GrantSerializer(serializers.Serializer):
    """A role and the place it is held for."""

    role = serializers.CharField()
    area_id = serializers.IntegerField(allow_null=True)
    area_code = serializers.CharField(allow_null=True, help_text="the official one")
    school_id = serializers.IntegerField(allow_null=True)
    school_code = serializers.CharField(
        allow_null=True, help_text="the ministry's, of the class as well"
    )
    class_id = serializers.IntegerField(allow_null=True)
    class_name = serializers.CharField(allow_null=True)
    year = serializers.CharField(allow_null=True, help_text="of the class")


class MeSerializer(serializers.Serializer):
    """The caller."""

    username = serializers.CharField()
    full_name = serializers.CharField(allow_blank=True)
    grants = GrantSerializer(many=True)
    permissions = serializers.ListField(child=serializers.CharField())


class Me(Endpoint):
    """Who calls, with which roles and rights."""

    why = "one's own account"
    key_scopes = {"GET": ANY_KEY}

    @extend_schema(
        operation_id="me",
        summary="Who calls, with which rights",
        responses=answers(http_200=MeSerializer),
    )
    def get(self, request):
        scope = request.scope
        return Response(
            MeSerializer(
                {
                    "username": request.user.username,
                    "full_name": request.user.full_name,
                    "grants": named_grants([grant for grant, _permissions in scope.grants]),
                    "permissions": sorted(scope.permissions),
                }
            ).data
        )


SENTENCE = gettext_lazy("This device may keep class lists no longer.")


class DeviceKeysSerializer(serializers.Serializer):
    """What seals class lists, rounds of visits and what is unsent of a person on a device."""

    username = serializers.CharField()
    secrets = serializers.ListField(
        child=serializers.CharField(), help_text="hex, the first is used"
    )
    ticket = serializers.CharField(help_text="to be shown at the next contact")
    days = serializers.IntegerField(help_text="days for which the key is held without a contact")


class DeviceKeys(Endpoint):
    """The key of what a phone keeps (docs/adr/0039-the-vault-is-sealed.md)."""

    why = "who has no session shows a ticket; without either it is 401"
    key_scopes = {"GET": frozenset({KeyScope.ROLLS})}
    permission_classes = []

    @extend_schema(
        operation_id="device_keys",
        summary="The key of what a phone keeps",
        parameters=[
            OpenApiParameter("device", str, description="32 hex digits, chosen by the device"),
            OpenApiParameter("X-Vault-Ticket", str, OpenApiParameter.HEADER),
        ],
        responses={
            **answers(400, http_200=DeviceKeysSerializer),
            204: OpenApiResponse(None, "A ticket and no session of its person: nothing changes."),
            **refusal(
                410, "account_closed or device_closed: the device forgets everything it keeps."
            ),
        },
    )
    def get(self, request):
        user, device = request.user, request.query_params.get("device", "")
        if not device_keys.DEVICE.fullmatch(device):
            raise exceptions.ValidationError({"device": [_("32 hexadecimal digits.")]})
        bearer = device_keys.read_ticket(request.headers.get("X-Vault-Ticket", ""))
        if user.is_authenticated and (bearer is None or bearer.user_id == user.pk):
            return self._give(request, user, device)
        why = device_keys.why_closed(bearer) if bearer else ""
        if why:
            raise Problem(why, SENTENCE, status.HTTP_410_GONE)
        if bearer is None:
            raise exceptions.NotAuthenticated
        # The session ended, or somebody else is here: nothing is given, and nothing is wiped.
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _give(self, request, user, device):
        # Class lists, or the children of a round of visits.
        if not (request.scope.may(P.TAKE_REGISTER) or request.scope.may(P.FOLLOW_CHILDREN)):
            raise Problem("no_role", SENTENCE, status.HTTP_403_FORBIDDEN)
        return Response(
            {
                "username": user.username,
                "secrets": device_keys.secrets_for(user, device),
                "ticket": device_keys.ticket_for(user, device),
                "days": device_keys.DAYS,
            }
        )
