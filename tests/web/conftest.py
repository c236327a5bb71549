"""Fixtures of the dashboard's tests."""

import pytest


@pytest.fixture
def manager(hub):
    """What a script gets to work with `hub`."""
    return {"url": hub.url, "token": hub.create_token("manage")["token"]}
