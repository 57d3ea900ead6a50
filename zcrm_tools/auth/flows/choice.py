"""Which flow fits the place this runs in, and why: a value to show, which a person may overrule."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Flow = Literal["browser", "paste", "self-client", "client-credentials", "device"]
Place = Literal["desktop", "ssh", "container", "notebook server", "automation"]


@dataclass(frozen=True, slots=True)
class Choice:
    """`otherwise` is what to offer when the flow comes to nothing."""

    flow: Flow
    why: str
    otherwise: Flow


_CHOICES: Mapping[Place, Choice] = {
    "desktop": Choice("browser", "a browser on this machine can come back to it", "paste"),
    "ssh": Choice("paste", "this is an SSH session, and your browser is on another machine", "self-client"),
    "container": Choice("paste", "this is a container, which your browser cannot reach", "self-client"),
    "notebook server": Choice(
        "paste", "the kernel runs on a server, and its localhost is not yours", "self-client"
    ),
    "automation": Choice("self-client", "nobody is here to open a browser", "client-credentials"),
}


def choose(place: Place) -> Choice:
    return _CHOICES[place]


def here(
    environ: Mapping[str, str] | None = None, *, platform: str = sys.platform, root: Path = Path("/")
) -> Place:
    """What kind of place this process runs in, by signs that the place itself leaves."""
    env = os.environ if environ is None else environ
    if env.get("CI"):
        return "automation"
    if _notebook_server(env, root):
        return "notebook server"
    if env.get("SSH_CONNECTION") or env.get("SSH_TTY"):
        return "ssh"
    if (
        (root / ".dockerenv").exists()
        or (root / "run/.containerenv").exists()
        or env.get("KUBERNETES_SERVICE_HOST")
    ):
        return "container"
    if platform.startswith("linux") and not (
        env.get("DISPLAY") or env.get("WAYLAND_DISPLAY") or _is_wsl(root)
    ):
        return "ssh"
    return "desktop"


def _notebook_server(env: Mapping[str, str], root: Path) -> bool:
    """JupyterHub, Colab, Codespaces and VS Code's remote extension; a local Jupyter is a desktop."""
    signs = ("JUPYTERHUB_USER", "JUPYTERHUB_API_URL", "COLAB_RELEASE_TAG", "CODESPACES", "REMOTE_CONTAINERS")
    return any(env.get(name) for name in signs) or (root / "content/sample_data").is_dir()


def _is_wsl(root: Path) -> bool:
    """Windows opens the browser there, and its localhost reaches in."""
    version = root / "proc/version"
    return version.exists() and "microsoft" in version.read_text(errors="replace").lower()
