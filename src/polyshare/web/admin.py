"""The admin API: the directory and the providers over HTTP, for administrators, in a small and regular JSON."""

from starlette.types import ASGIApp

from polyshare.domain.errors import Denied
from polyshare.domain.principals import Actor, Kind
from polyshare.engine.work import House
from polyshare.web import admin_calls as calls
from polyshare.web import admin_shapes as shapes
from polyshare.web.answering import Api, Rule, app_of

PREFIX = "/admin/v1"


def _rules() -> list[Rule]:
    rules = [
        Rule("GET", "/users", calls.list_users),
        Rule("POST", "/users", calls.add_user, shapes.NewUser, 201),
        Rule("GET", "/users/{id}", calls.show_user),
        Rule("PATCH", "/users/{id}", calls.change_user, shapes.UserChange),
        Rule("DELETE", "/users/{id}", calls.remove_user, status=204),
        Rule("GET", "/users/{id}/roles", calls.list_roles),
        Rule("GET", "/groups/{id}/members", calls.list_members),
        Rule("PUT", "/groups/{id}/members/{member}", calls.add_member, status=204),
        Rule("DELETE", "/groups/{id}/members/{member}", calls.remove_member, status=204),
        Rule("GET", "/providers", calls.list_providers),
        Rule("GET", "/providers/{id}", calls.show_provider),
        Rule("PUT", "/providers/{id}", calls.put_provider, shapes.GivenProvider),
        Rule("DELETE", "/providers/{id}", calls.remove_provider, status=204),
    ]
    for name, new, change in (
        ("organizations", shapes.NewOrganization, shapes.OrganizationChange),
        ("accounts", shapes.NewAccount, shapes.AccountChange),
        ("groups", shapes.NewGroup, shapes.GroupChange),
    ):
        kind = calls.KINDS[name]
        rules += [
            Rule("GET", f"/{name}", calls.list_principals(kind)),
            Rule("POST", f"/{name}", calls.add_principal(kind), new, 201),
            Rule("GET", f"/{name}/{{id}}", calls.show_principal(kind)),
            Rule("PATCH", f"/{name}/{{id}}", calls.change_principal(kind), change),
            Rule("DELETE", f"/{name}/{{id}}", calls.remove_principal(kind), status=204),
        ]
    for name, seat in (("accounts", Kind.ACCOUNT), ("organizations", Kind.ORGANIZATION)):
        path = f"/users/{{id}}/roles/{name}/{{seat}}"
        rules += [
            Rule("PUT", path, calls.give_role(seat), shapes.GivenRole, 204),  # type: ignore[arg-type]
            Rule("DELETE", path, calls.take_role(seat), status=204),  # type: ignore[arg-type]
        ]
    return rules + _credential_rules()


def _credential_rules() -> list[Rule]:
    rules = []
    for name, credential in calls.CREDENTIALS.items():
        rules += [
            Rule("GET", f"/{name}", calls.list_credentials(credential)),
            Rule("POST", f"/{name}", calls.add_credential(credential), shapes.NewCredential, 201),
            Rule("GET", f"/{name}/{{id}}", calls.show_credential(credential)),
            Rule("PATCH", f"/{name}/{{id}}", calls.change_credential(credential), shapes.CredentialChange),
            Rule("DELETE", f"/{name}/{{id}}", calls.revoke_credential(credential), status=204),
        ]
    return rules


RULES = _rules()


def demand_administrator(actor: Actor) -> None:
    """Let only administrators in, and none with a narrowed token; raises Denied."""
    if not actor.administrator:
        raise Denied("Only administrators may use this API.")
    if actor.narrowed:
        raise Denied("A narrowed token can't administrate; use one without a scope.")


def admin_app(house: House) -> ASGIApp:
    """The ASGI application that answers below /admin/v1."""
    return app_of(Api(PREFIX, "admin", RULES, demand_administrator), house)
