<?php
// SOAP services of PHP's SoapServer, for php -S: GET /NAME.wsdl and POST /NAME for the descriptions
// in SOAP_WSDL. What is called is written to SOAP_SEEN, a line of JSON each.

$directory = getenv('SOAP_WSDL');
$host = $_SERVER['HTTP_HOST'];
$path = ltrim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/');

function note(array $what): void {
    file_put_contents(getenv('SOAP_SEEN'), json_encode($what) . "\n", FILE_APPEND | LOCK_EX);
}

if (getenv('SOAP_PASSWORD') && ($_SERVER['PHP_AUTH_PW'] ?? '') !== getenv('SOAP_PASSWORD')) {
    http_response_code(401);
    exit;
}

if ($_SERVER['REQUEST_METHOD'] === 'GET') {
    note(['loaded' => $path]);
    if (!preg_match('/^\w+\.(wsdl|xsd)$/D', $path) || !is_file("$directory/$path")) {
        http_response_code(404);
        exit;
    }
    header('Content-Type: text/xml');
    $name = basename($path, '.wsdl');
    echo preg_replace('~(soap\w*:address location=")[^"]*~', "\$1http://$host/$name",
        file_get_contents("$directory/$path"));
    exit;
}

class Service {
    public function __call(string $name, array $arguments) {
        note(['called' => $name, 'arguments' => $arguments,
            'action' => $_SERVER['HTTP_SOAPACTION'] ?? null, 'type' => $_SERVER['CONTENT_TYPE'],
            'id' => $_SERVER['HTTP_WEBHOOK_ID'] ?? null]);
        $first = $arguments[0] ?? null;
        switch ($name) {
            case 'EnrolStudent':
                return ['EnrolStudentResult' => ['Enrolment' => [
                    ['Id' => 7000000000, 'Active' => true, 'Note' => '007', 'Grade' => null]]]];
            case 'Check':
                return $first === 'ES-B12345678';
            case 'Pay':
                return ['total' => ['_' => '19.90', 'currency' => 'EUR'], 'paid' => '2024-02-18',
                    'id' => 9];
            case 'put':
                return ['saved' => 2, 'warnings' => '12'];
            case 'addBooks':
                $book = new stdClass();
                $book->authors = ['A. Vega'];
                $book->isbn = '0012';
                $book->pages = 77;
                $book->price = 3.5;
                return [$book];
            case 'count':
                return 3;
            case 'Z_BOOK_TRAINING':
                if (($first->IV_TEST ?? '') === 'LOCKED') {
                    throw new SoapFault('Server', 'Employee is locked', null,
                        (object) ['Name' => 'LOCKED', 'Number' => 4711],
                        'Z_BOOK_TRAINING.Exception');
                }
                return ['ET_RETURN' => ['item' => $first->IT_BOOKINGS->item], 'EV_SUM' => '200.50'];
            case 'create':
                if (!$first) {
                    return [];
                }
                throw new SoapFault('Client', 'No such type', null,
                    (object) ['exceptionCode' => 'INVALID_TYPE', 'row' => 1], 'InvalidSObjectFault');
            case 'query':
                $contact = new SoapVar(['Id' => '003', 'LastName' => 'Vega', 'Birthdate' => '1990-02-03'],
                    SOAP_ENC_OBJECT, 'Contact', 'urn:sobject.enterprise.crm.example');
                return ['result' => ['done' => true, 'records' => [$contact], 'size' => 1]];
            case 'Assign':
                return ['AssignResult' => 200];
            case 'publish':
                return ['return' => ['title' => 'made', 'rev' => 3]];
        }
        return null;
    }
}

$file = "$directory/$path.wsdl";
if ($path === 'sap') { // PHP does not know the policies that SAP requires
    $file = getenv('SOAP_SEEN') . '.wsdl';
    file_put_contents($file, str_replace('wsdl:required="true"', '',
        file_get_contents("$directory/$path.wsdl")));
}
$server = new SoapServer($file, ['cache_wsdl' => WSDL_CACHE_NONE,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS]);
$server->setObject(new Service());
$server->handle();
