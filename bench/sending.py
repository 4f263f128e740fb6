"""Sending registers as the sheet does: a form over a kept connection."""

import random
import time
import uuid
from urllib.parse import urlencode

import aiohttp

from .server import CSRF

PATIENCE = aiohttp.ClientTimeout(total=60)


def body_of(page, rng):
    """The form of a sheet: about one pupil in twenty away."""
    marks = {
        f"mark-{pupil}": rng.choice(["P:sick", "K:", "M:"])
        for pupil in page.roll
        if rng.random() < 0.05
    }
    return urlencode(
        {
            "csrfmiddlewaretoken": CSRF,
            "operation_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "base_revision": "0",
            "state": "taken",
            **marks,
        }
    )


async def send(http, base, page, body):
    """(seconds, status) of one register; status 0 when the connection failed."""
    start = time.perf_counter()
    try:
        async with http.post(
            base + page.url,
            data=body,
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Cookie": _cookie(page.cookies),
                "Referer": base + page.url,
            },
            allow_redirects=False,
        ) as answer:
            await answer.read()
            status = answer.status
    except (TimeoutError, aiohttp.ClientError):
        status = 0
    return time.perf_counter() - start, status


async def post(http, url, fields):
    """(seconds, status) of a form sent by nobody in particular."""
    start = time.perf_counter()
    try:
        async with http.post(
            url,
            data={"csrfmiddlewaretoken": CSRF, **fields},
            headers={"Cookie": f"csrf={CSRF}", "Referer": url},
            allow_redirects=False,
        ) as answer:
            await answer.read()
            status = answer.status
    except (TimeoutError, aiohttp.ClientError):
        status = 0
    return time.perf_counter() - start, status


async def read(http, base, url, cookies):
    """(seconds, status) of one page."""
    start = time.perf_counter()
    try:
        async with http.get(base + url, headers={"Cookie": _cookie(cookies)}) as answer:
            await answer.read()
            status = answer.status
    except (TimeoutError, aiohttp.ClientError):
        status = 0
    return time.perf_counter() - start, status


async def get(http, url, cookies, known=None):
    """(seconds, status, bytes of body and of head as they came, ETag) of one reading.

    `known`: the ETag of what the reader has already.
    """
    headers = {"Cookie": _cookie(cookies), "Accept-Encoding": "gzip"}
    if known:
        headers["If-None-Match"] = known
    start = time.perf_counter()
    async with http.get(url, headers=headers) as answer:
        body = await answer.read()
    took = time.perf_counter() - start
    head = sum(len(name) + len(value) + 4 for name, value in answer.raw_headers)
    return took, answer.status, len(body), head, answer.headers.get("ETag")


async def call(http, method, url, cookies, body):
    """(seconds, status, answer as plain values) of a call of the API from a browser."""
    headers = {
        "Cookie": _cookie(cookies),
        "X-CSRFToken": CSRF,
        "Referer": url,
        "Accept-Encoding": "identity",
    }
    start = time.perf_counter()
    async with http.request(method, url, json=body, headers=headers) as answer:
        told = await answer.json()
    return time.perf_counter() - start, answer.status, told


def client():
    """A pool of kept connections without a bound of its own and without a cookie jar.

    Bodies are left as they came, packed.
    """
    return aiohttp.ClientSession(
        auto_decompress=False,
        timeout=PATIENCE,
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def random_of(seed):
    """A generator of its own for each measurement."""
    return random.Random(seed)


def _cookie(cookies):
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
