"""
The calls of the admin API, one function each: decoded request in, answer out.

    calling      one request, and what handlers read from it
    principals   organizations, accounts, groups and members
    users        users and their roles
    credentials  tokens and keys
    providers    providers
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
from polyshare.web.admin_calls.providers import list_providers, put_provider, remove_provider, show_provider
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
    "KINDS",
    "Call",
    "Handler",
    "add_credential",
    "add_member",
    "add_principal",
    "add_user",
    "change_credential",
    "change_principal",
    "change_user",
    "give_role",
    "list_credentials",
    "list_members",
    "list_principals",
    "list_providers",
    "list_roles",
    "list_users",
    "put_provider",
    "remove_member",
    "remove_principal",
    "remove_provider",
    "remove_user",
    "revoke_credential",
    "show_credential",
    "show_principal",
    "show_provider",
    "show_user",
    "take_role",
]
