"""Every setting, declared once, and how its value is found; nothing else reads the environment for one."""

from polyshare.settings.addresses import without_password, without_passwords
from polyshare.settings.page import settings_page
from polyshare.settings.reading import FILE_VARIABLE, load_settings, variable_of
from polyshare.settings.table import DIALECTS, Settings, files_keys, files_place, user_data_directory
from polyshare.settings.values import WrongSetting, what_is_right

__all__ = [
    "DIALECTS",
    "FILE_VARIABLE",
    "Settings",
    "WrongSetting",
    "files_keys",
    "files_place",
    "load_settings",
    "settings_page",
    "user_data_directory",
    "variable_of",
    "what_is_right",
    "without_password",
    "without_passwords",
]
