"""SOAP services of toolkits that are not ours: PHP's SoapServer and Python's spyne."""

import json

import pytest

from support.hub import wait_until
from support.soap_server import PhpServer, SpyneServer


@pytest.fixture
def php(scratch):
    server = PhpServer(scratch).start()
    yield server
    server.stop()


@pytest.fixture
def spyne(scratch):
    server = SpyneServer(scratch).start()
    yield server
    server.stop()


@pytest.fixture
def add(hub):
    def add(wsdl: str, name: str = "soap", **fields) -> None:
        hub.add_service(name, wsdl, type="soap", timeout=20, max_retries=0, **fields)

    return add


@pytest.fixture
def call(hub):
    """Calls an operation and returns the whole answer."""
    def call(operation: str, payload=None, service: str = "soap") -> dict:
        return hub.api("ingest").post(f"/services/{service}/request",
                                      {"endpoint": operation, "payload": payload}).expect(200).json

    return call


@pytest.fixture
def result(call):
    """Calls an operation that must succeed and returns what came back."""
    def result(operation: str, payload=None, service: str = "soap"):
        answer = call(operation, payload, service)
        assert answer["success"] is True, answer
        assert answer["error"] is None and answer["attempts"] == 1
        return json.loads(answer["body"])

    return result


# PHP's SoapServer


def test_document_literal_wrapped_as_asmx_has_it(php, add, result):
    add(f"{php.url}/asmx.wsdl")
    got = result("EnrolStudent", {"studentId": "5", "courseCode": "A & B <c>", "start": 1708258939,
                                  "fee": 12.50, "guest": False, "groups": ["one", "two"],
                                  "role": "Teacher"})
    assert got == {"EnrolStudentResult": {"Enrolment": [
        {"Id": 7000000000, "Active": True, "Note": "007", "Grade": None}]}}
    seen = php.calls[0]
    assert seen["arguments"] == [{
        "studentId": 5, "courseCode": "A & B <c>", "start": "2024-02-18T12:22:19Z", "fee": "12.5",
        "guest": False, "until": None, "groups": {"string": ["one", "two"]}, "role": "Teacher"}]
    assert seen["action"] == '"http://sis.example/webservices/EnrolStudent"'
    assert seen["type"] == "text/xml; charset=utf-8"


def test_the_soap_12_port_of_the_same_service(php, add, result):
    add(f"{php.url}/asmx.wsdl")
    got = result("SisSoap12/EnrolStudent", {"studentId": 5, "start": "2024-02-18T12:22:19Z",
                                            "fee": 1, "guest": True, "role": "Student"})
    assert got["EnrolStudentResult"]["Enrolment"][0]["Id"] == 7000000000
    seen = php.calls[0]
    assert seen["type"] == ('application/soap+xml; charset=utf-8; '
                            'action="http://sis.example/webservices/EnrolStudent"')
    assert seen["action"] is None


def test_document_literal_bare_with_attributes_and_a_choice(php, add, result):
    add(f"{php.url}/bare.wsdl")
    assert result("Check", {"VatNumber": "ES-B12345678"}) == {"IsValid": True}
    assert result("Check", {"VatNumber": "x"}) == {"IsValid": False}
    paid = result("Pay", {"number": 12, "line": [
        {"pos": 1, "sku": "A-1", "amount": {"_": 9.95, "currency": "EUR"}},
        {"pos": 2, "sku": "A-2", "amount": {"_": "9.95", "currency": "EUR"}}],
        "iban": "ES9121000418450200051332", "remark": ["first", "second"]})
    assert paid == {"id": 9, "total": {"_": 19.90, "currency": "EUR"}, "paid": "2024-02-18"}
    invoice = php.calls[2]["arguments"][0]
    assert invoice["number"] == 12
    assert [line["amount"] for line in invoice["line"]] == [{"_": "9.95", "currency": "EUR"}] * 2
    assert invoice["remark"] == ["first", "second"]


