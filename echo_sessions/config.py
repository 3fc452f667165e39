"""The deployment: read once at start from the environment into one frozen object.

All faults are reported together, so that an administrator mends a new installation in one round.
"""

import hashlib
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent
DATABASES = ("sqlite", "postgresql+psycopg")
QUEUES = ("sqlite", "redis", "rediss", "postgresql")
STORES = ("file", "s3")
SMTPS = ("smtp", "smtps")
ZOOM_OAUTH = "https://zoom.us/oauth/token"
ZOOM_API = "https://api.zoom.us/v2"


class BadSettings(Exception):
    """The environment cannot be used; the message has one line for each fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Secret:
    """A value that never shows itself in logs, errors or debuggers."""

    value: str

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


@dataclass(frozen=True)
class Settings:
    """Everything a deployment decides. See docs/settings.md."""

    data_dir: Path
    database_url: Secret
    queue_url: Secret
    storage_url: str
    secret_key: Secret
    base_url: str
    smtp_url: Secret
    mail_from: str
    proxies: int = 0
    old_secret_keys: tuple[Secret, ...] = ()
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: Secret = Secret("")
    oidc_name: str = ""
    zoom_account_id: str = ""
    zoom_client_id: str = ""
    zoom_client_secret: Secret = Secret("")
    zoom_webhook_secrets: tuple[Secret, ...] = ()
    zoom_oauth_url: str = ZOOM_OAUTH
    zoom_api_url: str = ZOOM_API
    bbb_url: str = ""
    bbb_secret: Secret = Secret("")
    bbb_record: bool = False
    demo: bool = False
    inbox_dir: Path | None = None
    testing: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The name people see, used for message and calendar ids."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def link_key(self) -> bytes:
        """The key of lasting links, apart from the one that signs cookies."""
        return hashlib.sha256(b"lasting links\n" + self.secret_key.value.encode()).digest()

    @property
    def sealing_keys(self) -> tuple[bytes, ...]:
        """The keys of sealed columns: the one that seals, then those that only open what was sealed before."""
        secrets_of_all = (self.secret_key, *self.old_secret_keys)
        return tuple(hashlib.sha256(b"sealed columns\n" + secret.value.encode()).digest() for secret in secrets_of_all)

    @property
    def audit_keys(self) -> tuple[bytes, ...]:
        """The keys that seal the audit: the one that seals now, then those whose seals are still believed."""
        secrets_of_all = (self.secret_key, *self.old_secret_keys)
        return tuple(hashlib.sha256(b"audit chain\n" + secret.value.encode()).digest() for secret in secrets_of_all)

    @property
    def secure(self) -> bool:
        """Whether cookies may insist on https."""
        return self.base_url.startswith("https:")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """The settings, or `BadSettings` naming every fault at once.

        A data folder that holds a demo (`demo.json`) brings its own key, address and inbox.
        """
        env = dict(_dotenv() | os.environ) if environ is None else dict(environ)
        data_dir = Path(env.get("ECHO_DATA_DIR") or ROOT / "var").expanduser().resolve()
        demo = (data_dir / "demo.json").exists()
        faults: list[str] = []

        def url(name: str, default: str, schemes: tuple[str, ...]) -> str:
            value = env.get(name) or default
            if value.split(":", 1)[0] not in schemes:
                faults.append(f"{name} begins with none of {', '.join(f'{s}:' for s in schemes)}.")
            return value

        secret_key = env.get("ECHO_SECRET_KEY") or (_kept_key(data_dir) if demo else "")
        if len(secret_key) < 32:
            faults.append("ECHO_SECRET_KEY is needed: at least 32 random characters, kept secret and unchanged.")
        base_url = env.get("ECHO_BASE_URL") or ("http://127.0.0.1:8000" if demo else "")
        if not base_url.startswith(("http://", "https://")):
            faults.append("ECHO_BASE_URL is needed: the address people type, such as https://echo.example.org")
        smtp_url = env.get("ECHO_SMTP_URL") or ("smtp://127.0.0.1:8025" if demo else "")
        if smtp_url.split(":", 1)[0] not in SMTPS:
            faults.append("ECHO_SMTP_URL is needed: smtp(s)://user:password@host:port of the mail server.")
        mail_from = env.get("ECHO_MAIL_FROM") or ("echo@hub.example" if demo else "")
        if "@" not in mail_from:
            faults.append("ECHO_MAIL_FROM is needed: the address that letters come from and answers go to.")
        proxies = env.get("ECHO_PROXIES") or "0"
        if proxies not in set("0123456789"):
            faults.append("ECHO_PROXIES is the number of web servers in front of this one, 0 to 9.")
            proxies = "0"
        oidc = {name: env.get(f"ECHO_OIDC_{name}", "").strip() for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")}
        if any(oidc.values()) and not all(oidc.values()):
            faults.append("ECHO_OIDC_ISSUER, ECHO_OIDC_CLIENT_ID and ECHO_OIDC_CLIENT_SECRET are needed together.")
        if oidc["ISSUER"] and not _is_issuer(oidc["ISSUER"]):
            faults.append(
                "ECHO_OIDC_ISSUER is the https address of the provider, without ? or #, exactly as it calls itself."
            )
        zoom = {name: env.get(f"ECHO_ZOOM_{name}", "").strip() for name in ("ACCOUNT_ID", "CLIENT_ID", "CLIENT_SECRET")}
        if any(zoom.values()) and not all(zoom.values()):
            faults.append("ECHO_ZOOM_ACCOUNT_ID, ECHO_ZOOM_CLIENT_ID and ECHO_ZOOM_CLIENT_SECRET are needed together.")
        zoom_oauth, zoom_api = env.get("ECHO_ZOOM_OAUTH_URL") or ZOOM_OAUTH, env.get("ECHO_ZOOM_API_URL") or ZOOM_API
        for name, value in (("ECHO_ZOOM_OAUTH_URL", zoom_oauth), ("ECHO_ZOOM_API_URL", zoom_api)):
            if not value.startswith(("https://", "http://")):
                faults.append(f"{name} is a web address, beginning with https://")
        bbb_url, bbb_secret = env.get("ECHO_BBB_URL", "").strip(), env.get("ECHO_BBB_SECRET", "").strip()
        if bool(bbb_url) != bool(bbb_secret):
            faults.append("ECHO_BBB_URL and ECHO_BBB_SECRET are needed together: `bbb-conf --secret` prints both.")
        if bbb_url and not bbb_url.startswith(("https://", "http://")):
            faults.append("ECHO_BBB_URL is a web address, such as https://bbb.example.org/bigbluebutton/")
        settings = cls(
            data_dir=data_dir,
            database_url=Secret(url("ECHO_DATABASE_URL", f"sqlite:///{data_dir / 'echo.db'}", DATABASES)),
            queue_url=Secret(url("ECHO_QUEUE_URL", f"sqlite:///{data_dir / 'queue.db'}", QUEUES)),
            storage_url=url("ECHO_STORAGE_URL", f"file://{data_dir / 'files'}", STORES),
            secret_key=Secret(secret_key),
            base_url=base_url.rstrip("/"),
            smtp_url=Secret(smtp_url),
            mail_from=mail_from,
            proxies=int(proxies),
            old_secret_keys=tuple(Secret(key) for key in env.get("ECHO_OLD_SECRET_KEYS", "").split()),
            oidc_issuer=oidc["ISSUER"],
            oidc_client_id=oidc["CLIENT_ID"],
            oidc_client_secret=Secret(oidc["CLIENT_SECRET"]),
            oidc_name=env.get("ECHO_OIDC_NAME", "").strip(),
            zoom_account_id=zoom["ACCOUNT_ID"],
            zoom_client_id=zoom["CLIENT_ID"],
            zoom_client_secret=Secret(zoom["CLIENT_SECRET"]),
            zoom_webhook_secrets=tuple(
                Secret(each) for each in env.get("ECHO_ZOOM_WEBHOOK_SECRET", "").replace(",", " ").split()
            ),
            zoom_oauth_url=zoom_oauth,
            zoom_api_url=zoom_api.rstrip("/"),
            bbb_url=bbb_url,
            bbb_secret=Secret(bbb_secret),
            bbb_record=env.get("ECHO_BBB_RECORD", "").strip() == "yes",
            demo=demo,
            inbox_dir=data_dir / "inbox" if demo else None,
        )
        if faults:
            raise BadSettings(faults)
        return settings


def machine() -> str:
    """This process, for the leases of jobs: host and process number."""
    return f"{socket.gethostname()}:{os.getpid()}"


def demo_dir() -> Path:
    """Where a demo is made unless somebody says otherwise: ECHO_DATA_DIR, else `var/demo`."""
    return Path(os.environ.get("ECHO_DATA_DIR") or ROOT / "var" / "demo")


def child_environment(**more: str) -> dict[str, str]:
    """The environment for processes that this one starts."""
    return {**os.environ, **more}


def _is_issuer(url: str) -> bool:
    """Whether this can name a provider: https, or plain http on this very machine."""
    parts = urlsplit(url)
    here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    return bool((parts.scheme == "https" and parts.hostname) or here) and not parts.query and not parts.fragment


def _dotenv() -> dict[str, str]:
    """`.env` beside the project, for development: NAME=value lines."""
    path = ROOT / ".env"
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}


def _kept_key(data_dir: Path) -> str:
    """The demo's own key, made once and kept in the data folder, readable by its owner only."""
    path = data_dir / "secret-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()
