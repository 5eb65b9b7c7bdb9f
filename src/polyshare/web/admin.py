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
        ("projects", shapes.NewProject, shapes.ProjectChange),
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
    return rules + _credential_rules() + _storage_rules()


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


def _storage_rules() -> list[Rule]:
    """What only the dialect of UCloud speaks of: projects, products and refresh tokens."""
    product = "/products/{provider}/{category}/{name}"
    rules = [
        Rule("GET", "/projects/{id}/members", calls.list_project_members),
        Rule("PUT", "/projects/{id}/members/{member}", calls.put_project_member, shapes.GivenPart, 204),
        Rule("DELETE", "/projects/{id}/members/{member}", calls.remove_project_member, status=204),
        Rule("GET", "/products", calls.list_products),
        Rule("GET", product, calls.show_product),
        Rule("PUT", product, calls.put_product, shapes.GivenProduct),
        Rule("DELETE", product, calls.remove_product, status=204),
        Rule("GET", f"{product}/allocations", calls.list_allocations),
        Rule("GET", "/refresh-tokens", calls.list_refresh_tokens),
        Rule("POST", "/refresh-tokens", calls.add_refresh_token, shapes.NewRefreshToken, 201),
        Rule("GET", "/refresh-tokens/{id}", calls.show_refresh_token),
        Rule("DELETE", "/refresh-tokens/{id}", calls.revoke_refresh_token, status=204),
    ]
    for kind in calls.HOLDERS:
        path = f"{product}/{kind}/{{holder}}"
        rules += [
            Rule("PUT", path, calls.allot(kind), shapes.GivenBalance, 204),
            Rule("DELETE", path, calls.take_back(kind), status=204),
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
