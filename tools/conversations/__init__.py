"""The conversations that the demo plays: one for each dialect, and one with people who have a link."""

from tools.conversations import cloudflare, links, mycloud, oracle, ucloud

ALL = (cloudflare, oracle, mycloud, ucloud, links)
