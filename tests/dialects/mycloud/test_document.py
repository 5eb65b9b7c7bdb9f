"""The OpenAPI document names every call, and nothing else."""

import json
import re
from pathlib import Path

import polyshare.dialects.mycloud
from polyshare.dialects.mycloud.routes import ROUTES

DOCUMENT = json.loads(Path(polyshare.dialects.mycloud.__file__).with_name("openapi.json").read_text("utf-8"))
METHODS = ("get", "post", "put", "patch", "delete")


def test_every_call_stands_in_the_document_and_nothing_else():
    routes = {
        (route.method, re.sub(r"/config/v[12]/", "/config/{version}/", route.template))
        for route in ROUTES
        if route.method != "HEAD" and not route.template.startswith("/v1/")
    }

    documented = {
        (method.upper(), path)
        for path, item in DOCUMENT["paths"].items()
        for method in METHODS
        if method in item
    }

    assert documented == routes


def test_the_share_service_is_the_same_at_both_addresses():
    calls = {(route.method, route.template) for route in ROUTES}

    here = {(method, path) for method, path in calls if path.startswith("/v1/shares")}
    assert here
    assert {(method, f"/shares{path}") for method, path in here} <= calls


def test_what_the_document_refers_to_is_there():
    text = json.dumps(DOCUMENT)

    for kind, name in re.findall(r'"#/components/(\w+)/(\w+)"', text):
        assert name in DOCUMENT["components"][kind]
