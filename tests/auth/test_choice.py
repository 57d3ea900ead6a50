"""Where does this run? By what each place really sets."""

from __future__ import annotations

import pytest

from zcrm_tools.auth.flows.choice import choose, here


@pytest.mark.parametrize(
    ("environ", "files", "platform", "place"),
    [
        ({"DISPLAY": ":0"}, [], "linux", "desktop"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, [], "linux", "desktop"),
        ({}, [], "darwin", "desktop"),
        ({}, [], "win32", "desktop"),
        ({}, [], "linux", "ssh"),
        ({}, [("proc/version", "Linux version 5.15 Microsoft")], "linux", "desktop"),
        ({"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22", "DISPLAY": "localhost:10.0"}, [], "linux", "ssh"),
        ({"DISPLAY": ":0"}, [(".dockerenv", "")], "linux", "container"),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, [], "linux", "container"),
        ({"JUPYTERHUB_USER": "ada", "DISPLAY": ":0"}, [(".dockerenv", "")], "linux", "notebook server"),
        ({"COLAB_RELEASE_TAG": "release"}, [], "linux", "notebook server"),
        ({"CI": "true", "DISPLAY": ":0"}, [], "linux", "automation"),
    ],
)
def test_the_place_is_known_by_its_signs(tmp_path, environ, files, platform, place):
    for name, text in files:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert here(environ, platform=platform, root=tmp_path) == place


def test_only_a_desktop_waits_for_a_redirect_and_nowhere_is_a_device_code_the_default():
    places = ("desktop", "ssh", "container", "notebook server", "automation")
    flows = {place: choose(place).flow for place in places}
    assert [place for place, flow in flows.items() if flow == "browser"] == ["desktop"]
    assert "device" not in {*flows.values(), *(choose(p).otherwise for p in places)}
    assert all(choose(p).why for p in places)
