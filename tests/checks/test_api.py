"""The client that the tests speak to the hub with."""

import http.client

import pytest

from support.api import Api


class Reset(http.client.HTTPConnection):
    """A server that goes while it is dialled."""

    def connect(self):
        raise ConnectionResetError


def test_a_server_that_goes_while_it_is_dialled_is_an_error_of_the_network():
    with pytest.raises(ConnectionResetError):
        Api(("127.0.0.1", 1)).post("/events", {}, connection=Reset("127.0.0.1"))
