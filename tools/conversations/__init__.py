"""The conversations that the demo plays, one for each dialect."""

from tools.conversations import cloudflare, mycloud, oracle

ALL = (cloudflare, oracle, mycloud)
