"""The map of services."""

from msgspec import Struct


class Config(Struct):
    """Where the services are, by component and name; every value is text. Source: My Cloud Home developer guide, "Configuration"."""

    configurationId: str
    componentMap: dict[str, dict[str, str]]
