"""Under which names clients find the services, and where these are."""

from polyshare.dialects.mycloud.wire.config import Config

_AT_ROOT = (
    "auth",
    "device",
    "config",
    "appcatalog",
    "m2m",
    "ota",
    "devicenetwork",
    "proxy",
    "portal",
    "sharedfiles",
)


def config(root: str) -> Config:
    """
    The map of services.

    Args:
        root: The server's public address, without a final slash; clients append paths to every value.
    """
    urls = {f"service.{name}.url": root for name in _AT_ROOT}
    urls |= {
        "service.share.url": f"{root}/shares",
        "service.auth0.url": f"{root}/authrouter",
        "webclient.mycloud.url": root,
        "webclient.mycloud.url.mch": root,
        "webclient.new_session.url": f"{root}/sign-in",
        "webclient.signup.url": f"{root}/sign-in",
        "webclient.forgot_password.url": f"{root}/sign-in",
    }
    return Config("polyshare", {"cloud.service.urls": urls})
