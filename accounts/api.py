"""API of accounts: who calls, and what he may."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from schools.permissions import ANY_KEY
from schools.rest import Endpoint, answers

from .authentication import BearerAuthentication, SessionAuthentication


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
    school_id = serializers.IntegerField(allow_null=True)
    class_id = serializers.IntegerField(allow_null=True)


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

    @extend_schema(operation_id="me", responses=answers(http_200=MeSerializer))
    def get(self, request):
        scope = request.scope
        return Response(
            MeSerializer(
                {
                    "username": request.user.username,
                    "full_name": request.user.full_name,
                    "grants": [grant for grant, _permissions in scope.grants],
                    "permissions": sorted(scope.permissions),
                }
            ).data
        )
