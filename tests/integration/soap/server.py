#!/usr/bin/python3
"""SOAP services of spyne on a free port: the first line tells the URL. Their WSDLs are spyne's own.

What is called is written to the file SEEN, a line of JSON each: server.py SEEN.
"""

import json
import sys
from decimal import Decimal
from wsgiref.simple_server import WSGIRequestHandler, make_server

from spyne import (Application, Array, Boolean, ComplexModel, Date, DateTime, Double, Enum, Fault,
                   Integer, Service, Unicode, XmlAttribute, rpc)
from spyne.model.primitive import Decimal as Number
from spyne.protocol.soap import Soap11, Soap12
from spyne.server.wsgi import WsgiApplication

TYPES = "urn:sis:types"
Level = Enum("beginner", "expert", type_name="Level")


class Grade(ComplexModel):
    __namespace__ = TYPES
    item = Unicode(min_occurs=1, nillable=False)
    value = Number(min_occurs=1, nillable=False)
    passed = Boolean


class Person(ComplexModel):
    __namespace__ = TYPES
    id = XmlAttribute(Integer)
    name = Unicode(min_occurs=1, nillable=False)
    born = Date
    grades = Array(Grade)
    level = Level
    nicknames = Unicode(max_occurs="unbounded")


class Session(ComplexModel):
    __namespace__ = "urn:sis"
    token = Unicode
    tenant = Integer


def note(**what):
    with open(sys.argv[1], "a", encoding="utf-8") as seen:
        seen.write(json.dumps(what, default=str) + "\n")


def plain(value):
    if isinstance(value, ComplexModel):
        return {name: plain(getattr(value, name)) for name in value.get_flat_type_info(type(value))}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def enrolled(person):
    person.id = 7
    person.grades = [Grade(item="final", value=Decimal("8.50"), passed=True)]
    person.nicknames = ["one"]
    return person


class Wrapped(Service):
    __in_header__ = Session

    @rpc(Integer(min_occurs=1, nillable=False), Person, DateTime, Double,
         _returns=Person, _in_variable_names={})
    def enrol(ctx, course, person, start, fee):
        note(called="enrol", course=course, person=plain(person), start=start, fee=fee,
             header=plain(ctx.in_header))
        if course == 404:
            raise Fault("Client.NoSuchCourse", "There is no course 404", detail={"course": "404"})
        if course == 500:
            raise Fault("Server", "The database is away")
        return enrolled(person)

    @rpc(_returns=Array(Integer))
    def courses(ctx):
        return [3, 5]

    @rpc(Array(Unicode), _returns=Integer)
    def count(ctx, names):
        note(called="count", names=names)
        return len(names or [])


class Bare(Service):
    @rpc(Person, _returns=Person, _body_style="bare")
    def register(ctx, person):
        note(called="register", person=plain(person))
        return enrolled(person)

    @rpc(Unicode, _returns=Boolean, _body_style="bare")
    def exists(ctx, name):
        note(called="exists", name=name)
        return name == "Zoë"


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


APPLICATIONS = {
    path: WsgiApplication(Application([service], f"urn:sis{'' if path != '/bare' else ':bare'}",
                                      in_protocol=protocol(validator="lxml"),
                                      out_protocol=protocol()))
    for path, service, protocol in [("/wrapped", Wrapped, Soap11), ("/bare", Bare, Soap11),
                                    ("/twelve", Wrapped, Soap12)]}


def serve(environ, start_response):
    # spyne keeps the WSDL that it made for the first host; there is but one here.
    return APPLICATIONS[environ["PATH_INFO"]](environ, start_response)


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, serve, handler_class=Quiet)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