def test_rpc_literal_with_several_parts_and_one_way(php, add, call, result):
    add(f"{php.url}/rpc_literal.wsdl")
    grades = [{"userid": 5, "value": 7.25, "letters": ["A", "B"]}, {"userid": 6}]
    assert result("put", {"courseid": 3, "grades": {"grade": grades}}) == {"saved": 2,
                                                                           "warnings": "12"}
    course, listed = php.calls[0]["arguments"]
    assert course == 3
    assert listed["grade"][0] == {"userid": 5, "value": 7.25, "letters": "A B"}
    assert result("note", {"text": "no answer is expected"}) == {}
    assert call("note", {"text": "no answer is expected"})["http_status"] in (200, 202)


def test_rpc_encoded_with_arrays_and_a_map(php, add, result):
    add(f"{php.url}/axis1.wsdl")
    got = result("addBooks", {"shelf": "B", "books": [
        {"authors": ["X", "Y"], "isbn": "1", "pages": 2, "price": 3}], "tags": {"new": True,
                                                                              "left": 4}})
    assert got == {"addBooksReturn": [{"authors": ["A. Vega"], "isbn": "0012", "pages": 77,
                                       "price": 3.5}]}
    shelf, books, tags = php.calls[0]["arguments"]
    assert shelf == "B"
    assert books == [{"authors": ["X", "Y"], "isbn": "1", "pages": 2, "price": 3}]
    assert tags == {"new": True, "left": 4}
    assert result("count", {"shelf": None}) == {"countReturn": 3}


def test_soap_12_as_sap_has_it_with_a_fault_in_detail(php, add, call, result):
    add(f"{php.url}/sap.wsdl")
    booking = {"PERNR": "00001001", "AMOUNT": "200.50", "BEGDA": "2024-02-18"}
    assert result("Z_BOOK_TRAINING", {"IT_BOOKINGS": [booking]}) == {
        "ET_RETURN": {"item": [{**booking, "AMOUNT": 200.50}]}, "EV_SUM": 200.50}
    fault = call("Z_BOOK_TRAINING", {"IV_TEST": "LOCKED", "IT_BOOKINGS": [booking]})
    assert fault["success"] is False and fault["http_status"] == 500
    assert "SOAP Fault Receiver: Employee is locked" in fault["error"]
    assert json.loads(fault["body"]) == {"fault": {
        "code": "Receiver", "string": "Employee is locked",
        "detail": {"Z_BOOK_TRAINING.Exception": {"Name": "LOCKED", "Number": 4711}}}}


def test_header_blocks_derived_types_and_a_client_fault(php, add, call, result, hub):
    add(f"{php.url}/crm.wsdl",
        soap_headers='{"SessionHeader": {"sessionId": "s & {{service.name}}"}}')
    got = result("query", {"queryString": "SELECT Id FROM Contact"})
    assert got == {"result": {"done": True, "size": 1, "records": [
        {"xsi:type": "Contact", "fieldsToNull": [], "Id": "003", "LastName": "Vega",
         "Birthdate": "1990-02-03"}]}}
    header, query = php.calls
    assert header["called"] == "SessionHeader"
    assert header["arguments"] == [{"sessionId": "s & soap"}]
    assert query["arguments"] == [{"queryString": "SELECT Id FROM Contact"}]
    fault = call("create", {"sObjects": [{"xsi:type": "Contact", "LastName": "Vega"}]})
    assert fault["success"] is False
    assert json.loads(fault["body"])["fault"] == {
        "code": "Client", "string": "No such type",
        "detail": {"InvalidSObjectFault": {"exceptionCode": "INVALID_TYPE", "row": 1}}}
    assert hub.admin.get("/services/soap").json["circuit"]["failure_count"] == 0


