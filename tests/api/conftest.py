"""Callers of the API with access keys."""

import json

import pytest
from django.test import Client

from accounts.tokens import make_token


class Caller:
    """Another system that acts for a user."""

    def __init__(self, user):
        self.user = user
        self.token, self.secret = make_token(user=user, name="Máy khác", days=30)
        self._client = Client(enforce_csrf_checks=True)

    def call(self, method, path, body=None, **more):
        headers = {"Authorization": f"Bearer {self.secret}"} | more.pop("headers", {})
        return self._client.generic(
            method,
            f"/api/v1/{path}",
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers=headers,
            **more,
        )

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def put(self, path, body):
        return self.call("PUT", path, body)

    def post(self, path, body):
        return self.call("POST", path, body)


@pytest.fixture
def caller(world):
    """Function: a caller for one of the people of the world."""
    return lambda person: Caller(getattr(world, person))
