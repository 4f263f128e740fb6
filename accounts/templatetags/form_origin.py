"""`csrf_token` with the form's origin beside it; a builtin of every template.

So each form that posts, today's and tomorrow's, ours and the admin's, names whom it was made
for without a word in its template (accounts.drafts).
"""

from django import template
from django.template import Context
from django.template.base import Parser, Token
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html

from .. import drafts

register = template.Library()


class OriginNode(CsrfTokenNode):
    """The token's hidden field, and the origin's where somebody is signed in."""

    def render(self, context: Context) -> str:
        token, request = super().render(context), context.get("request")
        if not token or request is None:
            return token
        if not hasattr(request, "form_origin"):
            request.form_origin = drafts.sign_origin(request)
        if not request.form_origin:
            return token
        return token + format_html(
            '<input type="hidden" name="{}" value="{}">', drafts.ORIGIN, request.form_origin
        )


@register.tag
def csrf_token(parser: Parser, token: Token) -> OriginNode:
    return OriginNode()
