<?php
// Prints what PHP 8.0 does not know in the files named: FILE:LINE: what. One a line.

require_once('/usr/share/php/PhpParser/autoload.php');

use PhpParser\Node;

class newer_syntax extends PhpParser\NodeVisitorAbstract {
    const FUNCTIONS = [
        'array_is_list', 'fsync', 'fdatasync', 'enum_exists', 'array_find', 'array_any', 'array_all',
        'json_validate', 'mb_str_pad', 'mb_trim', 'str_increment', 'str_decrement', 'ini_parse_quantity',
        'memory_reset_peak_usage', 'openssl_cipher_key_length', 'odbc_connection_string_quote', 'curl_upkeep',
        'array_first', 'array_last', 'mb_ucfirst', 'http_get_last_response_headers',
    ];
    const TYPES = ['never', 'true'];

    /** @var string[] line: what */
    public $found = [];

    public function enterNode(Node $node) {
        $what = $this->newer($node);
        if ($what !== null) {
            $this->found[] = $node->getStartLine() . ': ' . $what;
        }
    }

    private function newer(Node $node): ?string {
        if ($node instanceof Node\Stmt\Enum_) {
            return 'enum';
        }
        if ($node instanceof Node\IntersectionType) {
            return 'intersection type';
        }
        if ($node instanceof Node\VariadicPlaceholder) {
            return 'first-class callable';
        }
        if ($node instanceof Node\Stmt\Property && $node->isReadonly()) {
            return 'readonly property';
        }
        if ($node instanceof Node\Stmt\Class_ && $node->isReadonly()) {
            return 'readonly class';
        }
        if ($node instanceof Node\Param && ($node->flags & Node\Stmt\Class_::MODIFIER_READONLY)) {
            return 'readonly property';
        }
        if ($node instanceof Node\Stmt\ClassConst && $node->isFinal()) {
            return 'final constant';
        }
        if ($node instanceof Node\Stmt\Trait_ && $node->getConstants()) {
            return 'constant in a trait';
        }
        if ($node instanceof Node\Param && $node->default && $this->contains_new($node->default)) {
            return 'new in an initialiser';
        }
        if ($node instanceof Node\Scalar\LNumber && stripos($node->getAttribute('rawValue', ''), '0o') === 0) {
            return 'octal prefix';
        }
        if ($node instanceof Node\FunctionLike && in_array((string) $this->name($node->getReturnType()), self::TYPES)) {
            return 'type ' . $this->name($node->getReturnType());
        }
        if ($node instanceof Node\Expr\FuncCall && in_array((string) $this->name($node->name), self::FUNCTIONS)) {
            return 'function ' . $this->name($node->name);
        }
        return null;
    }

    private function name($node): string {
        return $node instanceof Node\Name || $node instanceof Node\Identifier ? $node->toLowerString() : '';
    }

    private function contains_new(Node $node): bool {
        return (bool) (new PhpParser\NodeFinder())->findInstanceOf([$node], Node\Expr\New_::class);
    }
}

$lexer = new PhpParser\Lexer\Emulative(['phpVersion' => '8.0']);
$parser = (new PhpParser\ParserFactory())->create(PhpParser\ParserFactory::ONLY_PHP7, $lexer);
foreach (array_slice($argv, 1) as $file) {
    try {
        $tree = $parser->parse(file_get_contents($file));
    } catch (PhpParser\Error $error) {
        echo "$file:{$error->getStartLine()}: {$error->getRawMessage()}\n";
        continue;
    }
    $visitor = new newer_syntax();
    $traverser = new PhpParser\NodeTraverser();
    $traverser->addVisitor($visitor);
    $traverser->traverse($tree);
    foreach ($visitor->found as $line) {
        echo "$file:$line\n";
    }
}
