#pragma once

#include "api/handlers.hpp"

namespace mih::api {

HandlerTask export_personal_data(Call& call);
HandlerTask erase_personal_data(Call& call);

}  // namespace mih::api