def test_imports_includes_and_nested_types_as_wcf_has_them(php, add, result):
    add(f"{php.url}/wcf.wsdl")
    person = {"Email": "a@b.example", "Manager": {"Email": "c@d.example", "Manager": None}}
    assert result("Assign", {"request": {"TrainingId": 4, "Person": person}}) == {
        "AssignResult": 200}
    seen = php.calls[0]["arguments"][0]["request"]
    assert seen["TrainingId"] == 4
    assert seen["Person"]["Manager"]["Email"] == "c@d.example"
    assert sorted(php.loads) == ["wcf.wsdl", "wcf_chameleon.xsd", "wcf_contracts.wsdl",
                                 "wcf_data.xsd", "wcf_messages.xsd"]


def test_recursive_types_and_open_content(php, add, result):
    add(f"{php.url}/catalogue.wsdl")
    got = result("publish", {"node": {"title": "a", "rev": 2, "child": [{"title": "b"}]},
                             "by": "me", "at": "2024-02-18T12:00:00", "size": "large"})
    assert got["return"]["title"] == "made" and got["return"]["rev"] == 3
    seen = php.calls[0]["arguments"][0]
    assert seen["by"] == "me" and seen["node"]["child"][0]["title"] == "b"


def test_ws_security_as_text_and_as_digest(php, add, result, hub):
    for mode in ("text", "digest"):
        add(f"{php.url}/bare.wsdl", name=mode, auth_type="wsse", wsse_user="moodle",
            auth_token="s3cret", wsse_mode=mode)
        assert result("Check", {"VatNumber": "x"}, service=mode) == {"IsValid": False}
    tokens = [entry["arguments"][0]["UsernameToken"] for entry in php.calls
              if entry["called"] == "Security"]
    assert [token["Username"] for token in tokens] == ["moodle", "moodle"]
    assert tokens[0]["Password"] == "s3cret"
    assert tokens[1]["Password"] != "s3cret" and len(tokens[1]["Nonce"]) == 24


def test_basic_authentication_for_the_wsdl_and_for_calls(scratch, add, call):
    server = PhpServer(scratch, password="s3cret").start()
    try:
        add(f"{server.url}/bare.wsdl", name="good", auth_type="basic", basic_user="moodle",
            auth_token="s3cret")
        add(f"{server.url}/bare.wsdl", name="bad", auth_type="basic", basic_user="moodle",
            auth_token="wrong")
        assert call("Check", {"VatNumber": "x"}, service="good")["success"] is True
        refused = call("Check", {"VatNumber": "x"}, service="bad")
        assert refused["success"] is False and "HTTP 401" in refused["error"]
    finally:
        server.stop()


# spyne, with the WSDLs that it makes itself


PERSON = {"id": 3, "name": "Zoë", "born": "1990-02-03",
          "grades": {"Grade": [{"item": "mid", "value": "7.25", "passed": True}]},
          "level": "expert", "nicknames": ["Z", "zz"]}
ENROLLED = {"id": 7, "name": "Zoë", "born": "1990-02-03",
            "grades": {"Grade": [{"item": "final", "value": 8.50, "passed": True}]},
            "level": "expert", "nicknames": ["one"]}


@pytest.mark.parametrize("path", ["wrapped", "twelve"])
def test_spyne_wrapped_in_both_versions(spyne, add, result, path):
    add(f"{spyne.url}/{path}?wsdl", soap_headers='{"Session": {"token": "t", "tenant": 4}}')
    got = result("enrol", {"course": 12, "person": PERSON, "start": "2024-02-18T12:22:19Z",
                           "fee": 12.5})
    assert got == {"enrolResult": ENROLLED}
    seen = spyne.calls[0]
    assert seen["course"] == 12 and seen["fee"] == 12.5
    assert seen["start"].startswith("2024-02-18 12:22:19")
    assert seen["person"]["grades"] == [{"item": "mid", "value": "7.25", "passed": True}]
    assert seen["person"]["nicknames"] == ["Z", "zz"] and seen["person"]["name"] == "Zoë"
    assert seen["header"] == {"token": "t", "tenant": 4}
    assert result("courses") == {"coursesResult": {"integer": [3, 5]}}
    assert result("count", {"names": ["a", "b"]}) == {"countResult": 2}


