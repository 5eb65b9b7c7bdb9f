"""
The calls of the admin API, one function each: decoded request in, answer out.

    calling      one request, and what handlers read from it
    principals   organizations, accounts, groups and members
    users        users and their roles
    credentials  tokens and keys
    projects     who is in projects
    providers    providers
    products     products, and what of them is allotted
    refresh_tokens  refresh tokens of users and providers
"""

from polyshare.web.admin_calls.calling import Call, Handler
from polyshare.web.admin_calls.credentials import (
    CREDENTIALS,
    add_credential,
    change_credential,
    list_credentials,
    revoke_credential,
    show_credential,
)
from polyshare.web.admin_calls.principals import (
    KINDS,
    add_member,
    add_principal,
    change_principal,
    list_members,
    list_principals,
    remove_member,
    remove_principal,
    show_principal,
)
from polyshare.web.admin_calls.products import (
    HOLDERS,
    allot,
    list_allocations,
    list_products,
    put_product,
    remove_product,
    show_product,
    take_back,
)
from polyshare.web.admin_calls.projects import (
    list_project_members,
    put_project_member,
    remove_project_member,
)
from polyshare.web.admin_calls.providers import list_providers, put_provider, remove_provider, show_provider
from polyshare.web.admin_calls.refresh_tokens import (
    add_refresh_token,
    list_refresh_tokens,
    revoke_refresh_token,
    show_refresh_token,
)
from polyshare.web.admin_calls.users import (
    add_user,
    change_user,
    give_role,
    list_roles,
    list_users,
    remove_user,
    show_user,
    take_role,
)

__all__ = [
    "CREDENTIALS",
    "HOLDERS",
    "KINDS",
    "Call",
    "Handler",
    "add_credential",
    "add_member",
    "add_principal",
    "add_refresh_token",
    "add_user",
    "allot",
    "change_credential",
    "change_principal",
    "change_user",
    "give_role",
    "list_allocations",
    "list_credentials",
    "list_members",
    "list_principals",
    "list_products",
    "list_project_members",
    "list_providers",
    "list_refresh_tokens",
    "list_roles",
    "list_users",
    "put_product",
    "put_project_member",
    "put_provider",
    "remove_member",
    "remove_principal",
    "remove_product",
    "remove_project_member",
    "remove_provider",
    "remove_user",
    "revoke_credential",
    "revoke_refresh_token",
    "show_credential",
    "show_principal",
    "show_product",
    "show_provider",
    "show_refresh_token",
    "show_user",
    "take_back",
    "take_role",
]
