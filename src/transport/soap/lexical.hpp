#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"
#include "transport/soap/schema.hpp"

/// Single values: JSON to the text of a simple type, and back.
namespace mih::transport::soap {

/// The text of a JSON value as the type wants it. Lenient where the meaning is certain: "5" for an
/// int, 1 for a boolean, Unix seconds for a dateTime. The error's detail says what is expected.
Result<std::string> to_lexical(const Type& type, const json::Value& value);

/// Writes the text as JSON: numbers as numbers with all their digits, booleans, lists as arrays,
/// all else as text. What is not of its type is written as text.
void write_value(json::Writer& out, const Type& type, std::string_view text);

/// The type that fits a JSON value best, for what has none: "string", "int", "long", "decimal",
/// "double", "boolean".
std::string_view fitting_builtin(const json::Value& value);

/// For people: "int", "one of \"EUR\", \"USD\"", "list of string".
std::string describe_type(const Type& type);

}  // namespace mih::transport::soap
