"""What the product is called in this province, for every page's head."""

from django import template

from ..province import product_name

register = template.Library()
register.simple_tag(product_name)