def test_spyne_bare(spyne, add, result):
    add(f"{spyne.url}/bare?wsdl")
    assert result("register", PERSON) == ENROLLED
    assert spyne.calls[0]["person"]["id"] == 3
    (value,) = result("exists", {"exists": "Zoë"}).values()
    assert value is True


def test_spyne_faults(spyne, add, call):
    add(f"{spyne.url}/wrapped?wsdl")
    sender = call("enrol", {"course": 404})
    assert sender["success"] is False
    fault = json.loads(sender["body"])["fault"]
    assert fault["code"] == "Client.NoSuchCourse" and fault["string"] == "There is no course 404"
    assert fault["detail"] == {"course": "404"}
    receiver = call("enrol", {"course": 500})
    assert json.loads(receiver["body"])["fault"]["code"] == "Server"


# Through the engine


def rule_for(hub, template, **fields) -> None:
    hub.add_rule("soap", "\\core\\event\\user_created", payload_template=template, **fields)


def send_event(hub, **fields) -> None:
    hub.api("ingest").post("/events", {"eventname": "\\core\\event\\user_created",
                                       **fields}).expect(202)


def test_an_event_becomes_a_call(php, add, hub):
    add(f"{php.url}/asmx.wsdl")
    rule_for(hub, '{"studentId": {{userid}}, "courseCode": "{{other.code}}", "fee": 0,'
                  ' "start": {{timecreated}}, "guest": false, "role": "Student"}',
             endpoint="EnrolStudent")
    send_event(hub, id="e1", userid=5, timecreated=1708258939, other={"code": "Ünï"})
    wait_until(lambda: hub.admin.get("/stats/summary").json["deliveries"]["delivered"] == 1,
               "the delivery is made")
    (seen,) = php.calls
    assert seen["arguments"][0]["studentId"] == 5 and seen["arguments"][0]["courseCode"] == "Ünï"
    assert seen["id"].startswith("d_")


@pytest.mark.parametrize("fields, reason, text", [
    ({"endpoint": "EnrollStudent"}, "template", 'did you mean "EnrolStudent"?'),
    ({"endpoint": "EnrolStudent"}, "template", "argument fee: is required and missing"),
])
def test_what_does_not_fit_is_a_dead_letter_before_anything_is_sent(php, add, hub, fields, reason,
                                                                    text):
    add(f"{php.url}/asmx.wsdl")
    rule_for(hub, '{"studentId": {{userid}}, "start": {{timecreated}}}', **fields)
    send_event(hub, id="e1", userid=5, timecreated=1)
    letter = wait_until(lambda: hub.admin.get("/dead-letters").json["items"], "a dead letter")[0]
    assert letter["reason"] == reason and text in letter["error_message"]
    assert php.calls == []
    assert hub.admin.get("/services/soap").json["circuit"]["failure_count"] == 0


def test_a_sender_fault_is_rejected_and_a_receiver_fault_is_retried(spyne, add, hub):
    hub.add_service("soap", f"{spyne.url}/wrapped?wsdl", type="soap", timeout=20, max_retries=1,
                    retry_backoff=0.05)
    rule_for(hub, '{"course": {{courseid}}}', endpoint="enrol")
    send_event(hub, id="e1", courseid=404)
    send_event(hub, id="e2", courseid=500)
    letters = wait_until(
        lambda: len(items := hub.admin.get("/dead-letters").json["items"]) == 2 and items,
        "two dead letters")
    by_reason = {letter["reason"]: letter for letter in letters}
    assert by_reason["rejected"]["attempt_count"] == 1
    assert "There is no course 404" in by_reason["rejected"]["error_message"]
    assert by_reason["exhausted"]["attempt_count"] == 2
    assert "The database is away" in by_reason["exhausted"]["error_message"]


