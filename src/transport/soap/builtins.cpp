#include <algorithm>
#include <array>

#include "transport/soap/schema.hpp"

namespace mih::transport::soap {
namespace {

using enum Lexical;

constexpr std::array kBuiltins{
    Builtin{"anyType", kAny},
    Builtin{"ur-type", kAny},
    Builtin{"anySimpleType", kText},
    Builtin{"anyAtomicType", kText},
    Builtin{"string", kText},
    Builtin{"normalizedString", kText},
    Builtin{"token", kToken},
    Builtin{"language", kToken},
    Builtin{"Name", kToken},
    Builtin{"NCName", kToken},
    Builtin{"NMTOKEN", kToken},
    Builtin{"NMTOKENS", kToken, {}, {}, true},
    Builtin{"ID", kToken},
    Builtin{"IDREF", kToken},
    Builtin{"IDREFS", kToken, {}, {}, true},
    Builtin{"ENTITY", kToken},
    Builtin{"ENTITIES", kToken, {}, {}, true},
    Builtin{"NOTATION", kToken},
    Builtin{"anyURI", kToken},
    Builtin{"uriReference", kToken},
    Builtin{"QName", kQName},
    Builtin{"boolean", kBoolean},
    Builtin{"decimal", kDecimal},
    Builtin{"integer", kInteger},
    Builtin{"nonPositiveInteger", kInteger, {}, "0"},
    Builtin{"negativeInteger", kInteger, {}, "-1"},
    Builtin{"nonNegativeInteger", kInteger, "0", {}},
    Builtin{"positiveInteger", kInteger, "1", {}},
    Builtin{"long", kInteger, "-9223372036854775808", "9223372036854775807"},
    Builtin{"int", kInteger, "-2147483648", "2147483647"},
    Builtin{"short", kInteger, "-32768", "32767"},
    Builtin{"byte", kInteger, "-128", "127"},
    Builtin{"unsignedLong", kInteger, "0", "18446744073709551615"},
    Builtin{"unsignedInt", kInteger, "0", "4294967295"},
    Builtin{"unsignedShort", kInteger, "0", "65535"},
    Builtin{"unsignedByte", kInteger, "0", "255"},
    Builtin{"float", kFloat},
    Builtin{"double", kFloat},
    Builtin{"dateTime", kDateTime},
    Builtin{"timeInstant", kDateTime},
    Builtin{"date", kDate},
    Builtin{"time", kTime},
    Builtin{"duration", kToken},
    Builtin{"dayTimeDuration", kToken},
    Builtin{"yearMonthDuration", kToken},
    Builtin{"gYear", kToken},
    Builtin{"gYearMonth", kToken},
    Builtin{"gMonth", kToken},
    Builtin{"gMonthDay", kToken},
    Builtin{"gDay", kToken},
    Builtin{"base64Binary", kBase64},
    Builtin{"base64", kBase64},  // of SOAP encoding
    Builtin{"hexBinary", kHex},
};

}  // namespace

const Builtin* find_builtin(std::string_view name) {
  const auto* found = std::ranges::find(kBuiltins, name, &Builtin::name);
  return found == kBuiltins.end() ? nullptr : found;
}

std::span<const Builtin> builtins() {
  return kBuiltins;
}

}  // namespace mih::transport::soap
