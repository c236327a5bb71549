#pragma once

#include <span>
#include <string>

#include "base/error.hpp"
#include "store/sqlite/connection.hpp"

namespace mih::store::sqlite {

/// In the head of every database of a hub: "MIH1".
inline constexpr std::int64_t kApplicationId = 0x4d494831;

/// The files of migrations/, in order; the n-th (from 1) leads to version n.
std::span<const char* const> migrations();

/// Settings of a connection that writes. `sync` off loses what was committed when the machine
/// fails.
void configure_writer(Connection& connection, bool sync);
void configure_reader(Connection& connection);

/// Makes an empty database a store.
Result<void> create_schema(Connection& connection);
/// Checks that it is a store of ours, of a known version, and undamaged as far as can be told
/// quickly. kStoreDamaged, kStoreTooNew.
Result<void> check_store(Connection& connection, const std::string& file);
/// Reads every page of it, however many there are. kStoreDamaged.
Result<void> check_whole(Connection& connection, const std::string& file);
/// Brings the tables up to date.
Result<void> migrate(Connection& connection);

}  // namespace mih::store::sqlite