def test_a_wsdl_that_cannot_be_loaded_is_an_outage_and_costs_no_event(scratch, php, hub):
    url = php.url
    hub.add_service("soap", f"{url}/asmx.wsdl", type="soap", max_retries=0, cb_cooldown=1)
    php.stop()
    rule_for(hub, '{"studentId": 1, "start": 0, "fee": 0, "guest": false, "role": "Student"}',
             endpoint="EnrolStudent")
    send_event(hub, id="e1")
    wait_until(lambda: hub.admin.get("/services/soap").json["circuit"]["state"] == "open",
               "the circuit is open")
    assert hub.admin.get("/dead-letters").json["items"] == []
    waiting = hub.admin.get("/deliveries").json["items"][0]
    assert "the WSDL" in waiting["last_error"] and "refused" in waiting["last_error"]


# Operations and test calls


def test_operations_are_listed_with_arguments_and_an_example(php, add, hub, call):
    add(f"{php.url}/asmx.wsdl")
    listed = hub.admin.get("/services/soap/operations").expect(200).json["items"]
    enrol = next(one for one in listed if one["endpoint"] == "EnrolStudent")
    arguments = {argument["name"]: argument for argument in enrol["arguments"]}
    assert arguments["studentId"]["type"] == "int" and arguments["studentId"]["required"] is True
    assert arguments["courseCode"]["required"] is False
    assert arguments["groups"]["arguments"][0]["array"] is True
    assert arguments["role"]["enum"] == ["Student", "Teacher"]
    assert call("EnrolStudent", enrol["example"])["success"] is True
    assert php.loads == ["asmx.wsdl"], "once for the list and the call"


def test_operations_of_others_and_of_a_broken_wsdl(php, add, hub):
    hub.add_service("crm", php.url)
    assert "only SOAP services" in hub.admin.get("/services/crm/operations").expect_problem(
        422, "validation_failed")["detail"]
    add(f"{php.url}/gone.wsdl")
    problem = hub.admin.get("/services/soap/operations").expect_problem(422, "validation_failed")
    assert "gone.wsdl cannot be loaded: HTTP 404" in problem["detail"]
    assert problem["errors"][0]["field"] == "base_url"


def test_the_command_line_lists_operations(php, add, hub):
    add(f"{php.url}/asmx.wsdl")
    listed = hub.cli("service", "operations", "soap")
    assert listed.returncode == 0, listed.stderr
    assert "EnrolStudent(studentId int, courseCode string?" in listed.stdout
    assert json.loads(hub.cli("service", "operations", "soap", "--json").stdout)["items"]


def test_a_test_call_shows_the_answer_or_the_fault(spyne, add, hub):
    add(f"{spyne.url}/wrapped?wsdl")
    good = hub.admin.post("/services/soap/test", {"endpoint": "courses"}).expect(200).json
    assert good["success"] is True and good["error"] is None
    assert json.loads(good["response"]["body"]) == {"coursesResult": {"integer": [3, 5]}}
    bad = hub.admin.post("/services/soap/test",
                         {"endpoint": "enrol", "payload": {"course": 404}}).expect(200).json
    assert bad["success"] is False and "There is no course 404" in bad["error"]
    assert json.loads(bad["response"]["body"])["fault"]["code"] == "Client.NoSuchCourse"


def test_a_test_call_without_an_operation_looks_at_the_wsdl(spyne, add, hub):
    add(f"{spyne.url}/wrapped?wsdl")
    looked = hub.admin.post("/services/soap/test").expect(200).json
    assert looked["success"] is True
    names = [one["name"] for one in json.loads(looked["response"]["body"])["items"]]
    assert names == ["enrol", "courses", "count"]
    spyne.stop()
    gone = hub.admin.post("/services/soap/test").expect(200).json
    assert gone["success"] is False and "refused" in gone["error"]
