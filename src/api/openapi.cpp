#include "api/openapi.hpp"

// MIH_OPENAPI_FILE is the path of docs/api/openapi.json; the compiler has no #embed.
asm(".section .rodata\n"
    ".global mih_openapi_begin\n"
    ".global mih_openapi_end\n"
    "mih_openapi_begin:\n"
    ".incbin \"" MIH_OPENAPI_FILE
    "\"\n"
    "mih_openapi_end:\n"
    ".previous\n");

extern "C" {
extern const char mih_openapi_begin[];
extern const char mih_openapi_end[];
}

namespace mih::api {

std::string_view openapi_document() {
  return {mih_openapi_begin, static_cast<std::size_t>(mih_openapi_end - mih_openapi_begin)};
}

}  // namespace mih::api
